#include "connectors/profile_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connectors/page_facts.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view url = "https://jane.example/about";
constexpr std::string_view html = "text/html; charset=utf-8";

class ProfilePageTest : public testing::Test {
protected:
    ProfilePageTest() {
        worker::PageFacts facts;
        facts.items = {test::item("h-card", {{"name", "Jane Martin"}})};
        decoder_.show(facts);
    }
    void put(int status, std::string_view type, std::string body, std::vector<net::HttpField> fields = {}) {
        web_.put(std::string(url), status, std::string(type), std::move(body), std::move(fields));
    }
    profile::Answer ask(std::string account = std::string(url), std::string network = "web") {
        return test::ask(page_, {"", profile::Handle{std::move(network), "", std::move(account)}});
    }
    test::Web web_;
    test::Decoder decoder_;
    ProfilePage page_{web_, decoder_, {.timeout = Milliseconds{700}}};
};

TEST_F(ProfilePageTest, HtmlIsDecodedByTheWorkerAfterRobotsTxt) {
    put(200, html, "<p class=h-card>Jane Martin</p>");
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.display_name.value, "Jane Martin");
    EXPECT_THAT(web_.asked(), ElementsAre("https://jane.example/robots.txt", "https://jane.example/about"));
    EXPECT_EQ(web_.requests[1].limit, Milliseconds{700});
    EXPECT_LE(web_.requests[1].max_octets, 1U << 20);
    EXPECT_THAT(decoder_.jobs, ElementsAre(worker::Job::page));
}

TEST_F(ProfilePageTest, JsonNeedsNoWorker) {
    put(200, "application/ld+json", R"({"@type": "Person", "name": "Jane"})");
    EXPECT_EQ(ask().profile.display_name.value, "Jane");
    put(200, "application/json", R"({"basics": {"name": "Noor"}})");
    EXPECT_EQ(ask().profile.display_name.value, "Noor");
    EXPECT_THAT(decoder_.jobs, IsEmpty());
}

TEST_F(ProfilePageTest, ARecruiterSeesACandidatesCareerFromAViadeoExport) {
    web_.put("https://cv.example/luc.json", 200, "application/json",
             R"({"name": "Luc Moreau", "headline": "Acheteur",
        "career": [{"position": "Acheteur", "company_name": "Filature", "begin": "2008"}],
        "recommendations": [{"from": {"name": "Anne"}, "message": "Bien."}]})");
    const auto p = ask("https://cv.example/luc.json", "viadeo").profile;
    EXPECT_EQ(p.positions.size(), 1U);
    EXPECT_EQ(p.recommendations.size(), 1U);
}

TEST_F(ProfilePageTest, AViadeoPageIsReadWithItsNames) {
    worker::PageFacts facts;
    facts.items = {test::item("", {{"name", "Luc"}, {"headline", "Acheteur"}})};
    decoder_.show(facts);
    put(200, html, "x");
    EXPECT_EQ(ask(std::string(url), "viadeo").profile.headline.value, "Acheteur");
    EXPECT_EQ(ask().outcome, Outcome::not_found);
}

TEST_F(ProfilePageTest, TheServersEncodingCountsForMoreThanThePagesOwn) {
    put(200, "text/html; charset=\"ISO-8859-1\"; x=y", "caf\xE9");
    (void)ask();
    put(200, "text/html; charset=utf-8", "caf\xC3\xA9");
    (void)ask();
    put(200, "text/html; charset=nonsense", "caf\xE9");
    (void)ask();
    put(200, "text/html", "caf\xE9");
    (void)ask();
    EXPECT_THAT(decoder_.inputs, ElementsAre("\xEF\xBB\xBF"
                                             "caf\xC3\xA9",
                                             "\xEF\xBB\xBF"
                                             "caf\xC3\xA9",
                                             "caf\xE9", "caf\xE9"));
}

