// The stages of a lookup: by address, then the accounts tied to it, then one-way links that could be
// confirmed.
#include <gmock/gmock.h>

#include "parts.hpp"

namespace decorum::lookup {
namespace {

using namespace test;
using profile::Outcome;
using profile::Reach;
using profile::Tier;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr auto orcid = "https://orcid.org/0000-0002-1825-0097";

profile::Answer headline(std::string text, std::vector<profile::Link> links = {}) {
    profile::Answer answer = somebody("", std::move(links));
    answer.profile.headline.value = std::move(text);
    return answer;
}

const profile::Link* find(const Report& report, std::string_view url) {
    if (!report.profile) return nullptr;
    for (const profile::Link& link : report.profile->links)
        if (link.url == url) return &link;
    return nullptr;
}

TEST(Stages, AccountsTiedToTheAddressAreAskedNext) {
    Desk desk;
    const auto registry = desk.add("registry", true);
    const auto gravatar = desk.add("gravatar", false);
    const auto networks = desk.add_network("github");
    registry->answer_with(headline("", {link_to(orcid, Tier::s, "declared")}));
    gravatar->answer_with(somebody("Jane", {link_to(github, Tier::a, "verified at gravatar")}));
    gravatar->serves("orcid");
    gravatar->answer_at(orcid, headline("Researcher"));
    networks->answer_at(github, headline("Writes code"));
    const Report report = desk.report(false);
    EXPECT_THAT(networks->asked_accounts(), ElementsAre(github));
    EXPECT_THAT(gravatar->asked_accounts(), ElementsAre(orcid));
    ASSERT_TRUE(report.profile);
    EXPECT_EQ(report.profile->display_name.value, "Jane");
    EXPECT_EQ(report.profile->display_name.origin.source, "gravatar");
    EXPECT_EQ(report.profile->display_name.origin.tier, Tier::a);
    EXPECT_EQ(report.profile->display_name.origin.fetched, second(0));
    ASSERT_NE(find(report, github), nullptr);
    EXPECT_EQ(find(report, github)->origin.tier, Tier::a);
    EXPECT_EQ(find(report, github)->origin.reason, "verified at gravatar");
    EXPECT_EQ(find(report, orcid)->origin.tier, Tier::s);
    ASSERT_EQ(report.sources.size(), 4u);
    EXPECT_EQ(report.sources[2].account, orcid);
    EXPECT_EQ(report.sources[3].account, github);
    EXPECT_EQ(report.sources[3].reason, "verified at gravatar");
}

// Her owner typed what stands at an account that is hers beyond doubt: a claim, and its link a fact.
TEST(Stages, WhatStandsAtADeclaredAccountIsAClaim) {
    Desk desk;
    desk.add("registry", true)->answer_with(headline("", {link_to(github, Tier::s, "declared")}));
    const auto networks = desk.add_network("github");
    networks->answer_at(github, headline("Director of everything"));
    const auto asked = desk.ask(0);
    ASSERT_TRUE(*asked && (*asked)->shown);
    EXPECT_EQ((*asked)->shown->said_by, "self");
    EXPECT_EQ((*asked)->shown->tier, "S");
    EXPECT_EQ(desk.report(false).profile->headline.origin.tier, Tier::a);
    EXPECT_EQ(desk.report(false).profile->headline.origin.reason, "declared");
}

TEST(Stages, TheNextStageWaitsForTheOneBefore) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    const auto other = desk.add("orcid", false);
    const auto networks = desk.add_network("github");
    gravatar->answer_with(std::nullopt);
    other->answer_with(std::nullopt);
    networks->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    gravatar->release(somebody("Jane", {link_to(github, Tier::a)}));
    EXPECT_EQ(networks->calls(), 0);
    other->release(nothing(Outcome::failed));
    EXPECT_EQ(networks->calls(), 1);
    EXPECT_EQ(Desk::text(asked), "pending");
    networks->release(headline("Writes code"));
    EXPECT_EQ(Desk::text(asked), "Jane");
}

// alice@gmail.com must never become @alice.
TEST(Stages, NoAccountIsGuessedFromAnAddress) {
    Desk desk;
    desk.add("gravatar", false)->answer_with(somebody("Alice", {link_to("https://x.com/alice", Tier::d)}));
    const auto networks = desk.add_network("x");
    networks->answer_with(somebody("Alice the famous"));
    const Report report = desk.report(false, "alice@gmail.com");
    EXPECT_THAT(networks->asked_accounts(), IsEmpty());
    EXPECT_TRUE(report.profile->links.empty());
}

TEST(Stages, AOneWayLinkIsAskedForItsOwnWord) {
    Desk desk;
    desk.add("registry", true)->answer_with(headline("", {link_to(github, Tier::s)}));
    const auto networks = desk.add_network("github");
    const auto fediverse = desk.add_network("mastodon");
    networks->answer_at(github, headline("Writes code", {link_to(mastodon, Tier::c)}));
    fediverse->answer_at(mastodon, somebody("Jane", {link_to("https://GitHub.com/JaneM", Tier::c)}));
    const Report report = desk.report(false);
    EXPECT_THAT(fediverse->asked_accounts(), ElementsAre(mastodon));
    EXPECT_EQ(report.profile->display_name.value, "Jane");
    EXPECT_EQ(report.profile->display_name.origin.tier, Tier::b);
    EXPECT_EQ(report.profile->display_name.origin.reason,
              "github names it, and it names https://github.com/janem in return");
    EXPECT_EQ(find(report, mastodon)->origin.tier, Tier::b);
}

// The other direction may be her address itself (rel=me with a mailto), and that outlasts the process.
TEST(Stages, AOneWayPageThatNamesTheAddressIsHers) {
    for (const auto& [named, tier] :
         {std::pair("mailto:jane@example.org", Tier::b), {"mailto:j@example.org", Tier::c}}) {
        Desk desk;
        desk.add("gravatar", false)
            ->answer_with(somebody("Jane", {link_to("https://jane.example/", Tier::c)}));
        desk.add_network("web")->answer_with(headline("Baker", {link_to(named, Tier::c)}));
        for (int run = 0; run < 2; ++run) {
            const Report report = desk.report(false);
            const profile::Link* page = find(report, "https://jane.example/");
            ASSERT_NE(page, nullptr);
            EXPECT_EQ(page->origin.tier, tier);
            EXPECT_EQ(report.profile->headline.value, tier == Tier::b ? "Baker" : "");
            EXPECT_EQ(find(report, named), nullptr) << "an address is no account to show";
            desk.restart();
        }
    }
}

TEST(Stages, AnAccountThatDoesNotNameHerIsNotHers) {
    Desk desk;
    desk.add("registry", true)->answer_with(headline("", {link_to(github, Tier::s)}));
    const auto networks = desk.add_network("github");
    const auto fediverse = desk.add_network("mastodon");
    networks->answer_at(github, headline("Writes code", {link_to(mastodon, Tier::c)}));
    fediverse->answer_at(mastodon, somebody("Somebody famous", {link_to("https://famous.example", Tier::a)}));
    const Report report = desk.report(false);
    EXPECT_TRUE(report.profile->display_name.empty());
    ASSERT_NE(find(report, mastodon), nullptr);
    EXPECT_EQ(find(report, mastodon)->origin.tier, Tier::c);
    EXPECT_EQ(find(report, mastodon)->origin.reason, "only github names it");
    EXPECT_EQ(find(report, "https://famous.example/"), nullptr);
    EXPECT_THAT((*desk.ask(0))->shown->networks, ElementsAre(github)) << "tier C is shown nowhere";
}

TEST(Stages, AnotherNameIsAnotherPerson) {
    Desk desk;
    desk.add("gravatar", false)->answer_with(somebody("Jane Martin", {link_to(mastodon, Tier::b)}));
    const auto fediverse = desk.add_network("mastodon");
    const auto networks = desk.add_network("github");
    fediverse->answer_at(mastodon, somebody("Paul Petit", {link_to(github, Tier::a)}));
    networks->answer_at(github, headline("Paul's work"));
    const Report report = desk.report(false);
    EXPECT_EQ(report.profile->display_name.value, "Jane Martin");
    EXPECT_TRUE(report.profile->headline.empty()) << "what hangs on the other person goes with him";
    EXPECT_EQ(find(report, mastodon)->origin.tier, Tier::c);
    EXPECT_EQ(find(report, github), nullptr);
}

TEST(Stages, OnlySoManyAccountsOfAPersonAreAskedTheBestTiedFirst) {
    Desk desk;
    desk.options.lookup.accounts = 3;
    std::vector<profile::Link> links;
    for (int i = 0; i < 4; ++i) links.push_back(link_to("https://github.com/b" + std::to_string(i), Tier::b));
    links.push_back(link_to("https://github.com/c", Tier::c));
    links.push_back(link_to("https://github.com/a", Tier::a));
    desk.add("gravatar", false)->answer_with(somebody("Jane", links));
    const auto networks = desk.add_network("github");
    networks->answer_with(headline("Writes code"));
    static_cast<void>(desk.report(false));
    EXPECT_THAT(networks->asked_accounts(),
                ElementsAre("https://github.com/a", "https://github.com/b0", "https://github.com/b1"));
    static_cast<void>(desk.report(false));
    EXPECT_EQ(networks->calls(), 3);
    static_cast<void>(desk.report(true));
    EXPECT_EQ(networks->calls(), 6) << "and no others when they are asked again";
    // One that is better tied takes a place when it is known at the beginning, and none during a lookup.
    networks->answer_at("https://github.com/a",
                        headline("", {link_to("https://github.com/further", Tier::a)}));
    static_cast<void>(desk.report(true));
    EXPECT_EQ(networks->calls(), 9);
    EXPECT_NE(networks->asked_accounts().back(), "https://github.com/further");
    static_cast<void>(desk.report(false));
    EXPECT_EQ(networks->calls(), 10);
    EXPECT_EQ(networks->asked_accounts().back(), "https://github.com/further");
    static_cast<void>(desk.report(false));
    EXPECT_EQ(networks->calls(), 10);
}

TEST(Stages, WhereNobodyIsIsRememberedToo) {
    Desk desk;
    desk.add("gravatar", false)
        ->answer_with(somebody("Jane", {link_to(github, Tier::a), link_to(mastodon, Tier::c)}));
    const auto networks = desk.add_network("github");
    const auto fediverse = desk.add_network("mastodon");
    for (int now : {0, 10, 49}) {
        desk.clock.set(now);
        EXPECT_TRUE(desk.report(false).profile->links.empty());
    }
    EXPECT_EQ(networks->calls(), 1);
    EXPECT_EQ(fediverse->calls(), 1);
    desk.clock.set(50);
    static_cast<void>(desk.report(false));
    EXPECT_EQ(networks->calls(), 2);
    EXPECT_EQ(fediverse->calls(), 2);
}

TEST(Stages, ASourceIsNotAskedForTheAccountItHasJustAnsweredFor) {
    Desk desk;
    const auto researchers = desk.add("orcid", false);
    researchers->serves("orcid");
    researchers->answer_with(somebody("Jane", {link_to(orcid, Tier::a)}));
    static_cast<void>(desk.report(false));
    EXPECT_EQ(researchers->calls(), 1);
}

TEST(Stages, TheConfigurationLowersBeliefAndNeverRaisesIt) {
    for (const auto& [tier, found] :
         {std::pair("", "Jane"), std::pair("S", "Jane"), std::pair("B", "Jane"), std::pair("C", "none")}) {
        Desk desk;
        desk.options.connectors["gravatar"].tier = tier;
        desk.add("gravatar", false)->answer_with(somebody("Jane", {link_to(github, Tier::a)}));
        EXPECT_EQ(desk.say(0), found) << tier;
        const Report report = desk.report(false);
        const std::string got = report.profile && find(report, github) != nullptr
                                    ? std::string(name_of(find(report, github)->origin.tier))
                                    : "-";
        EXPECT_EQ(got, std::string_view(tier) == "C"   ? "-"
                       : std::string_view(tier) == "B" ? "B"
                                                       : "A")
            << tier;
    }
}

TEST(Stages, WhoAsksNotToBeShownIsNotShownFromThere) {
    Desk desk;
    desk.add("registry", true)->answer_with(headline("Of ours", {link_to(mastodon, Tier::s)}));
    const auto fediverse = desk.add_network("mastodon");
    fediverse->answer_at(mastodon, somebody("Jane"));
    EXPECT_EQ(desk.report(false).profile->display_name.value, "Jane");
    profile::Answer hidden = nothing(Outcome::not_found);
    hidden.hidden = true;
    fediverse->answer_at(mastodon, hidden);
    const Report report = desk.report(true);
    EXPECT_TRUE(report.profile->display_name.empty());
    EXPECT_TRUE(report.profile->links.empty());
    EXPECT_EQ(report.profile->headline.value, "Of ours");
    EXPECT_TRUE(report.sources.back().hidden);
}

TEST(Stages, AFailingAccountKeepsItsEarlierWordAndTie) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    gravatar->answer_with(somebody("Jane", {link_to(github, Tier::a)}));
    const auto networks = desk.add_network("github");
    networks->answer_at(github, headline("Writes code"));
    EXPECT_EQ(desk.report(false).profile->headline.value, "Writes code");
    for (const Outcome outcome : {Outcome::failed, Outcome::throttled, Outcome::forbidden}) {
        networks->answer_at(github, nothing(outcome));
        const Report report = desk.report(true);
        EXPECT_EQ(report.profile->headline.value, "Writes code");
        EXPECT_EQ(report.sources[1].outcome, outcome);
        EXPECT_EQ(report.sources[1].fetched, second(0));
    }
    networks->answer_at(github, nothing(Outcome::not_found));
    const Report report = desk.report(true);
    EXPECT_TRUE(report.profile->headline.empty());
    EXPECT_EQ(find(report, github), nullptr) << "nobody is there any more";
}

