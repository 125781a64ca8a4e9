#include <map>

#include "gateway/base/digest.hpp"
#include "parts.hpp"

namespace decorum::lookup {
namespace {

using namespace test;
using profile::Outcome;
using profile::Tier;

TEST(ProfileService, WithoutSourcesThereIsNobody) {
    Desk desk;
    EXPECT_EQ(desk.say(0), "none");
}

TEST(ProfileService, AWarmAnswerComesFromMemory) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    const auto cold = desk.ask(0);
    EXPECT_EQ(Desk::text(cold), "Jane");
    EXPECT_FALSE((*cold)->warm);
    const auto warm = desk.ask(0);
    EXPECT_EQ(Desk::text(warm), "Jane");
    EXPECT_TRUE((*warm)->warm);
    EXPECT_EQ(directory->calls(), 1);
    EXPECT_EQ(desk.backing.loads, 1);
    EXPECT_EQ(desk.service().counters().warm, 1u);
    EXPECT_EQ(desk.service().counters().cold, 1u);
}

TEST(ProfileService, CountsWhatEachSourceSaidAndWhatWasStale) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(std::nullopt);
    const auto first = desk.ask(0);
    ASSERT_EQ(desk.service().sources().size(), 1u);
    EXPECT_EQ(desk.service().sources()[0].name, "gravatar");
    EXPECT_EQ(desk.service().sources()[0].open, 1u);
    auto answer = person("gravatar", "Jane", Tier::a, second(0));
    answer.quota = profile::Quota{.limit = 100, .left = 42, .resets = std::nullopt};
    outside->release(answer);
    EXPECT_EQ(Desk::text(first), "Jane");
    const auto state = desk.service().sources()[0];
    EXPECT_EQ(state.open, 0u);
    EXPECT_FALSE(state.held);
    EXPECT_EQ(state.quota->left, 42u);
    EXPECT_EQ(state.tally.answers[Outcome::found].value(), 1u);
    EXPECT_EQ(state.tally.answers[Outcome::failed].value(), 0u);
    EXPECT_EQ(state.tally.held.value(), 0u);
    EXPECT_EQ(desk.service().counters().entries, 1u);
    // What is stale is shown, and asked for again; the source has had enough of us meanwhile.
    desk.clock.set(1000);
    EXPECT_EQ(desk.say(1000), "Jane");
    EXPECT_EQ(desk.service().counters().stale, 1u);
    EXPECT_EQ(desk.service().counters().warm, 1u);
    profile::Answer throttled;
    throttled.outcome = Outcome::throttled;
    throttled.retry_at = second(5000);
    outside->release(throttled);
    EXPECT_EQ(state.tally.answers[Outcome::throttled].value(), 1u);
    EXPECT_TRUE(desk.service().sources()[0].held);
    EXPECT_EQ(desk.say(1000, "paul@example.org"), "unavailable");
    EXPECT_EQ(state.tally.held.value(), 1u);
    EXPECT_EQ(outside->calls(), 2);
}

TEST(ProfileService, TheStoreSeesAnHmacOfTheAddressOnly) {
    Desk desk;
    EXPECT_EQ(desk.say(0, "Jane@example.org"), "none");
    const Sha256 expected = hmac_sha256("secret", {"jane@example.org"});
    EXPECT_EQ(desk.backing.keys, std::vector<std::string>{std::string(view_of(expected))});
}

TEST(ProfileService, CaseOfTheLocalPartMakesNoOtherPerson) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    EXPECT_EQ(desk.say(0, "JANE@example.org"), "Jane");
    EXPECT_EQ(directory->last_address(), "jane@example.org");
    EXPECT_EQ(desk.say(0, "jane@example.org"), "Jane");
    EXPECT_EQ(directory->calls(), 1);
}

TEST(ProfileService, WhatIsNoAddressIsUnavailable) {
    Desk desk;
    EXPECT_EQ(desk.say(0, ""), "unavailable");
    EXPECT_EQ(desk.say(0, std::string(513, 'x')), "unavailable");
    EXPECT_EQ(desk.backing.loads, 0);
}

TEST(ProfileService, AThousandAskersAreOneCall) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(std::nullopt);
    std::vector<Asked> asked;
    for (int i = 0; i < 1000; ++i) asked.push_back(desk.ask(0));
    for (const Asked& one : asked) EXPECT_EQ(Desk::text(one), "pending");
    EXPECT_EQ(outside->calls(), 1);
    outside->release(person("gravatar", "Jane", Tier::a, second(0)));
    for (const Asked& one : asked) EXPECT_EQ(Desk::text(one), "Jane");
    EXPECT_EQ(desk.backing.updates, 1);
    EXPECT_EQ(desk.service().counters().cold, 1u);
    EXPECT_EQ(desk.service().counters().joined, 999u);
}

