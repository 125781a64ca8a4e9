// Several fastText models, side by side: one look-up a feature gives what it adds to every label of all of
// them.
//
// A row holds the labels of the models in turn; apart stands which of the models know the feature at all,
// because fastText's score is the mean over those it knows. The scores are fastText's own; a test compares
// them. Nearly all time goes into fetching rows from memory, so what is looked up lies close together: most
// n-grams have no row, which a bit says, and a common word and the n-grams in it have one sum together.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/fasttext_model.hpp"
#include "gateway/conduct/features.hpp"

namespace decorum::conduct {

class FeatureTable {
public:
    static constexpr std::size_t columns = 4;
    using Row = std::array<float, columns>;

    // All models must hash alike, and have no more labels than fit (errc::limit).
    [[nodiscard]] static Result<FeatureTable> make(std::span<const FasttextModel> models);

    [[nodiscard]] const Hashing& hashing() const { return hashing_; }
    [[nodiscard]] const KnownWords& words() const { return words_; }

    // The features of a line, as the functions below want them. Replaces the content of `out`.
    void read(std::string_view line, Features& out) const { make_features(line, hashing_, out, &words_); }

    // The column of a label of a model.
    [[nodiscard]] std::size_t column(std::size_t model, std::size_t label) const {
        return first_[model] + label;
    }

    // The score of each label before softmax or sigmoid, by column.
    [[nodiscard]] Row score(const Features& features) const;
    // What each word adds to the score in a column of a model.
    [[nodiscard]] std::vector<float> effects(const Features& features, std::size_t model,
                                             std::size_t column) const;

private:
    static constexpr std::uint32_t buckets_together = 32;
    // Which n-grams have a row, by bucket.
    struct Buckets {
        std::uint32_t bits = 0;  // of buckets_together, each whether it has one
        std::uint32_t row = 0;   // of the first that has
    };
    using Counts = std::array<std::uint32_t, columns>;

    struct alignas(32) Sum {
        Row values{};
        Counts models{};  // by model: how many features it knows
    };

    static void add(Sum& sum, const Row& values, const Counts& models) {
        for (std::size_t i = 0; i < columns; ++i) sum.values[i] += values[i];
        for (std::size_t i = 0; i < columns; ++i) sum.models[i] += models[i];
    }

    std::uint32_t number_buckets(std::span<const FasttextModel> models);
    void add_common_words();
    // Of an n-gram. Whether it has a row is hard to foresee, so nothing branches on it here.
    struct Place {
        std::uint32_t row;
        bool known;
    };
    [[nodiscard]] Place place_of(std::uint32_t bucket) const {
        const Buckets& some = buckets_[bucket / buckets_together];
        const std::uint32_t bit = std::uint32_t{1} << (bucket % buckets_together);
        return {some.row + static_cast<std::uint32_t>(std::popcount(some.bits & (bit - 1))),
                (some.bits & bit) != 0};
    }
    // Adds a common word, and gives `take` the places of what else there is of a word.
    template <class Take>
    void add(Sum& sum, const Features& features, const Features::Word& word, Take&& take) const;
    void add(Sum& sum, std::uint32_t row) const;

    Hashing hashing_;
    std::vector<std::size_t> first_;  // by model: its first column; and the end of the last one's
    KnownWords words_;
    std::vector<Buckets> buckets_;
    std::vector<Row> rows_;             // of the words, then of the n-grams
    std::vector<std::uint8_t> models_;  // by row: a bit for each that knows it
    std::vector<Sum> common_;           // by word: with the n-grams in it
};

}  // namespace decorum::conduct