TEST(Freshness, EachSourceIsAskedAgainInItsOwnTime) {
    Desk desk;
    desk.options.cache.activities = std::chrono::seconds{20};
    desk.options.connectors["orcid"].ttl = std::chrono::seconds{40};
    const auto gravatar = desk.add("gravatar", false);
    const auto researchers = desk.add("orcid", false);
    const auto posts =
        desk.add("posts", Reach::outside, [](profile::Traits& traits) { traits.gives_activities = true; });
    const auto nobody = desk.add("libravatar", false);
    for (const auto& source : {gravatar, researchers, posts}) source->say("Jane", Tier::a);
    EXPECT_EQ(desk.say(0), "Jane");
    for (int now = 1; now <= 100; ++now) {
        desk.clock.set(now);
        EXPECT_EQ(desk.say(now), "Jane");
    }
    EXPECT_EQ(gravatar->calls(), 2);     // 100 s
    EXPECT_EQ(researchers->calls(), 3);  // 40 s
    EXPECT_EQ(posts->calls(), 6);        // 20 s
    EXPECT_EQ(nobody->calls(), 3);       // 50 s
}

TEST(Freshness, SurvivesARestartAndOlderFormsOfTheStore) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    const auto researchers = desk.add("orcid", false);
    gravatar->say("Jane", Tier::a);
    researchers->answer_with(nothing(Outcome::failed));
    EXPECT_EQ(desk.say(0), "Jane");
    desk.restart();
    desk.clock.set(9);
    EXPECT_EQ(desk.say(9), "Jane");
    EXPECT_EQ(researchers->calls(), 1);
    desk.restart();
    desk.clock.set(10);
    EXPECT_EQ(desk.say(10), "Jane");
    EXPECT_EQ(researchers->calls(), 2);
    EXPECT_EQ(gravatar->calls(), 1);
    desk.restart();
    store::Update old;
    old.found = true;
    old.fetched = second(10);
    old.profile_json = R"([{"source":"gravatar","profile":{}}])";
    desk.backing.store->update(store::record_key(Secret("secret"), "jane@example.org"), old,
                               [](const Result<store::Record>&) {});
    EXPECT_EQ(desk.say(10), "Jane") << "its history is as it was";
    EXPECT_EQ(gravatar->calls(), 2);
}

