#include "connectors/github.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr Instant now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{12};
constexpr std::string_view search =
    "https://api.github.com/search/users?q=noor%40haddad.example+in%3Aemail&per_page=3";
constexpr std::string_view user_url = "https://api.github.com/users/noorh";
constexpr std::string_view social_url = "https://api.github.com/users/noorh/social_accounts";
constexpr std::string_view events_url = "https://api.github.com/users/noorh/events/public?per_page=30";

class GitHubTest : public testing::Test {
protected:
    GitHubTest() {
        user_ = {{"login", "NoorH"},
                 {"id", 1234},
                 {"type", "User"},
                 {"name", "Noor Haddad"},
                 {"company", "@harbour"},
                 {"blog", "https://noor.example"},
                 {"location", "Nantes"},
                 {"email", "Noor@Haddad.example"},
                 {"bio", "Ward sister who codes"},
                 {"twitter_username", "noor_h"},
                 {"avatar_url", "https://avatars.githubusercontent.com/u/1234?v=4"}};
        candidates_ = {{{"login", "noorh"}}};
        publish();
    }
    void put(std::string_view url, const json::value& body, int status = 200) {
        web_.put(std::string(url), status, "application/json; charset=utf-8", json::serialize(body));
    }
    void publish() {
        put(search,
            {{"total_count", candidates_.size()}, {"incomplete_results", false}, {"items", candidates_}});
        put(user_url, user_);
        put(social_url, json::array{{{"provider", "mastodon"}, {"url", "https://social.example/@noor"}},
                                    {{"provider", "evil"}, {"url", "javascript:alert(1)"}}});
        put(events_url, json::array{{{"type", "PushEvent"},
                                     {"public", true},
                                     {"actor", {{"login", "noorh"}}},
                                     {"repo", {{"name", "harbour/ferry"}}},
                                     {"payload", json::object{}},
                                     {"created_at", "2026-11-20T08:00:00Z"}}});
    }
    profile::Answer ask(std::string address = "noor@haddad.example") {
        return test::ask(github_, {std::move(address), std::nullopt});
    }
    profile::Answer ask_account(std::string login = "noorh") {
        return test::ask(github_, {"", profile::Handle{"github", login, "https://github.com/" + login}});
    }
    static std::vector<std::string> links(const profile::Answer& answer) {
        std::vector<std::string> out;
        for (const auto& link : answer.profile.links)
            out.push_back(
                fmt::format("{} {} {}", profile::name_of(link.origin.tier), link.url, link.origin.reason));
        return out;
    }

    test::Web web_;
    json::object user_;
    json::array candidates_;
    GitHub github_{web_, {.timeout = Milliseconds{700}, .now = [] { return now; }}};
};

TEST_F(GitHubTest, TheAccountThatGivesTheAddressInPublic) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "the account gives the address in public");
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    EXPECT_EQ(answer.profile.organisation.value, "harbour");
    EXPECT_EQ(answer.profile.location.value, "Nantes");
    EXPECT_EQ(answer.profile.summary.value, "Ward sister who codes");
    EXPECT_THAT(links(answer),
                ElementsAre("A https://github.com/noorh it gives the address in public",
                            "C mailto:noor@haddad.example ", "C https://noor.example/ listed at GitHub",
                            "C https://x.com/noor_h listed at GitHub",
                            "C https://social.example/@noor listed at GitHub"));
    ASSERT_EQ(answer.profile.activities.size(), 1U);
    EXPECT_EQ(answer.profile.activities[0].text, "pushed to harbour/ferry");
    EXPECT_THAT(web_.asked(), ElementsAre(search, user_url, social_url, events_url));
    for (const auto& request : web_.requests) {
        EXPECT_EQ(request.accept, "application/vnd.github+json");
        EXPECT_EQ(request.limit, Milliseconds{700});
        EXPECT_TRUE(request.cacheable) << "a 304 is free";
        EXPECT_TRUE(request.bearer.empty());
    }
}

TEST_F(GitHubTest, TheSearchIsFuzzyAndNotBelieved) {
    for (const json::value& email : std::vector<json::value>{nullptr, "", "noor@haddad.example.evil.example",
                                                             "xnoor@haddad.example", "noor@haddad", 3}) {
        user_["email"] = email;
        publish();
        EXPECT_EQ(ask().outcome, Outcome::not_found) << json::serialize(email);
        EXPECT_EQ(ask().detail, "nobody gives the address in public");
    }
    EXPECT_THAT(web_.asked(), Not(Contains(events_url)));
}

TEST_F(GitHubTest, FurtherCandidatesAreLookedAtAndNotWithoutEnd) {
    candidates_ = {{{"login", "noor-1"}},
                   {{"login", "a/../b"}},
                   {{"login", "noorh"}},
                   {{"login", "noor-2"}},
                   {{"login", "noor-3"}}};
    publish();
    put("https://api.github.com/users/noor-1", {{"login", "noor-1"}, {"type", "User"}, {"email", nullptr}});
    EXPECT_EQ(ask().outcome, Outcome::found);
    user_["email"] = nullptr;
    publish();
    put("https://api.github.com/users/noor-2", {{"login", "noor-2"}, {"type", "User"}, {"email", nullptr}});
    web_.requests.clear();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(web_.requests.size(), 4U) << "the search and three";
}

TEST_F(GitHubTest, AMissIs200WithNobody) {
    candidates_.clear();
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(web_.requests.size(), 1U);
}

