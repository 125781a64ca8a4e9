// What a folded character is to the reading of a text.
#pragma once

#include <array>
#include <cstdint>

namespace decorum::conduct {

enum class CharacterClass : std::uint8_t { space, line_end, letter, digit, stop, quote, sign, symbol, other };

// By Unicode's categories; ASCII's signs by the part that they play in posts.
[[nodiscard]] CharacterClass classify(char32_t character);

// Characters up to Latin Extended-A: nearly all that our languages are written with.
struct CharacterClasses {
    static constexpr char32_t end = 0x180;
    CharacterClasses();
    std::array<CharacterClass, end> of{};
};
inline const CharacterClasses character_classes;

// The same as classify(), mostly from the table.
[[nodiscard]] inline CharacterClass class_of(char32_t character) {
    return character < CharacterClasses::end ? character_classes.of[character] : classify(character);
}

}  // namespace decorum::conduct