TEST(Freshness, LifetimesDifferByATenth) {
    for (const auto& [random, last] : {std::pair(0.0, 89), std::pair(0.5, 99), std::pair(1.0, 109)}) {
        Desk desk;
        desk.options.random = [value = random] { return value; };
        const auto gravatar = desk.add("gravatar", false);
        gravatar->say("Jane", Tier::a);
        EXPECT_EQ(desk.say(0), "Jane");
        desk.clock.set(last);
        EXPECT_EQ(desk.say(last), "Jane");
        EXPECT_EQ(gravatar->calls(), 1) << random;
        desk.clock.set(last + 1);
        EXPECT_EQ(desk.say(last + 1), "Jane");
        EXPECT_EQ(gravatar->calls(), 2) << random;
    }
}

// Whoever can't wait any longer is shown what is there; the rest makes another version, after it.
TEST(SoFar, WhatWasFoundIsShownAtTheDeadline) {
    Desk desk;
    desk.add("directory", true)->say("Jane");
    const auto gravatar = desk.add("gravatar", false);
    gravatar->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    EXPECT_EQ(Desk::text(asked), "pending");
    const auto so_far = desk.service().found_so_far("jane@example.org", second(0));
    ASSERT_TRUE(so_far);
    EXPECT_EQ(so_far->shown->display_name, "Jane");
    EXPECT_TRUE(so_far->shown->networks.empty());
    EXPECT_EQ(Desk::text(asked), "pending") << "others may have more time";
    gravatar->release(headline("", {link_to(github, Tier::a)}));
    ASSERT_EQ(Desk::text(asked), "Jane");
    EXPECT_TRUE((*asked)->shown->networks.empty()) << "the same date shows the same";
    EXPECT_EQ((*desk.ask(1))->shown->networks.size(), 1u);
    desk.restart();
    EXPECT_TRUE((*desk.ask(0))->shown->networks.empty());
    EXPECT_EQ((*desk.ask(1))->shown->networks.size(), 1u);
}

