// The linear model of the topics: words and what fastText makes of them (n-grams of characters, every two
// words in a row), and which signs of the lexicon stand beside which.
//
// Few sentences teach the topics, and a line of maximum margin over hashed features learns more from few than
// fastText's embeddings do. A text's score is the sum of its
// features' weights over the root of their squared sizes, and of a constant: a few words are not as much
// evidence as many. Words, signs and runs of signs are twice as large as the rest. tests/conduct/fit.cpp
// trains it, by the same features.
//
//   "DECOEVI2"; buckets (a power of two), labels, and how n-grams are hashed (buckets, least and most
//   characters, words), in 32 bits each, little-endian; each label with a NUL;
//   intercept and step of each label, as floats; buckets × labels weights, in steps, as signed octets
//
// A file is not trusted: its sizes are checked before memory is taken for them, its numbers for their range.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/features.hpp"

namespace decorum::conduct {

struct EvidenceFeature {
    std::uint32_t hash;
    std::uint32_t word;  // of Features::words, at which it ends
    std::uint8_t size;
};

// Those of a line from its `features`, but for what is in common words. Replaces the content of
// `out`.
void make_evidence(std::string_view line, const Features& features, std::vector<EvidenceFeature>& out);
// What the sum of the weights is divided by.
[[nodiscard]] float evidence_norm(const std::vector<EvidenceFeature>& features);

class EvidenceModel {
public:
    static constexpr std::size_t max_labels = 8;
    using Scores = std::array<float, max_labels>;

    // `name` is for faults.
    [[nodiscard]] static Result<EvidenceModel> parse(std::string_view octets, std::string_view name);

    [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
    [[nodiscard]] const Hashing& hashing() const { return hashing_; }
    // Works out what is in each of the common words, which are those that features are numbered by from now
    // on.
    void learn(const KnownWords& words);

    // `evidence` is what make_evidence() made of `features`.
    [[nodiscard]] Scores score(const Features& features, const std::vector<EvidenceFeature>& evidence) const;
    // What each word adds to the score of a label.
    [[nodiscard]] std::vector<float> effects(const Features& features,
                                             const std::vector<EvidenceFeature>& evidence,
                                             std::size_t label) const;

private:
    struct Sum {
        std::array<std::int32_t, max_labels> weights{};
        std::int32_t squares = 0;  // of the sizes
    };

    void add(Sum& sum, const EvidenceFeature& feature) const;

    std::vector<std::string> labels_;
    Hashing hashing_;
    Scores intercept_{};
    Scores step_{};
    std::uint32_t mask_ = 0;
    std::vector<std::array<std::int8_t, max_labels>> weights_;  // by bucket
    std::vector<Sum> sums_;                                     // by the number of a word
};

}  // namespace decorum::conduct
