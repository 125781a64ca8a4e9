// What the model of the topics sees of a line (evidence.hpp).
//
// Words are seen as fastText sees them (n-grams of characters, every two words in a row), and so are signs of
// the lexicon, which stand behind the words: each, runs of them, and which stand in one text with which. Of a
// word's inflexions the stem is seen (its first letters): stems in a row, and each stem with the first signs.
// Who is spoken of shows where a text begins, so its first words count for more, as do its last one, the sign
// that comes first and the last one; the first stem is seen with each sign once more. How long a text is
// tells what the rest of it, and each sign, is worth.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/conduct/features.hpp"

namespace decorum::conduct {

struct EvidenceFeature {
    std::uint32_t hash;
    std::uint32_t word;  // of Features::words, at which it ends; of the length: the end of the line
    std::uint8_t size;   // 1 to evidence_most_size
};
inline constexpr std::uint8_t evidence_most_size = 3;

// What stands under the root of what the sum of the weights is divided by, before any feature's square: those
// of some ten words are as many, so that a few words are not as much evidence as many.
inline constexpr std::int32_t evidence_least_squares = 300;

// Those of a line from its `features`, but for what is in common words. Replaces the content of `out`.
void make_evidence(std::string_view line, const Features& features, std::vector<EvidenceFeature>& out);
// Appends those in a word: itself, and the n-grams of characters in it. `hash` is hash_of() it.
void add_word_evidence(std::uint32_t hash, const std::vector<std::uint32_t>& grams,
                       std::vector<EvidenceFeature>& out);

}  // namespace decorum::conduct
