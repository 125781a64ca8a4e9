// Reads an upstream's responses: framing (framer.hpp), then each response in the form that its reader needs.
//
// - Response: what the session looks into (status, tagged and continuation responses, CAPABILITY, STATUS, ID,
//   ENABLED, EXISTS, EXPUNGE, RECENT), whole, in wire form.
// - FETCH responses in stream form (fetch_parser.hpp), unless they shall pass.
// - Passed: all others (LIST, SEARCH, THREAD, VANISHED, METADATA, …), in pieces of any size, to be sent on.
//
// Memory is bounded by max_response_octets and what fetch_parser.hpp holds. After ResponseFault the
// connection is of no use. The events, adjacent pieces joined, are the same for every split of the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "gateway/imap/collected.hpp"
#include "gateway/imap/fetch_parser.hpp"
#include "gateway/imap/framer.hpp"

namespace decorum::imap {

struct Response {
    enum class Kind : std::uint8_t { continuation, tagged, untagged };

    Kind kind = Kind::untagged;
    std::string_view tag{};                 // tagged
    std::string_view keyword{};             // "OK", "CAPABILITY", "EXISTS"; continuation: empty
    std::optional<std::uint64_t> number{};  // "* 12 EXISTS"
    std::string_view text{};                // after the keyword (continuation: the "+") and its space
    std::string_view wire{};                // all of it, without its last line end
    // False: a status response is longer than the limit (a COPYUID may be); the rest comes as Passed.
    bool complete = true;

    [[nodiscard]] bool is(std::string_view word) const { return ascii::equals_nocase(keyword, word); }
    [[nodiscard]] bool is_status() const;  // OK, NO, BAD, PREAUTH, BYE
};

// Octets to send on as they are.
struct Passed {
    std::string_view octets;
    bool ends = false;  // the response, with its line end
};

class ResponseReader {
public:
    using Event = std::variant<NeedInput, Response, Passed, FetchStart, FetchName, FetchNil, FetchQuoted,
                               FetchLiteral, FetchLiteralOctets, FetchValue, FetchEnd, ResponseFault>;

    static constexpr std::size_t max_response_octets = 32 * 1024;

    // FETCH responses in stream form (else they are Passed). Between responses.
    void set_parse_fetch(bool parse) { parse_fetch_ = parse; }

    // `octets` must stay valid until next() returns NeedInput.
    void feed(std::string_view octets) { framer_.feed(octets); }
    // Views in the events are valid until the next feed() or next().
    [[nodiscard]] Event next();

    // After NeedInput: no response has begun.
    [[nodiscard]] bool between() const { return state_ == State::head && wire_.octets().empty(); }
    [[nodiscard]] std::string_view remaining() const { return framer_.remaining(); }
    // STARTTLS: what came in clear is forgotten.
    void discard();

private:
    enum class State : std::uint8_t { head, whole, passing, fetch };

    [[nodiscard]] std::optional<Event> step();
    [[nodiscard]] std::optional<Event> head_text(std::string_view octets);
    [[nodiscard]] std::optional<Event> collect(std::string_view octets);
    [[nodiscard]] std::optional<Event> whole(bool complete);
    [[nodiscard]] Event pass_on();

    Framer framer_{Direction::response};
    FetchParser fetch_;
    Collected wire_;
    std::string_view text_;  // of a FETCH, not yet dealt with
    std::uint64_t sequence_ = 0;
    State state_ = State::head;
    bool parse_fetch_ = true;
    bool broken_ = false;
};

// The head of a response whose first octets these are; nullopt where its keyword may go on, an empty keyword
// where it has none.
[[nodiscard]] std::optional<Response> parse_head(std::string_view wire, bool at_end);

}  // namespace decorum::imap
