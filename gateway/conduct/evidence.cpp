#include "gateway/conduct/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>

namespace decorum::conduct {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view magic = "DECOEVI2";
constexpr std::uint32_t max_buckets = std::uint32_t{1} << 20;
constexpr std::uint32_t max_grams = std::uint32_t{1} << 24;
constexpr std::size_t max_label_octets = 64;
constexpr float max_number = 1e6F;
constexpr std::size_t longest_run = 3;
constexpr std::uint8_t word_size = 2;
constexpr std::uint8_t gram_size = 1;
constexpr std::uint8_t sign_size = 2;
constexpr std::uint8_t pair_size = 1;
constexpr std::uint32_t least_squares = 300;  // those of some ten words are as many
// Every two signs are one feature; a text of a profile has a dozen signs.
constexpr std::size_t max_paired = 24;

enum Salt : std::uint64_t { salt_word = 1, salt_gram = 3, salt_sign = 4, salt_sign_run = 5, salt_pair = 6 };

// Mixes hashes so that their low bits can be taken (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t seed, std::uint32_t hash) {
    std::uint64_t x = seed * 0x9E3779B97F4A7C15U + hash + 1;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

class Maker {
public:
    explicit Maker(std::vector<EvidenceFeature>& out) : out_(out) { out_.clear(); }

    void word(const Features::Word& word, std::span<const std::uint32_t> grams, std::uint32_t at) {
        if (word.known >= KnownWords::common) put(mixed(salt_word, word.hash), at, word_size);
        for (const std::uint32_t gram : grams) put(mixed(salt_gram, gram), at, gram_size);
    }
    void sign(std::uint32_t hash, std::uint32_t at) {
        put(mixed(salt_sign, hash), at, sign_size);
        run(hash, at);
        const auto end = paired_.begin() + static_cast<std::ptrdiff_t>(paired_count_);
        if (paired_count_ == max_paired || std::find(paired_.begin(), end, hash) != end) return;
        for (std::size_t i = 0; i < paired_count_; ++i)
            put(mixed(mixed(salt_pair, std::min(paired_[i], hash)), std::max(paired_[i], hash)), at,
                pair_size);
        paired_[paired_count_++] = hash;
    }

private:
    void put(std::uint64_t hash, std::uint32_t at, std::uint8_t size) {
        out_.push_back({static_cast<std::uint32_t>(hash), at, size});
    }
    // The runs of two and three signs that end here.
    void run(std::uint32_t hash, std::uint32_t at) {
        std::shift_left(last_.begin(), last_.end(), 1);
        last_.back() = hash;
        count_ = std::min(count_ + 1, longest_run);
        for (std::size_t length = 2; length <= count_; ++length) {
            std::uint64_t seed = salt_sign_run * longest_run + length;
            for (std::size_t i = longest_run - length; i < longest_run; ++i) seed = mixed(seed, last_[i]);
            put(seed, at, sign_size);
        }
    }

    std::vector<EvidenceFeature>& out_;
    std::array<std::uint32_t, longest_run> last_{};  // signs
    std::size_t count_ = 0;
    std::array<std::uint32_t, max_paired> paired_{};
    std::size_t paired_count_ = 0;
};

}  // namespace

void make_evidence(std::string_view line, const Features& features, std::vector<EvidenceFeature>& out) {
    Maker maker(out);
    const std::span grams(features.grams);
    // Only the end of the line has no n-grams but those of words. Of these the pairs count alone: longer ones
    // say little that is new, and cost as much.
    const std::uint32_t longest =
        features.words.empty() ? 0 : features.words.back().grams_end - features.words.back().grams_begin;
    for (std::uint32_t i = 0; i < features.words.size(); ++i) {
        const Features::Word& word = features.words[i];
        if (word.begin == word.end) continue;  // the end of the line
        if (line[word.begin] == '_')
            maker.sign(word.hash, i);
        else {
            const std::uint32_t longer = std::max(std::min(i, longest), 1U) - 1;
            maker.word(word, grams.subspan(word.grams_begin, word.grams_end - word.grams_begin - longer), i);
        }
    }
}

