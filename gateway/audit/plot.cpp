#include "gateway/audit/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gateway/base/ascii.hpp"

namespace decorum::audit {
namespace {

constexpr double width = 860;
constexpr double height = 220;
constexpr double left = 56;
constexpr double right = 8;
constexpr double top = 10;
constexpr double bottom = 24;
constexpr std::size_t colours = 8;

std::string open_svg(double high, std::string_view label) {
    return fmt::format(R"(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)", width, high,
                       html_text(label));
}

std::string rectangle(double x, double y, double w, double h, std::size_t colour, std::string_view title) {
    return fmt::format(
        R"(<rect class="c{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>)",
        colour % colours, x, y, w, h, html_text(title));
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
    return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, y, anchor,
                       html_text(text));
}

std::string line_at(double y) {
    return fmt::format(R"(<line x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>)", left, width - right, y,
                       y);
}

// 1, 2 or 5 times a power of ten, so that three to six lines reach `most`.
double tick_for(double most) {
    const double raw = most / 4;
    const double power = std::pow(10.0, std::floor(std::log10(std::max(raw, 1e-9))));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= raw) return factor * power;
    return 10 * power;
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

// Lines with numbers from 0 to at least `most`; what the top one stands for is returned.
double append_scale(std::string& out, double most, std::string_view unit) {
    const double tick = std::max(tick_for(most), 1.0);
    const double ceiling = std::max(tick, std::ceil(most / tick) * tick);
    for (double value = 0; value <= ceiling + tick / 2; value += tick) {
        const double y = height - bottom - (height - top - bottom) * value / ceiling;
        out += line_at(y);
        out +=
            text_at(left - 6, y + 4, "end", grouped(static_cast<std::uint64_t>(value)) + std::string(unit));
    }
    return ceiling;
}

}  // namespace

std::string html_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default:
                if (!ascii::is_control(c)) out.push_back(c);
        }
    }
    return out;
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, "\u202f");
    }
    return digits;
}

std::string point_name(std::int64_t hour, std::int64_t step_hours) {
    const std::string time = to_rfc3339(Instant(std::chrono::hours(hour)));
    constexpr std::size_t date_octets = 10;
    constexpr std::size_t minute_octets = 16;
    if (step_hours >= 24) return time.substr(0, date_octets);
    std::string out = time.substr(0, minute_octets);
    out[date_octets] = ' ';
    return out;
}

std::string legend(const std::vector<std::string>& kinds) {
    std::string out = R"(<p class="legend">)";
    for (std::size_t i = 0; i < kinds.size(); ++i)
        out += fmt::format(
            R"(<span><svg viewBox="0 0 10 10"><rect class="c{}" width="10" height="10"/></svg>{}</span> )",
            i % colours, html_text(kinds[i]));
    return out + "</p>";
}

std::string stacked_columns(const Series& series, std::string_view label) {
    const auto points = series.points();
    if (points.empty()) return R"(<p class="nothing">Nothing of the kind was recorded.</p>)";
    std::uint64_t most = 1;
    for (const auto& point : points) most = std::max(most, sum_of(point.counts));
    std::string out = open_svg(height, label);
    const double ceiling = append_scale(out, static_cast<double>(most), "");
    const double step = (width - left - right) / static_cast<double>(points.size());
    const double gap = step > 4 ? 1.0 : 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        double y = height - bottom;
        const double x = left + step * static_cast<double>(i);
        for (std::size_t kind = 0; kind < points[i].counts.size(); ++kind) {
            const std::uint64_t count = points[i].counts[kind];
            if (count == 0) continue;
            const double h = (height - top - bottom) * static_cast<double>(count) / ceiling;
            y -= h;
            out += rectangle(x, y, std::min(std::max(step - gap, 0.5), 60.0), h, kind,
                             fmt::format("{}: {} {}", point_name(points[i].hour, series.step_hours()),
                                         grouped(count), series.kinds()[kind]));
        }
    }
    // As many names as there is room for.
    const std::size_t every = (points.size() + 5) / 6;
    for (std::size_t i = 0; i < points.size(); i += every)
        out += text_at(left + step * static_cast<double>(i), height - 6, "start",
                       point_name(points[i].hour, series.step_hours()));
    out += "</svg>";
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < series.kinds().size(); ++i)
        shown.push_back(fmt::format("{} {}", series.kinds()[i], grouped(series.total(i))));
    return out + legend(shown);
}

