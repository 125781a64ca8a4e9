// What GitHub has of its own; what holds for every forge: forge_test.cpp.
#include "connectors/github.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connectors/forges.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;
using test::links_of;
using testing::ElementsAre;

class GitHubTest : public testing::Test, protected test::PlayedGitHub {};

TEST_F(GitHubTest, OrganisationAndLinksAreInItsOwnForms) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.organisation.value, "harbour");
    EXPECT_THAT(links_of(answer),
                ElementsAre("A https://github.com/noorh it gives the address in public",
                            "C mailto:noor@haddad.example ", "C https://noor.example/ listed at GitHub",
                            "C https://x.com/noor_h listed at GitHub",
                            "C https://social.example/@noor listed at GitHub"));
    for (const auto& request : web.requests) EXPECT_EQ(request.accept, "application/vnd.github+json");
}

TEST_F(GitHubTest, AWebsiteMayLackItsScheme) {
    user["blog"] = "noor.example/blog";
    publish();
    EXPECT_THAT(links_of(ask()), testing::Contains("C https://noor.example/blog listed at GitHub"));
}

TEST_F(GitHubTest, FurtherCandidatesAreLookedAtAndNotWithoutEnd) {
    candidates = {{{"login", "noor-1"}},
                  {{"login", "a/../b"}},
                  {{"login", "noorh"}},
                  {{"login", "noor-2"}},
                  {{"login", "noor-3"}}};
    publish();
    put("https://api.github.com/users/noor-1", {{"login", "noor-1"}, {"type", "User"}, {"email", nullptr}});
    EXPECT_EQ(ask().outcome, Outcome::found);
    user["email"] = nullptr;
    publish();
    put("https://api.github.com/users/noor-2", {{"login", "noor-2"}, {"type", "User"}, {"email", nullptr}});
    web.requests.clear();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(web.requests.size(), 4U) << "the search and three";
}

TEST_F(GitHubTest, AnOrganisationWithTheSameAddressIsPassedOver) {
    candidates = {{{"login", "harbour"}}, {{"login", "renamed"}}, {{"login", "noorh"}}};
    publish();
    put("https://api.github.com/users/harbour",
        {{"login", "harbour"}, {"type", "Organization"}, {"email", "noor@haddad.example"}});
    put("https://api.github.com/users/renamed",
        {{"login", "another"}, {"type", "User"}, {"email", "noor@haddad.example"}});
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.account_id, "1234");
    candidates = {{{"login", "harbour"}}};
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(ask().detail, "nobody gives the address in public");
}

TEST_F(GitHubTest, AnAccountByItsLogin) {
    ASSERT_EQ(ask_account().outcome, Outcome::found);
    EXPECT_THAT(web.asked(), ElementsAre(user_url, social_url, events_url));
    user["login"] = "noor-haddad";
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::not_found) << "renamed meanwhile";
    user["login"] = "noorh";
    user["type"] = "Organization";
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::not_found);
}

TEST_F(GitHubTest, ATokenAllowsMore) {
    EXPECT_EQ(connector({.token = Secret("t0ken")})->traits().default_rate, "15/min");
    EXPECT_EQ(usual()->traits().default_rate, "15/h");
}

TEST_F(GitHubTest, ThrottledInEachOfItsWays) {
    for (const auto& url : steps) {
        struct Case {
            int status;
            std::vector<net::HttpField> fields;
        };
        for (const Case& c :
             std::vector<Case>{{403,
                                {{"x-ratelimit-limit", "60"},
                                 {"x-ratelimit-remaining", "0"},
                                 {"x-ratelimit-reset", "1795528800"}}},
                               {429, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1795528800"}}},
                               {403, {{"x-ratelimit-remaining", "31"}, {"retry-after", "7200"}}},
                               {429, {{"retry-after", "7200"}}}}) {
            publish();
            web.put(url, c.status, "application/json", R"({"message": "secret"})", c.fields);
            const auto answer = ask();
            EXPECT_EQ(answer.outcome, Outcome::throttled) << url << c.status;
            EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T14:00:00Z");
            EXPECT_TRUE(answer.profile.empty());
        }
    }
}

TEST_F(GitHubTest, NeitherCompanyNorLinksThatAreNoTextsCostTheRest) {
    for (const char* name : {"company", "blog", "twitter_username"}) user[name] = json::array{3};
    publish();
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_TRUE(answer.profile.organisation.empty());
}

TEST_F(GitHubTest, AnAddressThatItCannotSearchForIsNobodys) {
    json::object refusal;
    refusal["message"] = "Validation Failed";
    put(search, refusal, 422);
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    publish();
    put(user_url, refusal, 422);
    EXPECT_EQ(ask().outcome, Outcome::failed) << "elsewhere it is no answer";
}

TEST_F(GitHubTest, ASearchThatWasCutShortSaysNothing) {
    json::object cut;
    cut["total_count"] = 0;
    cut["incomplete_results"] = true;
    cut["items"] = json::array();
    put(search, cut);
    EXPECT_EQ(ask().outcome, Outcome::failed);
    cut["incomplete_results"] = false;
    put(search, cut);
    EXPECT_EQ(ask().outcome, Outcome::not_found);
}

// The search has an allowance of its own, a small one.
TEST_F(GitHubTest, AnAllowanceThatIsUsedUpIsToldWhicheverItIs) {
    web.put(std::string(search), 200, "application/json",
            json::serialize(json::object({{"total_count", 1}, {"items", candidates}})),
            {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "60"}});
    web.put(user_url, 200, "application/json", json::serialize(user), {{"x-ratelimit-remaining", "58"}});
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    ASSERT_TRUE(answer.quota);
    EXPECT_EQ(answer.quota->left, 0U);
    EXPECT_EQ(answer.quota->resets, test::noon + std::chrono::seconds{60});
}

TEST_F(GitHubTest, ServerAndLastingNumberAreTold) {
    EXPECT_EQ(usual()->traits().server, "api.github.com");
    EXPECT_EQ(usual()->traits().site, "") << "people read it at github.com";
    EXPECT_EQ(ask().account_id, "1234");
    EXPECT_EQ(ask_account().account_id, "1234");
}

}  // namespace
}  // namespace decorum::connectors
