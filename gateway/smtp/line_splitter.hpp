// Finds lines in a stream of octets: the framing below commands (RFC 5321 §2.3.8) and replies.
//
// Only CRLF ends a line. A line beyond its limit is skipped to its real end and reported once, so that its
// tail can never be taken for a command.
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
};

class LineSplitter {
public:
    explicit LineSplitter(std::size_t max_line_octets) : max_line_octets_(max_line_octets) {}

    // CRLF counted. Takes effect at the next line.
    void set_limit(std::size_t max_line_octets) { max_line_octets_ = max_line_octets; }

    void feed(std::string_view octets);
    [[nodiscard]] std::variant<NeedInput, Line, LineFault> next();

    // What was fed and not yet given out; the message data after a DATA command is taken from here.
    [[nodiscard]] std::string_view buffered() const;
    void consume(std::size_t octets);   // of buffered()
    void clear();                       // STARTTLS: forget what came in clear, and release the memory

private:
    std::string buffer_;
    std::size_t begin_ = 0;
    std::size_t scanned_ = 0;
    std::size_t max_line_octets_;
    bool skipping_ = false;
};

}  // namespace decorum::smtp
