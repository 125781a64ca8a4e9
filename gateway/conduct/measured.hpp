// How often findings are right, by category and language, as far as it was measured
// (config/model/measured.toml, written by tests/conduct/evaluate).
//
// What was never measured warns nobody. A word of the lexicon or a credential means the same wherever its
// category was measured; the classifier is believed only in the very languages it was measured in.
#pragma once

#include <array>
#include <filesystem>

#include "gateway/base/result.hpp"
#include "gateway/conduct/category.hpp"
#include "gateway/conduct/finding.hpp"

namespace decorum::conduct {

inline constexpr std::int64_t measured_format = 1;

class Measured {
public:
    // "FILE:LINE: KEY: what would be right"
    [[nodiscard]] static Result<Measured> load(const std::filesystem::path& file);

    void set(Category category, Language language, double precision);
    // Are findings of this kind right often enough to tell their author?
    [[nodiscard]] bool suffices(Category category, Language language, Source source) const;

private:
    static constexpr double least_precision = 0.7;
    std::array<std::array<double, language_count>, category_count> precision_{};  // 0: not measured
};

}  // namespace decorum::conduct
