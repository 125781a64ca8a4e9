// The content after DATA (RFC 5321 §4.5.2), in the form it has on the wire: dots stay stuffed, because the
// upstream wants them so, and no header field of interest begins with one.
//
// Only CRLF.CRLF ends the content, whatever the discipline. What a lenient server behind us could take for
// an end is never emitted: under `refuse` and `normalize` no bare CR, bare LF or NUL leaves this class; under
// `pass` they do, and a dot after a bare line end is stuffed (see data.cpp for what real servers do with it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
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
    DataDecoder(Discipline discipline, std::size_t max_line_octets);

    // `octets` must stay valid until next() returns NeedInput or EndOfData: content is passed through as
    // views wherever nothing has to change.
    void feed(std::string_view octets);
    [[nodiscard]] std::variant<NeedInput, Content, EndOfData, DataFault> next();

    // After EndOfData: what followed in the fed octets.
    [[nodiscard]] std::string_view remaining() const { return input_; }

    [[nodiscard]] std::uint64_t octets_seen() const { return octets_seen_; }

private:
    std::string_view input_;
    std::uint64_t octets_seen_ = 0;
    // … the helper that implements this completes the state
};

}  // namespace decorum::smtp