TEST_F(ProfilePageTest, AnswersForAnyPageThatMayBeFetched) {
    for (const char* account :
         {"https://jane.example/", "https://github.com/janem", "https://fr.viadeo.com/fr/profile/luc"})
        EXPECT_TRUE(page_.answers({"web", "", account})) << account;
    EXPECT_FALSE(page_.answers({"linkedin", "jane", "https://elsewhere.example/jane"}));
    for (const char* account :
         {"https://www.linkedin.com/in/jane", "https://fr.linkedin.com/", "https://gravatar.com/jane",
          "http://jane.example/", "", "jane.example", "https://user@jane.example/"}) {
        EXPECT_FALSE(page_.answers({"web", "", account})) << account;
        EXPECT_EQ(ask(account).outcome, Outcome::not_found);
    }
    EXPECT_EQ(test::ask(page_, {"jane@jane.example", std::nullopt}).outcome, Outcome::not_found);
    EXPECT_THAT(web_.requests, IsEmpty());
    EXPECT_EQ(page_.traits().name, "profile_page");
    EXPECT_FALSE(page_.traits().by_address);
    EXPECT_EQ(page_.traits().reach, profile::Reach::outside);
}

TEST_F(ProfilePageTest, RobotsTxtKeepsUsOut) {
    put(200, html, "x");
    web_.put("https://jane.example/robots.txt", 200, "text/plain", "User-agent: Decorum\nDisallow: /about\n");
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::not_found);
    EXPECT_TRUE(answer.hidden);
    EXPECT_THAT(web_.asked(), ElementsAre("https://jane.example/robots.txt"));
    EXPECT_EQ(ask("https://jane.example/x").detail, "HTTP 404") << "other pages of the site may be read";
}

TEST_F(ProfilePageTest, NothingIsFetchedWhileRobotsTxtCantBeRead) {
    put(200, html, "x");
    web_.put("https://jane.example/robots.txt", 503, "text/plain", "");
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::failed);
    EXPECT_FALSE(answer.hidden);
    EXPECT_EQ(answer.detail, "robots.txt can't be read");
    EXPECT_THAT(web_.asked(), ElementsAre("https://jane.example/robots.txt"));
}

TEST_F(ProfilePageTest, ARedirectMayLeadElsewhereOnTheDomainAndNoFurther) {
    web_.put("https://www.jane.example/", 200, std::string(html), "x");
    web_.redirect(std::string(url), "https://www.jane.example/");
    EXPECT_EQ(ask().outcome, Outcome::found);
    EXPECT_THAT(web_.asked(),
                ElementsAre("https://jane.example/robots.txt", "https://jane.example/about",
                            "https://www.jane.example/robots.txt", "https://www.jane.example/"));

    web_.put("https://parking.example/jane.example", 200, std::string(html), "x");
    web_.redirect(std::string(url), "https://parking.example/jane.example");
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(ask().detail, "moved elsewhere");

    web_.put("http://jane.example/about", 200, std::string(html), "x");
    web_.redirect(std::string(url), "http://jane.example/about");
    EXPECT_EQ(ask().outcome, Outcome::failed);
}

TEST_F(ProfilePageTest, RobotsTxtHoldsForWhereRedirectsLead) {
    web_.put("https://www.jane.example/", 200, std::string(html), "x");
    web_.put("https://www.jane.example/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /\n");
    web_.redirect(std::string(url), "https://www.jane.example/");
    EXPECT_TRUE(ask().hidden);
    EXPECT_THAT(decoder_.jobs, IsEmpty());
    EXPECT_THAT(web_.asked(), ElementsAre("https://jane.example/robots.txt", "https://jane.example/about",
                                          "https://www.jane.example/robots.txt"))
        << "asked before the page, not after it";
    EXPECT_THAT(web_.followed, IsEmpty());
}

