#include "gateway/conduct/network.hpp"

#include <fmt/format.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace decorum::conduct {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t max_network_buckets = std::uint32_t{1} << 20;
constexpr float max_label_value = 1e6F;

constexpr std::int64_t most_value = 128 * Network::word_unit;
static_assert(most_value * Network::most_weight * Network::window * Network::dimensions +
                  Network::most_bias <=
              INT32_MAX);

// Of a number of rows: word_unit over it, in 16 bits behind the point.
constexpr auto reciprocals = [] {
    std::array<std::int32_t, Network::max_rows + 1> out{};
    for (std::size_t i = 1; i < out.size(); ++i)
        out[i] = static_cast<std::int32_t>((std::size_t{Network::word_unit} << 16U) / i);
    return out;
}();

bool has_wide_registers() {
#ifdef __SSE2__
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}
const bool is_wide = has_wide_registers();

template <class T>
void take(std::string_view& octets, T& out) {
    std::memcpy(&out, octets.data(), sizeof out);
    octets.remove_prefix(sizeof out);
}

}  // namespace

Result<Network> Network::parse(std::string_view octets, std::size_t labels, std::string_view name) {
    auto refuse = [&](std::string_view why) { return fail(errc::corrupt, fmt::format("{}: {}", name, why)); };
    if (labels < 1 || labels > max_labels) return refuse("labels of the network out of range");
    std::uint32_t buckets = 0;
    if (octets.size() < sizeof buckets) return refuse("the file is truncated");
    take(octets, buckets);
    if (buckets < 1 || buckets > max_network_buckets) return refuse("rows of the network out of range");
    constexpr std::size_t of_filters = sizeof weights_ + sizeof bias_;
    constexpr std::size_t of_label = (filters + dimensions + 1) * sizeof(float);
    if (octets.size() != buckets * sizeof(Row) + of_filters + labels * of_label)
        return refuse("the file is truncated, or goes on after the end of the network");
    Network network;
    network.rows_.resize(buckets);
    std::memcpy(network.rows_.data(), octets.data(), buckets * sizeof(Row));
    octets.remove_prefix(buckets * sizeof(Row));
    take(octets, network.weights_);
    for (std::size_t f = 0; f < filters; ++f)
        for (std::size_t v = 0; v < window * dimensions; ++v) {
            const std::int16_t weight = network.weights_[f][v];
            if (std::abs(weight) > most_weight) return refuse("weights of the network out of range");
            network.pairs_[v / 2][f][v % 2] = weight;
        }
    take(octets, network.bias_);
    for (const std::int32_t bias : network.bias_)
        if (bias < -most_bias || bias > most_bias) return refuse("a bias of the network out of range");
    bool in_range = true;
    for (std::size_t label = 0; label < labels; ++label) {
        auto take_weight = [&](Labels& of_value) {
            take(octets, of_value[label]);
            in_range = in_range && std::abs(of_value[label]) <= max_label_value;
        };
        std::ranges::for_each(network.outputs_.of_filter, take_weight);
        std::ranges::for_each(network.outputs_.of_dimension, take_weight);
        take_weight(network.outputs_.intercept);
    }
    if (!in_range) return refuse("numbers of the network out of range");
    return network;
}

Network::Word Network::make_word(std::uint32_t hash, std::span<const std::uint32_t> grams) const {
    Word out{};
    const std::size_t count =
        each_row(hash, grams, static_cast<std::uint32_t>(rows_.size()), [&](std::uint32_t bucket) {
            for (std::size_t d = 0; d < dimensions; ++d)
                out[d] = static_cast<std::int16_t>(out[d] + rows_[bucket][d]);
        });
    for (std::int16_t& value : out) value = static_cast<std::int16_t>((value * reciprocals[count]) >> 16);
    return out;
}

void Network::forget_words(std::size_t count) {
    common_.assign(count, {});
}

void Network::learn(std::uint32_t number, std::uint32_t hash, std::span<const std::uint32_t> grams) {
    common_[number] = make_word(hash, grams);
}

// Of Features::words; nothing from the end on.
Network::Word Network::word(const Features& features, std::size_t at, std::size_t end) const {
    if (at >= end) return {};
    const Features::Word& word = features.words[at];
    return word.known < common_.size() ? common_[word.known]
                                       : make_word(word.hash(), features.grams_in(word));
}

#ifdef __SSE2__
// One instruction multiplies and adds two values of four filters, and the sums stay in registers.
void Network::look(const Window& window_seen, std::uint32_t at, Most& most) const {
    __m128i part[filters / 4];
    static_assert(sizeof part == sizeof bias_);
    std::memcpy(&part, &bias_, sizeof part);
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
        std::int32_t two = 0;
        std::memcpy(&two, &window_seen[2 * p], sizeof two);
        const __m128i values = _mm_set1_epi32(two);
        for (std::size_t i = 0; i < std::size(part); ++i)
            part[i] = _mm_add_epi32(
                part[i], _mm_madd_epi16(*reinterpret_cast<const __m128i*>(&pairs_[p][4 * i]), values));
    }
    Sums sums;
    std::memcpy(&sums, &part, sizeof part);
    most.take(sums, at);
}

