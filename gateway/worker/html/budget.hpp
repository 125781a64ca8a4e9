// What one page may still say: a bound on all its facts together, so that their JSON stays within what is
// read back, whatever the page repeats.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "gateway/worker/html/html_text.hpp"

namespace decorum::worker {

class Budget {
public:
    explicit Budget(std::size_t octets) : left_(octets) {}

    // As much of `text` as may be kept.
    [[nodiscard]] std::string_view take(std::string_view text, std::size_t max_octets) {
        const std::string_view kept = cut(text, std::min(max_octets, left_));
        left_ -= std::min(left_, kept.size() + overhead);
        return kept;
    }
    [[nodiscard]] bool spent() const { return left_ == 0; }

private:
    static constexpr std::size_t overhead = 16;  // of JSON: names, quotes, brackets
    std::size_t left_;
};

}  // namespace decorum::worker
