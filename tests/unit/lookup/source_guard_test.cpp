#include "gateway/lookup/source_guard.hpp"

#include "parts.hpp"

namespace decorum::lookup {
namespace {

using profile::Outcome;
using test::nothing;
using test::second;

SourceGuard::Options options_of() {
    SourceGuard::Options options;
    options.breaker_failures = 3;
    options.breaker_pause = std::chrono::seconds{60};
    options.random = [] { return 0.5; };
    return options;
}

// Asks, and answers at once. False: held back.
bool ask(SourceGuard& guard, int now, const profile::Answer& answer) {
    if (guard.admit(second(now))) return false;
    guard.settle(answer, true, second(now));
    return true;
}
bool ask(SourceGuard& guard, int now, Outcome outcome = Outcome::found) {
    return ask(guard, now, nothing(outcome));
}

TEST(SourceGuard, KeepsItsRate) {
    SourceGuard::Options options = options_of();
    options.rate = config::parse_rate("3/min");
    SourceGuard guard(options);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(guard, 0));
    EXPECT_FALSE(ask(guard, 0));
    const auto held = guard.admit(second(0));
    ASSERT_TRUE(held);
    EXPECT_EQ(held->reason, "our rate is used up");
    EXPECT_EQ(held->until, second(20));
    EXPECT_FALSE(ask(guard, 19));
    EXPECT_TRUE(ask(guard, 20));
    EXPECT_FALSE(ask(guard, 21));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(guard, 1000));  // never more at once than a period grants
    EXPECT_FALSE(ask(guard, 1000));
}

TEST(SourceGuard, AnotherRateHoldsFromNowOnAndGivesNothingBack) {
    SourceGuard::Options options = options_of();
    options.rate = config::parse_rate("3/min");
    SourceGuard guard(options);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(guard, 0));
    options.rate = config::parse_rate("6/min");
    guard.tune(options);
    EXPECT_FALSE(ask(guard, 0));
    EXPECT_TRUE(ask(guard, 10));
    options.rate.reset();
    guard.tune(options);
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(ask(guard, 10));
    options.rate = config::parse_rate("2/min");
    guard.tune(options);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(ask(guard, 11));
    EXPECT_FALSE(ask(guard, 11));
}

TEST(SourceGuard, AnotherCapAndOtherPatienceHoldFromNowOn) {
    SourceGuard::Options options = options_of();
    SourceGuard guard(options);
    EXPECT_FALSE(guard.capped());
    EXPECT_FALSE(guard.within_cap(101, second(0)));  // lifted between the question and its turn
    options.spend_cap = 100;
    options.breaker_failures = 1;
    guard.tune(options);
    EXPECT_TRUE(guard.capped());
    EXPECT_FALSE(guard.within_cap(100, second(0)));
    EXPECT_TRUE(guard.within_cap(101, second(0)));
    EXPECT_TRUE(ask(guard, 0, Outcome::failed));
    EXPECT_EQ(guard.admit(second(1))->reason, "it failed too often");
}

TEST(SourceGuard, WaitsWhereTheSourceAsksForIt) {
    SourceGuard guard(options_of());
    profile::Answer throttled = nothing(Outcome::throttled);
    throttled.retry_at = second(30);
    EXPECT_TRUE(ask(guard, 0, throttled));
    EXPECT_EQ(guard.state(second(1)).held->reason, "it asked us to wait");
    EXPECT_FALSE(ask(guard, 29));
    EXPECT_TRUE(ask(guard, 30));
    throttled.retry_at.reset();  // no time was given: each address waits for its own
    EXPECT_TRUE(ask(guard, 31, throttled));
    EXPECT_TRUE(ask(guard, 31));
}

TEST(SourceGuard, WaitsWhereTheSourceGrantsNoMore) {
    SourceGuard guard(options_of());
    profile::Answer last = nothing(Outcome::found);
    last.quota = profile::Quota{100, 0, second(50)};
    EXPECT_TRUE(ask(guard, 0, last));
    EXPECT_EQ(guard.state(second(1)).quota->left, 0u);
    EXPECT_EQ(guard.state(second(1)).held->until, second(50));
    EXPECT_FALSE(ask(guard, 49));
    EXPECT_TRUE(ask(guard, 50));
    last.quota->left = 5;
    last.quota->resets = second(100);
    EXPECT_TRUE(ask(guard, 51, last));
    EXPECT_TRUE(ask(guard, 52));
}

TEST(SourceGuard, NoSourceLocksItselfOutForLongerThanADay) {
    SourceGuard guard(options_of());
    profile::Answer throttled = nothing(Outcome::throttled);
    throttled.retry_at = second(100'000'000);
    EXPECT_TRUE(ask(guard, 0, throttled));
    EXPECT_FALSE(ask(guard, 24 * 3600 - 1));
    EXPECT_TRUE(ask(guard, 24 * 3600));
}

