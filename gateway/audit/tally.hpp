// What a report counts, event by event, in memory that does not grow with the log.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/audit/chain.hpp"

namespace decorum::audit {

// Counts of several kinds over time. Points are hours at first; when there are too many they become days,
// weeks, and so on.
class Series {
public:
    static constexpr std::size_t max_points = 400;
    static constexpr std::size_t max_kinds = 64;  // more are counted as "other"

    Series() = default;
    // Kinds that are listed in this order; others follow as they come.
    explicit Series(std::vector<std::string> kinds) : kinds_(std::move(kinds)) {}

    void count(std::int64_t hour, std::string_view kind, std::uint64_t times = 1);

    struct Point {
        std::int64_t hour = 0;              // since 1970, at its beginning
        std::vector<std::uint64_t> counts;  // by kind; may be shorter than kinds()
    };
    [[nodiscard]] const std::vector<std::string>& kinds() const { return kinds_; }
    // All of the time between the first and the last, without a gap.
    [[nodiscard]] std::vector<Point> points() const;
    [[nodiscard]] std::int64_t step_hours() const { return step_; }
    [[nodiscard]] std::uint64_t total(std::size_t kind) const;
    [[nodiscard]] std::uint64_t total() const;

private:
    [[nodiscard]] std::int64_t begin_of(std::int64_t hour) const;
    void coarsen();

    std::vector<std::string> kinds_;
    std::map<std::int64_t, std::vector<std::uint64_t>> points_;
    std::int64_t step_ = 1;
};

// Times in milliseconds.
class Histogram {
public:
    static constexpr std::array<std::uint64_t, 16> bounds{1,   2,    5,    10,   20,    50,    100,   200,
                                                          500, 1000, 2000, 5000, 10000, 20000, 60000, 300000};
    void add(std::uint64_t ms);
    // Up to and including bounds[i]; the last: all above.
    [[nodiscard]] const std::array<std::uint64_t, bounds.size() + 1>& counts() const { return counts_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }
    // The bound below which that share lies; the largest that was seen for what lies above all bounds.
    [[nodiscard]] std::uint64_t quantile(double share) const;

private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};
    std::uint64_t total_ = 0;
    std::uint64_t largest_ = 0;
};

struct Tally {
    Series messages{{"accepted", "refused", "lost", "aborted"}};  // outcomes
    Series statuses{
        {"found", "none", "pending", "unavailable", "unauthenticated", "withheld", "opted-out", "excluded"}};
    Series findings;                               // by category
    Series severity{{"serious", "warn", "note"}};  // the same by severity
    Series graded;                                 // and by both: "hate 3"
    Series verdicts;                               // "notice, warned"
    Series notices{{"queued", "sent", "refused", "expired"}};
    Series overrides{{"ack", "confirm", "wrong", "stop"}};
    std::map<std::string, std::array<std::uint64_t, 8>> sources;  // status of what each source was named for
    std::map<std::string, std::uint64_t> listeners;
    Histogram lookup;
    Histogram upstream;
    Histogram total;
    std::uint64_t events = 0;
    std::uint64_t warm = 0;  // annotations without a lookup
    std::uint64_t lost = 0;
    std::uint64_t erasures = 0;
    std::uint64_t intents = 0;
    std::uint64_t octets = 0;
    std::string begins;  // times of the first and the last event
    std::string ends;

    void add(const SealedLine& sealed, std::string_view line);

private:
    [[nodiscard]] std::int64_t hour_of(std::string_view time);

    std::string hour_text_;  // the last one that was asked for
    std::int64_t hour_ = 0;
};

}  // namespace decorum::audit
