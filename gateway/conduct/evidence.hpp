// The model of the topics: a line for each, and a network beside them.
//
// Few sentences teach the topics, and a line of maximum margin over hashed features learns more from few than
// fastText's embeddings do. A line's score is the sum of its features' weights (evidence_features.hpp) over
// the root of their squared sizes, and of a constant. Where that of any label leaves doubt, what the network
// (network.hpp) says is added to all of them, and else the least that it could say. It errs on other
// professional texts than the lines do, so that both together leave more of these alone.
// tests/conduct/fit.cpp trains both, by the same features.
//
//   "DECOEVI5"; buckets, labels, and how n-grams are hashed (buckets, least and most characters, words), in
//   32 bits each, little-endian; each label with a NUL; intercept and step of each label, as floats; buckets
//   × labels weights, in steps, as signed octets; the network
//
// A file is not trusted: its sizes are checked before memory is taken for them, its numbers for their range.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/evidence_features.hpp"
#include "gateway/conduct/network.hpp"

namespace decorum::conduct {

// What the sum of the weights is divided by.
[[nodiscard]] float evidence_norm(const std::vector<EvidenceFeature>& features);

// That of a feature, among so many.
[[nodiscard]] constexpr std::uint32_t evidence_bucket(const EvidenceFeature& feature, std::uint32_t buckets) {
    return static_cast<std::uint32_t>((std::uint64_t{feature.hash} * buckets) >> 32U);
}

class EvidenceModel {
public:
    static constexpr std::size_t max_labels = Network::max_labels;
    using Scores = std::array<float, max_labels>;
    // The network has a say, not the last word. Where no line's score is so much, hardly anything is reported
    // in the end, whatever it would say: by cross-validation F1 stays the same. Of professional texts one in
    // twenty is above.
    static constexpr Network::Manner beside_lines{.least_doubt = -0.35F, .most_say = 1, .reads_signs = false};

    // `name` is for faults.
    [[nodiscard]] static Result<EvidenceModel> parse(std::string_view octets, std::string_view name);

    [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
    [[nodiscard]] const Hashing& hashing() const { return hashing_; }
    // Works out what is in each of the common words, which are those that features are numbered by from now
    // on.
    void learn(const KnownWords& words);

    // `evidence` is what make_evidence() made of `features`. Replaces `seen`.
    [[nodiscard]] Scores score(const Features& features, const std::vector<EvidenceFeature>& evidence,
                               Network::Seen& seen) const;
    // What each word adds to the score of a label, and at the end of the line what is no word's.
    [[nodiscard]] std::vector<float> effects(const Features& features,
                                             const std::vector<EvidenceFeature>& evidence,
                                             const Network::Seen& seen, std::size_t label) const;

private:
    struct Sum {
        std::array<std::int32_t, max_labels> weights{};
        std::int32_t squares = 0;  // of the sizes
    };

    using Row = std::array<std::int8_t, max_labels>;

    [[nodiscard]] const Row& row_of(const EvidenceFeature& feature) const {
        return weights_[evidence_bucket(feature, static_cast<std::uint32_t>(weights_.size()))];
    }
    void add(Sum& sum, const EvidenceFeature& feature) const;
    [[nodiscard]] Scores score_lines(const Features& features,
                                     const std::vector<EvidenceFeature>& evidence) const;

    std::vector<std::string> labels_;
    Hashing hashing_;
    Scores intercept_{};
    Scores step_{};
    std::vector<Row> weights_;  // by bucket
    std::vector<Sum> sums_;     // by the number of a word
    Network network_;
};

}  // namespace decorum::conduct
