// What the assessment of a text says: findings, and how sure it is of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/conduct/category.hpp"

namespace decorum::conduct {

enum class Source : std::uint8_t { lexicon, pattern, classifier };
inline constexpr auto source_names = std::to_array<std::string_view>({"lexicon", "pattern", "classifier"});

// Each lowers the severity by one.
enum class Modifier : std::uint8_t {
    quoted,
    counter_speech,
    reclaimed,
    negated,
    reposted,
    old,
    uncertain_language,
};
inline constexpr auto modifier_names = std::to_array<std::string_view>(
    {"quoted", "counter-speech", "reclaimed", "negated", "reposted", "old", "uncertain-language"});

[[nodiscard]] constexpr std::string_view name_of(Source source) {
    return source_names[static_cast<std::size_t>(source)];
}
[[nodiscard]] constexpr std::string_view name_of(Modifier modifier) {
    return modifier_names[static_cast<std::size_t>(modifier)];
}

// Longer passages are shown up to here.
inline constexpr std::size_t max_excerpt_octets = 400;

// The beginning of a passage, cut at a character.
[[nodiscard]] constexpr std::string_view shown_part(std::string_view passage) {
    if (passage.size() <= max_excerpt_octets) return passage;
    std::size_t end = max_excerpt_octets;
    while (end > 0 && (static_cast<unsigned char>(passage[end]) & 0xC0U) == 0x80U) --end;
    return passage.substr(0, end);
}

struct Finding {
    Category category;
    std::uint8_t severity;  // after the modifiers, 1 to 3
    float score;            // how likely it is right
    Source source;
    std::string rule;    // the lexicon's line ("en:12"), the pattern's or the head's name
    std::string words;   // as they were read and as far as is shown; of the classifier, those that weigh most
    std::uint32_t from;  // octets of the text, on character boundaries
    std::uint32_t to;
    std::vector<Modifier> modifiers;
    bool confirmed = true;  // false: a word of the lexicon in a text that the classifier doesn't take for one
    bool alone = false;     // enough for a notice by itself

    // What stands there, as far as it is shown.
    [[nodiscard]] std::string_view excerpt(std::string_view text) const {
        return shown_part(text.substr(from, to - from));
    }
};

}  // namespace decorum::conduct
