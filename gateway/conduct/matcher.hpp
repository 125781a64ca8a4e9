// Which hits of the lexicon count in a text: exceptions, pairs, languages, and whom is spoken to.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/conduct/finding.hpp"
#include "gateway/conduct/language.hpp"
#include "gateway/conduct/lexicon.hpp"

namespace decorum::conduct {

struct Match {
    const Rule* rule;
    std::uint32_t begin;  // tokens
    std::uint32_t end;
    bool uncertain;  // the word is an ordinary one in another language, and the language isn't sure
    bool negated;    // a negation stands between the halves of a pair
};

// Sentences and cues of one text: what stands near a match.
class Context {
public:
    Context(const Reading& reading, const std::vector<Hit>& hits);

    // Whether a cue stands in the same sentence, at most `before` tokens before or `after` tokens after.
    [[nodiscard]] bool near(Cue cue, std::uint32_t begin, std::uint32_t end, std::uint32_t before,
                            std::uint32_t after) const;
    [[nodiscard]] bool anywhere(Cue cue) const { return !cues_[static_cast<std::size_t>(cue)].empty(); }
    // Whether an odd number of quotation marks stands before it and one closes after it.
    [[nodiscard]] bool in_quotes(std::uint32_t begin, std::uint32_t end) const;
    [[nodiscard]] bool same_sentence(std::uint32_t a, std::uint32_t b) const {
        return sentence_[a] == sentence_[b];
    }
    // The tokens of the sentence that `token` stands in.
    [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> sentence_of(std::uint32_t token) const;

private:
    struct Span {
        std::uint32_t begin;
        std::uint32_t end;
    };
    std::array<std::vector<Span>, cue_names.size()> cues_;  // by their ends
    std::vector<std::uint32_t> sentence_;                   // by token
    std::vector<std::uint32_t> quotes_;                     // how many quotation marks stand before a token
};

[[nodiscard]] std::vector<Match> match(const Lexicon& lexicon, const Reading& reading,
                                       const std::vector<Hit>& hits, const Context& context,
                                       const LanguageGuess& language);

// What lowers the severity of a match, or of a finding of the classifier.
[[nodiscard]] std::vector<Modifier> modifiers_of(Category category, std::uint32_t begin, std::uint32_t end,
                                                 const Context& context);
// Union speech, whistleblowing and facts on working conditions are no disparagement.
[[nodiscard]] bool is_carved_out(Category category, const Context& context);

}  // namespace decorum::conduct
