// Finds lines in a stream of octets: the framing below commands (RFC 5321 §2.3.8) and replies.
//
// Only CRLF ends a line. A line beyond its limit, or one that holds a bare CR, a bare LF or NUL, is reported
// once, at the octet that spoils it, and skipped without buffering to its real CRLF, so that its tail can
// never be taken for a command. The events are the same for every split of the input, and each octet is
// looked at once. At most one incomplete line and what one feed() brought are held; once all of it is given
// out, a grown buffer is released, so that an idle session keeps next to nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace decorum::smtp {

struct NeedInput {};

struct Line {
    std::string_view text;  // without CRLF; valid until the next feed() or next()
};

struct LineFault {
    enum class Kind { too_long, bare_cr, bare_lf, nul } kind;
    std::string_view begin;  // what came of the line before; valid until the next feed() or next()
};

class LineSplitter {
public:
    // CRLF counted.
    explicit LineSplitter(std::size_t max_line_octets) : max_line_octets_(max_line_octets) {}

    void feed(std::string_view octets);
    [[nodiscard]] std::variant<NeedInput, Line, LineFault> next();

    // What was fed and not yet given out; the message data after a DATA command is taken from here.
    [[nodiscard]] std::string_view buffered() const;
    void consume(
        std::size_t octets);  // of buffered(), whose views stay valid until the next feed() or next()
    void clear();             // STARTTLS: forget what came in clear, and release the memory

private:
    [[nodiscard]] LineFault skip_line(LineFault::Kind kind, bool after_cr);
    [[nodiscard]] std::size_t skip(std::string_view octets);
    void drop_used();

    std::string buffer_;
    std::size_t begin_ = 0;    // what lies before it was given out
    std::size_t scanned_ = 0;  // what lies before it needs no second look
    std::size_t max_line_octets_;
    bool skipping_ = false;    // inside a line that was reported
    bool skipped_cr_ = false;  // the last octet skipped was CR
};

}  // namespace decorum::smtp
