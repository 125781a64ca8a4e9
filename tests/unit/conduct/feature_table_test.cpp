// Models of many words and few n-grams, side by side, against a plain sum over their rows.
#include "gateway/conduct/feature_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace decorum::conduct {
namespace {

// Of so many words, numbered from `first` on, and of one in `every` bucket.
FasttextModel made(std::uint32_t first, std::uint32_t words, std::uint32_t buckets, std::uint32_t every) {
    FasttextModel model;
    model.hashing = {.buckets = buckets, .min_characters = 2, .max_characters = 3, .word_grams = 2};
    model.labels = {"yes", "no"};
    std::mt19937 random(first + every);
    auto add_row = [&] {
        for (std::size_t label = 0; label < model.labels.size(); ++label)
            model.rows.push_back(static_cast<float>(random() % 64) / 8);
    };
    for (std::uint32_t i = first; i < first + words; ++i) {
        model.words.push_back("w" + std::to_string(i));
        add_row();
    }
    for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
        if (random() % every != 0) continue;
        model.buckets.push_back({bucket, words + static_cast<std::uint32_t>(model.buckets.size())});
        add_row();
    }
    std::ranges::shuffle(model.buckets, random);
    return model;
}

// The mean of a label over the rows that the model has.
float mean(const FasttextModel& model, std::size_t label, std::string_view line) {
    Features features;
    make_features(line, model.hashing, features);
    float sum = 0;
    std::uint32_t count = 0;
    auto add = [&](std::size_t row) {
        sum += model.rows[row * model.labels.size() + label];
        ++count;
    };
    for (const Features::Word& word : features.words) {
        const auto found = std::ranges::find(model.words, line.substr(word.begin, word.end - word.begin));
        if (found != model.words.end()) add(static_cast<std::size_t>(found - model.words.begin()));
    }
    for (const std::uint32_t gram : features.grams) {
        const auto found = std::ranges::find(model.buckets, gram, &FasttextModel::Bucket::bucket);
        if (found != model.buckets.end()) add(found->row);
    }
    return sum / static_cast<float>(std::max(count, 1U));
}

TEST(FeatureTable, ScoresAsAPlainSumOverTheRows) {
    std::string line;
    for (const std::uint32_t word : {0U, 1U, 31U, 8191U, 8192U, 12'000U, 19'999U, 20'001U, 7U, 11'000U, 500U})
        line += "w" + std::to_string(word) + " ";
    for (const std::uint32_t buckets : {1U, 31U, 32U, 33U, 64U, 1000U, 4096U})
        for (const std::uint32_t every : {1U, 2U, 50U}) {
            const std::vector<FasttextModel> models{made(0, 12'000, buckets, every),
                                                    made(6000, 14'000, buckets, every + 1)};
            const auto table = FeatureTable::make(models);
            ASSERT_TRUE(table) << table.error().detail;
            ASSERT_GT(table->words().size(), KnownWords::common);
            Features features;
            table->read(line, features);
            const FeatureTable::Row scores = table->score(features);
            for (std::size_t m = 0; m < models.size(); ++m)
                for (std::size_t label = 0; label < 2; ++label) {
                    const std::size_t column = table->column(m, label);
                    EXPECT_FLOAT_EQ(scores[column], mean(models[m], label, line)) << buckets << ' ' << every;
                    const std::vector<float> effects = table->effects(features, m, column);
                    float all = 0;
                    for (const float effect : effects) all += effect;
                    EXPECT_NEAR(all, scores[column], 1e-4F) << buckets << ' ' << every;
                }
        }
}

TEST(FeatureTable, OfModelsWithoutNgramsScoresWordsAlone) {
    const FasttextModel model = made(0, 3, 0, 1);
    const auto table = FeatureTable::make(std::span(&model, 1));
    ASSERT_TRUE(table);
    Features features;
    table->read("w1 unknown w2", features);
    EXPECT_FLOAT_EQ(table->score(features)[0], (model.rows[2] + model.rows[4]) / 2);
}

}  // namespace
}  // namespace decorum::conduct
