// Numbers that any thread raises and the metrics read: relaxed atomics, so that counting takes no lock and
// orders nothing. Two numbers that are read one after the other may differ by what happened in between.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "gateway/base/clock.hpp"

namespace decorum {

// Only rises.
class Tally {
public:
    void add(std::uint64_t more = 1) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// How many there are at present.
class Level {
public:
    void add(std::int64_t more) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

// Raises a level while it lives.
class Counted {
public:
    explicit Counted(Level& level) noexcept : level_(level) { level_.add(1); }
    ~Counted() { level_.add(-1); }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    Level& level_;
};

// One tally for each of the first `count` values of an enumeration.
template <class Enum, std::size_t count>
class Tallies {
public:
    static constexpr std::size_t size = count;

    [[nodiscard]] Tally& operator[](Enum which) noexcept { return tallies_[static_cast<std::size_t>(which)]; }
    [[nodiscard]] const Tally& operator[](Enum which) const noexcept {
        return tallies_[static_cast<std::size_t>(which)];
    }

private:
    std::array<Tally, count> tallies_;
};

// How long something took: a count for each of some fixed ranges, and the sum.
class LatencyTally {
public:
    using Microseconds = std::chrono::microseconds;
    // The upper end of each range, which it holds; what took longer is counted beyond them.
    static constexpr std::array bounds{
        Microseconds{10},        Microseconds{25},        Microseconds{50},         Microseconds{100},
        Microseconds{250},       Microseconds{500},       Microseconds{1'000},      Microseconds{2'500},
        Microseconds{5'000},     Microseconds{10'000},    Microseconds{25'000},     Microseconds{50'000},
        Microseconds{100'000},   Microseconds{250'000},   Microseconds{500'000},    Microseconds{1'000'000},
        Microseconds{2'500'000}, Microseconds{5'000'000}, Microseconds{10'000'000}, Microseconds{30'000'000}};

    struct Snapshot {
        std::array<std::uint64_t, bounds.size() + 1> counts{};  // by range; the last one: longer than all
        std::chrono::nanoseconds sum{};

        Snapshot& operator+=(const Snapshot& other) noexcept {
            for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
            sum += other.sum;
            return *this;
        }
    };

    void record(SteadyClock::duration took) noexcept {
        const auto at = std::ranges::lower_bound(bounds, took);
        counts_[static_cast<std::size_t>(at - bounds.begin())].add();
        sum_.add(static_cast<std::uint64_t>(std::max(took, SteadyClock::duration::zero()).count()));
    }

    [[nodiscard]] Snapshot snapshot() const noexcept {
        Snapshot out;
        for (std::size_t i = 0; i < counts_.size(); ++i) out.counts[i] = counts_[i].value();
        out.sum = std::chrono::nanoseconds(sum_.value());
        return out;
    }

private:
    static_assert(std::is_same_v<SteadyClock::duration, std::chrono::nanoseconds>);
    std::array<Tally, bounds.size() + 1> counts_;
    Tally sum_;  // nanoseconds
};

}  // namespace decorum