TEST_F(GitHubTest, AnAccountByItsLogin) {
    user_["email"] = nullptr;
    publish();
    const auto answer = ask_account();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "");
    EXPECT_THAT(web_.asked(), ElementsAre(user_url, social_url, events_url));
    EXPECT_EQ(ask_account("nobody").outcome, Outcome::not_found);
    user_["login"] = "noor-haddad";
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::not_found) << "renamed meanwhile";
    user_["login"] = "noorh";
    user_["type"] = "Organization";
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::not_found);
}

TEST_F(GitHubTest, AnswersForItsOwnAccountsAlone) {
    EXPECT_TRUE(github_.answers({"github", "noor-h", "https://github.com/noor-h"}));
    for (const auto& handle : std::vector<profile::Handle>{{"github", "", "https://github.com/"},
                                                           {"github", "a/b", "https://github.com/a/b"},
                                                           {"github", "a?b", "https://github.com/a"},
                                                           {"gitlab", "noorh", "https://gitlab.com/noorh"}}) {
        EXPECT_FALSE(github_.answers(handle)) << handle.name;
        EXPECT_EQ(test::ask(github_, {"", handle}).outcome, Outcome::not_found);
    }
    EXPECT_EQ(ask("noor").outcome, Outcome::not_found);
    EXPECT_THAT(web_.requests, IsEmpty());
}

TEST_F(GitHubTest, ATokenIsSentAndAllowsMore) {
    GitHub known(web_, {.token = Secret("t0ken")});
    (void)test::ask(known, {"noor@haddad.example", std::nullopt});
    ASSERT_EQ(web_.requests.size(), 4U);
    for (const auto& request : web_.requests) EXPECT_EQ(request.bearer.reveal(), "t0ken");
    EXPECT_EQ(known.traits().default_rate, "15/min");
    EXPECT_EQ(github_.traits().default_rate, "15/h");
    EXPECT_EQ(github_.traits().tier, profile::Tier::a);
    EXPECT_TRUE(github_.traits().gives_activities);
    EXPECT_FALSE(github_.traits().at_senders_domain);
}

TEST_F(GitHubTest, ThrottledInEachOfItsWays) {
    for (const auto url : {search, user_url, social_url, events_url}) {
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
            web_.put(std::string(url), c.status, "application/json", R"({"message": "secret"})", c.fields);
            const auto answer = ask();
            EXPECT_EQ(answer.outcome, Outcome::throttled) << url << c.status;
            EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T14:00:00Z");
            EXPECT_TRUE(answer.profile.empty());
        }
    }
}

TEST_F(GitHubTest, ATokenThatIsRefusedInMidRunIsForbidden) {
    for (const auto url : {search, user_url, social_url, events_url})
        for (const int status : {401, 403}) {
            publish();
            web_.put(std::string(url), status, "application/json", R"({"message": "Bad credentials"})",
                     {{"x-ratelimit-remaining", "59"}});
            EXPECT_EQ(ask().outcome, Outcome::forbidden) << url;
            EXPECT_EQ(ask().quota->left, 59U);
        }
}

TEST_F(GitHubTest, AnAccountThatIsDeletedMeanwhileIsNotFound) {
    for (const auto url : {user_url, social_url, events_url}) {
        publish();
        put(url, {{"message", "Not Found"}}, 404);
        EXPECT_EQ(ask().outcome, Outcome::not_found) << url;
        EXPECT_TRUE(ask().profile.empty());
    }
}

TEST_F(GitHubTest, WhateverElseIsAFailureThatQuotesNothing) {
    for (const auto url : {search, user_url, social_url, events_url}) {
        for (const char* body : {"", "\x01secret", "<html>", "\"secret\"", "3", "{]"}) {
            publish();
            web_.put(std::string(url), 200, "application/json", body);
            EXPECT_EQ(ask().outcome, Outcome::failed) << url << body;
            EXPECT_FALSE(ask().detail.contains("secret"));
        }
        for (const int status : {304, 422, 500, 502}) {
            if (status == 422 && url == search) continue;  // that is nobody
            publish();
            put(url, {{"message", "secret"}}, status);
            EXPECT_EQ(ask().outcome, Outcome::failed) << url << status;
        }
        publish();
        web_.put_error(std::string(url), errc::timed_out);
        EXPECT_EQ(ask().outcome, Outcome::failed);
    }
}

TEST_F(GitHubTest, OddMembersAreAbsentAndLongOnesCut) {
    for (const char* name :
         {"name", "company", "blog", "location", "bio", "twitter_username", "avatar_url"}) {
        user_[name] = json::array{3};
    }
    user_["name"] = std::string(100'000, 'x');
    publish();
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found);
    EXPECT_EQ(answer.profile.display_name.value.size(), 400U);
    EXPECT_TRUE(answer.profile.photo_url.empty());
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

// The search has an allowance of its own, a small one.
TEST_F(GitHubTest, AnAllowanceThatIsUsedUpIsToldWhicheverItIs) {
    web_.put(std::string(search), 200, "application/json",
             json::serialize(json::object({{"total_count", 1}, {"items", candidates_}})),
             {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "60"}});
    web_.put(std::string(user_url), 200, "application/json", json::serialize(user_),
             {{"x-ratelimit-remaining", "58"}});
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    ASSERT_TRUE(answer.quota);
    EXPECT_EQ(answer.quota->left, 0U);
    EXPECT_EQ(answer.quota->resets, now + std::chrono::seconds{60});
}

TEST_F(GitHubTest, ServerAndLastingNumberAreTold) {
    EXPECT_EQ(github_.traits().server, "api.github.com");
    EXPECT_EQ(ask().account_id, "1234");
    EXPECT_EQ(ask_account().account_id, "1234");
}

}  // namespace
}  // namespace decorum::connectors
