// Mailbox lists: a lexer that hands out the tokens of RFC 5322 §3.2, and one function a production above it.
//
// The first doubt ends the parse with an error: the caller must not guess who wrote. Text of a phrase (the
// display name) may be any octets, for nothing hangs on it; an address must be valid UTF-8 without characters
// that are not shown or look like separators. Bounds: 64 KiB, 1 000 mailboxes, 50 levels of comments; linear.
#include "gateway/message/mailbox.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "gateway/base/ascii.hpp"
#include "gateway/base/ip.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/cfws.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::message {
namespace {

constexpr std::size_t max_mailboxes = 1000;
constexpr std::size_t max_domain_octets = 255;  // RFC 5321 §4.5.3.1.2
constexpr std::size_t max_label_octets = 63;    // RFC 1035 §2.3.4

// atext  RFC 5322 §3.2.3, with UTF8-non-ascii of RFC 6532 §3.2 (whose validity is looked at later)
constexpr ascii::OctetSet atext = [] {
    ascii::OctetSet set("!#$%&'*+-/=?^_`{|}~");
    set.add_range('0', '9').add_range('A', 'Z').add_range('a', 'z').add_range(0x80, 0xFF);
    return set;
}();

// ------------------------------------------------------------------------------------------------- tokens

enum class Kind : std::uint8_t { end, atom, quoted, literal, special };

struct Token {
    Kind kind = Kind::end;
    char special = '\0';       // one of . @ , : ; < >
    bool gap = false;          // CFWS stood before it
    std::string text;          // atom; quoted, unquoted; literal, with its brackets
    std::string_view comment;  // the last one before it

    [[nodiscard]] bool is(char c) const { return kind == Kind::special && special == c; }
    [[nodiscard]] bool is_word() const { return kind == Kind::atom || kind == Kind::quoted; }
};

// dtext = %d33-90 / %d94-126  RFC 5322 §3.4.1
bool is_dtext(char c) {
    return c >= 33 && c <= 126 && c != '[' && c != ']' && c != '\\';
}

// domain-literal = "[" *([FWS] dtext) [FWS] "]", with white space at its ends only.
Result<std::string> domain_literal(std::string_view text, std::size_t& at) {
    const std::size_t close = text.find(']', at);
    if (close == std::string_view::npos) return syntax_error("domain literal without end");
    const std::string_view inner = ascii::trim(text.substr(at + 1, close - at - 1));
    if (inner.empty() || !std::ranges::all_of(inner, is_dtext)) return syntax_error("domain literal");
    at = close + 1;
    return "[" + std::string(inner) + "]";
}

Result<Token> token_at(std::string_view text, std::size_t& at) {
    const auto cfws = skip_cfws(text, at);
    if (!cfws) return std::unexpected(cfws.error());
    Token token;
    token.gap = cfws->present;
    token.comment = cfws->comment;
    if (at == text.size()) return token;

    const char c = text[at];
    if (atext.contains(c)) {
        const std::size_t begin = at;
        while (at < text.size() && atext.contains(text[at])) ++at;
        token.kind = Kind::atom;
        token.text = text.substr(begin, at - begin);
    } else if (c == '"' || c == '[') {
        auto read = c == '"' ? quoted_string(text, at) : domain_literal(text, at);
        if (!read) return std::unexpected(read.error());
        token.kind = c == '"' ? Kind::quoted : Kind::literal;
        token.text = std::move(*read);
    } else if (std::string_view(".@,:;<>").contains(c)) {
        ++at;
        token.kind = Kind::special;
        token.special = c;
    } else {
        return syntax_error("octet that no address holds");  // ) ] backslash
    }
    return token;
}

// ---------------------------------------------------------------------------------------------- addresses

// Valid UTF-8 whose non-ASCII characters are all shown.
bool is_clear(std::string_view text) {
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (!point.valid) return false;
        if (point.value >= 0x80 && !is_shown(point.value)) return false;
        text.remove_prefix(point.octets);
    }
    return true;
}

