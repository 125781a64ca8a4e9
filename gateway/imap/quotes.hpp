// Which octets belong to quoted strings, where text arrives octet by octet.
//
// quoted = DQUOTE *QUOTED-CHAR DQUOTE; QUOTED-CHAR = … / "\" quoted-specials  RFC 9051 §9
#pragma once

namespace decorum::imap {

class Quotes {
public:
    // True for the quotation marks, too.
    [[nodiscard]] bool hold(char octet) {
        if (!open_) return open_ = octet == '"';
        if (escaped_)
            escaped_ = false;
        else if (octet == '\\')
            escaped_ = true;
        else
            open_ = octet != '"';
        return true;
    }
    void reset() { open_ = escaped_ = false; }

    [[nodiscard]] bool open() const { return open_; }
    // False: of the next octets only quotation marks and backslashes matter.
    [[nodiscard]] bool escaped() const { return escaped_; }

private:
    bool open_ = false;
    bool escaped_ = false;
};

}  // namespace decorum::imap
