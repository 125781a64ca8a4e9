// Makes hostile text fit to be shown in a header field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace decorum::message {

// Valid UTF-8 on one line, at most `max_characters` (code points; "…" counts as one where it is cut, at a
// word where one ends in the last third). Removed: NUL, C0 and C1 controls, bidirectional controls,
// zero-width and other format characters, private use, noncharacters, unpaired surrogates and other invalid
// octets; runs of white space (CR, LF, TAB, line and paragraph separators among it) become one space; the
// ends are trimmed. What looks like an encoded word ("=?") is broken up, so that no client decodes it.
[[nodiscard]] std::string sanitize(std::string_view text, std::size_t max_characters);

// The classes behind it: white space of any kind, and what is neither white space nor removed.
[[nodiscard]] bool is_white_space(char32_t code_point);
[[nodiscard]] bool is_shown(char32_t code_point);

}  // namespace decorum::message