TEST(ProfileService, NeverMixesTheOutcomesUp) {
    const std::vector<std::pair<std::vector<Outcome>, std::string>> cases{
        {{Outcome::not_found, Outcome::not_found}, "none"},
        {{Outcome::found, Outcome::not_found}, "Jane"},
        {{Outcome::found, Outcome::throttled}, "Jane"},
        {{Outcome::failed, Outcome::found}, "Jane"},
        {{Outcome::throttled, Outcome::not_found}, "unavailable"},
        {{Outcome::not_found, Outcome::forbidden}, "unavailable"},
        {{Outcome::not_found, Outcome::failed}, "unavailable"},
        {{Outcome::failed, Outcome::failed}, "unavailable"},
    };
    for (const auto& [outcomes, expected] : cases) {
        Desk desk;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const auto source = desk.add("source" + std::to_string(i), false);
            source->answer_with(nothing(outcomes[i]));
            if (outcomes[i] == Outcome::found) source->say("Jane");
        }
        EXPECT_EQ(desk.say(0), expected);
        const Report report = desk.report(true);
        ASSERT_EQ(report.sources.size(), outcomes.size());
        for (std::size_t i = 0; i < outcomes.size(); ++i) EXPECT_EQ(report.sources[i].outcome, outcomes[i]);
    }
}

TEST(ProfileService, WhatIsTiedTooWeaklyIsNobody) {
    Desk desk;
    desk.add("gravatar", false)->say("Jane", Tier::c);
    EXPECT_EQ(desk.say(0), "none");
}

TEST(ProfileService, EachOutcomeHasItsLifetime) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(nothing(Outcome::failed));
    EXPECT_EQ(desk.say(0), "unavailable");
    desk.clock.set(9);
    EXPECT_EQ(desk.say(9), "unavailable");
    EXPECT_EQ(outside->calls(), 1);
    desk.clock.set(10);  // failure: 10 s
    outside->answer_with(nothing(Outcome::not_found));
    EXPECT_EQ(desk.say(10), "none");
    EXPECT_EQ(outside->calls(), 2);
    desk.clock.set(59);
    EXPECT_EQ(desk.say(59), "none");
    EXPECT_EQ(outside->calls(), 2);
    desk.clock.set(60);  // negative: 50 s
    outside->say("Jane");
    EXPECT_EQ(desk.say(60), "Jane");
    EXPECT_EQ(outside->calls(), 3);
    desk.clock.set(159);
    EXPECT_EQ(desk.say(159), "Jane");
    EXPECT_EQ(outside->calls(), 3);
    desk.clock.set(160);  // positive: 100 s
    EXPECT_EQ(desk.say(160), "Jane");
    EXPECT_EQ(outside->calls(), 4);
}

TEST(ProfileService, AThrottledSourceIsLeftInPeaceUntilItsTime) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    profile::Answer throttled = nothing(Outcome::throttled);
    throttled.retry_at = second(60);
    outside->answer_with(throttled);
    EXPECT_EQ(desk.say(0), "unavailable");
    desk.clock.set(59);
    EXPECT_EQ(desk.say(59), "unavailable");
    EXPECT_EQ(outside->calls(), 1);
    desk.clock.set(60);
    EXPECT_EQ(desk.say(60), "unavailable");
    EXPECT_EQ(outside->calls(), 2);
}

TEST(ProfileService, AStaleProfileIsServedWhileItIsRefreshed) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    desk.clock.set(100);
    outside->answer_with(std::nullopt);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(desk.say(100), "Jane");
    EXPECT_EQ(outside->calls(), 2);  // one refresh, however many ask
    outside->release(person("gravatar", "Jane Roux", Tier::a, second(100)));
    EXPECT_EQ(desk.say(100), "Jane");  // what this date has shown it shows for ever
    EXPECT_EQ(desk.say(101), "Jane Roux");
}

TEST(ProfileService, AStaleNobodyIsNotServed) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    EXPECT_EQ(desk.say(0), "none");
    desk.clock.set(50);
    outside->answer_with(std::nullopt);
    const auto asked = desk.ask(50);
    EXPECT_EQ(Desk::text(asked), "pending");
    outside->release(person("gravatar", "Jane", Tier::a, second(50)));
    EXPECT_EQ(Desk::text(asked), "Jane");
}

