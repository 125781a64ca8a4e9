// The words of the IMAP grammar (RFC 9051 §9), taken off the front of a command or response in wire form: the
// octets as framed, a literal standing as "{n}", CRLF and its n octets.
//
// Each take_… leaves the cursor behind what it took; where it fails, the cursor stays. Nothing recurses, so
// nesting costs a counter and is bounded by max_depth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"

namespace decorum::imap {

inline constexpr std::size_t max_depth = 50;  // of parentheses

// number64 = 1*DIGIT, "Unsigned 63-bit integer"
inline constexpr std::uint64_t most_octets = std::numeric_limits<std::int64_t>::max();

// ATOM-CHAR = any CHAR except "(", ")", "{", SP, CTL, "%", "*", DQUOTE, "\", "]"
inline constexpr auto atom_octets =
    ascii::OctetSet("!#$&'+,-./:;<=>?@[^_`|}~").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
// ASTRING-CHAR = ATOM-CHAR / "]"
inline constexpr auto astring_octets =
    ascii::OctetSet("!#$&'+,-./:;<=>?@[]^_`|}~").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
// tag = 1*<any ASTRING-CHAR except "+">
inline constexpr auto tag_octets =
    ascii::OctetSet("!#$&',-./:;<=>?@[]^_`|}~").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
// sequence-set, uid-set, "$"
inline constexpr auto set_octets = ascii::OctetSet("0123456789*:,$");

// The words of status responses (RFC 9051 §7.1).
inline constexpr std::array<std::string_view, 5> status_words{"OK", "NO", "BAD", "BYE", "PREAUTH"};

class Cursor {
public:
    explicit Cursor(std::string_view wire) : rest_(wire) {}

    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    // What was taken since `from`, a rest() of this cursor.
    [[nodiscard]] std::string_view since(std::string_view from) const {
        return from.substr(0, from.size() - rest_.size());
    }
    void reset(std::string_view to) { rest_ = to; }

    bool take(char octet);
    bool take_word(std::string_view word);  // in any case; what follows is no octet of an atom
    [[nodiscard]] std::string_view take_all(const ascii::OctetSet& set);  // as many as there are, maybe none

    // number64 = 1*DIGIT, below 2^63
    [[nodiscard]] std::optional<std::uint64_t> take_number();
    // string = quoted / literal; literal8 too. The decoded octets.
    [[nodiscard]] std::optional<std::string> take_string();
    // astring = 1*ASTRING-CHAR / string
    [[nodiscard]] std::optional<std::string> take_astring(const ascii::OctetSet& unquoted = astring_octets);
    // sequence-set, as written; only its octets are looked at, what it means is the upstream's affair
    [[nodiscard]] std::optional<std::string_view> take_set();
    // Any one value: an atom of any kind (flags, patterns, sections without strings), a string, or a list
    // with all that is in it. As written.
    [[nodiscard]] std::optional<std::string_view> take_value();
    // SP-separated values to the end.
    [[nodiscard]] bool take_values();

private:
    [[nodiscard]] bool skip_quoted(std::string* decoded);
    [[nodiscard]] bool skip_literal(std::string* decoded);
    [[nodiscard]] bool skip_string(std::string* decoded);

    std::string_view rest_;
};

// quoted = DQUOTE *QUOTED-CHAR DQUOTE, for text without CR, LF and NUL.
[[nodiscard]] std::string quoted(std::string_view text);
// A quoted string where that can hold `text` (ASCII, short), else a literal in wire form.
[[nodiscard]] std::string string_of(std::string_view text);

}  // namespace decorum::imap
