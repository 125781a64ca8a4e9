// Which of our languages a text is written in, by its function words and letters.
//
// Short and mixed texts are common in profiles: the answer says how sure it is, and of a text without
// evidence that it is unknown. Evidence counts by distinct hits, in time linear in the text.
#pragma once

#include <array>
#include <vector>

#include "gateway/conduct/category.hpp"
#include "gateway/conduct/lexicon.hpp"
#include "gateway/conduct/reading.hpp"

namespace decorum::conduct {

enum class Certainty : std::uint8_t {
    certain,
    mixed,      // two languages, each with a fair share
    uncertain,  // little evidence, or contradictory
};

struct LanguageGuess {
    Language best = Language::en;
    Certainty certainty = Certainty::uncertain;
    std::array<float, language_count> share{};  // of the evidence; all zero where there is none
    float evidence = 0;                         // in function words

    [[nodiscard]] bool any() const { return share[static_cast<std::size_t>(best)] > 0; }
    // Whether words of a language are to be read in this text.
    [[nodiscard]] bool plausible(Language language) const;
};

[[nodiscard]] LanguageGuess guess_language(const Reading& reading, const std::vector<Hit>& hits);

// "en", "en+fr", "und".
[[nodiscard]] std::string name_of(const LanguageGuess& guess);

}  // namespace decorum::conduct