TEST(ProfileService, AFailingSourceKeepsItsEarlierWord) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    const auto outside = desk.add("gravatar", false);
    profile::Answer links = person("gravatar", "Jane", Tier::a, second(0));
    links.profile.links = {
        {"github", "janem", "https://github.com/janem", {"gravatar", Tier::a, "", second(0)}}};
    outside->answer_with(links);
    directory->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    outside->answer_with(nothing(Outcome::failed));
    for (int now : {100, 110, 120}) {
        desk.clock.set(now);
        const auto asked = desk.ask(now);
        ASSERT_EQ(Desk::text(asked), "Jane");
        EXPECT_EQ((*asked)->shown->networks.size(), 1u);
    }
    EXPECT_EQ(outside->calls(), 4);  // a failure is tried again after its own time
    outside->answer_with(nothing(Outcome::not_found));
    desk.clock.set(130);
    EXPECT_EQ(desk.say(130), "Jane");
    EXPECT_EQ((*desk.ask(131))->shown->networks.size(), 0u);
}

TEST(ProfileService, AChangedDirectoryIsAskedBeforeAnswering) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    directory->say("Jane Roux");
    EXPECT_EQ(desk.say(5), "Jane");
    directory->changed();
    desk.clock.set(6);
    EXPECT_EQ(desk.say(6), "Jane Roux");
    EXPECT_EQ(desk.say(5), "Jane");
    EXPECT_EQ(directory->calls(), 2);
    EXPECT_EQ(desk.backing.loads, 1);
}

TEST(ProfileService, APersonWhoLeavesTheDirectoryIsShownWhereSheWasShown) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    directory->answer_with(nothing(Outcome::not_found));
    directory->changed();
    desk.clock.set(10);
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.say(10), "none");
    EXPECT_EQ(desk.report(false).verdict, Verdict::none);
    desk.restart();
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.say(10), "none");
    directory->say("Jane");
    directory->changed();
    desk.clock.set(20);
    EXPECT_EQ(desk.say(10), "none");
    EXPECT_EQ(desk.say(20), "Jane");
}

TEST(ProfileService, AfterTheEndEveryQuestionIsAnsweredAtOnceAndOnce) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(std::nullopt);
    const auto waiting = desk.ask(0);
    desk.close();
    EXPECT_EQ(Desk::text(waiting), "unavailable");
    EXPECT_EQ(Desk::text(desk.ask(0)), "unavailable");
    outside->release(person("gravatar", "Jane", Tier::a, second(0)));
    EXPECT_EQ(Desk::text(waiting), "unavailable");
}

TEST(ProfileService, WhatADateHasShownSurvivesARestart) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    desk.clock.set(20);
    EXPECT_EQ(desk.say(20), "Jane");
    desk.restart();
    directory->say("Jane Roux");
    EXPECT_EQ(desk.say(20), "Jane");
    EXPECT_EQ(desk.say(21), "Jane Roux");
    desk.restart();
    EXPECT_EQ(desk.say(20), "Jane");
    EXPECT_EQ(desk.say(21), "Jane Roux");
    EXPECT_EQ(desk.say(-1000), "Jane");
}

// With a source that changes its mind at each question, restarts, evictions and a clock that jumps.
TEST(ProfileService, WhatADateHasShownItShowsForEver) {
    Desk desk;
    desk.options.cache.entries = 2;
    const auto directory = desk.add("directory", true);
    std::map<std::pair<int, int>, std::string> seen;
    unsigned random = 7;
    const auto next = [&](unsigned below) {
        random = random * 1664525u + 1013904223u;
        return static_cast<int>((random >> 8) % below);
    };
    for (int step = 0; step < 4000; ++step) {
        if (next(50) == 0) desk.restart();
        if (next(5) == 0) {
            directory->say("name " + std::to_string(step));
            directory->changed();
        }
        desk.clock.set(next(2000));
        const int who = next(4);
        const int date = next(2000);
        const std::string shown = desk.say(date, std::to_string(who) + "@example.org");
        if (shown == "none") continue;
        EXPECT_EQ(seen.emplace(std::pair(who, date), shown).first->second, shown) << "step " << step;
    }
    EXPECT_GT(seen.size(), 1000u);
}

TEST(ProfileService, DatesFarInTheFutureAreNotServed) {
    Desk desk;
    desk.add("directory", true)->say("Jane");
    EXPECT_EQ(desk.say(24 * 3600 + 1), "unavailable");
    EXPECT_EQ(desk.backing.loads, 0);
    EXPECT_EQ(desk.say(24 * 3600), "Jane");
}