TEST(SourceGuard, AClockThatIsSetBackBlocksNothingForEver) {
    SourceGuard::Options options = options_of();
    options.rate = config::parse_rate("100/min");
    SourceGuard guard(options);
    profile::Answer throttled = nothing(Outcome::throttled);
    throttled.retry_at = second(1'000'100);
    EXPECT_TRUE(ask(guard, 1'000'000, throttled));
    EXPECT_TRUE(ask(guard, 0));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(guard, 1'000'200, Outcome::failed));
    EXPECT_FALSE(ask(guard, 1'000'200));
    EXPECT_TRUE(ask(guard, 0));
}

TEST(SourceGuard, TheBreakerOpensAfterFailuresInARow) {
    SourceGuard guard(options_of());
    EXPECT_TRUE(ask(guard, 0, Outcome::failed));
    EXPECT_TRUE(ask(guard, 0, Outcome::failed));
    EXPECT_TRUE(ask(guard, 0, Outcome::throttled));  // no failure: it is there
    EXPECT_TRUE(ask(guard, 0, Outcome::failed));
    EXPECT_TRUE(ask(guard, 0, Outcome::failed));
    EXPECT_TRUE(ask(guard, 0, Outcome::failed));
    EXPECT_FALSE(ask(guard, 0));
    EXPECT_EQ(guard.state(second(0)).held->reason, "it failed too often");
    EXPECT_FALSE(ask(guard, 59));
}

TEST(SourceGuard, AfterThePauseOneQuestionTriesTheSource) {
    SourceGuard guard(options_of());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(guard, 0, Outcome::failed));
    EXPECT_FALSE(guard.admit(second(60)));
    EXPECT_EQ(guard.admit(second(60))->reason, "it is being tried again");
    guard.settle(nothing(Outcome::failed), true, second(61));
    EXPECT_FALSE(ask(guard, 120));  // another pause, from the failure of the trial on
    EXPECT_FALSE(guard.admit(second(121)));
    guard.settle(nothing(Outcome::not_found), true, second(121));
    EXPECT_TRUE(ask(guard, 121));
    EXPECT_TRUE(ask(guard, 121, Outcome::failed)) << "the count begins anew";
    EXPECT_TRUE(ask(guard, 121));
}

TEST(SourceGuard, AnOutageOfASourceThatCostsMoneyIsTriedEverMoreRarely) {
    for (const bool paid : {false, true}) {
        SourceGuard::Options options = options_of();
        options.spend_cap = paid ? 1'000'000 : 0;
        SourceGuard guard(options);
        constexpr int day = 24 * 60 * 60;
        int asked = 0;
        for (int now = 0; now < day; now += 10)
            if (ask(guard, now, Outcome::failed)) ++asked;
        if (paid)
            EXPECT_LT(asked, 40);
        else
            EXPECT_GT(asked, 1000);
        // Once it answers, patience is what it was.
        EXPECT_TRUE(ask(guard, day + 3600));
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(guard, day + 3600, Outcome::failed));
        EXPECT_FALSE(ask(guard, day + 3659));
        EXPECT_TRUE(ask(guard, day + 3660));
    }
}

TEST(SourceGuard, PausesDifferByATenth) {
    for (const auto& [random, until] : {std::pair(0.0, 54), std::pair(1.0, 66)}) {
        SourceGuard::Options options = options_of();
        options.random = [value = random] { return value; };
        SourceGuard guard(options);
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(guard, 0, Outcome::failed));
        EXPECT_EQ(guard.state(second(0)).held->until, second(until));
    }
}

TEST(SourceGuard, OnlySoManyQuestionsAreUnderWay) {
    SourceGuard::Options options = options_of();
    options.max_open = 2;
    SourceGuard guard(options);
    EXPECT_FALSE(guard.admit(second(0)));
    EXPECT_FALSE(guard.admit(second(0)));
    EXPECT_EQ(guard.admit(second(0))->reason, "too many questions are under way");
    guard.settle(nothing(Outcome::failed), true, second(0));
    EXPECT_FALSE(guard.admit(second(0)));
}

TEST(SourceGuard, SpendsNoMoreThanTheDaysMoney) {
    SourceGuard::Options options = options_of();
    options.spend_cap = 100;
    SourceGuard guard(options);
    EXPECT_TRUE(guard.capped());
    EXPECT_FALSE(guard.within_cap(100, second(0)));
    const auto held = guard.within_cap(101, second(0));
    ASSERT_TRUE(held);
    EXPECT_EQ(held->reason, "the money for today is spent");
    EXPECT_EQ(held->until, std::chrono::ceil<std::chrono::days>(second(1)));
    EXPECT_TRUE(guard.within_cap(store::max_microdollars, second(0)));
}

TEST(SourceGuard, WhatWasNotAskedCostsNothing) {
    SourceGuard::Options options = options_of();
    options.rate = config::parse_rate("1/h");
    SourceGuard guard(options);
    EXPECT_FALSE(guard.admit(second(0)));
    guard.settle({}, false, second(0));
    EXPECT_TRUE(ask(guard, 0));
    EXPECT_FALSE(ask(guard, 0));
}

}  // namespace
}  // namespace decorum::lookup
