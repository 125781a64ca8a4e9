#include "gateway/conduct/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace decorum::conduct {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view magic = "DECOEVI5";
constexpr std::uint32_t max_buckets = std::uint32_t{1} << 20;
constexpr std::size_t max_label_octets = 64;
constexpr float max_number = 1e6F;
constexpr std::size_t features_ahead = 32;
// Of so many features the weights fit into 16 bits.
constexpr std::size_t most_in_part = 80;
static_assert(most_in_part * 128 * evidence_most_size <= 32767);

}  // namespace

float evidence_norm(const std::vector<EvidenceFeature>& features) {
    std::int32_t squares = evidence_least_squares;
    for (const EvidenceFeature& feature : features) squares += feature.size * feature.size;
    return std::sqrt(static_cast<float>(squares));
}

Result<EvidenceModel> EvidenceModel::parse(std::string_view octets, std::string_view name) {
    auto refuse = [&](std::string_view why) { return fail(errc::corrupt, fmt::format("{}: {}", name, why)); };
    if (!octets.starts_with(magic)) return refuse("not a model of evidence");
    octets.remove_prefix(magic.size());
    std::array<std::uint32_t, 6> sizes{};
    if (octets.size() < sizeof sizes) return refuse("the file is truncated");
    std::memcpy(sizes.data(), octets.data(), sizeof sizes);
    octets.remove_prefix(sizeof sizes);
    const auto [buckets, labels, grams, least, most, run] = sizes;
    if (buckets < 1 || buckets > max_buckets) return refuse("buckets out of range");
    const auto hashing = Hashing::of_file({grams, least, most, run});
    if (!hashing) return refuse("n-grams out of range");
    if (labels < 1 || labels > max_labels) return refuse("labels out of range");
    EvidenceModel model;
    model.hashing_ = *hashing;
    for (std::size_t i = 0; i < labels; ++i) {
        const std::size_t end = octets.find('\0');
        if (end == std::string_view::npos || end == 0 || end > max_label_octets)
            return refuse("a label out of range");
        model.labels_.emplace_back(octets.substr(0, end));
        octets.remove_prefix(end + 1);
    }
    const std::size_t numbers = labels * sizeof(float);
    if (octets.size() < 2 * numbers + std::size_t{buckets} * labels) return refuse("the file is truncated");
    std::memcpy(model.intercept_.data(), octets.data(), numbers);
    std::memcpy(model.step_.data(), octets.data() + numbers, numbers);
    octets.remove_prefix(2 * numbers);
    for (std::size_t i = 0; i < labels; ++i)
        if (!(std::abs(model.intercept_[i]) <= max_number && std::abs(model.step_[i]) <= max_number))
            return refuse("numbers out of range");
    model.weights_.resize(buckets);
    for (auto& row : model.weights_) {
        std::memcpy(row.data(), octets.data(), labels);
        octets.remove_prefix(labels);
    }
    auto network = Network::parse(octets, labels, name);
    if (!network) return std::unexpected(network.error());
    model.network_ = std::move(*network);
    return model;
}

void EvidenceModel::learn(const KnownWords& words) {
    sums_.assign(std::min<std::size_t>(words.size(), KnownWords::common), {});
    network_.forget_words(sums_.size());
    std::vector<std::uint32_t> grams;
    std::vector<EvidenceFeature> features;
    for (std::uint32_t number = 0; number < sums_.size(); ++number) {
        const std::string_view word = words.word(number);
        if (is_sign(word) || word == end_of_line) continue;  // no letters to look at
        grams.clear();
        features.clear();
        add_character_grams(word, hashing_, grams);
        add_word_evidence(hash_of(word), grams, features);
        // All rows are on their way before the first is waited for.
        for (const EvidenceFeature& feature : features) __builtin_prefetch(&row_of(feature));
        for (const EvidenceFeature& feature : features) add(sums_[number], feature);
        network_.learn(number, hash_of(word), grams);
    }
}

void EvidenceModel::add(Sum& sum, const EvidenceFeature& feature) const {
    const auto& row = row_of(feature);
    for (std::size_t i = 0; i < max_labels; ++i) sum.weights[i] += row[i] * feature.size;
    sum.squares += feature.size * feature.size;
}

EvidenceModel::Scores EvidenceModel::score(const Features& features,
                                           const std::vector<EvidenceFeature>& evidence,
                                           Network::Seen& seen) const {
    Scores scores = score_lines(features, evidence);
    network_.add_say(features, beside_lines, std::span(scores).first(labels_.size()), seen);
    return scores;
}

EvidenceModel::Scores EvidenceModel::score_lines(const Features& features,
                                                 const std::vector<EvidenceFeature>& evidence) const {
    std::array<std::int64_t, max_labels> weights{};
    std::int64_t squares = evidence_least_squares;
    for (const Features::Word& word : features.words) {
        if (word.known >= KnownWords::common) continue;
        const Sum& of_word = sums_[word.known];
        for (std::size_t i = 0; i < max_labels; ++i) weights[i] += of_word.weights[i];
        squares += of_word.squares;
    }
    // In 16 bits, so that one instruction adds the weights of all labels.
    std::array<std::int16_t, max_labels> part{};
    std::size_t in_part = 0;
    auto close_part = [&] {
        for (std::size_t i = 0; i < max_labels; ++i) weights[i] += part[i];
        part = {};
        in_part = 0;
    };
    for (std::size_t f = 0; f < evidence.size(); ++f) {
        // So that the row is there when it is its turn.
        if (f + features_ahead < evidence.size()) __builtin_prefetch(&row_of(evidence[f + features_ahead]));
        const EvidenceFeature& feature = evidence[f];
        const Row& row = row_of(feature);
        for (std::size_t i = 0; i < max_labels; ++i)
            part[i] = static_cast<std::int16_t>(part[i] + row[i] * feature.size);
        squares += feature.size * feature.size;
        if (++in_part == most_in_part) close_part();
    }
    close_part();
    const float norm = std::sqrt(static_cast<float>(squares));
    Scores scores{};
    for (std::size_t i = 0; i < max_labels; ++i)
        scores[i] = intercept_[i] + step_[i] * static_cast<float>(weights[i]) / norm;
    return scores;
}

// Not the intercepts of the lines: they are the same for every text.
std::vector<float> EvidenceModel::effects(const Features& features,
                                          const std::vector<EvidenceFeature>& evidence,
                                          const Network::Seen& seen, std::size_t label) const {
    std::vector<float> out;
    std::int32_t squares = evidence_least_squares;
    for (const Features::Word& word : features.words) {
        const Sum of_word = word.known < KnownWords::common ? sums_[word.known] : Sum{};
        out.push_back(static_cast<float>(of_word.weights[label]));
        squares += of_word.squares;
    }
    for (const EvidenceFeature& feature : evidence) {
        out[feature.word] += static_cast<float>(row_of(feature)[label] * feature.size);
        squares += feature.size * feature.size;
    }
    const float scale = step_[label] / std::sqrt(static_cast<float>(squares));
    for (float& effect : out) effect *= scale;
    network_.add_effects(features, beside_lines, seen, label, out);
    return out;
}

}  // namespace decorum::conduct
