// Our reading of fastText's models against fastText itself, and against damaged files.
#include "gateway/conduct/feature_table.hpp"

#include <fasttext/fasttext.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "gateway/base/watched_file.hpp"

namespace decorum::conduct {
namespace {

namespace fs = std::filesystem;

// A small model with everything that the shipped ones have, trained on the spot.
struct Kind {
    std::string name;
    fasttext::loss_name loss;
    bool quantised;
    bool pruned;
    bool norms;
};

class Trained : public testing::TestWithParam<Kind> {
protected:
    static constexpr int rows = 600;

    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("fasttext-" + std::to_string(::getpid()) + GetParam().name);
        fs::create_directories(folder_);
        std::mt19937 random(7);
        const std::vector<std::string> yes{"merde", "putain", "crétin", "noël", "🔥"};
        const std::vector<std::string> no{"réunion", "merci", "projet", "demain", "équipe"};
        {
            std::ofstream out(folder_ / "rows");
            for (int i = 0; i < rows; ++i) {
                const auto& words = i % 2 == 0 ? yes : no;
                out << (i % 2 == 0 ? "__label__yes" : "__label__no");
                for (int w = 0; w < 6; ++w)
                    out << ' ' << words[random() % words.size()] << (random() % 3 == 0 ? "s" : "");
                out << '\n';
            }
        }
        fasttext::Args args;
        args.input = (folder_ / "rows").native();
        args.model = fasttext::model_name::sup;
        args.loss = GetParam().loss;
        args.dim = 6;
        args.minn = 2;
        args.maxn = 4;
        args.wordNgrams = 2;
        args.bucket = 3000;
        args.minCount = 1;
        args.epoch = 3;
        args.lr = 0.3;
        args.thread = 1;
        args.verbose = 0;
        theirs_.train(args);
        if (GetParam().quantised) {
            fasttext::Args options = args;
            options.qnorm = GetParam().norms;
            options.cutoff = GetParam().pruned ? 400 : 0;
            options.retrain = false;
            theirs_.quantize(options);
        }
        theirs_.saveModel((folder_ / "model").native());
        octets_ = *read_file(folder_ / "model", std::size_t{1} << 24);
    }
    void TearDown() override { fs::remove_all(folder_); }

