// Who is asked about whom, and who learns of it: scope, budgets by the sender's domain, opt-out, erasure.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "parts.hpp"

namespace decorum::lookup {
namespace {

using namespace test;
using profile::Outcome;
using profile::Reach;
using profile::Tier;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto own_page = "https://www.example.org/jane";

profile::Answer named(std::vector<profile::Link> links) {
    profile::Answer answer = person("", "Jane", Tier::d, {});
    answer.profile.links = std::move(links);
    return answer;
}

TEST(Scope, SendersWithoutProofMakeNobodyOutsideBeAsked) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    const auto ldap = desk.add("ldap", Reach::own);
    const auto gravatar = desk.add("gravatar", false);
    const auto networks = desk.add_network("github");
    directory->answer_with(named({link_to(github, Tier::s)}));
    gravatar->say("Jane", Tier::a);
    networks->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0, "jane@example.org", Scope::ours), "Jane");
    EXPECT_EQ(desk.say(0, "jane@example.org", Scope::ours), "Jane");
    EXPECT_EQ(directory->calls(), 1);
    EXPECT_EQ(ldap->calls(), 1);
    EXPECT_EQ(gravatar->calls(), 0);
    EXPECT_EQ(networks->calls(), 0);
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(gravatar->calls(), 1);
    EXPECT_EQ(networks->calls(), 1);
    EXPECT_EQ(ldap->calls(), 1) << "its word is fresh";
}

TEST(Scope, NobodyOfOursIsNobodyForSendersWithoutProof) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    gravatar->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0, "jane@example.org", Scope::ours), "none");
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(gravatar->calls(), 1);
}

// The one who proved herself joins a lookup that asks our own alone: another follows it.
TEST(Scope, WhoWantsMoreGetsAnotherLookup) {
    Desk desk;
    const auto ldap = desk.add("ldap", Reach::own);
    const auto gravatar = desk.add("gravatar", false);
    ldap->answer_with(std::nullopt);
    gravatar->say("Jane", Tier::a);
    const auto ours = desk.ask(0, "jane@example.org", Scope::ours);
    const auto all = desk.ask(0, "jane@example.org", Scope::all);
    ldap->release(nothing(Outcome::not_found));
    EXPECT_EQ(Desk::text(ours), "none");
    EXPECT_EQ(Desk::text(all), "Jane");
    EXPECT_EQ(ldap->calls(), 1);
}

TEST(Prefetch, LoadsWhatTheStoreAndOurOwnKnow) {
    Desk desk;
    const auto directory = desk.add("directory", true);
    const auto ldap = desk.add("ldap", Reach::own);
    const auto gravatar = desk.add("gravatar", false);
    gravatar->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0), "Jane");
    desk.restart();
    desk.service().prefetch("Jane@example.org");
    EXPECT_EQ(desk.backing.loads, 2);
    EXPECT_EQ(directory->calls(), 2);
    const auto asked = desk.ask(1);
    EXPECT_EQ(Desk::text(asked), "Jane");
    EXPECT_TRUE((*asked)->warm);
    EXPECT_EQ(gravatar->calls(), 1);
    EXPECT_EQ(ldap->calls(), 1);
    desk.service().prefetch("jane@example.org");
    EXPECT_EQ(desk.backing.loads, 2) << "a fresh entry costs a look";
}

TEST(Prefetch, StrangersLeaveNoTraceAndReachNobodyOutside) {
    Desk desk;
    desk.options.cache.entries = 1;
    desk.add("directory", true)->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    desk.sources[0]->answer_with(nothing(Outcome::not_found));
    const auto ldap = desk.add("ldap", Reach::own);
    const auto gravatar = desk.add("gravatar", false);
    desk.restart();
    desk.sources[0]->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    desk.sources[0]->answer_with(nothing(Outcome::not_found));
    const int updates = desk.backing.updates;
    const int calls = gravatar->calls();
    for (int i = 0; i < 100; ++i) desk.service().prefetch(std::to_string(i) + "@stranger.example");
    EXPECT_EQ(gravatar->calls(), calls);
    EXPECT_EQ(desk.backing.updates, updates);
    EXPECT_EQ(ldap->calls(), 101);
    EXPECT_TRUE((*desk.ask(0))->warm) << "they did not push out who was known";
}

