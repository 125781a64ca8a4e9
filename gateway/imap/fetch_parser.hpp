// The items of one FETCH response, in stream form: RFC 9051 §7.5.2, with the items of the extensions.
//
// Of items that show octets of a message (BODY[…], RFC822…, BINARY[…]) the value is told apart as NIL, quoted
// string or literal; every other value passes as the octets it has, strings and literals in it included, and
// nothing of it is kept. Held are at most a name and a quoted string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "gateway/imap/collected.hpp"
#include "gateway/imap/framer.hpp"
#include "gateway/imap/quotes.hpp"
#include "gateway/imap/section.hpp"

namespace decorum::imap {

// "* 12 FETCH (" was read.
struct FetchStart {
    std::uint64_t sequence = 0;
};
// The name of an item; what follows until the next name or FetchEnd is its value. Views are valid until the
// next step, as in all of these.
struct FetchName {
    FetchItem item;
    std::string_view wire;  // "BODY[HEADER]<0>"
};
struct FetchNil {};
struct FetchQuoted {
    std::string_view octets;  // decoded
};
struct FetchLiteral {
    std::uint64_t octets = 0;
    bool binary = false;
};
struct FetchLiteralOctets {
    std::string_view octets;
};
// A piece of any other value, in wire form.
struct FetchValue {
    std::string_view octets;
};
struct FetchEnd {};
// What the upstream sent is no response.
struct ResponseFault {
    std::string_view reason;  // for the log
};

class FetchParser {
public:
    using Event = std::variant<FetchStart, FetchName, FetchNil, FetchQuoted, FetchLiteral, FetchLiteralOctets,
                               FetchValue, FetchEnd, ResponseFault>;

    static constexpr std::size_t max_name_octets = 64 * 1024;
    static constexpr std::size_t max_quoted_octets = 64 * 1024;
    // Of a message, or a part of it: with a block above it still a number64.
    static constexpr std::uint64_t max_literal_octets = most_octets / 2;

    // The framer's events after "* 12 FETCH ". text() takes off what it has dealt with, and is called until
    // nothing is left.
    void start();
    [[nodiscard]] std::optional<Event> text(std::string_view& octets);
    [[nodiscard]] std::optional<Event> literal(const Literal& literal);
    [[nodiscard]] std::optional<Event> literal_octets(std::string_view octets);
    [[nodiscard]] std::optional<Event> line_end();

private:
    enum class State : std::uint8_t {
        open,          // "(" comes
        name,          // of an item
        value,         // its first octet comes
        nil,           // "N" of NIL was seen
        quoted,        // the value is one
        announcement,  // of a literal
        literal,       // its octets
        other,         // a value that passes
        after,         // a value: " " or ")" comes
        done,          // the line's end comes
    };

    [[nodiscard]] std::optional<Event> name_octets(std::string_view& octets);
    [[nodiscard]] std::optional<Event> end_of_name();
    [[nodiscard]] std::optional<Event> value_octets(std::string_view& octets);
    [[nodiscard]] std::optional<Event> quoted_octets(std::string_view& octets);
    [[nodiscard]] std::optional<Event> other_octets(std::string_view& octets);

    Collected held_;  // a name, a quoted string
    Quotes quotes_;
    State state_ = State::open;
    bool shows_octets_ = false;
    bool in_section_ = false;
    bool in_field_names_ = false;  // of the section
    bool escaped_ = false;         // in a quoted string that is the value
    std::size_t depth_ = 0;
    std::uint64_t literal_left_ = 0;
};

}  // namespace decorum::imap
