#include "gateway/net/connection_limits.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace decorum::net {
namespace {

IpAddress address(const char* text) {
    return IpAddress::parse(text).value();
}

TEST(ConnectionLimits, TheTotalIsKeptAndGivenBack) {
    const auto limits = ConnectionLimits::make(2, 0);
    auto first = limits->take();
    {
        const auto second = limits->take();
        EXPECT_TRUE(first && second);
        EXPECT_FALSE(limits->take());
        EXPECT_EQ(limits->open(), 2U);
    }
    EXPECT_TRUE(limits->take());
    const auto beyond = limits->take_beyond_total();
    const auto more = limits->take_beyond_total();
    EXPECT_EQ(limits->open(), 3U);
    first->release();
    first->release();
    EXPECT_EQ(limits->open(), 2U);
}

TEST(ConnectionLimits, AnAddressHasItsShareAndOthersTheirs) {
    const auto limits = ConnectionLimits::make(0, 2);
    std::vector<ConnectionLimits::Slot> slots;
    const auto add = [&](const char* text) {
        slots.push_back(*limits->take());
        return slots.back().count_for(address(text));
    };
    EXPECT_TRUE(add("192.0.2.1"));
    EXPECT_TRUE(add("192.0.2.1"));
    EXPECT_FALSE(add("192.0.2.1"));
    EXPECT_TRUE(add("192.0.2.2"));
    // One customer's /64.
    EXPECT_TRUE(add("2001:db8:0:1::1"));
    EXPECT_TRUE(add("2001:db8:0:1:ffff::2"));
    EXPECT_FALSE(add("2001:db8:0:1::3"));
    EXPECT_TRUE(add("2001:db8:0:2::1"));
    slots.clear();
    EXPECT_TRUE(add("192.0.2.1"));
    EXPECT_EQ(limits->open(), 1U);
}

TEST(ConnectionLimits, AReloadHoldsForNewConnections) {
    const auto limits = ConnectionLimits::make(1, 1);
    auto first = limits->take();
    EXPECT_TRUE(first->count_for(address("192.0.2.1")));
    limits->set(2, 2);
    auto second = limits->take();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->count_for(address("192.0.2.1")));
    limits->set(1, 1);
    EXPECT_FALSE(limits->take());
}

TEST(ConnectionLimits, ThreadsNeverExceedThem) {
    const auto limits = ConnectionLimits::make(5, 3);
    std::atomic<int> inside{0}, most{0}, admitted{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5000; ++i) {
                auto slot = limits->take();
                if (!slot || !slot->count_for(address("192.0.2.1"))) continue;
                const int now = ++inside;
                for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
                }
                ++admitted;
                --inside;
            }
        });
    }
    threads.clear();
    EXPECT_LE(most, 3);
    EXPECT_GT(admitted, 0);
    EXPECT_EQ(limits->open(), 0U);
}

}  // namespace
}  // namespace decorum::net