// A server of our own is asked for whoever writes, proved or not.
TEST(Strangers, WhomOurOwnServerDoesNotKnowFillNoStore) {
    Desk desk;
    const auto ldap = desk.add("ldap", profile::Reach::own);
    EXPECT_EQ(desk.say(0, "stranger@example.net", Scope::ours), "none");
    ldap->answer_with(nothing(Outcome::failed));
    EXPECT_EQ(desk.say(0, "other@example.net", Scope::ours), "unavailable");
    EXPECT_EQ(desk.backing.updates, 0);
    EXPECT_EQ(desk.say(0, "stranger@example.net", Scope::ours), "none") << "known for a while, in memory";
    EXPECT_EQ(ldap->calls(), 2);

    ldap->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.backing.updates, 1);
    desk.clock.set(1000);
    ldap->answer_with(nothing(Outcome::not_found));
    static_cast<void>(desk.say(1000));  // stale, while it is asked again
    EXPECT_EQ(desk.backing.updates, 2) << "that she has left is news";
    desk.restart();
    desk.clock.set(1002);
    EXPECT_EQ(desk.say(1002), "none");
    EXPECT_EQ(ldap->calls(), 4) << "and it was kept";
}

TEST(Prefetch, OnlySoManyAreUnderWay) {
    Desk desk;
    const auto ldap = desk.add("ldap", Reach::own);
    ldap->answer_with(std::nullopt);
    for (int i = 0; i < 1000; ++i) desk.service().prefetch(std::to_string(i) + "@stranger.example");
    EXPECT_EQ(ldap->calls(), 64);
    ldap->release(nothing(Outcome::not_found));
    ldap->answer_with(nothing(Outcome::not_found));
    desk.service().prefetch("1000@stranger.example");
    EXPECT_EQ(ldap->calls(), 65);
}

// Who proves herself while her prefetch has not begun to ask shares it.
TEST(Prefetch, ALookupJoinsIt) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    gravatar->say("Jane", Tier::a);
    desk.backing.keeps_load = true;
    desk.service().prefetch("jane@example.org");
    const auto asked = desk.ask(0);
    EXPECT_EQ(Desk::text(asked), "pending");
    desk.backing.keeps_load = false;
    release(desk.backing);
    EXPECT_EQ(Desk::text(asked), "Jane");
    EXPECT_EQ(desk.backing.loads, 1);
}

TEST(NewAddresses, OnlySoManyOfADomainReachOutsideSources) {
    Desk desk;
    desk.options.lookup.new_addresses = 20;
    const auto ldap = desk.add("ldap", Reach::own);
    const auto gravatar = desk.add("gravatar", false);
    const auto spot = [](int i) {
        return std::to_string(i) + "@mail" + std::to_string(i % 3) + ".example.org";
    };
    for (int i = 0; i < 25; ++i) EXPECT_EQ(desk.say(0, spot(i)), i < 20 ? "none" : "unavailable");
    EXPECT_EQ(gravatar->calls(), 20);
    EXPECT_EQ(ldap->calls(), 25) << "what is ours is not counted";
    EXPECT_EQ(desk.say(0, "jane@example.net"), "none");
    EXPECT_EQ(gravatar->calls(), 21);
    EXPECT_EQ(desk.report(true, spot(24)).sources[1].detail, "too many new addresses of this domain");
    desk.clock.set(3599);
    EXPECT_EQ(desk.say(3599, spot(0)), "none") << "who is known already is no new address";
    EXPECT_EQ(gravatar->calls(), 22);
    EXPECT_EQ(desk.say(3599, spot(20)), "unavailable");
    desk.clock.set(3600);
    EXPECT_EQ(desk.say(3600, spot(20)), "none");
}

