#include "gateway/conduct/language.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

struct Letter {
    std::string_view octets;
    std::array<float, language_count> weight;  // en, fr, de, es
};
// Letters that tell one language of ours from the others.
constexpr auto letters = std::to_array<Letter>({
    {"ñ", {0, 0, 0, 2}},
    {"í", {0, 0, 0, 1}},
    {"ó", {0, 0, 0, 1}},
    {"ú", {0, 0, 0, 1}},
    {"á", {0, 0, 0, 1}},
    {"ä", {0, 0, 1.5F, 0}},
    {"ö", {0, 0, 1.5F, 0}},
    {"ü", {0, 0, 1, 0.2F}},
    {"ç", {0, 1.5F, 0, 0}},
    {"è", {0, 1.5F, 0, 0}},
    {"ê", {0, 1.5F, 0, 0}},
    {"à", {0, 1.5F, 0, 0}},
    {"ù", {0, 1.5F, 0, 0}},
    {"œ", {0, 1.5F, 0, 0}},
    {"é", {0, 0.8F, 0, 0.5F}},
});
constexpr float function_word_weight = 1;
constexpr float fair_share = 0.35F;

struct Ending {
    std::string_view octets;
    Language language;
};
// Endings of words of six letters and more; weak evidence, but short bios hold little else.
constexpr auto endings = std::to_array<Ending>({
    {"ing", Language::en},
    {"ness", Language::en},
    {"ship", Language::en},
    {"ly", Language::en},
    {"eur", Language::fr},
    {"euse", Language::fr},
    {"eux", Language::fr},
    {"ique", Language::fr},
    {"aire", Language::fr},
    {"ung", Language::de},
    {"keit", Language::de},
    {"schaft", Language::de},
    {"lich", Language::de},
    {"chen", Language::de},
    {"cion", Language::es},
    {"ción", Language::es},
    {"dad", Language::es},
    {"miento", Language::es},
});
constexpr float ending_weight = 0.4F;
constexpr std::size_t min_octets_for_ending = 6;

}  // namespace

bool LanguageGuess::plausible(Language language) const {
    if (!any()) return true;
    if (language == best) return true;
    return certainty != Certainty::certain && share[static_cast<std::size_t>(language)] >= fair_share / 2;
}

LanguageGuess guess_language(const Reading& reading, const std::vector<Hit>& hits) {
    std::array<float, language_count> weight{};
    // A word that several languages share says little: its hits come one after the other.
    for (std::size_t i = 0; i < hits.size();) {
        std::size_t next = i;
        std::size_t languages = 0;
        for (; next < hits.size() && hits[next].end == hits[i].end; ++next)
            languages += hits[next].role == Role::function_word ? 1 : 0;
        for (; i < next; ++i)
            if (hits[i].role == Role::function_word)
                weight[static_cast<std::size_t>(hits[i].language)] +=
                    function_word_weight / static_cast<float>(languages * languages);
    }
    const std::string_view line = reading.line;
    for (std::size_t at = 0; at + 1 < line.size(); ++at) {
        if (static_cast<unsigned char>(line[at]) < 0xC3 || static_cast<unsigned char>(line[at]) > 0xC5)
            continue;
        for (const Letter& letter : letters)
            if (line[at] == letter.octets[0] && line[at + 1] == letter.octets[1])
                for (std::size_t i = 0; i < language_count; ++i) weight[i] += letter.weight[i];
    }
    for (const Token& token : reading.tokens) {
        if (token.kind != TokenKind::word || token.end - token.begin < min_octets_for_ending) continue;
        const std::string_view word = reading.word(token);
        const char last = word.back();
        const char before = word[word.size() - 2];
        for (const Ending& ending : endings)
            if (last == ending.octets.back() && before == ending.octets[ending.octets.size() - 2] &&
                word.ends_with(ending.octets))
                weight[static_cast<std::size_t>(ending.language)] += ending_weight;
    }

    LanguageGuess guess;
    const float sum = weight[0] + weight[1] + weight[2] + weight[3];
    if (sum <= 0) return guess;
    guess.evidence = sum;
    for (std::size_t i = 0; i < language_count; ++i) guess.share[i] = weight[i] / sum;
    const auto best = static_cast<std::size_t>(std::ranges::max_element(guess.share) - guess.share.begin());
    guess.best = static_cast<Language>(best);
    float second = 0;
    for (std::size_t i = 0; i < language_count; ++i)
        if (i != best) second = std::max(second, guess.share[i]);
    constexpr float enough = 1.5F;
    constexpr float much = 4;
    if (second >= fair_share && sum >= much)
        guess.certainty = Certainty::mixed;
    else if (weight[best] >= enough && guess.share[best] >= 2 * second)
        guess.certainty = Certainty::certain;
    return guess;
}

std::string name_of(const LanguageGuess& guess) {
    if (!guess.any() || guess.certainty == Certainty::uncertain) return "und";
    std::string out(name_of(guess.best));
    if (guess.certainty == Certainty::mixed)
        for (const Language language : all_languages)
            if (language != guess.best && guess.plausible(language))
                out.append("+").append(name_of(language));
    return out;
}

}  // namespace decorum::conduct
