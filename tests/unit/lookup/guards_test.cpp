// What keeps sources from being asked too much, and one that is slow, dead or dear from harming the rest.
#include <gmock/gmock.h>

#include <future>

#include "parts.hpp"

namespace decorum::lookup {
namespace {

using namespace test;
using profile::Outcome;
using profile::Reach;
using profile::Tier;

TEST(Guards, ASourceThatIsHeldBackIsThrottledAndCostsNoWait) {
    Desk desk;
    desk.options.connectors["gravatar"].rate = "1/h";
    const auto gravatar = desk.add("gravatar", false);
    gravatar->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.say(0, "paul@example.org"), "unavailable");
    EXPECT_EQ(gravatar->calls(), 1);
    const Report report = desk.report(true, "paul@example.org");
    ASSERT_EQ(report.sources.size(), 1u);
    EXPECT_EQ(report.sources[0].outcome, Outcome::throttled);
    EXPECT_TRUE(report.sources[0].held);
    EXPECT_FALSE(report.sources[0].asked);
    EXPECT_EQ(report.sources[0].detail, "our rate is used up");
    EXPECT_EQ(report.sources[0].fetched, Instant{});
}

TEST(Guards, ASourcesOwnRateHoldsWhereNoneIsConfigured) {
    Desk desk;
    const auto gravatar =
        desk.add("gravatar", Reach::outside, [](profile::Traits& traits) { traits.default_rate = "2/h"; });
    for (const char* address : {"a@example.org", "b@example.org", "c@example.org"})
        static_cast<void>(desk.say(0, address));
    EXPECT_EQ(gravatar->calls(), 2);
}

// All sources down: each new message costs a look at the store and nothing else.
TEST(Guards, WithOpenBreakersMailFlows) {
    Desk desk;
    desk.options.lookup.breaker_failures = 2;
    const auto gravatar = desk.add("gravatar", false);
    const auto ldap = desk.add("ldap", Reach::own);
    gravatar->answer_with(nothing(Outcome::failed));
    ldap->answer_with(nothing(Outcome::failed));
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(desk.say(0, std::to_string(i) + "@example.org"), "unavailable") << "answered at once";
    EXPECT_EQ(gravatar->calls(), 2);
    EXPECT_EQ(ldap->calls(), 2);
    desk.clock.set(60);
    gravatar->say("Jane", Tier::a);
    ldap->answer_with(nothing(Outcome::not_found));
    EXPECT_EQ(desk.say(60, "60@example.org"), "Jane");
    EXPECT_EQ(desk.say(60, "61@example.org"), "Jane");
}

// Anybody may name an account on a server that is down: that must not close the source for all others.
TEST(Guards, ADeadServerOfOneAccountIsNoFaultOfTheSource) {
    Desk desk;
    desk.options.lookup.breaker_failures = 2;
    const auto page =
        desk.add("page", Reach::outside, [](profile::Traits& traits) { traits.many_servers = true; });
    page->answer_with(nothing(Outcome::failed));
    for (int i = 0; i < 10; ++i) static_cast<void>(desk.say(0, std::to_string(i) + "@example.org"));
    EXPECT_EQ(page->calls(), 10);
}

// A tarpit takes up its own few places, and those who name other servers are answered.
TEST(Guards, AServerThatLetsEverybodyWaitHoldsUpNoOther) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    const auto page = desk.add("page", Reach::outside, [](profile::Traits& traits) {
        traits.many_servers = true;
        traits.by_address = false;
        traits.tier = Tier::d;
    });
    page->serves("web");
    page->answer_with(std::nullopt);
    const auto named_by = [&](const std::string& url, int i) {
        auto answer = person("gravatar", "Jane", Tier::a, second(0));
        answer.profile.links = {link_to(url, Tier::s)};
        gravatar->answer_with(answer);
        return desk.ask(0, std::to_string(i) + "@example.org");
    };
    desk.options.connectors["page"].domains = {"tarpit.example", "quick.example"};
    std::vector<Asked> waiting;
    for (int i = 0; i < 20; ++i)
        waiting.push_back(named_by("https://" + std::to_string(i) + ".tarpit.example/", i));
    EXPECT_EQ(page->calls(), 8);
    EXPECT_EQ(Desk::text(waiting[7]), "pending");
    EXPECT_EQ(Desk::text(waiting[8]), "Jane");
    static_cast<void>(named_by("https://quick.example/", 100));
    EXPECT_EQ(page->calls(), 9);
    page->release(nothing(Outcome::failed));
    static_cast<void>(named_by("https://tarpit.example/", 101));
    EXPECT_EQ(page->calls(), 10) << "the places are free again";
}