TEST(NewAddresses, AHeldBackAddressStaysNew) {
    Desk desk;
    desk.options.lookup.new_addresses = 1;
    const auto gravatar = desk.add("gravatar", false);
    EXPECT_EQ(desk.say(0, "a@example.org"), "none");
    EXPECT_EQ(desk.say(0, "b@example.org"), "unavailable");
    desk.restart();
    EXPECT_EQ(desk.say(0, "c@example.org"), "none");  // the budget is this process's
    EXPECT_EQ(desk.say(0, "b@example.org"), "unavailable");
    EXPECT_EQ(gravatar->calls(), 2);
}

TEST(NewAddresses, WhatAGuardHoldsBackUsesNoBudgetUp) {
    Desk desk;
    desk.options.lookup.new_addresses = 2;
    desk.options.lookup.breaker_failures = 1;
    const auto gravatar = desk.add("gravatar", false);
    gravatar->answer_with(nothing(Outcome::failed));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(desk.say(0, std::to_string(i) + "@example.org"), "unavailable");
    EXPECT_EQ(gravatar->calls(), 1);
    desk.clock.set(60);
    gravatar->answer_with(nothing(Outcome::not_found));
    EXPECT_EQ(desk.say(60, "9@example.org"), "none");
    EXPECT_EQ(desk.say(60, "8@example.org"), "unavailable");
}

TEST(SendersDomain, IsNotAskedUnlessItIsListed) {
    for (const auto& [domains, own, calls] :
         {std::tuple(std::vector<std::string>{}, std::vector<std::string>{}, 0),
          std::tuple(std::vector<std::string>{"example.net"}, std::vector<std::string>{}, 0),
          std::tuple(std::vector<std::string>{"mail.example.org"}, std::vector<std::string>{}, 0),
          std::tuple(std::vector<std::string>{"Example.org"}, std::vector<std::string>{}, 1),
          std::tuple(std::vector<std::string>{"www.example.org"}, std::vector<std::string>{}, 1),
          std::tuple(std::vector<std::string>{}, std::vector<std::string>{"example.org"}, 1)}) {
        Desk desk;
        desk.options.connectors["web"].domains = domains;
        desk.options.own_domains = own;
        desk.add("gravatar", false)->answer_with(named({link_to(own_page, Tier::a)}));
        const auto pages = desk.add_network("web");
        static_cast<void>(desk.report(false, "jane@mail.example.org"));
        EXPECT_EQ(pages->calls(), calls) << testing::PrintToString(domains);
        static_cast<void>(desk.report(false, "jane@other.example"));
        EXPECT_EQ(pages->calls(), calls + 1) << "another's sender is another matter";
    }
}

TEST(SendersDomain, AQuestionByAddressGoesThereOnlyWhereItIsListed) {
    Desk desk;
    desk.options.connectors["webfinger"].domains = {"example.org"};
    const auto webfinger = desk.add("webfinger", Reach::outside,
                                    [](profile::Traits& traits) { traits.at_senders_domain = true; });
    EXPECT_EQ(desk.report(false, "jane@example.net").verdict, Verdict::none);
    EXPECT_EQ(webfinger->calls(), 0);
    EXPECT_EQ(desk.report(false).verdict, Verdict::none);
    EXPECT_EQ(webfinger->calls(), 1);
}

// A forge or directory that a company runs for itself is told nothing of the mail of its own people.
TEST(SendersDomain, IsNotAskedWhereTheSourcesOwnServerStandsOnIt) {
    for (const bool listed : {false, true}) {
        Desk desk;
        if (listed) desk.options.connectors["gitlab"].domains = {"example.org"};
        const auto gitlab = desk.add("gitlab", Reach::outside,
                                     [](profile::Traits& traits) { traits.server = "git.example.org"; });
        gitlab->say("Jane", Tier::a);
        EXPECT_EQ(desk.report(false).verdict, listed ? Verdict::found : Verdict::none);
        EXPECT_EQ(gitlab->calls(), listed ? 1 : 0);
        static_cast<void>(desk.report(false, "paul@mail.example.org"));
        EXPECT_EQ(gitlab->calls(), listed ? 1 : 0) << "once for all of them";
        EXPECT_EQ(desk.report(false, "ann@notexample.org").verdict, Verdict::found);
    }
    Desk own;
    own.options.own_domains = {"example.org"};
    const auto ours =
        own.add("gitlab", Reach::outside, [](profile::Traits& traits) { traits.server = "git.example.org"; });
    ours->say("Jane", Tier::a);
    EXPECT_EQ(own.report(false).verdict, Verdict::found) << "our own server may know";
}