float evidence_norm(const std::vector<EvidenceFeature>& features) {
    float squares = least_squares;
    for (const EvidenceFeature& feature : features)
        squares += static_cast<float>(feature.size * feature.size);
    return std::sqrt(squares);
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
    if (!std::has_single_bit(buckets) || buckets > max_buckets) return refuse("buckets out of range");
    constexpr std::uint32_t longest_gram = 16;
    if (grams > max_grams || least > longest_gram || most > longest_gram || run > longest_gram)
        return refuse("n-grams out of range");
    if (labels < 1 || labels > max_labels) return refuse("labels out of range");
    EvidenceModel model;
    model.hashing_ = {grams, static_cast<std::int32_t>(least), static_cast<std::int32_t>(most),
                      static_cast<std::int32_t>(run)};
    for (std::size_t i = 0; i < labels; ++i) {
        const std::size_t end = octets.find('\0');
        if (end == std::string_view::npos || end == 0 || end > max_label_octets)
            return refuse("a label out of range");
        model.labels_.emplace_back(octets.substr(0, end));
        octets.remove_prefix(end + 1);
    }
    const std::size_t numbers = labels * sizeof(float);
    if (octets.size() != 2 * numbers + std::size_t{buckets} * labels)
        return refuse("the file is truncated, or goes on after the end of the model");
    std::memcpy(model.intercept_.data(), octets.data(), numbers);
    std::memcpy(model.step_.data(), octets.data() + numbers, numbers);
    octets.remove_prefix(2 * numbers);
    for (std::size_t i = 0; i < labels; ++i)
        if (!(std::abs(model.intercept_[i]) <= max_number && std::abs(model.step_[i]) <= max_number))
            return refuse("numbers out of range");
    model.mask_ = buckets - 1;
    model.weights_.resize(buckets);
    for (auto& row : model.weights_) {
        std::memcpy(row.data(), octets.data(), labels);
        octets.remove_prefix(labels);
    }
    return model;
}

void EvidenceModel::learn(const KnownWords& words) {
    sums_.assign(std::min<std::size_t>(words.size(), KnownWords::common), {});
    std::vector<std::uint32_t> grams;
    for (std::uint32_t number = 0; number < sums_.size(); ++number) {
        const std::string_view word = words.word(number);
        if (word.starts_with('_') || word == end_of_line) continue;  // a sign; no evidence
        grams.clear();
        add_character_grams(word, hashing_, grams);
        Sum& sum = sums_[number];
        auto put = [&](std::uint64_t hash, std::uint8_t size) {
            add(sum, {.hash = static_cast<std::uint32_t>(hash), .word = 0, .size = size});
        };
        put(mixed(salt_word, hash_of(word)), word_size);
        for (const std::uint32_t gram : grams) put(mixed(salt_gram, gram), gram_size);
    }
}

void EvidenceModel::add(Sum& sum, const EvidenceFeature& feature) const {
    const auto& row = weights_[feature.hash & mask_];
    for (std::size_t i = 0; i < max_labels; ++i) sum.weights[i] += row[i] * feature.size;
    sum.squares += feature.size * feature.size;
}

EvidenceModel::Scores EvidenceModel::score(const Features& features,
                                           const std::vector<EvidenceFeature>& evidence) const {
    Sum sum{.squares = least_squares};
    for (const Features::Word& word : features.words) {
        if (word.known >= KnownWords::common) continue;
        const Sum& of_word = sums_[word.known];
        for (std::size_t i = 0; i < max_labels; ++i) sum.weights[i] += of_word.weights[i];
        sum.squares += of_word.squares;
    }
    for (const EvidenceFeature& feature : evidence) add(sum, feature);
    const float norm = std::sqrt(static_cast<float>(sum.squares));
    Scores scores{};
    for (std::size_t i = 0; i < max_labels; ++i)
        scores[i] = intercept_[i] + step_[i] * static_cast<float>(sum.weights[i]) / norm;
    return scores;
}

std::vector<float> EvidenceModel::effects(const Features& features,
                                          const std::vector<EvidenceFeature>& evidence,
                                          std::size_t label) const {
    std::vector<float> out;
    std::int32_t squares = least_squares;
    for (const Features::Word& word : features.words) {
        const Sum of_word = word.known < KnownWords::common ? sums_[word.known] : Sum{};
        out.push_back(static_cast<float>(of_word.weights[label]));
        squares += of_word.squares;
    }
    for (const EvidenceFeature& feature : evidence) {
        out[feature.word] += static_cast<float>(weights_[feature.hash & mask_][label] * feature.size);
        squares += feature.size * feature.size;
    }
    const float scale = step_[label] / std::sqrt(static_cast<float>(squares));
    for (float& effect : out) effect *= scale;
    return out;
}

}  // namespace decorum::conduct
