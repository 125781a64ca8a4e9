// The model of evidence: its features, its scores, and damaged files.
#include "gateway/conduct/evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <set>

namespace decorum::conduct {
namespace {

constexpr std::uint32_t buckets = 1000;
constexpr Hashing hashing{1000, 3, 4, 2};

template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// What the network of file() says of so many words, for the first label; for the second minus two times that.
double say(std::size_t words) {
    const auto count = static_cast<double>(words);
    return 0.1 + 0.0001 * 10 * Network::word_unit * Network::dimensions * count / std::sqrt(count + 1);
}

// Two labels; the weights of the second are minus two times those of the first, so one of them is always in
// doubt.
std::string file() {
    std::string out = "DECOEVI5";
    for (const std::uint32_t number : {buckets, 2U, 1000U, 3U, 4U, 2U}) put(out, number);
    out.append("one\0two\0", 8);
    for (const float number : {-0.5F, 0.25F, 0.01F, 0.02F}) put(out, number);
    for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
        const auto weight = static_cast<std::int8_t>(static_cast<int>(bucket % 101) - 50);
        put(out, weight);
        put(out, static_cast<std::int8_t>(-weight));
    }
    put(out, 1U);
    out.append(Network::dimensions, 10);
    out.append(sizeof(std::int16_t) * Network::filters * Network::window * Network::dimensions, '\0');
    out.append(sizeof(std::int32_t) * Network::filters, '\0');
    for (const float times : {1.0F, -2.0F}) {
        out.append(sizeof(float) * Network::filters, '\0');
        for (std::size_t i = 0; i < Network::dimensions; ++i) put(out, times * 0.0001F);
        put(out, times * 0.1F);
    }
    return out;
}

struct Line {
    explicit Line(std::string_view line) {
        make_features(line, hashing, words);
        make_evidence(line, words, evidence);
    }
    [[nodiscard]] std::set<std::uint32_t> hashes() const {
        std::set<std::uint32_t> out;
        for (const EvidenceFeature& feature : evidence) out.insert(feature.hash);
        return out;
    }
    Features words;
    std::vector<EvidenceFeature> evidence;
    Network::Seen seen;
};

TEST(Evidence, ScoresAreTheInterceptAndTheWeightsOverTheRootOfTheSizes) {
    const auto model = EvidenceModel::parse(file(), "x.evi");
    ASSERT_TRUE(model) << model.error().detail;
    EXPECT_THAT(model->labels(), testing::ElementsAre("one", "two"));
    EXPECT_TRUE(model->hashing() == hashing);
    Line line("drunk at my desk _drunk _work");
    double sum = 0;
    double squares = 300;
    for (const EvidenceFeature& feature : line.evidence) {
        sum += (static_cast<int>(evidence_bucket(feature, buckets) % 101) - 50) * feature.size;
        squares += feature.size * feature.size;
    }
    const auto scores = model->score(line.words, line.evidence, line.seen);
    EXPECT_NEAR(scores[0], -0.5 + say(4) + 0.01 * sum / std::sqrt(squares), 5e-3);
    EXPECT_NEAR(scores[1], 0.25 - 2 * say(4) - 0.02 * sum / std::sqrt(squares), 1e-2);
    EXPECT_EQ(scores[2], 0) << "no such label";
    Line empty("");
    EXPECT_FLOAT_EQ(model->score(empty.words, empty.evidence, empty.seen)[0], -0.4F);
}

TEST(Evidence, EffectsAddUpToTheScore) {
    const auto model = EvidenceModel::parse(file(), "x.evi");
    ASSERT_TRUE(model);
    Line line("mein chef trinkt _superior _drink _work");
    const auto scores = model->score(line.words, line.evidence, line.seen);
    for (const auto& [label, intercept] : {std::pair(0U, -0.5F), std::pair(1U, 0.25F)}) {
        const auto effects = model->effects(line.words, line.evidence, line.seen, label);
        ASSERT_EQ(effects.size(), line.words.words.size());
        float sum = intercept;
        for (const float effect : effects) sum += effect;
        EXPECT_NEAR(sum, scores[label], 1e-4);
        EXPECT_NE(effects.back(), 0) << "the length, at the end of the line";
    }
}

TEST(Evidence, WordsThatWereLearntScoreAsIfTheyWereNot) {
    const std::string_view text = "drunk at my desk again crétin _drunk _work";
    auto model = EvidenceModel::parse(file(), "x.evi");
    ASSERT_TRUE(model);
    Line line(text);
    const auto expected = model->score(line.words, line.evidence, line.seen);
    const auto effects = model->effects(line.words, line.evidence, line.seen, 0);
    KnownWords known(6);
    for (const char* word : {"drunk", "my", "crétin", "_drunk", "_work", "</s>"}) known.add(word);
    model->learn(known);
    Features words;
    std::vector<EvidenceFeature> evidence;
    Network::Seen seen;
    make_features(text, hashing, words, &known);
    make_evidence(text, words, evidence);
    EXPECT_LT(evidence.size(), line.evidence.size());
    EXPECT_EQ(model->score(words, evidence, seen), expected);
    EXPECT_EQ(model->effects(words, evidence, seen, 0), effects);
}

TEST(KnownWords, HaveANumberEachAndOthersNone) {
    constexpr std::uint32_t count = 3 * KnownWords::common;
    KnownWords known(count / 2);
    auto word = [](std::uint32_t i) { return "w" + std::to_string(i); };
    for (std::uint32_t i = 0; i < count; ++i) EXPECT_EQ(known.add(word(i)), i);
    EXPECT_EQ(known.add(word(7)), 7u);
    EXPECT_EQ(known.size(), count);
    for (std::uint32_t i = 0; i < count; ++i) {
        EXPECT_EQ(known.find(key_of(word(i))), i);
        EXPECT_EQ(known.word(i), word(i));
    }
    EXPECT_EQ(known.find(key_of(word(count))), KnownWords::none);
    EXPECT_EQ(KnownWords().find(key_of("w1")), KnownWords::none);
}

TEST(KnownWords, AreToldApartWhereTheyShareAHash) {
    KnownWords known;
    for (const auto& [one, other] :
         {std::pair("costarring", "liquid"), std::pair("declinate", "macallums")}) {
        ASSERT_EQ(hash_of(one), hash_of(other));
        const std::uint32_t number = known.add(one);
        EXPECT_EQ(known.find(key_of(other)), KnownWords::none);
        EXPECT_EQ(known.add(other), number + 1);
        EXPECT_EQ(known.find(key_of(one)), number);
    }
}

std::size_t shared(const std::set<std::uint32_t>& a, const std::set<std::uint32_t>& b) {
    return static_cast<std::size_t>(
        std::ranges::count_if(a, [&](std::uint32_t hash) { return b.contains(hash); }));
}

TEST(Evidence, SignsThatStandTogetherAreEvidenceInEitherOrder) {
    const auto alone = Line("_drunk").hashes();
    const auto ordered = Line("_drunk _work").hashes();
    const auto turned = Line("_work _drunk").hashes();
    EXPECT_EQ(alone.size(), 5u) << "it, as the first, as the last, the length, it in a text so long";
    EXPECT_EQ(ordered.size(), 9u)
        << "two signs, the first, the last, their run, both, the length, each in one so long";
    EXPECT_EQ(shared(ordered, turned), 6u) << "not the first, not the last, not their run";
    EXPECT_EQ(shared(alone, Line("drunk").hashes()), 1u) << "a sign is no word: the length alone";
}

// Without the n-grams of characters and words.
std::set<std::uint32_t> hashes_of_words(std::string_view line) {
    Features features;
    std::vector<EvidenceFeature> evidence;
    make_features(line, {1000, 0, 0, 1}, features);
    make_evidence(line, features, evidence);
    std::set<std::uint32_t> out;
    for (const EvidenceFeature& feature : evidence) out.insert(feature.hash);
    return out;
}

TEST(Evidence, AStemIsSeenInItsInflexionsBesideOthers) {
    const auto line = hashes_of_words("elle insulte ses");
    EXPECT_EQ(line.size(), 9u)
        << "three words, two stems twice, the first, the first two, the last, the length";
    EXPECT_EQ(shared(line, hashes_of_words("elle salue ses")), 5u)
        << "two words, the first, the last, the length";
    EXPECT_EQ(shared(line, hashes_of_words("elle insultait ses")), 7u) << "both rows of stems, too";
    EXPECT_EQ(shared(line, hashes_of_words("elle insurge ses")), 5u) << "five letters are a stem";
}

TEST(Evidence, AStemIsSeenWithEachSign) {
    const auto line = hashes_of_words("insulte _person _work");
    EXPECT_EQ(shared(line, hashes_of_words("insultait _person _work")), line.size() - 3)
        << "not the word, not the first, not the last";
    EXPECT_EQ(line.size() - hashes_of_words("_person _work").size(), 3u + 2 * 2)
        << "the stem with each sign, and each sign after the first stem";
}

TEST(Evidence, HowATextBeginsAndEndsCounts) {
    auto of_size = [](std::string_view line, std::uint8_t size) {
        std::set<std::uint32_t> out;
        for (const EvidenceFeature& feature : Line(line).evidence)
            if (feature.size == size) out.insert(feature.hash);
        return out;
    };
    const auto edges = of_size("my boss eats staplers", 3);
    EXPECT_EQ(edges.size(), 4u) << "the first word, the first two, the last, the length";
    EXPECT_EQ(shared(edges, of_size("my boss sells staplers", 3)), 4u);
    EXPECT_EQ(shared(edges, of_size("boss my eats staplers", 3)), 2u);
    EXPECT_EQ(shared(edges, of_size("my boss eats", 3)), 2u) << "another end, another length";
}

TEST(Evidence, OfWordsThePairsCountAloneAndAWordIsTwiceAsLargeAsItsLetters) {
    auto with_runs_of = [](std::int32_t words) {
        Features features;
        std::vector<EvidenceFeature> evidence;
        make_features("drunk at my desk _work", {1000, 3, 4, words}, features);
        make_evidence("drunk at my desk _work", features, evidence);
        return evidence;
    };
    const auto pairs = with_runs_of(2);
    const auto longer = with_runs_of(4);
    ASSERT_EQ(pairs.size(), longer.size());
    EXPECT_LT(with_runs_of(1).size(), pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ(pairs[i].hash, longer[i].hash);
    EXPECT_EQ(pairs[0].size, 2);
    EXPECT_EQ(pairs[1].size, 1);
}

TEST(Evidence, SignsAndWordsWithoutEndStayBounded) {
    std::string line;
    for (int i = 0; i < 5000; ++i) line += "w" + std::to_string(i) + " ";
    const std::size_t of_words = Line(line).evidence.size();
    for (int i = 0; i < 5000; ++i) line += "_s" + std::to_string(i) + " ";
    constexpr std::size_t signs = 12;
    constexpr std::size_t stems_with_signs = 32 * 4;
    EXPECT_LE(Line(line).evidence.size(),
              of_words + std::size_t{5000} * 3 + signs * (signs - 1) / 2 + stems_with_signs + 2 * signs + 2);
}

TEST(Evidence, ManyOfTheLargestWeightsAddUp) {
    std::string octets = file();
    const std::size_t before =
        std::string_view("DECOEVI5one two ").size() + 6 * sizeof(std::uint32_t) + 4 * sizeof(float);
    const auto weights_end = octets.begin() + static_cast<std::ptrdiff_t>(before + 2 * buckets);
    std::fill(weights_end - 2 * buckets, weights_end, static_cast<char>(-128));
    const auto model = EvidenceModel::parse(octets, "x.evi");
    ASSERT_TRUE(model) << model.error().detail;
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "w" + std::to_string(i) + " ";
    Line line(text);
    double sum = 0;
    double squares = 300;
    for (const EvidenceFeature& feature : line.evidence) {
        sum -= 128 * feature.size;
        squares += feature.size * feature.size;
    }
    EXPECT_NEAR(model->score(line.words, line.evidence, line.seen)[0], -1.5 + 0.01 * sum / std::sqrt(squares),
                1e-2);
}

TEST(Evidence, EveryTruncationIsRefused) {
    const std::string octets = file();
    for (std::size_t size = 0; size < octets.size(); ++size)
        EXPECT_FALSE(EvidenceModel::parse(std::string_view(octets).substr(0, size), "x.evi")) << size;
    EXPECT_FALSE(EvidenceModel::parse(octets + "x", "x.evi"));
    EXPECT_THAT(EvidenceModel::parse("a poem", "x.evi").error().detail,
                testing::HasSubstr("x.evi: not a model of evidence"));
}

TEST(Evidence, DamagedFilesAreReadOrRefusedButNeverBreakAnything) {
    std::mt19937 random(5);
    Line line("drunk at my desk _drunk _work");
    for (int i = 0; i < 2000; ++i) {
        std::string damaged = file();
        for (int change = 0; change < 3; ++change) damaged[random() % 60] = static_cast<char>(random());
        const auto model = EvidenceModel::parse(damaged, "x.evi");
        if (!model) continue;
        for (const float score : model->score(line.words, line.evidence, line.seen))
            EXPECT_FALSE(std::isnan(score));
    }
}

}  // namespace
}  // namespace decorum::conduct
