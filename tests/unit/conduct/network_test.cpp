// The network: what its filters see, what it adds to another model's scores, and damaged files.
#include "gateway/conduct/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/conduct/network_plan.hpp"

namespace decorum::conduct {
namespace {

constexpr Network::Manner manner{.least_doubt = -0.35F, .most_say = 1, .reads_signs = false};

std::vector<float> say(const Network& network, const Features& features, std::vector<float> scores) {
    const std::vector<float> before = scores;
    Network::Seen seen;
    network.add_say(features, manner, scores, seen);
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] -= before[i];
    return scores;
}

TEST(Network, AFilterSeesWhichWordsStandBesideEachOther) {
    Plan plan;
    plan.row_of("hardly")[0] = 100;
    plan.row_of("sober")[1] = 100;
    plan.weights[0][0 * Network::dimensions + 0] = 1000;  // the first of three words
    plan.weights[0][1 * Network::dimensions + 1] = 1000;  // the second
    constexpr std::int32_t one_word = 100 * Network::word_unit * 1000;
    plan.biases[0] = -one_word;
    plan.outputs[0].filters[0] = 0.5F / one_word;
    const Network network = plan.network();
    EXPECT_FLOAT_EQ(say(network, features_of("i am hardly sober now", whole_words), {0})[0], 0.5F);
    EXPECT_FLOAT_EQ(say(network, features_of("hardly sober hardly sober", whole_words), {0})[0], 0.5F)
        << "its largest value counts, once";
    EXPECT_EQ(say(network, features_of("i am sober hardly now", whole_words), {0})[0], 0);
    EXPECT_EQ(say(network, features_of("hardly ever sober", whole_words), {0})[0], 0);
    EXPECT_EQ(say(network, features_of("_sign hardly sober", whole_words), {0})[0], 0) << "behind a sign";
    EXPECT_EQ(say(network, features_of("", whole_words), {0})[0], 0);
}

// Whole words, each of one row, word for word and filter for filter.
float said_by_definition(Plan& plan, const std::vector<std::string>& words) {
    auto value = [&](std::size_t word, std::size_t d) {  // nothing before the first and behind the last
        return word < words.size() ? plan.row_of(words[word])[d] * Network::word_unit : 0;
    };
    float said = plan.outputs[0].intercept;
    for (std::size_t f = 0; f < Network::filters; ++f) {
        std::int32_t most = 0;
        for (std::size_t at = 0; at < words.size(); ++at) {
            std::int32_t sum = plan.biases[f];
            for (std::size_t v = 0; v < Network::window * Network::dimensions; ++v)
                sum += plan.weights[f][v] * value(at + v / Network::dimensions - 1, v % Network::dimensions);
            most = std::max(most, sum);
        }
        said += plan.outputs[0].filters[f] * static_cast<float>(most);
    }
    for (std::size_t d = 0; d < Network::dimensions; ++d) {
        std::int32_t sum = 0;
        for (std::size_t at = 0; at < words.size(); ++at) sum += value(at, d);
        said += plan.outputs[0].dimensions[d] * static_cast<float>(sum) /
                std::sqrt(static_cast<float>(words.size() + 1));
    }
    return said;
}

TEST(Network, SaysWhatItsDefinitionGives) {
    const std::vector<std::string> words{"hardly", "sober", "again", "at", "my", "desk", "today"};
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        Plan plan = random_plan(seed);
        plan.outputs.resize(1);
        const float expected = std::clamp(said_by_definition(plan, words), -1.0F, 1.0F);
        EXPECT_NEAR(
            say(plan.network(), features_of("hardly sober again at my desk today", whole_words), {0})[0],
            expected, 1e-4)
            << seed;
    }
}

TEST(Network, AWordIsTheMeanOfItselfAndItsLetters) {
    Plan plan;
    const Features features = features_of("drunken", with_grams);
    const auto grams = features.grams_in(features.words[0]);
    ASSERT_GT(grams.size(), 10u);
    // One of the rows has the value, so a word of n rows has an n-th of it.
    const std::size_t count =
        Network::each_row(hash_of("drunken"), grams, plan_buckets, [](std::uint32_t) {});
    EXPECT_EQ(count, grams.size() + 1);
    plan.row_of("drunken")[3] = 120;
    plan.outputs[0].dimensions[3] = 0.001F;
    const float whole = std::floor(120.0F * Network::word_unit / static_cast<float>(count));
    EXPECT_NEAR(say(plan.network(), features, {0})[0], whole * 0.001F / std::sqrt(2.0F), 1e-3);
}

TEST(Network, SaysNoMoreThanItMayAndTheLeastWhereItIsNotAsked) {
    Plan plan;
    plan.outputs.resize(2);
    plan.outputs[0].intercept = 7;
    plan.outputs[1].intercept = -7;
    const Network network = plan.network();
    const Features features = features_of("drunk at work", with_grams);
    EXPECT_THAT(say(network, features, {0.5F, -2}), testing::ElementsAre(1, -1));
    EXPECT_THAT(say(network, features, {-0.35F, -2}), testing::ElementsAre(1, -1));
    EXPECT_THAT(say(network, features, {-2, -0.4F}), testing::ElementsAre(-1, -1)) << "no doubt";
}

