// The first half of the normaliser: a text as characters that compare alike, each with the octets it stands
// for.
//
// NFKC, case folding, default-ignorable characters out (Unicode's NFKC_Casefold, by ICU), and marks that
// stand on nothing of our languages out. Characters keep the range of octets of the original text that they
// came from, so that whatever is found can be shown as it stands there. Ranges lie inside the text, begin and
// end on character boundaries and never run backwards; several characters may share one ("ﬁ"), and what was
// left out belongs to no range. An octet that is not UTF-8 counts as one U+FFFD. Time is linear: of the marks
// on one character only the first 30 are looked at (UAX 15, stream-safe text).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace decorum::conduct {

// Longer texts are assessed up to here; offsets fit in 32 bits.
inline constexpr std::size_t max_text_octets = std::size_t{1} << 20;
// As many characters as such a text has octets. One may stand for 18 others, so what follows is left out.
inline constexpr std::size_t max_characters = max_text_octets;

struct Character {
    char32_t value;
    std::uint32_t from;  // octets of the original text
    std::uint32_t to;
};

// The text up to max_text_octets, cut at a character.
[[nodiscard]] std::string_view assessed_part(std::string_view text);

// Replaces the content of `out`, whose memory is reused, with max_characters at most. `text` is at most
// max_text_octets.
void fold(std::string_view text, std::vector<Character>& out);

}  // namespace decorum::conduct