TEST(ProfileService, AFutureDateIsOnRecordBeforeItIsShown) {
    Desk desk;
    desk.add("directory", true)->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    desk.backing.keeps_serve = true;
    const auto future = desk.ask(1000);
    EXPECT_EQ(Desk::text(future), "pending");
    desk.backing.keeps_serve = false;
    release(desk.backing);
    EXPECT_EQ(Desk::text(future), "Jane");
}

TEST(ProfileService, OneDateIsRecordedOnce) {
    Desk desk;
    desk.add("directory", true)->say("Jane");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(desk.say(-5), "Jane");
    EXPECT_EQ(desk.backing.serves, 1);
    EXPECT_EQ(desk.say(-6), "Jane");
    EXPECT_EQ(desk.backing.serves, 1);
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.backing.serves, 2);
}

TEST(ProfileService, AStoreThatFailsPreventsNothing) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    desk.backing.fails_load = desk.backing.fails_write = true;
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.say(1000), "Jane");                        // a future date too
    EXPECT_EQ(desk.service().counters().store_failures, 4u);  // load, update, two serves
    directory->say("Jane Roux");
    directory->changed();
    EXPECT_EQ(desk.say(1000), "Jane");  // the history in memory goes on
    EXPECT_EQ(desk.say(1001), "Jane Roux");
}

TEST(ProfileService, AVersionThatCouldNotBeWrittenIsWrittenWithTheNextAnswer) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    desk.backing.fails_write = true;
    EXPECT_EQ(desk.say(0), "Jane");
    desk.backing.fails_write = false;
    desk.clock.set(100);
    EXPECT_EQ(desk.say(0), "Jane");
    desk.restart();
    directory->say("Jane Roux");
    desk.clock.set(200);
    EXPECT_EQ(desk.say(0), "Jane");
}

TEST(ProfileService, HistoryThatCouldNotBeLoadedComesBack) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    desk.restart();
    desk.backing.fails_load = true;
    desk.clock.set(5);
    directory->say("Jane Roux");
    EXPECT_EQ(desk.say(5), "Jane Roux");
    desk.backing.fails_load = false;
    desk.clock.set(15);  // tried again after the time of a failure
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.say(15), "Jane Roux");
    EXPECT_EQ(desk.backing.loads, 3);
}

TEST(ProfileService, AStoreThatNeverAnswersHoldsUpOnlyTheAddressesItIsAskedFor) {
    Desk desk;
    desk.add("directory", true)->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    desk.backing.keeps_load = true;
    const auto cold = desk.ask(0, "paul@example.org");
    EXPECT_EQ(Desk::text(cold), "pending");
    EXPECT_EQ(desk.say(1), "Jane");
    desk.backing.keeps_load = false;
    release(desk.backing);
    EXPECT_EQ(Desk::text(cold), "Jane");
}

TEST(ProfileService, WithOutsideSourcesAFreshRecordSparesThem) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    const auto outside = desk.add("gravatar", false);
    outside->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0), "Jane");
    desk.restart();
    desk.clock.set(99);
    EXPECT_EQ(desk.say(99), "Jane");
    EXPECT_EQ(outside->calls(), 1);
    EXPECT_EQ(directory->calls(), 2);  // free, and its file may have changed meanwhile
    desk.restart();
    directory->say("Jane Martin");
    EXPECT_EQ(desk.say(99), "Jane");
    EXPECT_EQ(desk.say(100), "Jane Martin");
    EXPECT_EQ(outside->calls(), 1);
    desk.restart();
    desk.clock.set(100);  // the outside word has its own age
    EXPECT_EQ(desk.say(100), "Jane Martin");
    EXPECT_EQ(outside->calls(), 2);
}

TEST(ProfileService, AStaleRecordIsServedWhileTheSourcesAreAsked) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0), "Jane");
    desk.restart();
    desk.clock.set(1000);
    outside->answer_with(std::nullopt);
    EXPECT_EQ(desk.say(1000), "Jane");
    EXPECT_EQ(outside->calls(), 2);
    EXPECT_EQ(desk.say(1000), "Jane");
    EXPECT_EQ(outside->calls(), 2);
}

TEST(ProfileService, KnownNobodiesAreNotAskedForAgainAfterARestart) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    EXPECT_EQ(desk.say(0), "none");
    desk.restart();
    EXPECT_EQ(desk.say(0), "none");
    EXPECT_EQ(outside->calls(), 1);
}

TEST(ProfileService, WithLocalSourcesAloneNobodiesAreNotStored) {
    Desk desk;
    desk.add("directory", true);
    EXPECT_EQ(desk.say(0), "none");
    EXPECT_EQ(desk.backing.updates, 0);
}

