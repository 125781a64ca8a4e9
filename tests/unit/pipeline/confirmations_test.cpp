// Which messages pass when they come again: the edges of the time, what makes two messages the same, bounds.
#include "gateway/pipeline/confirmations.hpp"

#include <gtest/gtest.h>

#include "gateway/base/digest.hpp"

namespace decorum::pipeline {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Secret secret("shared by all gateways");
const Instant begin = *from_rfc3339("2026-11-24T12:00:00Z");

TEST(Confirmations, TheSecondTryPassesFromThirtySecondsToFifteenMinutes) {
    for (const auto& [after, passes] : std::initializer_list<std::pair<seconds, bool>>{
             {seconds{0}, false},
             {seconds{29}, false},
             {seconds{30}, true},
             {seconds{31}, true},
             {minutes{15}, true},
             {minutes{15} + seconds{1}, false},
         }) {
        Confirmations table(secret);
        EXPECT_FALSE(table.may_pass("key", begin));
        EXPECT_EQ(table.may_pass("key", begin + after), passes) << after.count();
    }
}

TEST(Confirmations, RepeatingTooSoonDoesNotBeginAnew) {
    Confirmations table(secret);
    EXPECT_FALSE(table.may_pass("key", begin));
    EXPECT_FALSE(table.may_pass("key", begin + seconds{20}));
    EXPECT_TRUE(table.may_pass("key", begin + seconds{30}));
}

TEST(Confirmations, TooLateBeginsAnew) {
    Confirmations table(secret);
    EXPECT_FALSE(table.may_pass("key", begin));
    EXPECT_FALSE(table.may_pass("key", begin + minutes{16}));
    EXPECT_FALSE(table.may_pass("key", begin + minutes{16} + seconds{29}));
    EXPECT_TRUE(table.may_pass("key", begin + minutes{16} + seconds{30}));
}

TEST(Confirmations, PassesUntilItWentOut) {
    Confirmations table(secret);
    EXPECT_FALSE(table.may_pass("key", begin));
    EXPECT_TRUE(table.may_pass("key", begin + seconds{40}));
    EXPECT_TRUE(table.may_pass("key", begin + seconds{50})) << "the mail server behind refused it meanwhile";
    table.passed("key");
    EXPECT_FALSE(table.may_pass("key", begin + seconds{60}));
    table.passed("another");
}

TEST(Confirmations, AClockThatWasSetBackBeginsAnew) {
    Confirmations table(secret);
    EXPECT_FALSE(table.may_pass("key", begin));
    EXPECT_FALSE(table.may_pass("key", begin - seconds{100}));
    EXPECT_TRUE(table.may_pass("key", begin - seconds{60}));
}

TEST(Confirmations, TheOldestGoesWhereThereIsNoRoom) {
    Confirmations table(secret, 2);
    EXPECT_FALSE(table.may_pass("a", begin));
    EXPECT_FALSE(table.may_pass("b", begin));
    EXPECT_FALSE(table.may_pass("c", begin));
    EXPECT_TRUE(table.may_pass("b", begin + seconds{30}));
    EXPECT_TRUE(table.may_pass("c", begin + seconds{30}));
    EXPECT_FALSE(table.may_pass("a", begin + seconds{30}));
}

// Whoever reads the table of several gateways must not be able to try who writes to whom.
TEST(Confirmations, WithoutTheSecretNobodyCanTellWhichMessageItIs) {
    const auto key = Confirmations(secret).key_of("jane", {"paul@a.example"}, "Offer");
    EXPECT_EQ(Confirmations(secret).key_of("jane", {"paul@a.example"}, "Offer"), key);
    EXPECT_NE(Confirmations(Secret("another")).key_of("jane", {"paul@a.example"}, "Offer"), key);
    EXPECT_NE(key, view_of(sha256({"jane\npaul@a.example\n\noffer"})));
}

TEST(Confirmations, TheSameMessageIsTheSameHoweverItIsWritten) {
    const Confirmations table(secret);
    const auto key = table.key_of("jane", {"paul@a.example", "anne@b.example"}, " Offer  for you");
    EXPECT_EQ(table.key_of("Jane", {"ANNE@b.example", "paul@a.example", "Paul@a.example"},
                           "Re: offer for\r\n you "),
              key);
    EXPECT_NE(table.key_of("paul", {"paul@a.example", "anne@b.example"}, "Offer for you"), key);
    EXPECT_NE(table.key_of("jane", {"paul@a.example"}, "Offer for you"), key);
    EXPECT_NE(table.key_of("jane", {"paul@a.example", "anne@b.example"}, "Offer for them"), key);
    EXPECT_NE(table.key_of("jane\npaul@a.example", {"anne@b.example"}, "Offer for you"),
              table.key_of("jane", {"paul@a.example", "anne@b.example", ""}, "Offer for you"));
}

TEST(NormalisedSubject, LeavesOutHowItWasAnswered) {
    EXPECT_EQ(normalised_subject(" Re: AW: Fwd:  Offer\t1 "), "offer 1");
    EXPECT_EQ(normalised_subject(" =?UTF-8?Q?Caf=C3=A9?="), "café");
    EXPECT_EQ(normalised_subject(" Report: done"), "report: done");
    EXPECT_EQ(normalised_subject(""), "");
    EXPECT_EQ(normalised_subject("re:re:re:"), "");
}

}  // namespace
}  // namespace decorum::pipeline