TEST(SoFar, NobodyWasFoundYet) {
    Desk desk;
    const auto gravatar = desk.add("gravatar", false);
    EXPECT_FALSE(desk.service().found_so_far("jane@example.org", second(0)));
    gravatar->answer_with(std::nullopt);
    const auto asked = desk.ask(0);
    EXPECT_FALSE(desk.service().found_so_far("jane@example.org", second(0)));
    gravatar->release(person("gravatar", "Jane", Tier::a, second(0)));
    EXPECT_EQ(Desk::text(asked), "Jane");
    EXPECT_FALSE(desk.service().found_so_far("jane@example.org", second(1))) << "a date to come";
}

TEST(Reports, NameEverySourceAndAccountWithItsStanding) {
    Desk desk;
    desk.add("registry", true)->answer_with(headline("", {link_to(github, Tier::s, "declared")}));
    const auto gravatar = desk.add("gravatar", false);
    profile::Answer answer = somebody("Jane");
    answer.reason = "the address is verified there";
    answer.quota = profile::Quota{100, 99, second(3600)};
    gravatar->answer_with(answer);
    const auto networks = desk.add_network("github");
    networks->answer_at(github, nothing(Outcome::forbidden));
    const Report report = desk.report(false);
    ASSERT_EQ(report.sources.size(), 3u);
    EXPECT_EQ(report.sources[0].source, "registry");
    EXPECT_EQ(report.sources[1].source, "gravatar");
    EXPECT_EQ(report.sources[1].reason, "the address is verified there");
    EXPECT_EQ(report.sources[1].quota->left, 99u);
    EXPECT_EQ(report.sources[1].fetched, second(0));
    EXPECT_EQ(report.sources[1].due, second(100));
    EXPECT_TRUE(report.sources[1].asked);
    EXPECT_EQ(report.sources[2].source, "github");
    EXPECT_EQ(report.sources[2].account, github);
    EXPECT_EQ(report.sources[2].outcome, Outcome::forbidden);
    EXPECT_EQ(report.sources[2].due, second(10));
    const Report stored = desk.report(false);
    EXPECT_TRUE(stored.from_store);
    EXPECT_FALSE(stored.sources[1].asked);
    EXPECT_EQ(stored.sources[1].outcome, Outcome::found);
}