TEST(SendersDomain, IsNotAskedForAnAccountEither) {
    Desk desk;
    desk.add("registry", true)->answer_with(named({link_to(github, Tier::s)}));
    const auto networks = desk.add("github", Reach::outside, [](profile::Traits& traits) {
        traits.by_address = false;
        traits.server = "api.example.org";
    });
    networks->serves("github");
    static_cast<void>(desk.report(false));
    EXPECT_EQ(networks->calls(), 0);
    static_cast<void>(desk.report(false, "jane@example.net"));
    EXPECT_EQ(networks->calls(), 1);
}

TEST(SendersDomain, MayHangOnTheAddress) {
    Desk desk;
    desk.options.connectors["libravatar"].domains = {"example.org"};
    const auto avatars = desk.add("libravatar", false);
    avatars->asks_domain_of = [](std::string_view address) { return address.ends_with("@example.org"); };
    avatars->say("Jane", Tier::a);
    EXPECT_EQ(desk.report(false).verdict, Verdict::found);
    EXPECT_EQ(desk.report(false, "paul@example.org").sources[0].detail,
              "the sender's domain was asked a while ago");
    // Elsewhere it is a source like any other.
    EXPECT_EQ(desk.report(false, "ann@example.net").verdict, Verdict::found);
    EXPECT_EQ(desk.report(false, "bob@example.net").verdict, Verdict::found);
    EXPECT_EQ(avatars->calls(), 3);
}

TEST(SendersDomain, ThatBelongsToOnePersonIsListedByThat) {
    Desk desk;
    desk.options.connectors["bluesky"].personal_domains = {"example.org"};
    const auto bluesky =
        desk.add("bluesky", Reach::outside, [](profile::Traits& traits) { traits.at_senders_domain = true; });
    EXPECT_EQ(desk.report(false, "jane@example.net").verdict, Verdict::none);
    EXPECT_EQ(bluesky->calls(), 0);
    EXPECT_EQ(desk.report(false).verdict, Verdict::none);
    EXPECT_EQ(bluesky->calls(), 1);
}

TEST(SendersDomain, LearnsOfOneFetchInALifetimeHoweverManyWrite) {
    Desk desk;
    desk.options.connectors["webfinger"].domains = {"example.org"};
    const auto webfinger = desk.add("webfinger", Reach::outside,
                                    [](profile::Traits& traits) { traits.at_senders_domain = true; });
    webfinger->say("Jane", Tier::b);
    EXPECT_EQ(desk.report(false).verdict, Verdict::found);
    const Report other = desk.report(false, "paul@mail.example.org");
    EXPECT_EQ(other.verdict, Verdict::unavailable);
    EXPECT_EQ(other.sources[0].detail, "the sender's domain was asked a while ago");
    EXPECT_EQ(other.sources[0].due, second(100));
    EXPECT_EQ(webfinger->calls(), 1);
    desk.clock.set(100);
    EXPECT_EQ(desk.report(false, "paul@mail.example.org").verdict, Verdict::found);
    EXPECT_EQ(desk.report(false).verdict, Verdict::found) << "her earlier word stands";
    EXPECT_EQ(webfinger->calls(), 2);
}

// It is ours: there is nothing that it must not learn.
TEST(SendersDomain, IsAskedLikeAnyOtherPlaceWhereItIsOurOwn) {
    Desk desk;
    desk.options.own_domains = {"Example.org"};
    desk.options.max_delay = std::chrono::hours{1};
    const auto webfinger = desk.add("webfinger", Reach::outside,
                                    [](profile::Traits& traits) { traits.at_senders_domain = true; });
    webfinger->say("Jane", Tier::b);
    EXPECT_EQ(desk.say(0), "Jane") << "without delay";
    EXPECT_EQ(desk.say(0, "paul@mail.example.org"), "Jane") << "and not once for all";
    EXPECT_EQ(webfinger->calls(), 2);
}

