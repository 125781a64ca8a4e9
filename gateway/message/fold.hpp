// Writing header fields: folding (RFC 5322 §2.2.3) and RFC 2047 for texts that carry URLs.
//
// A fold is put only where white space stands already, so that unfolding gives back the same text; a token
// longer than a line stays whole on a line of its own. Nothing here fails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace decorum::message {

inline constexpr std::size_t max_columns = 78;       // RFC 5322 §2.1.1, without the line end
inline constexpr std::size_t max_line_octets = 998;  // the same, never to be passed

// Appends `NAME: VALUE`, folded, with its line end. `value` holds no line end.
void append_field(std::string& out, std::string_view name, std::string_view value, std::string_view line_end);

// The octets of the longest piece of `value` between white space: what no fold can shorten.
[[nodiscard]] std::size_t longest_token_octets(std::string_view value);

// Sanitised text → ASCII. Only words that need it are encoded, neighbouring ones together, so that URLs stay
// clickable; decode_encoded_words() gives the same text back.
[[nodiscard]] std::string encode_value(std::string_view text);

}  // namespace decorum::message
