// Which hits of the lexicon count in a text: exceptions, pairs, languages, and whom is spoken to.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/conduct/finding.hpp"
#include "gateway/conduct/language.hpp"
#include "gateway/conduct/lexicon.hpp"

namespace decorum::conduct {

struct Match {
    const Rule* rule;
    std::uint32_t begin;  // tokens
    std::uint32_t end;
    std::uint32_t said_begin;  // what is said: of a pair its second half, else all of it
    std::uint32_t said_end;
    bool uncertain;  // the word is an ordinary one in another language, and the language isn't sure
    bool negated;    // a negation stands between the halves of a pair
};

// Sentences and cues of one text: what stands near a match.
class Context {
public:
    // `text` is what was read; all three must outlive it.
    Context(std::string_view text, const Reading& reading, const std::vector<Hit>& hits);

    [[nodiscard]] std::uint32_t tokens() const { return static_cast<std::uint32_t>(reading_.tokens.size()); }
    [[nodiscard]] std::string_view word(std::uint32_t token) const {
        return reading_.word(reading_.tokens[token]);
    }
    [[nodiscard]] bool is(std::uint32_t token, std::span<const std::string_view> words) const;
    [[nodiscard]] bool is(std::uint32_t token, std::initializer_list<std::string_view> words) const {
        return is(token, std::span(words.begin(), words.size()));
    }
    // The line from a token on, which goes on to the end of the text.
    [[nodiscard]] std::string_view words_from(std::uint32_t token) const {
        return std::string_view(reading_.line).substr(reading_.tokens[token].begin);
    }
    // Whether a clause begins with the token, by what stands before it: a sign, the end of a sentence, or
    // "but" and its like.
    [[nodiscard]] bool parted_before(std::uint32_t token) const;
    // Whether a negation stands at most so many tokens before, in the same sentence.
    [[nodiscard]] bool negated(std::uint32_t token, std::uint32_t before) const {
        return near(Cue::negation, token, token + 1, before, 0);
    }

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
    std::string_view text_;
    const Reading& reading_;
    std::array<std::vector<Span>, cue_names.size()> cues_;  // by their ends
    std::vector<std::uint32_t> sentence_;                   // by token
    std::vector<std::uint32_t> quotes_;                     // how many quotation marks stand before a token
};

[[nodiscard]] std::vector<Match> match(const Lexicon& lexicon, const Reading& reading,
                                       const std::vector<Hit>& hits, const Context& context,
                                       const LanguageGuess& language);

}  // namespace decorum::conduct
