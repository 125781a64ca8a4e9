// What a person wrote into a message: its first text part, decoded (RFC 2045, 2046).
//
// text/plain goes before text/html, unless it is blank; attachments are none of it. Any octets give a result
// or an error, in time linear to them; a message that was cut off in the middle gives what is there. The text
// is UTF-8, and hostile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::message {

inline constexpr std::size_t max_part_depth = 8;
inline constexpr std::size_t max_parts = 100;

// `octets` is the message from its header section on, without dot-stuffing. Lines end with LF in the result.
// Errors: not_found (there is no text), limit (parts, depth), syntax.
[[nodiscard]] Result<std::string> readable_text(std::string_view octets);

}  // namespace decorum::message
