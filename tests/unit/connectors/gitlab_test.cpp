#include "connectors/gitlab.hpp"

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
constexpr std::string_view search = "https://gitlab.com/api/v4/users?search=noor%40haddad.example&per_page=3";
constexpr std::string_view by_name = "https://gitlab.com/api/v4/users?username=noorh";
constexpr std::string_view user_url = "https://gitlab.com/api/v4/users/42";
constexpr std::string_view events_url = "https://gitlab.com/api/v4/users/42/events?per_page=20";
constexpr std::string_view project_url = "https://gitlab.com/api/v4/projects/7";

class GitLabTest : public testing::Test {
protected:
    GitLabTest() {
        user_ = {{"id", 42},
                 {"username", "noorh"},
                 {"name", "Noor Haddad"},
                 {"state", "active"},
                 {"locked", false},
                 {"bio", "Ward sister who codes"},
                 {"location", "Nantes"},
                 {"public_email", "noor@haddad.example"},
                 {"linkedin", "noor-haddad"},
                 {"twitter", "noor_h"},
                 {"website_url", "https://noor.example"},
                 {"organization", "Harbour Hospital"},
                 {"job_title", "Ward Sister"},
                 {"avatar_url", "https://gitlab.com/uploads/-/system/user/avatar/42/a.png"}};
        list_ = {{{"id", 42}, {"username", "noorh"}, {"state", "active"}}};
        project_ = {{"id", 7}, {"path_with_namespace", "harbour/ferry"}, {"visibility", "public"}};
        events_ = {event("pushed to", 7)};
        publish();
    }
    static json::object event(const std::string& action, int project, int author = 42) {
        return {{"action_name", action},
                {"project_id", project},
                {"author", {{"id", author}, {"username", "noorh"}}},
                {"target_type", nullptr},
                {"target_title", "secret"},
                {"push_data", {{"ref_type", "branch"}, {"ref", "main"}, {"commit_title", "secret"}}},
                {"created_at", "2026-11-20T08:00:00.000Z"}};
    }
    void put(std::string_view url, const json::value& body, int status = 200) {
        web_.put(std::string(url), status, "application/json", json::serialize(body));
    }
    void publish() {
        put(search, list_);
        put(by_name, list_);
        put(user_url, user_);
        put(events_url, events_);
        put(project_url, project_);
    }
    profile::Answer ask(std::string address = "noor@haddad.example") {
        return test::ask(gitlab_, {std::move(address), std::nullopt});
    }
    profile::Answer ask_account(std::string name = "noorh") {
        return test::ask(gitlab_, {"", profile::Handle{"gitlab", name, "https://gitlab.com/" + name}});
    }
    static std::vector<std::string> texts(const profile::Answer& answer) {
        std::vector<std::string> out;
        for (const auto& activity : answer.profile.activities) out.push_back(activity.text);
        return out;
    }

    test::Web web_;
    json::object user_;
    json::object project_;
    json::array list_;
    json::array events_;
    GitLab gitlab_{web_, {.timeout = Milliseconds{700}, .now = [] { return now; }}};
};

TEST_F(GitLabTest, TheAccountThatGivesTheAddressInPublic) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "the account gives the address in public");
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    EXPECT_EQ(answer.profile.headline.value, "Ward Sister");
    EXPECT_EQ(answer.profile.organisation.value, "Harbour Hospital");
    EXPECT_EQ(answer.profile.location.value, "Nantes");
    std::vector<std::string> links;
    for (const auto& link : answer.profile.links)
        links.push_back(std::string(profile::name_of(link.origin.tier)) + " " + link.url);
    EXPECT_THAT(links, ElementsAre("A https://gitlab.com/noorh", "C mailto:noor@haddad.example",
                                   "C https://noor.example/", "C https://linkedin.com/in/noor-haddad",
                                   "C https://x.com/noor_h"));
    ASSERT_THAT(texts(answer), ElementsAre("pushed to harbour/ferry"));
    EXPECT_EQ(answer.profile.activities[0].url, "https://gitlab.com/harbour/ferry");
    EXPECT_EQ(answer.profile.activities[0].network, "gitlab");
    EXPECT_THAT(web_.asked(), ElementsAre(search, user_url, events_url, project_url));
    for (const auto& request : web_.requests) EXPECT_EQ(request.limit, Milliseconds{700});
}

TEST_F(GitLabTest, TheSearchIsFuzzyAndNotBelieved) {
    for (const json::value& email : std::vector<json::value>{nullptr, "", "xnoor@haddad.example",
                                                             "noor@haddad.example.evil.example", 3}) {
        user_["public_email"] = email;
        publish();
        EXPECT_EQ(ask().outcome, Outcome::not_found) << json::serialize(email);
        EXPECT_EQ(ask().detail, "nobody gives the address in public");
    }
    EXPECT_THAT(web_.asked(), Not(Contains(events_url)));
    list_.clear();
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(ask_account().detail, "no such account");
}

TEST_F(GitLabTest, AnAccountByItsName) {
    user_["public_email"] = "";
    publish();
    const auto answer = ask_account();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "");
    EXPECT_THAT(web_.asked(), ElementsAre(by_name, user_url, events_url, project_url));
    user_["username"] = "noor-haddad";
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::not_found) << "renamed meanwhile";
}

