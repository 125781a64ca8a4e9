// Counting from several threads loses nothing.
#include "gateway/base/tally.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace decorum {
namespace {

TEST(Tally, LosesNothingBetweenThreads) {
    constexpr int threads = 4, rounds = 10'000;
    enum class Colour : std::uint8_t { red, green };
    Tally tally;
    Level level;
    Tallies<Colour, 2> colours;
    LatencyTally latency;
    {
        std::vector<std::jthread> all;
        for (int t = 0; t < threads; ++t)
            all.emplace_back([&] {
                for (int i = 0; i < rounds; ++i) {
                    const Counted counted(level);
                    tally.add();
                    tally.add(2);
                    colours[Colour::green].add();
                    latency.record(std::chrono::microseconds(7));
                }
            });
    }
    constexpr std::uint64_t calls = std::uint64_t{threads} * rounds;
    EXPECT_EQ(tally.value(), 3 * calls);
    EXPECT_EQ(level.value(), 0);
    EXPECT_EQ(colours[Colour::red].value(), 0U);
    EXPECT_EQ(colours[Colour::green].value(), calls);
    EXPECT_EQ(latency.snapshot().counts.front(), calls);
    EXPECT_EQ(latency.snapshot().sum, std::chrono::microseconds(7) * calls);
}

TEST(LatencyTally, EveryRangeHoldsItsUpperEnd) {
    for (std::size_t i = 0; i < LatencyTally::bounds.size(); ++i) {
        LatencyTally tally;
        tally.record(LatencyTally::bounds[i]);
        tally.record(LatencyTally::bounds[i] + std::chrono::nanoseconds(1));
        EXPECT_EQ(tally.snapshot().counts[i], 1U) << i;
        EXPECT_EQ(tally.snapshot().counts[i + 1], 1U) << i;
    }
}

TEST(LatencyTally, SnapshotsAddUp) {
    LatencyTally tally;
    tally.record(std::chrono::seconds(1));
    LatencyTally::Snapshot both = tally.snapshot();
    both += tally.snapshot();
    EXPECT_EQ(both.sum, std::chrono::seconds(2));
    EXPECT_EQ(std::ranges::max(both.counts), 2U);
}

}  // namespace
}  // namespace decorum