// What was found without the sender's domain is there at once; the rest comes after a delay of its own.
TEST(SendersDomain, IsAskedAfterADelayThatNobodyWaitsFor) {
    Desk desk;
    desk.options.max_delay = Milliseconds{20};
    desk.options.connectors["webfinger"].domains = {"example.org"};
    desk.add("gravatar", false)->say("Jane", Tier::a);
    const auto webfinger = desk.add("webfinger", Reach::outside,
                                    [](profile::Traits& traits) { traits.at_senders_domain = true; });
    std::promise<void> was_asked;
    webfinger->on_question([&] { was_asked.set_value(); });
    webfinger->answer_with(std::nullopt);
    EXPECT_EQ(desk.say(0), "Jane");
    was_asked.get_future().wait();
    const auto waiting = desk.ask(0);
    EXPECT_TRUE((*waiting)->warm);
    webfinger->release(named({link_to(github, Tier::b)}));
    EXPECT_THAT((*desk.ask(0))->shown->networks, IsEmpty());
    // The thread that asked may still be about to go on; each date is asked once, as it keeps what it has shown.
    std::vector<std::string> networks;
    for (int date = 1; networks.empty() && date < 5000; ++date) {
        std::this_thread::sleep_for(Milliseconds{1});
        networks = (*desk.ask(date))->shown->networks;
    }
    EXPECT_THAT(networks, ElementsAre(github));
}

TEST(OptOut, IsLookedUpNowhereWhateverIsKnown) {
    Desk desk;
    std::atomic<bool> listed = false;
    desk.options.opted_out = [&](std::string_view address) {
        return listed && address == "jane@example.org";
    };
    const auto directory = desk.add("directory", true);
    directory->say("Jane");
    EXPECT_EQ(desk.say(0), "Jane");
    listed = true;
    EXPECT_EQ(desk.say(0, "Jane@example.org"), "opted-out") << "a message that showed her shows her no more";
    EXPECT_EQ(desk.report(true).verdict, Verdict::opted_out);
    EXPECT_FALSE(desk.report(true).profile);
    desk.service().prefetch("jane@example.org");
    EXPECT_EQ(directory->calls(), 1);
    EXPECT_EQ(desk.say(0, "paul@example.org"), "Jane");
    listed = false;
    EXPECT_EQ(desk.say(0), "Jane");
}

std::string key_of(std::string_view address) {
    return store::record_key(Secret("secret"), address);
}

void erase(Desk& desk) {
    desk.backing.store->erase(key_of("jane@example.org"), second(0), [](const auto&) {});
}

TEST(Erasure, ATombstoneIsOptedOutAndNobodyIsAsked) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    gravatar->say("Jane", Tier::a);
    erase(desk);
    EXPECT_EQ(desk.say(0), "opted-out");
    EXPECT_EQ(desk.say(0), "opted-out");
    EXPECT_EQ(desk.report(true).verdict, Verdict::opted_out);
    EXPECT_EQ(gravatar->calls(), 0);
    EXPECT_EQ(desk.backing.updates, 0);
}

// Until it says so; the service looks by itself, from a thread of its own.
void wait_for(Desk& desk, const std::string& text) {
    while (desk.say(0) != text) std::this_thread::yield();
}

TEST(Erasure, ARunningServiceFollows) {
    std::atomic<int> told = 0;
    Desk desk;
    desk.options.tick = Milliseconds{1};
    desk.options.on_erasure = [&told](std::span<const std::string> keys, std::uint64_t) {
        told += static_cast<int>(!keys.empty());
    };
    desk.add("gravatar", false)->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0), "Jane");
    EXPECT_EQ(desk.say(0, "paul@example.org"), "Jane");
    erase(desk);
    wait_for(desk, "opted-out");
    EXPECT_EQ(desk.say(0, "paul@example.org"), "Jane");
    EXPECT_EQ(desk.backing.loads, 3) << "only what was erased is loaded again";
    EXPECT_EQ(told, 1) << "others drop what they keep";
    desk.backing.store->revive(key_of("jane@example.org"), [](const auto&) {});
    wait_for(desk, "Jane");
}