// One server asks for patience: all that is kept there waits, and what is on other servers doesn't.
TEST(Guards, ThePatienceThatOneServerAsksForIsItsOwn) {
    Desk desk;
    const auto page =
        desk.add("page", Reach::outside, [](profile::Traits& traits) { traits.many_servers = true; });
    auto throttled = nothing(Outcome::throttled);
    throttled.retry_at = second(300);
    page->answer_with(throttled);
    static_cast<void>(desk.say(0, "a@example.org"));
    const Report next = desk.report(false, "b@example.org");
    EXPECT_EQ(page->calls(), 1);
    EXPECT_EQ(next.sources.at(0).detail, "the server asked us to wait");
    EXPECT_EQ(next.sources.at(0).outcome, Outcome::throttled);
    static_cast<void>(desk.say(0, "a@example.net"));
    EXPECT_EQ(page->calls(), 2);
    desk.clock.set(300);
    page->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(300, "c@example.org"), "Jane");
}

// Found, and with that answer its allowance is used up.
TEST(Guards, AServerThatGrantsNoMoreIsLeftInPeace) {
    Desk desk;
    const auto page =
        desk.add("page", Reach::outside, [](profile::Traits& traits) { traits.many_servers = true; });
    auto last = somebody("Jane");
    last.quota = profile::Quota{.limit = 300, .left = 0, .resets = second(1'000'000)};
    page->answer_with(last);
    EXPECT_EQ(desk.say(0, "a@example.org"), "Jane");
    static_cast<void>(desk.say(0, "b@example.org"));
    EXPECT_EQ(page->calls(), 1);
    desk.clock.set(86'400);
    EXPECT_EQ(desk.say(86'400, "c@example.org"), "Jane") << "a day at the most, whatever it says";
}

// Who waits for a reply that never comes, in the end is told so.
TEST(Guards, ASourceThatNeverAnswersFails) {
    Desk desk;
    desk.options.tick = Milliseconds{1};
    desk.options.connectors["gravatar"].timeout = Milliseconds{1};
    const auto gravatar = desk.add("gravatar", false);
    gravatar->answer_with(std::nullopt);
    std::promise<Report> answer;
    desk.service().report("jane@example.org", false,
                          [&](Report report) { answer.set_value(std::move(report)); });
    const Report report = answer.get_future().get();
    EXPECT_EQ(report.verdict, Verdict::unavailable);
    EXPECT_EQ(report.sources[0].outcome, Outcome::failed);
    EXPECT_EQ(report.sources[0].detail, "no answer in time");
    gravatar->release(person("gravatar", "Jane", Tier::a, second(0)));  // too late
    EXPECT_EQ(desk.say(0), "unavailable");
}

TEST(Guards, TheDailySpendIsCappedAcrossRestarts) {
    Desk desk;
    desk.options.connectors["x"].spend_cap = 3;  // cents
    const auto paid = desk.add("x", false);
    paid->costs(10'000);  // a cent
    profile::Answer answer = somebody("Jane");
    answer.microdollars = 10'000;
    paid->answer_with(answer);
    EXPECT_EQ(desk.say(0, "a@example.org"), "Jane");
    EXPECT_EQ(desk.say(0, "b@example.org"), "Jane");
    desk.restart();
    EXPECT_EQ(desk.say(0, "c@example.org"), "Jane");
    EXPECT_EQ(desk.say(0, "d@example.org"), "unavailable");
    EXPECT_EQ(desk.report(true, "d@example.org").sources[0].detail, "the money for today is spent");
    EXPECT_EQ(paid->calls(), 3);
    desk.clock.set(24 * 3600);
    EXPECT_EQ(desk.say(24 * 3600, "d@example.org"), "Jane");
}

// A source that costs money, and what its answers cost.
class PaidFor {
public:
    PaidFor(std::uint64_t cents, std::uint64_t most) : paid(desk.add("x", false)) {
        desk.options.connectors["x"].spend_cap = cents;
        paid->costs(most);
    }
    void answers_for(std::uint64_t microdollars) {
        profile::Answer answer = somebody("Jane");
        answer.microdollars = microdollars;
        paid->answer_with(answer);
    }
    std::uint64_t spent() {
        std::uint64_t total = 0;
        desk.backing.store->spend("x", std::chrono::floor<std::chrono::days>(second(0)), 0,
                                  [&](const Result<std::uint64_t>& sum) { total = sum.value(); });
        return total;
    }
    Desk desk;
    const std::shared_ptr<test::Source> paid;
};

TEST(Guards, QuestionsUnderWayWhenTheGatewayEndsAreMoneySpent) {
    PaidFor there(3, 10'000);
    Desk& desk = there.desk;
    there.paid->answer_with(std::nullopt);
    const std::vector<Asked> under_way{desk.ask(0, "a@example.org"), desk.ask(0, "b@example.org")};
    EXPECT_EQ(there.paid->calls(), 2);
    desk.restart();
    there.paid->release(nothing(Outcome::failed));  // nobody is there any more
    there.answers_for(10'000);
    EXPECT_EQ(desk.say(0, "c@example.org"), "Jane");
    EXPECT_EQ(desk.say(0, "d@example.org"), "unavailable");
    EXPECT_EQ(desk.report(true, "d@example.org").sources[0].detail, "the money for today is spent");
    EXPECT_EQ(there.paid->calls(), 3);
}

TEST(Guards, GatewaysAtOneStoreSeeEachOthersQuestionsUnderWay) {
    PaidFor there(1, 10'000);
    there.paid->answer_with(std::nullopt);
    const auto under_way = there.desk.ask(0, "a@example.org");
    there.answers_for(10'000);
    ProfileService other(there.desk.options, {there.paid}, std::make_unique<TestStore>(there.desk.backing),
                         Secret("secret"));
    std::optional<Report> report;
    other.report("b@example.org", false, [&](Report got) { report = std::move(got); });
    ASSERT_TRUE(report);
    EXPECT_EQ(report->sources.at(0).detail, "the money for today is spent");
    EXPECT_EQ(there.paid->calls(), 1);
    EXPECT_EQ(there.spent(), 10'000U) << "who was not asked costs nothing";
}

TEST(Guards, WhatAQuestionDidNotCostIsGivenBack) {
    PaidFor there(3, 20'000);
    there.answers_for(10'000);
    EXPECT_EQ(there.desk.say(0, "a@example.org"), "Jane");
    EXPECT_EQ(there.desk.say(0, "b@example.org"), "Jane");
    EXPECT_EQ(there.spent(), 20'000U);
    EXPECT_EQ(there.desk.say(0, "c@example.org"), "unavailable") << "it might cost two cents";
    EXPECT_EQ(there.spent(), 20'000U);
    there.desk.restart();
    there.desk.options.connectors["x"].spend_cap = 4;
    there.answers_for(0);
    EXPECT_EQ(there.desk.say(0, "d@example.org"), "Jane");
    EXPECT_EQ(there.spent(), 20'000U);
    there.answers_for(25'000);
    EXPECT_EQ(there.desk.say(0, "e@example.org"), "Jane");
    EXPECT_EQ(there.spent(), 45'000U) << "more than it was to cost";
}

TEST(Guards, WhatIsGivenBackGoesToTheDayThatItWasTakenFrom) {
    PaidFor there(3, 20'000);
    there.paid->answer_with(std::nullopt);
    const auto asked = there.desk.ask(0, "a@example.org");
    there.desk.clock.set(24 * 3600);
    profile::Answer answer = somebody("Jane");
    answer.microdollars = 10'000;
    there.paid->release(answer);
    EXPECT_EQ(Desk::text(asked), "Jane");
    EXPECT_EQ(there.spent(), 10'000U);
}

TEST(Guards, WhatNobodyAnsweredStaysSpent) {
    PaidFor there(2, 10'000);
    there.desk.options.tick = Milliseconds{1};
    there.desk.options.connectors["x"].timeout = Milliseconds{1};
    there.paid->answer_with(std::nullopt);
    std::promise<Report> overdue;
    there.desk.service().report("a@example.org", false,
                                [&](Report report) { overdue.set_value(std::move(report)); });
    EXPECT_EQ(overdue.get_future().get().sources[0].detail, "no answer in time");
    there.paid->release(nothing(Outcome::failed));  // too late
    EXPECT_EQ(there.spent(), 10'000U);
    there.desk.restart();
    there.desk.options.connectors["x"].timeout = std::chrono::hours{1};
    const auto dropped = there.desk.ask(0, "b@example.org");
    static_cast<void>(there.paid->take());
    EXPECT_EQ(Desk::text(dropped), "unavailable");
    EXPECT_EQ(there.spent(), 20'000U);
    there.answers_for(10'000);
    EXPECT_EQ(there.desk.say(0, "c@example.org"), "unavailable");
}

TEST(Guards, AnAnswerCountsThoughItsCostCannotBeCorrected) {
    PaidFor there(3, 20'000);
    there.answers_for(10'000);
    there.paid->on_question([&] { there.desk.backing.fails_spend = true; });
    EXPECT_EQ(there.desk.say(0, "a@example.org"), "Jane");
    EXPECT_EQ(there.spent(), 20'000U);
}

TEST(Guards, WhereTheSpendIsNotKnownNothingIsSpent) {
    Desk desk;
    desk.options.connectors["x"].spend_cap = 3;
    const auto paid = desk.add("x", false);
    paid->costs(10'000);
    paid->say("Jane", Tier::a);
    desk.backing.fails_spend = true;
    EXPECT_EQ(desk.say(0), "unavailable");
    EXPECT_EQ(paid->calls(), 0);
    desk.backing.fails_spend = false;
    EXPECT_EQ(desk.say(0, "paul@example.org"), "Jane");
}

}  // namespace
}  // namespace decorum::lookup