TEST(ProfileService, MemoryIsBounded) {
    Desk desk;
    desk.options.cache.entries = 10;
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    for (int i = 0; i < 100; ++i) EXPECT_EQ(desk.say(0, std::to_string(i) + "@example.org"), "Jane");
    EXPECT_EQ(directory->calls(), 100);
    for (int i = 90; i < 100; ++i) EXPECT_EQ(desk.say(0, std::to_string(i) + "@example.org"), "Jane");
    EXPECT_EQ(directory->calls(), 100);
    EXPECT_EQ(desk.say(0, "90@example.org"), "Jane");  // used again: 91 is the oldest now
    EXPECT_EQ(desk.say(0, "100@example.org"), "Jane");
    EXPECT_EQ(desk.say(0, "90@example.org"), "Jane");
    EXPECT_EQ(directory->calls(), 101);
    EXPECT_EQ(desk.say(0, "91@example.org"), "Jane");
    EXPECT_EQ(directory->calls(), 102);
}

TEST(ProfileService, ADroppedQuestionIsAFailure) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    outside->take().clear();
    EXPECT_EQ(Desk::text(asked), "unavailable");
}

TEST(ProfileService, AnAnswerGivenTwiceCountsOnce) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    auto kept = outside->take();
    ASSERT_EQ(kept.size(), 1u);
    kept[0](person("gravatar", "Jane", Tier::a, second(0)));
    kept[0](nothing(Outcome::failed));
    EXPECT_EQ(Desk::text(asked), "Jane");
    EXPECT_EQ(desk.say(0), "Jane");
}

TEST(ProfileService, TheEndAnswersThoseWhoWaitAndLateSourcesFindNothing) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    desk.restart();
    EXPECT_EQ(Desk::text(asked), "unavailable");
    outside->release(person("gravatar", "Jane", Tier::a, second(0)));
}

TEST(ProfileService, TheClockGoingBackwardsLeavesNothingFreshForEver) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    desk.clock.set(1'000'000);
    EXPECT_EQ(desk.say(0), "none");
    desk.clock.set(0);
    EXPECT_EQ(desk.say(0), "none");
    EXPECT_EQ(outside->calls(), 2);
}

TEST(ProfileServiceReport, GivesEverySourcesWord) {
    Desk desk;
    desk.add("directory", true)->say("Jane");
    desk.add("gravatar", false)->answer_with(nothing(Outcome::throttled));
    const Report report = desk.report(false);
    EXPECT_EQ(report.verdict, Verdict::found);
    ASSERT_TRUE(report.profile);
    EXPECT_EQ(report.profile->display_name.value, "Jane");
    ASSERT_EQ(report.sources.size(), 2u);
    EXPECT_EQ(report.sources[0].source, "directory");
    EXPECT_EQ(report.sources[1].outcome, Outcome::throttled);
    EXPECT_EQ(report.sources[1].detail, "for the test");
    EXPECT_FALSE(report.from_store);
}

TEST(ProfileServiceReport, AsksAgainOnlyWhereItMust) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->say("Jane", Tier::a);
    EXPECT_FALSE(desk.report(false).from_store);
    const Report stored = desk.report(false);
    EXPECT_TRUE(stored.from_store);
    ASSERT_TRUE(stored.profile);
    EXPECT_EQ(stored.profile->display_name.value, "Jane");
    EXPECT_EQ(outside->calls(), 1);
    EXPECT_FALSE(desk.report(true).from_store);
    EXPECT_EQ(outside->calls(), 2);
}

TEST(ProfileServiceReport, ARefreshDuringALookupAsksAfterIt) {
    Desk desk;
    const auto outside = desk.add("gravatar", false);
    outside->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    std::vector<std::string> names;
    const auto note = [&](const Report& r) {
        names.push_back(r.profile ? r.profile->display_name.value : "-");
    };
    desk.service().report("jane@example.org", false, note);
    desk.service().report("jane@example.org", true, note);
    EXPECT_EQ(outside->calls(), 1);
    outside->release(person("gravatar", "Jane", Tier::a, second(0)));
    EXPECT_EQ(Desk::text(asked), "Jane");
    EXPECT_EQ(names, std::vector<std::string>{"Jane"});
    EXPECT_EQ(outside->calls(), 2);
    outside->release(person("gravatar", "Jane Roux", Tier::a, second(0)));
    EXPECT_EQ(names, (std::vector<std::string>{"Jane", "Jane Roux"}));
}

}  // namespace
}  // namespace decorum::lookup