// The words that a reader is shown name the host that said so, not another that is linked to from there.
TEST(Stages, AClaimIsCreditedToWhereItStands) {
    Desk desk;
    const auto staff = desk.add("custom.staff", Reach::outside,
                                [](profile::Traits& traits) { traits.site = "people.acme.example"; });
    staff->answer_with(somebody("Jane", {link_to(github, Tier::c, "listed there")}));
    EXPECT_EQ((*desk.ask(0))->shown->profile, "Jane; self-described at people.acme.example");

    Desk other;
    other.add("registry", true)->answer_with(headline("", {link_to(mastodon, Tier::s, "declared")}));
    other.add_network("mastodon")
        ->answer_at(mastodon, somebody("Jane", {link_to(github, Tier::b, "verified")}));
    EXPECT_EQ((*other.ask(0))->shown->profile, "Jane; self-described at piaille.example");

    Desk many;
    many.add("webfinger", Reach::outside, [](profile::Traits& traits) { traits.many_servers = true; })
        ->answer_with(somebody("Jane"));
    EXPECT_EQ((*many.ask(0))->shown->profile, "Jane; self-described at example.org");
}

// A source that refuses or is down for ever must not keep on show what may long be taken back there.
TEST(Stages, WhatNobodyCanConfirmForTooLongIsShownNoMore) {
    for (const Outcome outcome : {Outcome::forbidden, Outcome::failed, Outcome::throttled}) {
        Desk desk;
        desk.options.cache.stale = std::chrono::seconds{500};
        const auto gravatar = desk.add("gravatar", false);
        gravatar->say("Jane", Tier::a);
        EXPECT_EQ(desk.say(0), "Jane");
        gravatar->answer_with(nothing(outcome));
        desk.clock.set(200);
        static_cast<void>(desk.say(200));
        EXPECT_EQ(desk.say(201), "Jane") << "an outage rewrites nothing";
        desk.restart();
        desk.clock.set(490);
        static_cast<void>(desk.say(490));
        EXPECT_EQ(desk.say(491), "Jane");
        desk.clock.set(501);
        static_cast<void>(desk.say(501));  // stale while it is refreshed
        EXPECT_EQ(desk.say(503), "none") << profile::name_of(outcome);
        EXPECT_EQ(desk.say(201), "Jane") << "what a message has shown it shows for ever";
        EXPECT_EQ(desk.report(false).verdict, Verdict::unavailable) << "nobody said that she is not there";
        desk.restart();
        EXPECT_EQ(desk.say(504), "none");
        desk.clock.set(600);
        gravatar->say("Jane M.", Tier::a);
        static_cast<void>(desk.say(600));
        EXPECT_EQ(desk.say(602), "Jane M.") << "and comes back with the source";
    }
}

TEST(Stages, AnEndedWordLeavesTheOthersAndTheDeclaredLink) {
    Desk desk;
    desk.options.cache.stale = std::chrono::seconds{500};
    desk.add("registry", true)->answer_with(headline("", {link_to(github, Tier::s, "declared")}));
    const auto networks = desk.add_network("github");
    networks->answer_at(github, headline("Writes code"));
    EXPECT_EQ((*desk.ask(0))->shown->headline, "Writes code");
    networks->answer_at(github, nothing(Outcome::forbidden));
    desk.clock.set(501);
    const Report report = desk.report(true);
    ASSERT_TRUE(report.profile);
    EXPECT_TRUE(report.profile->headline.empty());
    EXPECT_NE(find(report, github), nullptr) << "she declared it, and nobody says that it is not there";
}

}  // namespace
}  // namespace decorum::lookup
