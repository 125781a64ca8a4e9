// When somebody is told again, and when never.
#include "gateway/notice/rules.hpp"

#include "parts.hpp"

namespace decorum::notice {
namespace {

using namespace test;
using namespace std::chrono_literals;

const Instant monday = at("2026-11-23T10:00:00Z");

TEST(NoticeRules, ADigestIsToldOnce) {
    store::Standing standing;
    EXPECT_TRUE(is_due(standing, "a", 1, monday));
    note_told(standing, "a", monday);
    EXPECT_FALSE(is_due(standing, "a", 1, monday));
    EXPECT_FALSE(is_due(standing, "a", 7, monday + std::chrono::days{365}));
}

TEST(NoticeRules, AChangeIsToldNoSoonerThanTheCapAllows) {
    store::Standing standing;
    note_told(standing, "a", monday);
    EXPECT_FALSE(is_due(standing, "b", 1, monday + std::chrono::days{7} - 1s));
    EXPECT_TRUE(is_due(standing, "b", 1, monday + std::chrono::days{7}));
    EXPECT_TRUE(is_due(standing, "b", 2, monday + 1s));
    note_told(standing, "b", monday + 1s);
    EXPECT_FALSE(is_due(standing, "c", 2, monday + 2s));
    EXPECT_FALSE(is_due(standing, "c", 0, monday + std::chrono::days{30}));
}

TEST(NoticeRules, SilentOnceAcknowledgedOrCalledWrongOrStopped) {
    store::Standing standing;
    acknowledge(standing, "a");
    call_wrong(standing, "b");
    EXPECT_FALSE(is_due(standing, "a", 1, monday));
    EXPECT_FALSE(is_due(standing, "b", 1, monday));
    EXPECT_TRUE(is_due(standing, "c", 1, monday));
    standing.opted_out = true;
    EXPECT_FALSE(is_due(standing, "c", 1, monday));
}

TEST(NoticeRules, AVerdictWithoutAMarkIsNothingToTell) {
    EXPECT_FALSE(is_due({}, "", 7, monday));
}

TEST(NoticeRules, SayingItAgainChangesNothing) {
    store::Standing standing;
    acknowledge(standing, "a");
    call_wrong(standing, "b");
    const store::Standing once = standing;
    acknowledge(standing, "a");
    call_wrong(standing, "b");
    EXPECT_EQ(standing, once);
    EXPECT_EQ(standing.wrongs, 1u);
    call_wrong(standing, "c");
    EXPECT_EQ(standing.wrongs, 2u);
}

TEST(NoticeRules, WhatIsKeptOfAPersonIsBounded) {
    store::Standing standing;
    for (int i = 0; i < 1000; ++i) {
        acknowledge(standing, std::to_string(i));
        note_told(standing, std::to_string(i), monday + std::chrono::seconds{i});
    }
    EXPECT_EQ(standing.acknowledged.size(), store::max_marks);
    EXPECT_LE(standing.notices.size(), store::max_times);
    EXPECT_FALSE(is_due(standing, "999", 7, monday + std::chrono::days{30}));
}

TEST(NoticeRules, SoManyAnswersADay) {
    store::Standing standing;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(may_answer(standing, 3, monday + std::chrono::hours{i}));
    EXPECT_FALSE(may_answer(standing, 3, monday + 4h));
    EXPECT_TRUE(may_answer(standing, 3, monday + 24h));
    EXPECT_FALSE(may_answer(standing, 3, monday + 24h));
}

TEST(NoticeRules, PausesDoubleUpToFourHours) {
    EXPECT_EQ(pause_after(1, 300s), 300s);
    EXPECT_EQ(pause_after(2, 300s), 600s);
    EXPECT_EQ(pause_after(3, 300s), 1200s);
    EXPECT_EQ(pause_after(1000, 300s), 4h);
}

}  // namespace
}  // namespace decorum::notice
