#include "tests/conduct/fit_network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "gateway/conduct/network.hpp"

namespace decorum::conduct {
namespace {

constexpr std::size_t dimensions = Network::dimensions;
constexpr std::size_t filters = Network::filters;
constexpr std::size_t window = Network::window;
constexpr std::size_t seen_values = window * dimensions;
constexpr std::size_t pooled_values = filters + dimensions;

constexpr std::uint32_t seed = 20261124;
constexpr std::size_t batch = 32;
constexpr float rate = 0.002F;
constexpr float rate_of_rows = 0.2F;
constexpr float least_rate = 0.02F;  // of the first one, at the end
constexpr float left_out_words = 0.2F;
constexpr float left_out_values = 0.3F;

using Values = std::array<float, dimensions>;

// e^x, the same on every machine.
float exponential(float x) {
    const double clipped = std::clamp(static_cast<double>(x), -30.0, 30.0);
    constexpr int halvings = 10;
    const double part = clipped / (1 << halvings);
    double power = 1 + part * (1 + part / 2 * (1 + part / 3));
    for (int i = 0; i < halvings; ++i) power *= power;
    return static_cast<float>(power);
}

class Random {
public:
    explicit Random(std::uint32_t from) : source_(from) {}
    // 0 to 1.
    float share() { return static_cast<float>(source_() >> 8U) / static_cast<float>(1U << 24U); }
    float around_zero(float most) { return (2 * share() - 1) * most; }
    std::size_t below(std::size_t count) { return source_() % count; }

private:
    std::mt19937 source_;
};

// Numbers that are learnt, by Adam (Kingma and Ba 2015).
template <std::size_t count>
struct Learnt {
    std::array<float, count> values{};
    std::array<float, count> slopes{};

    void step(float rate_now, float first_correction, float second_correction) {
        for (std::size_t i = 0; i < count; ++i) {
            const float slope = slopes[i] / static_cast<float>(batch);
            slopes[i] = 0;
            means_[i] = 0.9F * means_[i] + 0.1F * slope;
            squares_[i] = 0.999F * squares_[i] + 0.001F * slope * slope;
            values[i] -= rate_now * (means_[i] / first_correction) /
                         (std::sqrt(squares_[i] / second_correction) + 1e-7F);
        }
    }

private:
    std::array<float, count> means_{};
    std::array<float, count> squares_{};
};

class Trainer {
public:
    explicit Trainer(const NetworkLesson& lesson)
        : lesson_(lesson),
          rows_of_word_(lesson.words.rows_of_word()),
          random_(seed),
          rows_(network_buckets),
          steepness_(network_buckets, 0.01F) {
        for (Values& row : rows_)
            for (float& value : row) value = random_.around_zero(0.25F);
        for (auto& of_value : filters_)
            for (float& weight : of_value.values) weight = random_.around_zero(0.12F);
        outputs_.resize(lesson.labels);
        for (auto& output : outputs_) {
            for (float& weight : output.values) weight = random_.around_zero(0.1F);
            output.values.back() = -2;
        }
    }