std::string bars(const std::vector<Bar>& all, const std::vector<std::string>& kinds, std::string_view label) {
    if (all.empty()) return R"(<p class="nothing">Nothing of the kind was recorded.</p>)";
    constexpr double row = 24;
    constexpr double names = 200;
    constexpr double numbers = 80;
    std::uint64_t most = 1;
    for (const Bar& bar : all) most = std::max(most, sum_of(bar.parts));
    std::string out = open_svg(row * static_cast<double>(all.size()) + 4, label);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double y = row * static_cast<double>(i) + 2;
        double x = names;
        out += text_at(names - 8, y + 15, "end", all[i].name.substr(0, 30));
        for (std::size_t part = 0; part < all[i].parts.size(); ++part) {
            const std::uint64_t count = all[i].parts[part];
            if (count == 0) continue;
            const double w =
                (width - names - numbers) * static_cast<double>(count) / static_cast<double>(most);
            out += rectangle(x, y + 3, std::max(w, 0.5), row - 8, part,
                             fmt::format("{}: {} {}", all[i].name, grouped(count),
                                         part < kinds.size() ? kinds[part] : std::string{}));
            x += w;
        }
        out += text_at(x + 6, y + 15, "start", grouped(sum_of(all[i].parts)));
    }
    return out + "</svg>";
}

std::string histograms(const std::vector<std::pair<std::string, const Histogram*>>& all,
                       std::string_view label) {
    const auto& bounds = Histogram::bounds;
    double most = 0;
    std::uint64_t total = 0;
    for (const auto& [name, histogram] : all) {
        total += histogram->total();
        for (const std::uint64_t count : histogram->counts())
            if (count > 0)
                most = std::max(most,
                                100.0 * static_cast<double>(count) / static_cast<double>(histogram->total()));
    }
    if (total == 0) return R"(<p class="nothing">Nothing of the kind was recorded.</p>)";
    std::string out = open_svg(height, label);
    const double ceiling = append_scale(out, most, "%");
    const double step = (width - left - right) / static_cast<double>(bounds.size() + 1);
    const double each = (step - 6) / static_cast<double>(all.size());
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        const double x = left + step * static_cast<double>(i);
        const std::string name =
            i < bounds.size() ? fmt::format("≤ {}", bounds[i]) : fmt::format("> {}", bounds.back());
        out += text_at(x + step / 2, height - 6, "middle", name);
        for (std::size_t which = 0; which < all.size(); ++which) {
            const Histogram& histogram = *all[which].second;
            if (histogram.counts()[i] == 0) continue;
            const double share =
                100.0 * static_cast<double>(histogram.counts()[i]) / static_cast<double>(histogram.total());
            const double h = (height - top - bottom) * share / ceiling;
            out += rectangle(x + 3 + each * static_cast<double>(which), height - bottom - h,
                             std::max(each - 1, 1.0), h, which,
                             fmt::format("{}, {} ms: {:.1f} % ({})", all[which].first, name, share,
                                         grouped(histogram.counts()[i])));
        }
    }
    out += "</svg>";
    std::vector<std::string> names;
    for (const auto& [name, histogram] : all)
        names.push_back(fmt::format("{}: half within {} ms, 95 % within {} ms, 99 % within {} ms", name,
                                    histogram->quantile(0.5), histogram->quantile(0.95),
                                    histogram->quantile(0.99)));
    return out + legend(names);
}

}  // namespace decorum::audit
