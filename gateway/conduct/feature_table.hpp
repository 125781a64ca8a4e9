// Several fastText models, side by side: one look-up a feature gives what it adds to every label of all of
// them.
//
// A row is half a cache line: the labels of the models in turn, then for each model whether it knows the
// feature at all (fastText's score is the mean over those it knows). The scores are fastText's own; a test
// compares them. Nearly all time goes into fetching rows from memory, so they are asked for some features
// ahead.
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
    static constexpr std::size_t columns = 8;
    using Row = std::array<float, columns>;

    // All models must hash alike, and have no more labels than fit (errc::limit).
    [[nodiscard]] static Result<FeatureTable> make(std::span<const FasttextModel> models);

    [[nodiscard]] const Hashing& hashing() const { return hashing_; }

    // The column of a label of a model.
    [[nodiscard]] std::size_t column(std::size_t model, std::size_t label) const {
        return first_[model] + label;
    }

    // The score of each label before softmax or sigmoid, by column.
    [[nodiscard]] Row score(std::string_view line, const Features& features) const;
    // What each word adds to the score in a column of a model.
    [[nodiscard]] std::vector<float> effects(std::string_view line, const Features& features,
                                             std::size_t model, std::size_t column) const;

private:
    struct alignas(32) Line {
        Row values{};
    };
    struct Word {
        std::uint32_t hash = 0;
        std::uint32_t row = 0;  // 0: an empty slot
        std::uint32_t begin = 0;
        std::uint32_t length = 0;
    };

    [[nodiscard]] std::size_t count_column(std::size_t model) const { return columns - 1 - model; }
    std::uint32_t& row_of_word(std::string_view word);
    [[nodiscard]] std::uint32_t find_word(std::string_view word, std::uint32_t hash) const;
    void add(Row& sum, std::string_view line, const Features& features, const Features::Word& word) const;

    Hashing hashing_;
    std::vector<std::size_t> first_;  // by model: its first column
    std::vector<Line> rows_;          // row 0 is of zeros: features that no model knows
    std::vector<std::uint32_t> row_of_bucket_;
    std::vector<Word> words_;  // open addressing, a power of two
    std::string letters_;      // of the words
};

}  // namespace decorum::conduct
