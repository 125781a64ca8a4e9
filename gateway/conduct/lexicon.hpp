// The lexicon: words and phrases that are unprofessional as such, in four languages, and the cues around
// them.
//
// Everything is found at once: entries, the two halves of pairs, exceptions, cues, themes,
// function words. What a hit is worth the Matcher decides. A lexicon is read whole or not at all, and never
// changes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/category.hpp"
#include "gateway/conduct/phrases.hpp"
#include "gateway/conduct/reading.hpp"
#include "gateway/conduct/reveal.hpp"

namespace decorum::conduct {

inline constexpr std::int64_t lexicon_format = 1;

enum class Cue : std::uint8_t {
    address,         // speaks to somebody
    first_person,    // speaks of oneself
    negation,        // not, never
    quotation,       // he called me
    counter_speech,  // there is no excuse for
    reclaimed,       // said of oneself, with pride
    union_speech,    // carved out of disparagement, like the two that follow
    whistleblowing,
    working_conditions,
    recovery,  // an addiction that was overcome, or is treated
};
inline constexpr auto cue_names = std::to_array<std::string_view>(
    {"address", "first_person", "negation", "quotation", "counter_speech", "reclaimed", "union_speech",
     "whistleblowing", "working_conditions", "recovery"});

// What a sentence is about. A theme is no finding; the classifier learns what it means beside others.
inline constexpr auto theme_names = std::to_array<std::string_view>(
    {"drug",     "drink",    "drunk",    "violence", "weapon",     "death",     "body",       "sex",
     "intimate", "insult",   "exposure", "superior", "customer",   "colleague", "company",    "work",
     "secrecy",  "business", "access",   "intent",   "derision",   "desire",    "invitation", "excess",
     "document", "identity", "public",   "justice",  "care",       "leisure",   "group",      "contempt",
     "praise",   "clothing", "person",   "kin",      "profession", "place",     "furniture",  "time",
     "number",   "media",    "speech",   "silence",  "handling",   "posture",   "vehicle",    "money",
     "failing",  "ruin"});

struct Rule {
    Category category;
    std::uint8_t severity;
    Language language;
    bool directed = false;     // counts only where somebody is spoken to
    bool ambiguous = false;    // an ordinary word of another language
    bool personal = false;     // counts only where one speaks of oneself
    std::uint32_t within = 0;  // of a pair: how many tokens may stand between its halves; 0: no pair
    std::string name;          // "en:12", the line in the file
};

enum class Role : std::uint8_t { entry, first, second, exception, cue, theme, function_word };

struct Hit {
    Role role;
    Language language;
    std::uint16_t index;  // a rule, a Cue, or one of theme_names
    std::uint32_t begin;  // tokens of the reading
    std::uint32_t end;
};

class Lexicon {
public:
    // FOLDER/en.toml and so on; a fault says "FILE:LINE: KEY: what would be right". `all` takes each of them,
    // of every file; the Error is the first.
    [[nodiscard]] static Result<Lexicon> load(const std::filesystem::path& folder,
                                              std::vector<std::string>* all = nullptr);

    [[nodiscard]] const Rule& rule(std::size_t index) const { return rules_[index]; }
    [[nodiscard]] std::size_t rules() const { return rules_.size(); }
    [[nodiscard]] const Revealer& revealer() const { return revealer_; }
    [[nodiscard]] const std::string& version() const { return version_; }

    // All hits, by where they end. Replaces the content of `out`.
    void scan(const Reading& reading, std::vector<Hit>& out) const;

private:
    friend class LexiconReader;

    struct Meaning {
        Role role;
        Language language;
        std::uint16_t index;
    };

    // False: it is a phrase of too many words. `space` is to read it with.
    [[nodiscard]] bool add(std::string_view word, Meaning meaning, Reading& space);
    [[nodiscard]] bool build();

    std::vector<Rule> rules_;
    Phrases phrases_;
    Revealer revealer_;
    std::vector<std::vector<Meaning>> read_;  // by phrase; until build()
    std::vector<Meaning> meanings_;           // of each phrase in turn
    std::vector<std::uint32_t> begins_;       // by phrase: its part of them; and where the last one's ends
    std::string version_;
};

}  // namespace decorum::conduct
