#include "connectors/page_profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connectors/page_facts.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;
using profile::Tier;
using test::item;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view profiled_url = "https://jane.example/about";

profile::Answer profile_in(const worker::PageFacts& facts, Preset preset = Preset::any) {
    return answer_from_page(facts, profiled_url, preset);
}

worker::PageFacts page_of_jane() {
    worker::PageFacts facts;
    facts.json_ld = {R"({"@type": "Person", "name": "Jane Martin", "jobTitle": "HR Director"})"};
    facts.items = {item(
        "h-card", {{"name", "Martin, Jane"}, {"job-title", "Boss"}, {"org", "ACME"}, {"locality", "Lyon"}})};
    facts.meta = {{"og:type", "profile"},
                  {"og:title", "Jane Martin | Her page"},
                  {"og:description", "People first."},
                  {"og:image", "/jane.jpg"}};
    return facts;
}

TEST(PageProfile, EachFieldComesFromTheBestSourceThatHasIt) {
    const auto answer = profile_in(page_of_jane());
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    const auto& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Jane Martin");
    EXPECT_EQ(p.headline.value, "HR Director") << "JSON-LD before h-card";
    EXPECT_EQ(p.organisation.value, "ACME") << "h-card, where JSON-LD says nothing";
    EXPECT_EQ(p.location.value, "Lyon");
    EXPECT_EQ(p.summary.value, "People first.") << "OpenGraph, where nobody else says anything";
    EXPECT_EQ(p.photo_url.value, "https://jane.example/jane.jpg");
}

TEST(PageProfile, WhoseNameConflictsAddsNothing) {
    auto facts = page_of_jane();
    facts.items = {
        item("h-card", {{"name", "Paul Petit"}, {"org", "Elsewhere"}, {"url", "https://paul.example/"}})};
    facts.meta = {{"og:type", "profile"}, {"profile:first_name", "Paul"}, {"og:description", "Paul's page."}};
    const auto p = profile_in(facts).profile;
    EXPECT_EQ(p.display_name.value, "Jane Martin");
    EXPECT_TRUE(p.organisation.empty());
    EXPECT_TRUE(p.summary.empty());
    EXPECT_THAT(p.links, IsEmpty());
}

TEST(PageProfile, OpenGraphCountsOnProfilesOnly) {
    worker::PageFacts facts;
    facts.meta = {{"og:type", "website"}, {"og:title", "ACME"}, {"og:description", "We sell."}};
    EXPECT_EQ(profile_in(facts).outcome, Outcome::not_found);
    facts.meta[0].second = "Profile";
    EXPECT_EQ(profile_in(facts).profile.display_name.value, "ACME");
    facts.meta = {{"og:type", "profile"},
                  {"profile:first_name", "Jane"},
                  {"profile:last_name", "Martin"},
                  {"og:title", "x"}};
    EXPECT_EQ(profile_in(facts).profile.display_name.value, "Jane Martin");
    facts.meta = {{"og:type", "profile"},
                  {"og:title", "janem - Overview"},
                  {"profile:username", "janem"},
                  {"og:description", "d"}};
    EXPECT_EQ(profile_in(facts).profile.display_name.value, "") << "an account's name is not a person's";
}

