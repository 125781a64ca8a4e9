// Plots as inline SVG for a page that needs nothing else: no script, no font, no picture from anywhere.
// Colours are the page's (CSS classes c0 to c7); each mark has a <title> that says its value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/audit/tally.hpp"

namespace decorum::audit {

// & < > " and controls.
[[nodiscard]] std::string html_text(std::string_view text);
// "12 345"
[[nodiscard]] std::string grouped(std::uint64_t number);
// A point's beginning, as exact as its step.
[[nodiscard]] std::string point_name(std::int64_t hour, std::int64_t step_hours);

// Columns over time, one on top of the other by kind; empty where nothing was counted.
[[nodiscard]] std::string stacked_columns(const Series& series, std::string_view label);

// Bars with names on the left; the parts of a bar are of the colours c0 and on.
struct Bar {
    std::string name;
    std::vector<std::uint64_t> parts;
};
[[nodiscard]] std::string bars(const std::vector<Bar>& all, const std::vector<std::string>& kinds,
                               std::string_view label);

// The share of each class of a histogram, side by side for several of them.
[[nodiscard]] std::string histograms(const std::vector<std::pair<std::string, const Histogram*>>& all,
                                     std::string_view label);

[[nodiscard]] std::string legend(const std::vector<std::string>& kinds);

}  // namespace decorum::audit