TEST_F(GitLabTest, WhoIsNotActiveOrPrivateIsNotShown) {
    for (const char* state : {"blocked", "deactivated", "banned", "ldap_blocked", ""}) {
        user_["state"] = state;
        publish();
        EXPECT_EQ(ask().outcome, Outcome::not_found) << state;
        EXPECT_FALSE(ask().hidden);
    }
    user_["state"] = "active";
    user_["locked"] = true;
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    user_["locked"] = false;
    user_["private_profile"] = true;
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_TRUE(ask().hidden);
}

TEST_F(GitLabTest, WhatOurTokenMaySeeOfPrivateProjectsIsNotShown) {
    for (const char* visibility : {"private", "internal", ""}) {
        project_["visibility"] = visibility;
        publish();
        EXPECT_EQ(ask().outcome, Outcome::found);
        EXPECT_THAT(texts(ask()), IsEmpty()) << visibility;
    }
    project_["visibility"] = "public";
    project_["path_with_namespace"] = "harbour/ferry\r\nBcc: x";
    publish();
    EXPECT_THAT(texts(ask()), IsEmpty());
    for (const int status : {403, 404}) {
        put(project_url, {{"message", "404 Project Not Found"}}, status);
        EXPECT_EQ(ask().outcome, Outcome::found) << "a project that is gone costs its events alone";
    }
}

TEST_F(GitLabTest, TheLatestProjectsAloneAreAskedFor) {
    events_ = {event("pushed to", 7),     event("pushed to", 8),  event("pushed to", 7),
               event("pushed to", 9, 43), event("pushed to", 10), event("pushed to", 11)};
    publish();
    EXPECT_THAT(texts(ask()), ElementsAre("pushed to harbour/ferry"));
    EXPECT_THAT(web_.asked(),
                ElementsAre(search, user_url, events_url, project_url, "https://gitlab.com/api/v4/projects/8",
                            "https://gitlab.com/api/v4/projects/10"));
}

TEST_F(GitLabTest, ThrottledInItsOwnWay) {
    for (const auto url : {search, user_url, events_url, project_url}) {
        publish();
        web_.put(std::string(url), 429, "text/plain", "Retry later",
                 {{"ratelimit-limit", "300"},
                  {"ratelimit-remaining", "0"},
                  {"ratelimit-reset", "1795528800"},
                  {"retry-after", "60"}});
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::throttled) << url;
        EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T14:00:00Z");
        EXPECT_TRUE(answer.profile.empty());
    }
}

TEST_F(GitLabTest, EveryOtherOutcomeAtEachStep) {
    for (const auto url : {search, user_url, events_url}) {
        for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{{401, Outcome::forbidden},
                                                                                  {403, Outcome::forbidden},
                                                                                  {404, Outcome::not_found},
                                                                                  {500, Outcome::failed},
                                                                                  {302, Outcome::failed}}) {
            publish();
            put(url, {{"message", "secret"}}, status);
            EXPECT_EQ(ask().outcome, outcome) << url << status;
            EXPECT_FALSE(ask().detail.contains("secret"));
        }
        for (const char* body : {"", "\x01secret", "<html>", "{}", "\"secret\"", "{]"}) {
            publish();
            web_.put(std::string(url), 200, "application/json", body);
            EXPECT_EQ(ask().outcome, Outcome::failed) << url << body;
        }
        publish();
        web_.put_error(std::string(url), errc::reset);
        EXPECT_EQ(ask().outcome, Outcome::failed);
    }
    publish();
    put(project_url, {{"message", "x"}}, 500);
    EXPECT_EQ(ask().outcome, Outcome::failed);
}

TEST_F(GitLabTest, AnswersForAccountsOfItsOwnServerAlone) {
    EXPECT_TRUE(gitlab_.answers({"gitlab", "noor.h", "https://gitlab.com/noor.h"}));
    GitLab ours(web_, {.base_url = "https://git.harbour.example:8443"});
    EXPECT_TRUE(ours.answers({"gitlab", "noorh", "https://git.harbour.example:8443/noorh"}));
    EXPECT_FALSE(ours.answers({"gitlab", "noorh", "https://git.harbour.example/noorh"}));
    EXPECT_FALSE(ours.answers({"gitlab", "noorh", "https://gitlab.com/noorh"}));
    for (const auto& handle : std::vector<profile::Handle>{{"gitlab", "noorh", "https://evil.example/noorh"},
                                                           {"gitlab", "", "https://gitlab.com/"},
                                                           {"gitlab", "a/b", "https://gitlab.com/a/b"},
                                                           {"github", "noorh", "https://gitlab.com/noorh"}}) {
        EXPECT_FALSE(gitlab_.answers(handle)) << handle.url;
        EXPECT_EQ(test::ask(gitlab_, {"", handle}).outcome, Outcome::not_found);
    }
    EXPECT_EQ(ask("noor").outcome, Outcome::not_found);
    EXPECT_THAT(web_.requests, IsEmpty());
}

TEST_F(GitLabTest, ATokenIsSent) {
    GitLab known(web_, {.token = Secret("t0ken")});
    (void)test::ask(known, {"noor@haddad.example", std::nullopt});
    ASSERT_EQ(web_.requests.size(), 4U);
    for (const auto& request : web_.requests) EXPECT_EQ(request.bearer.reveal(), "t0ken");
}

}  // namespace
}  // namespace decorum::connectors
