// Text in a charset that a stranger named → UTF-8.
//
// Charsets: UTF-8, US-ASCII, ISO-8859-*, windows-125* and those of East Asian and Cyrillic mail that iconv
// has. Octets that are none of the charset's become U+FFFD: the result is valid UTF-8, and hostile until
// sanitised.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace decorum {

// Names are in lower case.
[[nodiscard]] bool is_known_charset(std::string_view charset);

// Nothing where the charset is not known.
[[nodiscard]] std::optional<std::string> to_utf8(std::string_view charset, std::string_view octets);

}  // namespace decorum
