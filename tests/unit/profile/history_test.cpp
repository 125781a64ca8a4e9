#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "gateway/profile/history.hpp"

namespace decorum::profile {
namespace {

Instant second(int n) {
    return Instant{std::chrono::seconds{1'700'000'000 + n}};
}

std::shared_ptr<const Presentation> lines(std::string text) {
    Presentation shown;
    shown.profile = std::move(text);
    return std::make_shared<const Presentation>(std::move(shown));
}

TEST(History, BeforeAnyVersionThereIsNothingToShow) {
    EXPECT_EQ(History{}.at(second(0)), nullptr);
}

TEST(History, ADateShowsTheLatestVersionNotAfterIt) {
    const History history{{}, {{second(10), lines("a")}, {second(20), lines("b")}, {second(30), lines("c")}}};
    const auto at = [&](int n) { return history.at(second(n))->shown->profile; };
    EXPECT_EQ(at(-100), "a");
    EXPECT_EQ(at(10), "a");
    EXPECT_EQ(at(19), "a");
    EXPECT_EQ(at(20), "b");
    EXPECT_EQ(at(29), "b");
    EXPECT_EQ(at(30), "c");
    EXPECT_EQ(at(1000), "c");
}

TEST(History, ANewVersionIsLaterThanNowServedAndLast) {
    History history;
    EXPECT_EQ(history.next_version_time(second(5)), second(5));
    history.served = second(5);
    EXPECT_EQ(history.next_version_time(second(5)), second(6));
    EXPECT_EQ(history.next_version_time(second(50)), second(50));
    history.versions = {{second(70), lines("a")}};
    EXPECT_EQ(history.next_version_time(second(50)), second(71));
    history.served = second(90);
    EXPECT_EQ(history.next_version_time(second(50)), second(91));
}

// The promise: whatever is served, and however the clock jumps, no later version changes it.
TEST(History, WhatADateHasShownItShowsForEver) {
    History history;
    std::map<int, std::string> seen;
    unsigned random = 1;
    for (int step = 0; step < 3000; ++step) {
        random = random * 1664525u + 1013904223u;
        const int value = static_cast<int>(random >> 8) % 5000;
        if (random >> 31 != 0) {
            append_version(history, lines(std::to_string(value % 7)), second(value), 0);
        } else if (!history.versions.empty()) {
            const auto& shown = history.at(second(value))->shown->profile;
            history.served = std::max(history.served, second(value));
            EXPECT_EQ(seen.emplace(value, shown).first->second, shown) << "step " << step;
        }
        EXPECT_TRUE(std::ranges::is_sorted(history.versions, std::less_equal{}, &Version::time) ||
                    history.versions.size() < 2);
    }
    EXPECT_GT(seen.size(), 100u);
    EXPECT_GT(history.versions.size(), 10u);
}

TEST(History, TheSameLinesMakeNoNewVersion) {
    History history;
    EXPECT_TRUE(append_version(history, lines("a"), second(0), 0));
    EXPECT_FALSE(append_version(history, lines("a"), second(10), 0));
    EXPECT_TRUE(append_version(history, lines("b"), second(10), 0));
    EXPECT_TRUE(append_version(history, lines("a"), second(20), 0));
    EXPECT_EQ(history.versions.size(), 3u);
}

TEST(History, RetentionDropsTheOldest) {
    History history;
    for (int i = 0; i < 10; ++i) append_version(history, lines(std::to_string(i)), second(i), 3);
    ASSERT_EQ(history.versions.size(), 3u);
    EXPECT_EQ(history.versions.front().shown->profile, "7");
    EXPECT_EQ(history.at(second(0))->shown->profile, "7");
}

}  // namespace
}  // namespace decorum::profile
