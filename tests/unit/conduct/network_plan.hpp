// Networks to test with, as their files hold them.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/conduct/network.hpp"

namespace decorum::conduct {

inline constexpr std::uint32_t plan_buckets = 1000;
inline constexpr Hashing whole_words{1000, 0, 0, 1};
inline constexpr Hashing with_grams{1000, 3, 6, 3};

struct Output {
    std::array<float, Network::filters> filters{};
    std::array<float, Network::dimensions> dimensions{};
    float intercept = 0;
};

// What a file holds.
struct Plan {
    std::vector<std::array<std::int8_t, Network::dimensions>> rows{plan_buckets};
    std::array<std::array<std::int16_t, Network::window * Network::dimensions>, Network::filters> weights{};
    std::array<std::int32_t, Network::filters> biases{};
    std::vector<Output> outputs{1};

    [[nodiscard]] std::string octets() const {
        std::string out;
        auto put = [&](const void* at, std::size_t size) { out.append(static_cast<const char*>(at), size); };
        const auto count = static_cast<std::uint32_t>(rows.size());
        put(&count, sizeof count);
        put(rows.data(), rows.size() * sizeof rows.front());
        put(&weights, sizeof weights);
        put(&biases, sizeof biases);
        put(outputs.data(), outputs.size() * sizeof outputs.front());
        return out;
    }
    [[nodiscard]] Network network() const {
        auto parsed = Network::parse(octets(), outputs.size(), "x.evi");
        EXPECT_TRUE(parsed) << parsed.error().detail;
        return *parsed;
    }
    auto& row_of(std::string_view word) {
        std::uint32_t at = 0;
        Network::each_row(hash_of(word), {}, plan_buckets, [&](std::uint32_t bucket) { at = bucket; });
        return rows[at];
    }
};

inline Plan random_plan(std::uint32_t seed) {
    std::mt19937 random(seed);
    Plan plan;
    plan.outputs.resize(2);
    auto number = [&](std::int32_t most) {
        return static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(2 * most + 1)) - most;
    };
    for (auto& row : plan.rows)
        for (auto& value : row) value = static_cast<std::int8_t>(number(127));
    for (auto& filter : plan.weights)
        for (auto& weight : filter) weight = static_cast<std::int16_t>(number(Network::most_weight));
    for (auto& bias : plan.biases) bias = number(1'000'000);
    for (auto& output : plan.outputs) {
        for (auto& weight : output.filters) weight = static_cast<float>(number(100)) * 1e-11F;
        for (auto& weight : output.dimensions) weight = static_cast<float>(number(100)) * 1e-7F;
        output.intercept = static_cast<float>(number(100)) * 1e-4F;
    }
    return plan;
}

inline Features features_of(std::string_view line, const Hashing& hashing,
                            const KnownWords* known = nullptr) {
    Features features;
    make_features(line, hashing, features, known);
    return features;
}

}  // namespace decorum::conduct
