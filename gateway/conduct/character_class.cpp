#include "gateway/conduct/character_class.hpp"

#include <unicode/uchar.h>

#include <string_view>

namespace decorum::conduct {
namespace {

CharacterClass class_by_category(char32_t c) {
    using enum CharacterClass;
    switch (u_charType(static_cast<UChar32>(c))) {
        case U_UPPERCASE_LETTER:
        case U_LOWERCASE_LETTER:
        case U_TITLECASE_LETTER:
        case U_MODIFIER_LETTER:
        case U_OTHER_LETTER:
        case U_COMBINING_SPACING_MARK: return letter;
        case U_DECIMAL_DIGIT_NUMBER:
        case U_LETTER_NUMBER:
        case U_OTHER_NUMBER: return digit;
        case U_SPACE_SEPARATOR: return space;
        case U_LINE_SEPARATOR:
        case U_PARAGRAPH_SEPARATOR: return line_end;
        case U_INITIAL_PUNCTUATION:
        case U_FINAL_PUNCTUATION: return c == 0x2019 || c == 0x2018 ? other : quote;
        case U_CURRENCY_SYMBOL: return sign;
        case U_OTHER_SYMBOL:
        case U_MODIFIER_SYMBOL:
        case U_MATH_SYMBOL: return symbol;
        case U_SURROGATE:
        case U_PRIVATE_USE_CHAR:
        case U_UNASSIGNED: return c >= 0x1F000 ? symbol : other;  // emoji newer than our ICU
        default: return c == 0x201E ? quote : c == 0x2026 || c == 0xBF ? stop : other;
    }
}

}  // namespace

CharacterClass classify(char32_t character) {
    using enum CharacterClass;
    if (character < 0x80) {
        const char c = static_cast<char>(character);
        if (c == '\n') return line_end;
        if (c == '"') return quote;
        if (std::string_view("\t\v\f\r").contains(c)) return space;
        if (std::string_view(".?!;").contains(c)) return stop;
        if (std::string_view("%$").contains(c)) return sign;
        if (std::string_view("+<=>|~^`").contains(c)) return other;
    }
    return class_by_category(character);
}

CharacterClasses::CharacterClasses() {
    for (char32_t c = 0; c < end; ++c) of[c] = classify(c);
}

}  // namespace decorum::conduct
