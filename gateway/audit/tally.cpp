// Every name that is a key here comes from a line, so each table is bounded.
#include "gateway/audit/tally.hpp"

#include <algorithm>

namespace decorum::audit {
namespace {

constexpr std::size_t max_names = 64;
constexpr std::string_view other = "other";
constexpr auto severity_names = std::to_array<std::string_view>({"note", "warn", "serious"});

// The entry of that name, or of "other" where there are too many.
template <class Value>
Value& entry_of(std::map<std::string, Value>& table, std::string_view name) {
    std::string key(name);
    if (!table.contains(key) && table.size() >= max_names) key = other;
    return table[key];
}

}  // namespace

// ---------------------------------------------------------------------------------------------- series

std::int64_t Series::begin_of(std::int64_t hour) const {
    return (hour >= 0 ? hour : hour - step_ + 1) / step_ * step_;
}

void Series::coarsen() {
    constexpr std::array<std::int64_t, 6> steps{1, 6, 24, 7 * 24, 28 * 24, 364 * 24};
    const auto* next = std::ranges::upper_bound(steps, step_);
    step_ = next == steps.end() ? step_ * 2 : *next;
    std::map<std::int64_t, std::vector<std::uint64_t>> merged;
    for (const auto& [hour, counts] : points_) {
        auto& into = merged[begin_of(hour)];
        if (into.size() < counts.size()) into.resize(counts.size());
        for (std::size_t i = 0; i < counts.size(); ++i) into[i] += counts[i];
    }
    points_ = std::move(merged);
}

void Series::count(std::int64_t hour, std::string_view kind, std::uint64_t times) {
    auto at = std::ranges::find(kinds_, kind);
    if (at == kinds_.end() && kinds_.size() >= max_kinds) at = kinds_.end() - 1;
    if (at == kinds_.end()) {
        kinds_.emplace_back(kinds_.size() + 1 == max_kinds ? other : kind);
        at = kinds_.end() - 1;
    }
    const auto index = static_cast<std::size_t>(at - kinds_.begin());
    auto& counts = points_[begin_of(hour)];
    if (counts.size() <= index) counts.resize(index + 1);
    counts[index] += times;
    // The gaps are points, too.
    while ((points_.rbegin()->first - points_.begin()->first) / step_ >=
           static_cast<std::int64_t>(max_points))
        coarsen();
}

std::vector<Series::Point> Series::points() const {
    std::vector<Point> out;
    if (points_.empty()) return out;
    for (std::int64_t hour = points_.begin()->first; hour <= points_.rbegin()->first; hour += step_) {
        const auto found = points_.find(hour);
        out.push_back({hour, found == points_.end() ? std::vector<std::uint64_t>{} : found->second});
    }
    return out;
}

std::uint64_t Series::total(std::size_t kind) const {
    std::uint64_t sum = 0;
    for (const auto& [hour, counts] : points_)
        if (kind < counts.size()) sum += counts[kind];
    return sum;
}

std::uint64_t Series::total() const {
    std::uint64_t sum = 0;
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) sum += total(kind);
    return sum;
}

// ------------------------------------------------------------------------------------------- histogram

void Histogram::add(std::uint64_t ms) {
    const auto at = std::ranges::lower_bound(bounds, ms);
    ++counts_[static_cast<std::size_t>(at - bounds.begin())];
    ++total_;
    largest_ = std::max(largest_, ms);
}

std::uint64_t Histogram::quantile(double share) const {
    const auto wanted = static_cast<double>(total_) * share;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        sum += counts_[i];
        if (static_cast<double>(sum) >= wanted) return std::min(bounds[i], largest_);
    }
    return largest_;
}

// ---------------------------------------------------------------------------------------------- tally

// RFC 3339 up to the hour: "2026-11-23T06".
std::int64_t Tally::hour_of(std::string_view time) {
    constexpr std::size_t hour_octets = 13;
    const std::string_view text = time.substr(0, hour_octets);
    if (text != hour_text_) {
        hour_text_ = text;
        const auto instant = from_rfc3339(hour_text_ + ":00:00Z");
        hour_ = instant ? instant->time_since_epoch() / std::chrono::hours{1} : 0;
    }
    return hour_;
}

void Tally::add(const SealedLine& sealed, std::string_view line) {
    const auto kind = kind_named(sealed.event);
    if (!kind) return;
    ++events;
    if (begins.empty() || sealed.time < begins) begins = sealed.time;
    if (sealed.time > ends) ends = sealed.time;
    const std::int64_t hour = hour_of(sealed.time);
    const auto text = [line](std::string_view name) { return text_member(line, name); };
    const auto number = [line](std::string_view name) { return number_member(line, name).value_or(0); };
    switch (*kind) {
        case Kind::intent: ++intents; break;
        case Kind::outcome:
            messages.count(hour, text("result"));
            ++entry_of(listeners, text("listener"));
            octets += number("octets");
            if (text("result") == "accepted") {
                upstream.add(number("upstream_ms"));
                total.add(number("total_ms"));
            }
            break;
        case Kind::annotation: {
            const std::string_view status = text("status");
            statuses.count(hour, status);
            const auto& known = statuses.kinds();
            const auto index = std::min<std::size_t>(
                static_cast<std::size_t>(std::ranges::find(known, status) - known.begin()), 7);
            std::string_view names = text("sources");
            if (names.empty()) names = "(none)";
            for (std::size_t comma = 0; comma != std::string_view::npos;) {
                comma = names.find(',');
                ++entry_of(sources, names.substr(0, comma))[index];
                names.remove_prefix(comma == std::string_view::npos ? 0 : comma + 1);
            }
            if (line.contains(R"("warm":true)"))
                ++warm;
            else
                lookup.add(number("lookup_ms"));
            break;
        }
        case Kind::finding: {
            const std::uint64_t grade =
                std::clamp<std::uint64_t>(number("severity"), 1, severity_names.size());
            findings.count(hour, text("category"));
            severity.count(hour, severity_names[grade - 1]);
            std::string name(text("category"));
            name.append(" ").append(std::to_string(grade));
            graded.count(hour, name);
            break;
        }
        case Kind::verdict: {
            std::string name(text("action"));
            name.append(", ").append(text("outcome"));
            verdicts.count(hour, name);
            break;
        }
        case Kind::notice: notices.count(hour, text("state")); break;
        case Kind::override_: overrides.count(hour, text("word")); break;
        case Kind::erasure: ++erasures; break;
        case Kind::lost: lost += number("events"); break;
        case Kind::file:
        case Kind::key:
        case Kind::start:
        case Kind::stop:
        case Kind::reload:
        case Kind::retention: break;
    }
}

}  // namespace decorum::audit
