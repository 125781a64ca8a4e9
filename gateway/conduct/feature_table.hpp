// Several fastText models, side by side: one look-up a feature gives what it adds to every label of all of
// them.
//
// A row holds the labels of the models in turn; beside it stands which of the models know the feature at all,
// because fastText's score is the mean over those it knows. The scores are fastText's own; a test compares
// them. Nearly all time goes into fetching rows from memory, so a common word and the n-grams in it have one
// row together.
#pragma once

#include <array>
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
    static constexpr std::uint32_t no_row = 0xFFFFFFFF;

    struct alignas(32) Line {
        Row values{};
        Row models{};  // by model: how many features it knows

        void operator+=(const Line& other) {
            for (std::size_t i = 0; i < columns; ++i) values[i] += other.values[i];
            for (std::size_t i = 0; i < columns; ++i) models[i] += other.models[i];
        }
    };

    void add_grams_of_common_words();
    void add(Line& sum, const Features& features, const Features::Word& word) const;

    Hashing hashing_;
    std::vector<std::size_t> first_;            // by model: its first column; and the end of the last one's
    std::vector<std::uint32_t> row_of_bucket_;  // or no_row: no model knows it
    std::vector<Line> rows_;
    KnownWords words_;
    std::vector<Line> rows_of_words_;  // those of common ones hold the n-grams in them, too
};

}  // namespace decorum::conduct