TEST_F(ProfilePageTest, ThreeRedirectsAreFollowedAndFourAreNot) {
    web_.put("https://jane.example/3", 200, std::string(html), "x");
    web_.redirect("https://jane.example/2", "/3");
    web_.redirect("https://jane.example/1", "2#top");
    web_.redirect(std::string(url), "https://jane.example/1");
    EXPECT_EQ(ask().outcome, Outcome::found);
    web_.redirect("https://jane.example/0", std::string(url));
    const auto answer = ask("https://jane.example/0");
    EXPECT_EQ(answer.outcome, Outcome::failed);
    EXPECT_EQ(answer.detail, "too many redirects");
}

TEST_F(ProfilePageTest, TheServerMayAskNotToIndexThePage) {
    for (const auto& [field, hides] :
         std::vector<std::pair<std::string, bool>>{{"noindex", true},
                                                   {"nofollow, NoArchive", true},
                                                   {"none", true},
                                                   {"decorum: noindex", true},
                                                   {"otherbot: noindex", false},
                                                   {"unavailable_after: 25 Jun 2010 15:00:00 PST", false},
                                                   {"nofollow", false},
                                                   {"", false}}) {
        put(200, html, "x", {{"x-robots-tag", "nosnippet"}, {"x-robots-tag", field}});
        EXPECT_EQ(ask().hidden, hides) << field;
        EXPECT_EQ(ask().outcome, hides ? Outcome::not_found : Outcome::found) << field;
    }
}

TEST_F(ProfilePageTest, EachOutcomeHasItsStatus) {
    for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{{404, Outcome::not_found},
                                                                              {410, Outcome::not_found},
                                                                              {401, Outcome::forbidden},
                                                                              {403, Outcome::forbidden},
                                                                              {429, Outcome::throttled},
                                                                              {500, Outcome::failed},
                                                                              {302, Outcome::not_found}}) {
        put(status, html, "secret", {{status == 429 ? "retry-after" : "x-other", "60"}});
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, outcome) << status;
        EXPECT_EQ(answer.retry_at.has_value(), outcome == Outcome::throttled);
        EXPECT_FALSE(answer.detail.contains("secret"));
    }
    for (const errc code : {errc::timed_out, errc::refused, errc::limit, errc::invalid, errc::cancelled}) {
        web_.put_error(std::string(url), code);
        EXPECT_EQ(ask().outcome, Outcome::failed);
        EXPECT_EQ(ask().detail, "transfer: " + std::string(name_of(code)));
    }
}

TEST_F(ProfilePageTest, WhatTheWorkerCantDecodeIsAFailure) {
    put(200, html, "x");
    for (const errc code : {errc::syntax, errc::limit, errc::timed_out, errc::unavailable, errc::cancelled}) {
        decoder_.result = fail(code, "secret");
        EXPECT_EQ(ask().outcome, Outcome::failed);
        EXPECT_EQ(ask().detail, "page: " + std::string(name_of(code)));
    }
    decoder_.result = "garbage";
    EXPECT_EQ(ask().outcome, Outcome::failed);
}

TEST_F(ProfilePageTest, OtherContentIsNoProfile) {
    for (const char* type : {"image/png", "application/pdf", "text/plain", ""}) {
        put(200, type, "secret");
        EXPECT_EQ(ask().outcome, Outcome::not_found) << type;
        EXPECT_EQ(ask().detail, "a media type that holds no profile");
    }
    for (const char* body : {"", "<html>", "{", "{} {}"}) {
        put(200, "application/json", body);
        EXPECT_EQ(ask().outcome, Outcome::failed) << body;
    }
    EXPECT_THAT(decoder_.jobs, IsEmpty());
}

TEST_F(ProfilePageTest, AQuestionUnderWayOutlivesTheConnector) {
    put(200, html, "x");
    web_.hold();
    std::optional<Outcome> outcome;
    {
        ProfilePage short_lived(web_, decoder_);
        short_lived.find({"", profile::Handle{"web", "", std::string(url)}},
                         [&](const profile::Answer& answer) { outcome = answer.outcome; });
    }
    web_.answer_all();
    EXPECT_EQ(outcome, Outcome::found);
}

}  // namespace
}  // namespace decorum::connectors