    fs::path folder_;
    fasttext::FastText theirs_;
    std::string octets_;
};

TEST_P(Trained, GivesFasttextsOwnProbabilities) {
    const auto ours = FasttextModel::parse(octets_, "model");
    ASSERT_TRUE(ours) << ours.error().detail;
    ASSERT_EQ(ours->labels.size(), 2u);
    const auto table = FeatureTable::make(std::span(&*ours, 1));
    ASSERT_TRUE(table);
    Features features;
    for (const char* line : {"merde putain", "réunion demain merci", "unknown wörds 🔥 and", "crétins", "",
                             "a", "équipe merde équipe"}) {
        table->read(line, features);
        const FeatureTable::Row scores = table->score(features);
        std::istringstream in(std::string(line) + "\n");
        std::vector<std::pair<fasttext::real, std::string>> predictions;
        theirs_.predictLine(in, predictions, -1, 0);
        for (const auto& [probability, label] : predictions) {
            const std::size_t at = label == "__label__" + ours->labels[0] ? 0 : 1;
            const double ours_p = ours->softmax
                                      ? 1 / (1 + std::exp(double{scores[1 - at]} - double{scores[at]}))
                                      : 1 / (1 + std::exp(-double{scores[at]}));
            // fastText's one-vs-all looks its sigmoid up in a table of steps of 1/32.
            EXPECT_NEAR(ours_p, double{probability}, ours->softmax ? 1e-3 : 1e-2) << line << ' ' << label;
        }
    }
}

TEST_P(Trained, EffectsOfWordsAddUpToTheScore) {
    const auto ours = FasttextModel::parse(octets_, "model");
    ASSERT_TRUE(ours);
    const std::string line = "merde réunion putain";
    Features features;
    const auto table = FeatureTable::make(std::span(&*ours, 1));
    ASSERT_TRUE(table);
    table->read(line, features);
    float sum = 0;
    for (const float effect : table->effects(features, 0, 1)) sum += effect;
    EXPECT_NEAR(sum, table->score(features)[1], 1e-4);
}

TEST_P(Trained, EveryTruncationIsRefused) {
    const std::size_t step = std::max<std::size_t>(1, octets_.size() / 500);
    for (std::size_t size = 0; size < octets_.size(); size += step)
        EXPECT_FALSE(FasttextModel::parse(std::string_view(octets_).substr(0, size), "model")) << size;
    EXPECT_FALSE(FasttextModel::parse(octets_ + "x", "model"));
}

TEST_P(Trained, DamagedFilesAreReadOrRefusedButNeverBreakAnything) {
    std::mt19937 random(11);
    Features features;
    for (int i = 0; i < 300; ++i) {
        std::string damaged = octets_;
        const std::size_t head = std::min<std::size_t>(damaged.size(), i % 2 == 0 ? 120 : damaged.size());
        for (int change = 0; change < 3; ++change) damaged[random() % head] = static_cast<char>(random());
        const auto model = FasttextModel::parse(damaged, "model");
        if (!model) continue;
        const auto table = FeatureTable::make(std::span(&*model, 1));
        if (!table) continue;
        table->read("merde réunion", features);
        for (const float score : table->score(features)) EXPECT_FALSE(std::isnan(score));
    }
}

TEST_P(Trained, ModelsSideBySideScoreAsEachAlone) {
    const auto one = FasttextModel::parse(octets_, "model");
    ASSERT_TRUE(one);
    FasttextModel other = *one;
    for (float& value : other.rows) value *= -2;
    other.words.front() = "another";
    const std::vector<FasttextModel> both{*one, other};
    const auto together = FeatureTable::make(both);
    const auto first = FeatureTable::make(std::span(both).first(1));
    const auto second = FeatureTable::make(std::span(both).last(1));
    ASSERT_TRUE(together && first && second);
    auto score = [](const FeatureTable& table) {
        Features features;
        table.read("merde réunion another 🔥", features);
        return table.score(features);
    };
    const auto scores = score(*together);
    for (std::size_t label = 0; label < 2; ++label) {
        EXPECT_FLOAT_EQ(scores[together->column(0, label)], score(*first)[label]);
        EXPECT_FLOAT_EQ(scores[together->column(1, label)], score(*second)[label]);
    }
}

TEST_P(Trained, ModelsThatDontFitTogetherAreRefused) {
    const auto one = FasttextModel::parse(octets_, "model");
    ASSERT_TRUE(one);
    FasttextModel other = *one;
    other.hashing.word_grams = 3;
    EXPECT_FALSE(FeatureTable::make(std::vector{*one, other}));
    EXPECT_FALSE(FeatureTable::make(std::vector(6, *one))) << "twelve labels";
}

INSTANTIATE_TEST_SUITE_P(Kinds, Trained,
                         testing::Values(Kind{"dense", fasttext::loss_name::softmax, false, false, false},
                                         Kind{"quantised", fasttext::loss_name::softmax, true, false, false},
                                         Kind{"pruned", fasttext::loss_name::softmax, true, true, true},
                                         Kind{"ova", fasttext::loss_name::ova, true, true, true}),
                         [](const auto& info) { return info.param.name; });

TEST(FasttextModel, OtherFilesAreRefusedWithTheReason) {
    EXPECT_THAT(FasttextModel::parse("not a model", "x.ftz").error().detail,
                testing::HasSubstr("x.ftz: not a model"));
    std::string octets(12, '\0');
    const std::int32_t magic = 793712314;
    const std::int32_t version = 11;
    std::memcpy(octets.data(), &magic, 4);
    std::memcpy(octets.data() + 4, &version, 4);
    EXPECT_THAT(FasttextModel::parse(octets, "x.ftz").error().detail, testing::HasSubstr("version 11"));
}

}  // namespace
}  // namespace decorum::conduct
