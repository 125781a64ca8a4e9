// A supervised fastText model (.ftz, quantised, or .bin), as what each feature adds to each label's score.
//
// From the input matrix to the scores before the last non-linearity everything in fastText is linear: the
// mean of the features' rows times the output matrix. So each row is multiplied with the output matrix once,
// when the model is read, and a text costs additions only (FeatureTable) instead of fastText's decoding. A
// file is not trusted: every size in it is checked against what the file can hold before memory is taken for
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/features.hpp"

namespace decorum::conduct {

struct FasttextModel {
    struct Bucket {
        std::uint32_t bucket;  // of n-grams
        std::uint32_t row;
    };

    Hashing hashing;
    std::vector<std::string> labels;  // without __label__
    bool softmax = true;              // else each label is a yes or no of its own
    std::vector<std::string> words;   // those of the first rows
    std::vector<Bucket> buckets;      // those that have a row, in any order
    std::vector<float> rows;          // as many numbers a row as there are labels

    // `name` is for faults.
    [[nodiscard]] static Result<FasttextModel> parse(std::string_view octets, std::string_view name);
};

}  // namespace decorum::conduct