// Letters, digits, hyphens inside, the underscore of local networks; U-labels (RFC 5890 §2.3.2.1).
bool is_sane_label(std::string_view label) {
    if (label.empty() || label.size() > max_label_octets) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    return std::ranges::all_of(label, [](char c) {
        return ascii::is_alnum(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    });
}

// Characters that IDNA takes for a dot (UTS 46 §2.3): what would be one label here is two to a resolver.
constexpr std::array<std::string_view, 3> dot_look_alikes = {"\u3002", "\uFF0E", "\uFF61"};

Result<> check_domain(std::string_view domain) {
    for (std::string_view dot : dot_look_alikes) {
        if (domain.contains(dot)) return syntax_error("domain");
    }
    if (domain.size() > max_domain_octets || !is_clear(domain)) return syntax_error("domain");
    while (true) {
        const std::size_t dot = domain.find('.');
        if (!is_sane_label(domain.substr(0, dot))) return syntax_error("domain label");
        if (dot == std::string_view::npos) return {};
        domain.remove_prefix(dot + 1);
    }
}

// address-literal = "[" (IPv4-address-literal / IPv6-address-literal) "]"  RFC 5321 §4.1.3
Result<> check_literal(std::string_view literal) {
    constexpr std::string_view v6 = "ipv6:";
    std::string_view inner = literal.substr(1, literal.size() - 2);
    const bool is_v6 = ascii::starts_with_nocase(inner, v6);
    if (is_v6) inner.remove_prefix(v6.size());
    if (!IpAddress::parse(inner) || inner.contains(':') != is_v6) return syntax_error("address literal");
    return {};
}

// dot-atom-text = 1*atext *("." 1*atext)  RFC 5322 §3.2.3
bool is_dot_atom(std::string_view text) {
    bool after_dot = true;
    for (char c : text) {
        if (c == '.' ? after_dot : !atext.contains(c)) return false;
        after_dot = c == '.';
    }
    return !after_dot;
}

// Words and dots in a row: a phrase (display name, group name), or a local part.
struct Words {
    std::vector<Token> tokens;

    // local-part = dot-atom / quoted-string / obs-local-part; obs-local-part = word *("." word)
    // RFC 5322 §3.4.1, §4.4
    [[nodiscard]] Result<std::string> local_part() const {
        std::string out;
        bool want_word = true;
        for (const Token& token : tokens) {
            if (token.is_word() != want_word) return syntax_error("local part");
            out += want_word ? std::string_view(token.text) : ".";
            want_word = !want_word;
        }
        if (out.empty() || want_word || !is_clear(out)) return syntax_error("local part");
        return out;
    }

    // phrase = 1*word / obs-phrase; obs-phrase = word *(word / "." / CFWS)  RFC 5322 §3.2.5, §4.1
    // Encoded words stand outside quoted strings only (RFC 2047 §5 (3)).
    [[nodiscard]] std::string phrase() const {
        std::string out;
        std::string unquoted;  // words that may be encoded, not yet decoded
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const Token& token = tokens[i];
            const bool gap = i != 0 && token.gap;
            if (token.kind == Kind::quoted) {
                out += decode_encoded_words(unquoted);
                unquoted.clear();
                if (gap) out.push_back(' ');
                append_as_utf8(out, token.text);
            } else {
                if (gap) unquoted.push_back(' ');
                unquoted += token.kind == Kind::atom ? std::string_view(token.text) : ".";
            }
        }
        return out + decode_encoded_words(unquoted);
    }
};

// ----------------------------------------------------------------------------------------------- grammar

class AddressParser {
public:
    explicit AddressParser(std::string_view text) : text_(text) {}

    // address-list = (address *("," address)) / obs-addr-list
    // obs-addr-list = *([CFWS] ",") address *("," [address / CFWS])  RFC 5322 §3.4, §4.4
    [[nodiscard]] Result<std::vector<Mailbox>> address_list() {
        if (auto read = advance(); !read) return std::unexpected(read.error());
        bool any = false;
        while (token_.kind != Kind::end) {
            if (!token_.is(',')) {
                any = true;
                if (auto read = address(false); !read) return std::unexpected(read.error());
                if (token_.kind != Kind::end && !token_.is(',')) return syntax_error("text after an address");
            }
            if (token_.is(',')) {
                if (auto read = advance(); !read) return std::unexpected(read.error());
            }
        }
        if (!any) return syntax_error("no address");
        return std::move(mailboxes_);
    }

    // One address with nothing around it: addr-spec or angle-addr.
    [[nodiscard]] Result<Mailbox> lone_address() {
        if (auto read = advance(); !read) return std::unexpected(read.error());
        if (!token_.is_word() && !token_.is('<')) return syntax_error("not an address");
        if (auto read = address(true); !read) return std::unexpected(read.error());
        if (token_.kind != Kind::end) return syntax_error("text after an address");
        if (any_cfws_ || !mailboxes_.front().display_name.empty())
            return syntax_error("more than an address");
        return std::move(mailboxes_.front());
    }

private:
    Result<> advance() {
        auto next = token_at(text_, at_);
        if (!next) return std::unexpected(next.error());
        token_ = std::move(*next);
        any_cfws_ = any_cfws_ || token_.gap;
        return {};
    }

    // address = mailbox / group; mailbox = name-addr / addr-spec
    // name-addr = [display-name] angle-addr; group = display-name ":" [group-list] ";" [CFWS]  RFC 5322 §3.4
    Result<> address(bool in_group) {
        Words words;
        while (token_.is_word() || (token_.is('.') && !words.tokens.empty())) {
            words.tokens.push_back(std::move(token_));
            if (auto read = advance(); !read) return read;
        }
        if (token_.is('@')) return addr_spec(words);
        if (token_.is('<')) {
            auto mailbox = angle_addr();
            if (!mailbox) return std::unexpected(mailbox.error());
            mailbox->display_name = words.phrase();
            return add(std::move(*mailbox));
        }
        if (token_.is(':') && !words.tokens.empty() && !in_group) return group();
        return syntax_error("neither an address nor a group");
    }

