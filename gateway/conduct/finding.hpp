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

struct Finding {
    Category category;
    std::uint8_t severity;  // after the modifiers, 1 to 3
    float score;            // how likely it is right
    Source source;
    std::string rule;    // the lexicon's line ("en:12"), the pattern's or the head's name
    std::string words;   // as they were read; of the classifier, those that weigh most
    std::uint32_t from;  // octets of the text, on character boundaries
    std::uint32_t to;
    std::vector<Modifier> modifiers;
    bool confirmed = true;  // false: a word of the lexicon in a text that the classifier doesn't take for one
    bool alone = false;     // enough for a notice by itself

    [[nodiscard]] std::string_view excerpt(std::string_view text) const {
        return text.substr(from, to - from);
    }
};

}  // namespace decorum::conduct