    std::string run() {
        std::vector<std::size_t> order(lesson_.examples.size());
        std::iota(order.begin(), order.end(), 0);
        const std::size_t steps = static_cast<std::size_t>(lesson_.rounds) * order.size() / batch + 1;
        std::size_t step = 0;
        float first = 1;
        float second = 1;
        std::size_t in_batch = 0;
        for (int round = 0; round < lesson_.rounds; ++round) {
            for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
            for (const std::size_t i : order) {
                const float left =
                    std::max(least_rate, 1 - static_cast<float>(step) / static_cast<float>(steps));
                learn(lesson_.examples[i], rate_of_rows * left);
                if (++in_batch < batch) continue;
                in_batch = 0;
                ++step;
                first *= 0.9F;
                second *= 0.999F;
                auto adjust = [&](auto& numbers) { numbers.step(rate * left, 1 - first, 1 - second); };
                for (auto& of_value : filters_) adjust(of_value);
                adjust(biases_);
                for (auto& output : outputs_) adjust(output);
            }
        }
        return octets();
    }

private:
    void learn(const NetworkExample& example, float rate_now) {
        see(example);
        for (std::size_t f = 0; f < filters; ++f) pooled_[f] = most_[f];
        const float of_word = 1 / std::sqrt(static_cast<float>(example.words.size() + 1));
        for (std::size_t d = 0; d < dimensions; ++d) {
            pooled_[filters + d] = 0;
            for (std::size_t t = 1; t <= example.words.size(); ++t)
                pooled_[filters + d] += texts_[t][d] * of_word;
        }
        for (std::size_t p = 0; p < pooled_values; ++p) {
            kept_[p] = random_.share() < left_out_values ? 0 : 1 / (1 - left_out_values);
            pooled_[p] *= kept_[p];
        }
        std::array<float, pooled_values> slopes{};
        for (std::size_t l = 0; l < outputs_.size(); ++l) {
            auto& output = outputs_[l];
            float odds = output.values.back();
            for (std::size_t p = 0; p < pooled_values; ++p) odds += output.values[p] * pooled_[p];
            const bool is_it = example.label == static_cast<int>(l);
            const float weight =
                example.weight * (example.label >= 0 && !is_it ? static_cast<float>(weight_of_other) : 1);
            const float slope = weight * (1 / (1 + exponential(-odds)) - (is_it ? 1.0F : 0.0F));
            for (std::size_t p = 0; p < pooled_values; ++p) {
                output.slopes[p] += slope * pooled_[p];
                slopes[p] += slope * output.values[p];
            }
            output.slopes.back() += slope;
        }
        for (std::size_t p = 0; p < pooled_values; ++p) slopes[p] *= kept_[p];
        teach_words(example, slopes, of_word, rate_now);
    }

    // Sets texts_, with nothing before and behind, and what each filter has at most, and where.
    void see(const NetworkExample& example) {
        const std::size_t count = example.words.size();
        texts_.assign(count + 2, {});
        read_.assign(count, true);
        for (std::size_t t = 0; t < count; ++t) {
            if (random_.share() < left_out_words) {
                read_[t] = false;
                continue;
            }
            const auto& rows = rows_of_word_[example.words[t]];
            Values& word = texts_[t + 1];
            for (const std::uint32_t row : rows)
                for (std::size_t d = 0; d < dimensions; ++d) word[d] += rows_[row][d];
            for (float& value : word) value /= static_cast<float>(rows.size());
        }
        most_ = {};
        most_at_.fill(nowhere);
        for (std::size_t t = 0; t < count; ++t) {
            std::array<float, filters> sums = biases_.values;
            for (std::size_t v = 0; v < seen_values; ++v) {
                const float value = texts_[t + v / dimensions][v % dimensions];
                for (std::size_t f = 0; f < filters; ++f) sums[f] += value * filters_[v].values[f];
            }
            for (std::size_t f = 0; f < filters; ++f)
                if (sums[f] > most_[f]) {
                    most_[f] = sums[f];
                    most_at_[f] = t;
                }
        }
    }

    void teach_words(const NetworkExample& example, const std::array<float, pooled_values>& slopes,
                     float of_word, float rate_now) {
        slopes_of_text_.assign(texts_.size(), {});
        for (std::size_t f = 0; f < filters; ++f) {
            const std::size_t t = most_at_[f];
            if (t == nowhere || slopes[f] == 0) continue;
            biases_.slopes[f] += slopes[f];
            for (std::size_t v = 0; v < seen_values; ++v) {
                filters_[v].slopes[f] += slopes[f] * texts_[t + v / dimensions][v % dimensions];
                slopes_of_text_[t + v / dimensions][v % dimensions] += slopes[f] * filters_[v].values[f];
            }
        }
        for (std::size_t t = 0; t < example.words.size(); ++t) {
            if (!read_[t]) continue;
            const auto& rows = rows_of_word_[example.words[t]];
            const float of_row = 1 / static_cast<float>(rows.size());
            Values slope = slopes_of_text_[t + 1];
            float squares = 0;
            for (std::size_t d = 0; d < dimensions; ++d) {
                slope[d] = (slope[d] + slopes[filters + d] * of_word) * of_row;
                squares += slope[d] * slope[d];
            }
            if (squares == 0) continue;
            for (const std::uint32_t row : rows) {
                steepness_[row] += squares / static_cast<float>(dimensions);
                const float by = rate_now / std::sqrt(steepness_[row]);
                for (std::size_t d = 0; d < dimensions; ++d) rows_[row][d] -= by * slope[d];
            }
        }
    }