    // group-list = mailbox-list / CFWS / obs-group-list; obs-group-list = 1*([CFWS] ",") [CFWS]
    // RFC 5322 §3.4, §4.4. The token is ":".
    Result<> group() {
        if (auto read = advance(); !read) return read;
        while (!token_.is(';')) {
            if (!token_.is(',')) {
                if (auto read = address(true); !read) return read;
                if (!token_.is(',') && !token_.is(';')) return syntax_error("text after a group's member");
            }
            if (token_.is(',')) {
                if (auto read = advance(); !read) return read;
            }
        }
        return advance();
    }

    // addr-spec = local-part "@" domain  RFC 5322 §3.4.1. The token is "@". A comment behind it is the name.
    Result<> addr_spec(const Words& local_part) {
        auto mailbox = after_local_part(local_part);
        if (!mailbox) return std::unexpected(mailbox.error());
        mailbox->display_name = std::string(ascii::trim(decode_encoded_words(unescape(token_.comment))));
        return add(std::move(*mailbox));
    }

    // angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr
    // obs-angle-addr = [CFWS] "<" obs-route addr-spec ">" [CFWS]  RFC 5322 §3.4, §4.4. The token is "<".
    Result<Mailbox> angle_addr() {
        if (auto read = advance(); !read) return std::unexpected(read.error());
        if (token_.is('@') || token_.is(',')) {
            if (auto read = obs_route(); !read) return std::unexpected(read.error());
        }
        Words words;
        while (token_.is_word() || token_.is('.')) {
            words.tokens.push_back(std::move(token_));
            if (auto read = advance(); !read) return std::unexpected(read.error());
        }
        if (!token_.is('@')) return syntax_error("no address in the angle brackets");
        auto mailbox = after_local_part(words);
        if (!mailbox) return mailbox;
        if (!token_.is('>')) return syntax_error("angle bracket without end");
        if (auto read = advance(); !read) return std::unexpected(read.error());
        return mailbox;
    }

    // obs-route = obs-domain-list ":"
    // obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])  RFC 5322 §4.4
    Result<> obs_route() {
        bool any = false;
        while (!token_.is(':')) {
            if (token_.is('@')) {
                any = true;
                if (auto read = advance(); !read) return read;
                if (auto read = domain(); !read) return std::unexpected(read.error());
                if (!token_.is(',') && !token_.is(':')) return syntax_error("route");
            } else if (token_.is(',')) {
                if (auto read = advance(); !read) return read;
            } else {
                return syntax_error("route");
            }
        }
        if (!any) return syntax_error("route");
        return advance();
    }

    // The token is "@".
    Result<Mailbox> after_local_part(const Words& words) {
        auto local_part = words.local_part();
        if (!local_part) return std::unexpected(local_part.error());
        if (auto read = advance(); !read) return std::unexpected(read.error());
        auto name = domain();
        if (!name) return std::unexpected(name.error());
        return Mailbox{.display_name = {}, .local_part = std::move(*local_part), .domain = std::move(*name)};
    }

    // domain = dot-atom / domain-literal / obs-domain; obs-domain = atom *("." atom)  RFC 5322 §3.4.1, §4.4
    Result<std::string> domain() {
        std::string out;
        if (token_.kind == Kind::literal) {
            out = ascii::lower(token_.text);
            if (auto read = advance(); !read) return std::unexpected(read.error());
            if (auto sane = check_literal(out); !sane) return std::unexpected(sane.error());
            return out;
        }
        while (token_.kind == Kind::atom) {
            out += ascii::lower(token_.text);
            if (auto read = advance(); !read) return std::unexpected(read.error());
            if (!token_.is('.')) break;
            out.push_back('.');
            if (auto read = advance(); !read) return std::unexpected(read.error());
        }
        if (auto sane = check_domain(out); !sane) return std::unexpected(sane.error());
        return out;
    }

    Result<> add(Mailbox mailbox) {
        if (mailboxes_.size() == max_mailboxes) return fail(errc::limit, "too many mailboxes");
        mailboxes_.push_back(std::move(mailbox));
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Token token_;
    bool any_cfws_ = false;
    std::vector<Mailbox> mailboxes_;
};

}  // namespace

std::string Mailbox::address() const {
    if (is_dot_atom(local_part)) return local_part + '@' + domain;
    std::string out = "\"";
    for (char c : local_part) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + "\"@" + domain;
}

Result<std::vector<Mailbox>> parse_mailbox_list(std::string_view body) {
    const auto text = plain_field_text(body);
    if (!text) return std::unexpected(text.error());
    return AddressParser(*text).address_list();
}

Result<Mailbox> parse_address(std::string_view text) {
    const auto plain = plain_field_text(text);
    if (!plain) return std::unexpected(plain.error());
    return AddressParser(*plain).lone_address();
}

}  // namespace decorum::message
