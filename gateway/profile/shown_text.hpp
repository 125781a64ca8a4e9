// Texts and URLs of a profile as a reader is shown them: on one line, short, and without the characters that
// give a line its shape. What is dangerous in a header field is removed by the message layer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace decorum::profile {

inline constexpr std::string_view ellipsis = "…";

// One line, cut at `max_octets` with "…"; `reserved` characters would be taken for the line's own.
[[nodiscard]] std::string plain(std::string_view text, std::size_t max_octets, char reserved, char instead);

// Cut at a number of characters (code points) and of octets, with "…".
[[nodiscard]] std::string shortened(std::string line, std::size_t max_characters, std::size_t max_octets);

// The same, at the end of a word where one ends in the last third.
[[nodiscard]] std::string shortened_at_word(std::string line, std::size_t max_characters,
                                            std::size_t max_octets);

// An http(s) URL in the characters of RFC 3986 §2 without "," (which separates URLs in a list) and what would
// end it; anything else than ASCII is percent-encoded. Empty: not fit to be shown.
[[nodiscard]] std::string shown_url(std::string_view url);

}  // namespace decorum::profile