TEST(PageProfile, EveryLinkOfRelMeIsKeptAndComesFirst) {
    auto facts = page_of_jane();
    facts.json_ld = {
        R"({"@type": "Person", "name": "Jane Martin", "sameAs": ["https://github.com/janem", "https://x.com/janem"]})"};
    facts.rel_me = {"https://github.com/JaneM/", "/contact", "mailto:jane@jane.example",
                    "http://plain.example/",     "",         "/about#me"};
    std::vector<std::string> links;
    for (const auto& link : profile_in(facts).profile.links) {
        EXPECT_EQ(link.origin.tier, Tier::c);
        links.push_back(link.url + " " + link.origin.reason);
    }
    EXPECT_THAT(links, ElementsAre("https://github.com/janem the page links to it (rel=me)",
                                   "https://jane.example/contact the page links to it (rel=me)",
                                   "mailto:jane@jane.example the page names the address (rel=me)",
                                   "https://x.com/janem the page names it (schema.org)"))
        << "the page itself is no link";
}

TEST(PageProfile, OnlyAMailtoThatNamesOneAddressCounts) {
    worker::PageFacts facts;
    facts.rel_me = {"MAILTO:Jane@Jane.Example",
                    "mailto:jane@jane.example",
                    "mailto:a@b.example,c@d.example",
                    "mailto:a@b.example?subject=x",
                    "mailto:a%40b.example",
                    "mailto:",
                    "mailto:jane",
                    "mailto:a@b.example\r\nBcc: x"};
    const auto answer = profile_in(facts);
    ASSERT_EQ(answer.profile.links.size(), 1U);
    EXPECT_EQ(answer.profile.links[0].url, "mailto:jane@jane.example");
}

TEST(PageProfile, RelMeAloneIsEnoughToCheckTheOtherDirection) {
    worker::PageFacts facts;
    facts.rel_me = {"https://github.com/janem"};
    const auto answer = profile_in(facts);
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_TRUE(answer.profile.display_name.empty());
    EXPECT_EQ(answer.profile.links.size(), 1U);
}

TEST(PageProfile, NobodyOrSeveralAreNotFound) {
    EXPECT_EQ(profile_in({}).outcome, Outcome::not_found);
    EXPECT_EQ(profile_in({}).detail, "no person on the page");
    worker::PageFacts facts;
    facts.items = {item("h-card", {{"name", "Jane"}}), item("h-card", {{"name", "Paul"}})};
    EXPECT_EQ(profile_in(facts).outcome, Outcome::not_found);
    EXPECT_EQ(profile_in(facts).detail, "several persons on the page, and nothing says whose it is");
    EXPECT_FALSE(profile_in(facts).hidden);
}

TEST(PageProfile, APageThatAsksNotToBeIndexedIsHidden) {
    for (const char* word : {"noindex", "noarchive", "none"}) {
        auto facts = page_of_jane();
        facts.robots = {"follow", word};
        const auto answer = profile_in(facts);
        EXPECT_EQ(answer.outcome, Outcome::not_found) << word;
        EXPECT_TRUE(answer.hidden);
        EXPECT_TRUE(answer.profile.empty());
    }
    auto facts = page_of_jane();
    facts.robots = {"index", "nofollow"};
    EXPECT_EQ(profile_in(facts).outcome, Outcome::found);
}

TEST(PageProfile, ViadeosNamesAreReadOnViadeosPagesOnly) {
    worker::PageFacts facts;
    facts.items = {item("", {{"name", "Luc"}, {"headline", "Acheteur"}})};
    EXPECT_EQ(profile_in(facts, Preset::viadeo).profile.headline.value, "Acheteur");
    EXPECT_EQ(profile_in(facts).outcome, Outcome::not_found);
}

TEST(PageProfile, JsonIsKnownByItsMembers) {
    const auto name = [](std::string_view json) {
        const auto answer = answer_from_json(json, profiled_url);
        return std::string(profile::name_of(answer.outcome)) + " " + answer.profile.display_name.value;
    };
    EXPECT_EQ(name(R"({"basics": {"name": "Noor"}})"), "found Noor");
    EXPECT_EQ(name(R"({"name": "Luc", "headline": "Acheteur"})"), "found Luc");
    EXPECT_EQ(name(R"({"@context": "https://schema.org", "@type": "Person", "name": "Jane"})"), "found Jane");
    EXPECT_EQ(name("{}"), "not_found ");
    EXPECT_EQ(name("[1, 2]"), "not_found ");
    EXPECT_EQ(name(R"({"basics": {}})"), "not_found ");
    EXPECT_EQ(name(""), "failed ");
    EXPECT_EQ(name("<html>"), "failed ");
    EXPECT_EQ(name(std::string(1000, '[') + std::string(1000, ']')), "failed ");
}

TEST(PageProfile, LinksOfAResumeAreOneWay) {
    const auto links = answer_from_json(R"({"basics": {"name": "Noor", "url": "https://jane.example/about",
        "profiles": [{"network": "GitHub", "username": "noorh"}]}})",
                                        profiled_url)
                           .profile.links;
    ASSERT_EQ(links.size(), 1U) << "the page itself is no link";
    EXPECT_EQ(links[0].origin.tier, Tier::c);
    EXPECT_EQ(links[0].origin.reason, "the page names it (JSON Resume)");
}

}  // namespace
}  // namespace decorum::connectors
