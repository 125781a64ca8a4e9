// Which Latin letter a character is, or looks like. One character to one: what two characters look like
// together ("rn") is left out, because it hits honest names.
#pragma once

namespace decorum {

// A lower-case Latin letter; '\0' where the character looks like none. Digits count as letters (0 o, 1 l, 3 e
// …), accents are dropped, and i, l and 1 are one.
[[nodiscard]] char latin_lookalike(char32_t character);

// The same for a character outside ASCII, as it looks: a lower-case letter or a digit, i and l apart.
[[nodiscard]] char look_of(char32_t character);

// A mark that stands upon another letter (accents), or that is not seen at all: it is no character of a name.
[[nodiscard]] bool is_invisible_in_names(char32_t character);

// The lower case of letters of other alphabets that look like no Latin one (Cyrillic, Greek, Armenian).
[[nodiscard]] char32_t lower_of_other_alphabets(char32_t character);

}  // namespace decorum