    // In whole numbers: rows in 127 steps, each dimension with its own; and what is left of the steps is in
    // the weights of the filters, each with its own step; and what is left of those is in the outputs.
    [[nodiscard]] std::string octets() const {
        std::string out;
        auto put = [&](const auto& value) {
            out.append(reinterpret_cast<const char*>(&value), sizeof value);
        };
        auto rounded = [](float value, float most) {
            return static_cast<std::int32_t>(std::lround(std::clamp(value, -most, most)));
        };
        put(network_buckets);
        Values steps{};
        for (std::size_t d = 0; d < dimensions; ++d) {
            for (const Values& row : rows_) steps[d] = std::max(steps[d], std::abs(row[d]));
            steps[d] /= 127;
        }
        for (const Values& row : rows_)
            for (std::size_t d = 0; d < dimensions; ++d)
                put(static_cast<std::int8_t>(rounded(row[d] / steps[d], 127)));
        for (float& step : steps) step /= static_cast<float>(Network::word_unit);
        std::array<float, filters> units{};  // what one of a filter's sums is worth
        for (std::size_t f = 0; f < filters; ++f) {
            float most = 0;
            for (std::size_t v = 0; v < seen_values; ++v)
                most = std::max(most, std::abs(filters_[v].values[f] * steps[v % dimensions]));
            units[f] = std::max(most, 1e-9F) / static_cast<float>(Network::most_weight);
            for (std::size_t v = 0; v < seen_values; ++v)
                put(static_cast<std::int16_t>(
                    rounded(filters_[v].values[f] * steps[v % dimensions] / units[f], Network::most_weight)));
        }
        for (std::size_t f = 0; f < filters; ++f)
            put(rounded(biases_.values[f] / units[f], static_cast<float>(Network::most_bias)));
        for (const auto& output : outputs_) {
            const float share = lesson_.share;
            for (std::size_t f = 0; f < filters; ++f) put(share * output.values[f] * units[f]);
            for (std::size_t d = 0; d < dimensions; ++d) put(share * output.values[filters + d] * steps[d]);
            put(share * output.values.back());
        }
        return out;
    }

    static constexpr std::size_t nowhere = SIZE_MAX;

    const NetworkLesson& lesson_;
    const std::vector<std::vector<std::uint32_t>>& rows_of_word_;
    Random random_;
    std::vector<Values> rows_;
    std::vector<float> steepness_;  // of each row: the squares of its slopes, summed up
    std::array<Learnt<filters>, seen_values> filters_;
    Learnt<filters> biases_;
    std::vector<Learnt<pooled_values + 1>> outputs_;  // by label; the intercept last

    // Of the text that is learnt.
    std::vector<Values> texts_;
    std::vector<bool> read_;
    std::array<float, filters> most_{};
    std::array<std::size_t, filters> most_at_{};
    std::array<float, pooled_values> pooled_{};
    std::array<float, pooled_values> kept_{};
    std::vector<Values> slopes_of_text_;
};

}  // namespace

std::vector<std::uint32_t> WordNumbers::of(const Features& features, bool signs) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < Network::end_of(features, signs); ++i) {
        const Features::Word& word = features.words[i];
        const auto [at, is_new] =
            numbers_.try_emplace(word.key, static_cast<std::uint32_t>(rows_of_word_.size()));
        if (is_new) {
            auto& rows = rows_of_word_.emplace_back();
            Network::each_row(word.hash(), features.grams_in(word), network_buckets,
                              [&](std::uint32_t row) { rows.push_back(row); });
        }
        out.push_back(at->second);
    }
    return out;
}

std::string fit_network(const NetworkLesson& lesson) {
    return Trainer(lesson).run();
}

}  // namespace decorum::conduct
