// Encoded words (RFC 2047).
#pragma once

#include <string>
#include <string_view>

namespace decorum::message {

// Text with encoded words → UTF-8. Unknown charsets and broken words stay as they are; adjacent words are
// joined (§6.2). Charsets: UTF-8, US-ASCII, ISO-8859-*, windows-125* and those of East Asian and Cyrillic
// mail that iconv has. Invalid octets become U+FFFD: the result is valid UTF-8, and hostile until sanitised.
[[nodiscard]] std::string decode_encoded_words(std::string_view text);

// UTF-8 → ASCII: as it is where it is printable ASCII without "=?", else encoded words of at most 75 octets
// in UTF-8, split on character boundaries, separated by one space; fit for phrases and unstructured fields.
// `text` must be valid UTF-8 (see sanitize).
[[nodiscard]] std::string encode_words(std::string_view text);

}  // namespace decorum::message