// The same with eight filters at once, where the processor can.
__attribute__((target("avx2"))) void Network::look_wide(const Window& window_seen, std::uint32_t at,
                                                        Most& most) const {
    __m256i part[filters / 8];
    static_assert(sizeof part == sizeof bias_);
    std::memcpy(&part, &bias_, sizeof part);
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
        std::int32_t two = 0;
        std::memcpy(&two, &window_seen[2 * p], sizeof two);
        const __m256i values = _mm256_set1_epi32(two);
        for (std::size_t i = 0; i < std::size(part); ++i)
            part[i] = _mm256_add_epi32(
                part[i], _mm256_madd_epi16(*reinterpret_cast<const __m256i*>(&pairs_[p][8 * i]), values));
    }
    const __m256i here = _mm256_set1_epi32(static_cast<std::int32_t>(at));
    for (std::size_t i = 0; i < std::size(part); ++i) {
        auto& sums = *reinterpret_cast<__m256i*>(&most.sums[8 * i]);
        auto& places = *reinterpret_cast<__m256i*>(&most.at[8 * i]);
        places = _mm256_blendv_epi8(places, here, _mm256_cmpgt_epi32(part[i], sums));
        sums = _mm256_max_epi32(sums, part[i]);
    }
}
#else
void Network::look(const Window& window_seen, std::uint32_t at, Most& most) const {
    Sums sums = bias_;
    for (std::size_t p = 0; p < pairs_.size(); ++p)
        for (std::size_t f = 0; f < filters; ++f)
            sums[f] += pairs_[p][f][0] * window_seen[2 * p] + pairs_[p][f][1] * window_seen[2 * p + 1];
    most.take(sums, at);
}

void Network::look_wide(const Window& window_seen, std::uint32_t at, Most& most) const {
    look(window_seen, at, most);
}
#endif

void Network::see(const Features& features, std::uint32_t end, Seen& seen) const {
    // All rows are on their way before the first is waited for.
    for (const Features::Word& word : features.words)
        if (word.known < common_.size()) __builtin_prefetch(&common_[word.known]);
    Most most;
    std::array<std::int64_t, dimensions> sum{};
    Window words{};
    auto shift_in = [&](const Word& next) {
        std::shift_left(words.begin(), words.end(), dimensions);
        std::ranges::copy(next, words.end() - dimensions);
    };
    shift_in(word(features, 0, end));
    for (std::uint32_t i = 0; i < end; ++i) {
        shift_in(word(features, i + 1, end));
        if (is_wide)
            look_wide(words, i, most);
        else
            look(words, i, most);
        for (std::size_t d = 0; d < dimensions; ++d) sum[d] += words[dimensions + d];
    }
    seen = {.asked = true,
            .most = most.sums,
            .at = most.at,
            .sum = sum,
            .share = 1 / std::sqrt(static_cast<float>(end + 1))};
}

Network::Labels Network::sums(const Seen& seen) const {
    Labels sums = outputs_.intercept;
    auto add = [&](const Labels& weights, float value) {
        for (std::size_t i = 0; i < max_labels; ++i) sums[i] += weights[i] * value;
    };
    for (std::size_t f = 0; f < filters; ++f) add(outputs_.of_filter[f], static_cast<float>(seen.most[f]));
    for (std::size_t d = 0; d < dimensions; ++d)
        add(outputs_.of_dimension[d], static_cast<float>(seen.sum[d]) * seen.share);
    return sums;
}

void Network::add_say(const Features& features, const Manner& manner, std::span<float> scores,
                      Seen& seen) const {
    const auto [least_doubt, most_say, reads_signs] = manner;
    if (std::ranges::none_of(scores, [&](float score) { return score >= least_doubt; })) {
        for (float& score : scores) score -= most_say;
        seen.asked = false;
        return;
    }
    see(features, end_of(features, reads_signs), seen);
    const Labels said = sums(seen);
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += std::clamp(said[i], -most_say, most_say);
}

void Network::add_effects(const Features& features, const Manner& manner, const Seen& seen, std::size_t label,
                          std::vector<float>& effects) const {
    const float most_say = manner.most_say;
    if (!seen.asked) {
        effects.back() -= most_say;
        return;
    }
    const float whole = sums(seen)[label];
    // Where it would say too much, each has its part of what is left.
    const float scale = std::abs(whole) > most_say ? most_say / std::abs(whole) : 1;
    effects.back() += scale * outputs_.intercept[label];
    std::vector<Word> words;
    const std::uint32_t end = end_of(features, manner.reads_signs);
    for (std::size_t i = 0; i < end; ++i) {
        words.push_back(word(features, i, end));
        for (std::size_t d = 0; d < dimensions; ++d)
            effects[i] +=
                scale * outputs_.of_dimension[d][label] * static_cast<float>(words[i][d]) * seen.share;
    }
    for (std::size_t f = 0; f < filters; ++f) {
        if (seen.most[f] == 0) continue;
        const float of_one = scale * outputs_.of_filter[f][label];
        effects.back() += of_one * static_cast<float>(bias_[f]);
        for (std::size_t in_window = 0; in_window < window; ++in_window) {
            const std::size_t at = seen.at[f] + in_window - window / 2;
            if (at >= words.size()) continue;  // before the first or behind the last
            std::int32_t of_word = 0;
            for (std::size_t d = 0; d < dimensions; ++d)
                of_word += weights_[f][in_window * dimensions + d] * words[at][d];
            effects[at] += of_one * static_cast<float>(of_word);
        }
    }
}

}  // namespace decorum::conduct
