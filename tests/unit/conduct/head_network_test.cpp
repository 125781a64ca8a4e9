// The network beside a head: what it reads, what it adds, and damaged files.
#include "gateway/conduct/head_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/conduct/network_plan.hpp"

namespace decorum::conduct {
namespace {

std::string file_of(const Plan& plan, const Hashing& hashing = with_grams) {
    std::string out = "DECONET1";
    for (const auto number :
         {hashing.buckets, static_cast<std::uint32_t>(hashing.min_characters),
          static_cast<std::uint32_t>(hashing.max_characters), static_cast<std::uint32_t>(hashing.word_grams)})
        out.append(reinterpret_cast<const char*>(&number), sizeof number);
    return out + plan.octets();
}

HeadNetwork network_of(const Plan& plan, const Hashing& hashing = with_grams) {
    auto network = HeadNetwork::parse(file_of(plan, hashing), "x.net");
    EXPECT_TRUE(network) << network.error().detail;
    EXPECT_EQ(network->hashing(), hashing);
    return std::move(*network);
}

float say(const HeadNetwork& network, const Features& features, float odds = 0) {
    Network::Seen seen;
    float both = odds;
    network.add_say(features, both, seen);
    return both - odds;
}

TEST(HeadNetwork, ReadsWordsAndSignsWhereFasttextLeavesDoubt) {
    Plan plan;
    plan.row_of("_insult")[0] = 100;
    plan.outputs[0].dimensions[0] = 0.01F;
    plan.outputs[0].intercept = -3;
    const HeadNetwork network = network_of(plan, whole_words);
    EXPECT_FLOAT_EQ(say(network, features_of("you there", whole_words)), -3);
    const Features insult = features_of("you there _insult", whole_words);
    EXPECT_GT(say(network, insult), 3);
    EXPECT_GT(say(network, insult, -4), 3);
    EXPECT_FLOAT_EQ(say(network, insult, -4.5F), -12) << "no doubt";
}

TEST(HeadNetwork, EffectsAddUpToWhatIsSaid) {
    const Features features = features_of("hardly sober , again ! _drink _work", with_grams);
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        Plan plan = random_plan(seed);
        plan.outputs.resize(1);
        const HeadNetwork network = network_of(plan);
        Network::Seen seen;
        float said = 0;
        network.add_say(features, said, seen);
        std::vector<float> effects(features.words.size());
        network.add_effects(features, seen, effects);
        float sum = 0;
        for (const float effect : effects) sum += effect;
        EXPECT_NEAR(sum, said, 1e-4) << seed;
        EXPECT_NE(effects[features.signs_begin], 0) << "a sign";
    }
}

TEST(HeadNetwork, WordsThatWereLearntCountAsIfTheyWereNot) {
    const std::string_view line = "drunk at my desk again crétin _drunk";
    Plan plan = random_plan(3);
    plan.outputs.resize(1);
    HeadNetwork network = network_of(plan);
    const float expected = say(network, features_of(line, with_grams));
    KnownWords known(5);
    for (const std::string_view word : {std::string_view("my"), std::string_view("drunk"),
                                        std::string_view("_drunk"), std::string_view("crétin"), end_of_line})
        known.add(word);
    network.learn(known);
    EXPECT_EQ(say(network, features_of(line, with_grams, &known)), expected);
    EXPECT_NE(expected, 0);
}

TEST(HeadNetwork, DamagedFilesAreRefused) {
    Plan plan;
    plan.rows.resize(2);
    const std::string file = file_of(plan);
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_FALSE(HeadNetwork::parse(std::string_view(file).substr(0, size), "x.net")) << size;
    EXPECT_FALSE(HeadNetwork::parse(file + "x", "x.net"));
    EXPECT_TRUE(HeadNetwork::parse(file, "x.net"));
    auto fault_of = [&](const std::string& octets) {
        const auto network = HeadNetwork::parse(octets, "x.net");
        return network ? std::string() : network.error().detail;
    };
    EXPECT_THAT(fault_of("DECOEVI5" + file.substr(8)), testing::HasSubstr("x.net: not a network of a head"));
    EXPECT_THAT(fault_of(file_of(plan, {1000, 3, 17, 3})), testing::HasSubstr("n-grams out of range"));
    plan.outputs.resize(2);
    EXPECT_THAT(fault_of(file_of(plan)), testing::HasSubstr("goes on after the end"));
}

}  // namespace
}  // namespace decorum::conduct