TEST(Erasure, ALookupUnderWayBeginsAnew) {
    Desk desk;
    desk.options.tick = Milliseconds{1};
    const auto gravatar = desk.add("gravatar", false);
    const auto other = desk.add("orcid", false);
    gravatar->say("Jane", Tier::a);
    other->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    EXPECT_EQ(Desk::text(asked), "pending");
    const int polls = desk.backing.polls;
    erase(desk);
    while (desk.backing.polls < polls + 3) std::this_thread::yield();
    other->release(nothing(Outcome::not_found));
    EXPECT_EQ(Desk::text(asked), "opted-out");
    EXPECT_EQ(desk.backing.updates, 0);
}

// Between an erasure and the next look at the feed the store itself refuses what was asked for before.
TEST(Erasure, WhatIsLearntOfAnErasedAddressIsNotKept) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    gravatar->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    erase(desk);
    gravatar->release(person("gravatar", "Jane", Tier::a, second(0)));
    EXPECT_EQ(desk.say(0), "opted-out");
}

// They were erased before it began, so it has never seen them.
TEST(Erasure, OldOnesAreNoNewsAtTheStart) {
    std::atomic<int> told = 0;
    Desk desk;
    desk.options.tick = Milliseconds{1};
    desk.options.on_erasure = [&told](std::span<const std::string> keys, std::uint64_t) {
        told += static_cast<int>(!keys.empty());
    };
    desk.add("gravatar", false)->say("Jane", Tier::a);
    erase(desk);
    EXPECT_EQ(desk.say(0), "opted-out");
    while (desk.backing.polls < 3) std::this_thread::yield();
    EXPECT_EQ(told, 0);
    EXPECT_EQ(desk.backing.loads, 1);
}

// What it keeps elsewhere is of longer life than its memory: a node that was down has to catch up.
TEST(Erasure, OldOnesAreToldFromWhereItEndedLast) {
    const auto told_from = [](std::uint64_t (*cursor_of)(std::uint64_t first)) {
        std::mutex mutex;
        std::vector<std::string> told;
        std::uint64_t reached = 0;
        Desk desk;
        desk.options.tick = Milliseconds{1};
        erase(desk);
        std::uint64_t first = 0;
        desk.backing.store->erased_since(0,
                                         [&](const Result<store::Erasures>& seen) { first = seen->cursor; });
        desk.backing.store->erase(key_of("paul@example.org"), second(1), [](const auto&) {});
        desk.options.erasures_from = cursor_of(first);
        desk.options.on_erasure = [&](std::span<const std::string> keys, std::uint64_t cursor) {
            const std::lock_guard lock(mutex);
            told.insert(told.end(), keys.begin(), keys.end());
            reached = cursor;
        };
        desk.add("gravatar", false)->say("Jane", Tier::a);
        EXPECT_EQ(desk.say(0), "opted-out");
        while (desk.backing.polls < 3) std::this_thread::yield();
        const std::lock_guard lock(mutex);
        EXPECT_GT(reached, first);
        return told;
    };
    EXPECT_EQ(told_from([](std::uint64_t) { return std::uint64_t{0}; }),
              (std::vector{key_of("jane@example.org"), key_of("paul@example.org")}));
    EXPECT_EQ(told_from([](std::uint64_t first) { return first; }), std::vector{key_of("paul@example.org")});
}

TEST(Erasure, TakesTaggedFormsOfTheAddressAlong) {
    Desk desk;
    desk.options.tick = Milliseconds{1};
    desk.add("gravatar", false)->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0, "jane+news@example.org"), "Jane");
    erase(desk);
    while (desk.say(0, "jane+news@example.org") != "opted-out") std::this_thread::yield();
    EXPECT_EQ(desk.say(0, "jane+other@example.org"), "opted-out");
}

}  // namespace
}  // namespace decorum::lookup