TEST(Network, EffectsAddUpToWhatIsSaid) {
    const std::string line = "hardly sober , again ! at my desk _drink _work";
    const Features features = features_of(line, with_grams);
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        Plan plan = random_plan(seed);
        if (seed % 2 == 1)  // it would say too much
            for (auto& weight : plan.outputs[1].filters) weight *= 1000;
        const Network network = plan.network();
        for (const float of_line : {0.0F, -3.0F}) {
            const std::vector<float> lines{of_line, of_line};
            std::vector<float> effects(features.words.size());
            std::vector<float> scores = lines;
            Network::Seen seen;
            network.add_say(features, manner, scores, seen);
            network.add_effects(features, manner, seen, 1, effects);
            float sum = 0;
            for (const float effect : effects) sum += effect;
            EXPECT_NEAR(sum, scores[1] - lines[1], 1e-4) << seed;
            EXPECT_EQ(effects[features.signs_begin], 0) << "a sign";
            EXPECT_EQ(effects[0] != 0, of_line == 0) << "asked, or not";
        }
    }
}

TEST(Network, WordsThatWereLearntCountAsIfTheyWereNot) {
    const std::string_view line = "drunk at my desk again crétin _drunk";
    Network network = random_plan(3).network();
    const std::vector<float> expected = say(network, features_of(line, with_grams), {0, 0});
    KnownWords known(4);
    for (const char* word : {"my", "drunk", "_drunk", "crétin"}) known.add(word);
    network.forget_words(known.size());
    for (std::uint32_t number = 0; number < known.size(); ++number) {
        std::vector<std::uint32_t> grams;
        add_character_grams(known.word(number), with_grams, grams);
        network.learn(number, hash_of(known.word(number)), grams);
    }
    EXPECT_EQ(say(network, features_of(line, with_grams, &known), {0, 0}), expected);
    EXPECT_NE(expected[0], 0);
}

TEST(Network, WordsAndTextsWithoutEndStayInRange) {
    Plan plan;
    for (auto& row : plan.rows) row.fill(-128);
    for (auto& filter : plan.weights) filter.fill(-Network::most_weight);
    plan.biases.fill(Network::most_bias);
    for (auto& weight : plan.outputs[0].filters) weight = 1e-12F;
    const Network network = plan.network();
    const std::string word(5000, 'w');
    // Of each filter its bias, and the largest product of each value.
    constexpr double of_values = Network::window * Network::dimensions * 128.0 * Network::word_unit;
    const double sums = Network::filters * (1e9 + of_values * Network::most_weight);
    EXPECT_NEAR(say(network, features_of(word + " " + word + " " + word, with_grams), {0})[0], sums * 1e-12,
                1e-3);
    std::string line;
    for (int i = 0; i < 100000; ++i) line += "w ";
    EXPECT_NEAR(say(network, features_of(line, with_grams), {0})[0], sums * 1e-12, 1e-3);
}

TEST(Network, NumbersOutOfRangeAreRefused) {
    auto fault_of = [](auto&& change) {
        Plan plan;
        change(plan);
        const auto parsed = Network::parse(plan.octets(), 1, "x.evi");
        return parsed ? std::string() : parsed.error().detail;
    };
    using testing::HasSubstr;
    EXPECT_EQ(fault_of([](Plan&) {}), "");
    EXPECT_THAT(fault_of([](Plan& plan) { plan.weights.back().back() = Network::most_weight + 1; }),
                HasSubstr("x.evi: weights of the network out of range"));
    EXPECT_THAT(fault_of([](Plan& plan) { plan.weights[0][0] = -32768; }), HasSubstr("weights"));
    EXPECT_THAT(fault_of([](Plan& plan) { plan.biases[5] = -Network::most_bias - 1; }), HasSubstr("bias"));
    EXPECT_THAT(fault_of([](Plan& plan) { plan.outputs[0].filters[1] = INFINITY; }), HasSubstr("numbers"));
    EXPECT_THAT(fault_of([](Plan& plan) { plan.outputs[0].intercept = NAN; }), HasSubstr("numbers"));
    EXPECT_THAT(fault_of([](Plan& plan) { plan.rows.clear(); }), HasSubstr("rows"));
}

TEST(Network, EveryTruncationIsRefused) {
    Plan plan;
    plan.rows.resize(2);
    const std::string octets = plan.octets();
    for (std::size_t size = 0; size < octets.size(); ++size)
        EXPECT_FALSE(Network::parse(std::string_view(octets).substr(0, size), 1, "x.evi")) << size;
    EXPECT_FALSE(Network::parse(octets + "x", 1, "x.evi"));
    EXPECT_FALSE(Network::parse(octets, 2, "x.evi"));
    EXPECT_FALSE(Network::parse(octets, Network::max_labels + 1, "x.evi"));
    EXPECT_TRUE(Network::parse(octets, 1, "x.evi"));
}

TEST(Network, DamagedFilesAreReadOrRefusedButNeverBreakAnything) {
    std::mt19937 random(5);
    const Features features = features_of("drunk at my desk _drunk _work", with_grams);
    Plan plan = random_plan(1);
    plan.rows.resize(20);
    for (int i = 0; i < 500; ++i) {
        std::string damaged = plan.octets();
        for (int change = 0; change < 3; ++change)
            damaged[random() % damaged.size()] = static_cast<char>(random());
        const auto network = Network::parse(damaged, 2, "x.evi");
        if (!network) continue;
        for (const float said : say(*network, features, {0, 0})) EXPECT_LE(std::abs(said), 1);
    }
}

}  // namespace
}  // namespace decorum::conduct
