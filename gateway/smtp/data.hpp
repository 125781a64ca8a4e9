// The content after DATA (RFC 5321 §4.5.2), in the form it has on the wire: dots stay stuffed, because the
// upstream wants them so, and no header field of interest begins with one.
//
// Only CRLF.CRLF ends the content, whatever the discipline. What a lenient server behind us could take for
// an end is never emitted: under `refuse` and `normalize` no bare CR, bare LF or NUL leaves this class; under
// `pass` they do, and a dot after a bare LF is stuffed (see data.cpp for what real servers do with it). No
// line of the output begins with a single dot: one that a client left before something else than a dot is
// deleted, as RFC 5321 §4.5.2 says a receiver must.
//
// The output, with ".\r\n" behind it, is a whole DATA content: it is empty or ends with CRLF. The octets (not
// their division into events) are the same for every split of the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "gateway/smtp/line_splitter.hpp"

namespace decorum::smtp {

enum class Discipline : std::uint8_t { refuse, normalize, pass };

// Wire octets to send on; valid until the next feed() or next().
struct Content {
    std::string_view octets;
};

// The end was reached. Octets after it (pipelined commands) stay in remaining().
struct EndOfData {};

// The content can't be accepted; reported once, decoding goes on (without Content) to the real end.
struct DataFault {
    enum class Kind { bare_cr, bare_lf, nul, line_too_long } kind;
};

class DataDecoder {
public:
    // A line longer than max_line_octets (CRLF counted) is a fault. At least 3: the final dot's line.
    DataDecoder(Discipline discipline, std::size_t max_line_octets);

    // `octets` must stay valid until next() returns NeedInput or EndOfData: content is passed through as
    // views wherever nothing has to change.
    void feed(std::string_view octets);
    [[nodiscard]] std::variant<NeedInput, Content, EndOfData, DataFault> next();

    // After EndOfData: what followed in the fed octets.
    [[nodiscard]] std::string_view remaining() const { return input_; }

    // Octets read from the wire: stuffed dots counted, the final ".\r\n" not.
    [[nodiscard]] std::uint64_t octets_seen() const { return octets_seen_; }

private:
    using Event = std::variant<NeedInput, Content, EndOfData, DataFault>;

    // Where the next octet stands. In dot, dot_cr and cr the octets named are held back until it is known
    // what they are part of.
    enum class State : std::uint8_t {
        line_start,    // after CRLF, or at the very beginning: a dot here was put in by the client
        dot,           // CRLF "."
        dot_cr,        // CRLF "." CR
        cr,            // CR
        output_start,  // a line begins in the output but not on the wire: a dot here must be stuffed
        text,
    };

    // What the machine wants to do with an octet.
    struct Step {
        enum class Action : std::uint8_t { pass, hold, replace, fault, end } action;
        State next = State::text;
        std::string_view output = {};  // replace: what goes out; pass: the held octets and this one
        bool consume = true;
        DataFault::Kind fault = DataFault::Kind::nul;
    };

    [[nodiscard]] Event decode();
    [[nodiscard]] Event swallow();
    [[nodiscard]] Step step(char octet) const;
    [[nodiscard]] Step irregular(char octet) const;
    [[nodiscard]] std::size_t pass_clean(std::string_view octets);
    [[nodiscard]] static std::size_t held_octets(State state);
    void count(char octet);
    std::string_view take(std::size_t octets);

    std::string_view input_;
    std::uint64_t octets_seen_ = 0;
    std::size_t max_line_octets_;
    std::size_t line_octets_ = 0;  // of the line begun, what was read so far
    Discipline discipline_;
    State state_ = State::line_start;
    bool faulted_ = false;
    bool ended_ = false;
};

}  // namespace decorum::smtp
