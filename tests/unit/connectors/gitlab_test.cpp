// What GitLab has of its own; what holds for every forge: forge_test.cpp.
#include "connectors/gitlab.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connectors/forges.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;
using test::links_of;
using test::posts_of;
using testing::ElementsAre;
using testing::IsEmpty;

class GitLabTest : public testing::Test, protected test::PlayedGitLab {};

TEST_F(GitLabTest, RoleAndLinksAreInItsOwnForms) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.headline.value, "Ward Sister");
    EXPECT_EQ(answer.profile.organisation.value, "Harbour Hospital");
    EXPECT_THAT(links_of(answer),
                ElementsAre("A https://gitlab.com/noorh it gives the address in public",
                            "C mailto:noor@haddad.example ", "C https://noor.example/ listed at GitLab",
                            "C https://linkedin.com/in/noor-haddad listed at GitLab",
                            "C https://x.com/noor_h listed at GitLab"));
}

TEST_F(GitLabTest, AnAccountByItsName) {
    ASSERT_EQ(ask_account().outcome, Outcome::found);
    EXPECT_THAT(web.asked(), ElementsAre(by_name, user_url, events_url, project_url));
    EXPECT_EQ(ask_account().account_id, "42");
    user["username"] = "noor-haddad";
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::not_found) << "renamed meanwhile";
    candidates.clear();
    publish();
    EXPECT_EQ(ask_account().detail, "no such account");
}

TEST_F(GitLabTest, WhoIsNotActiveOrPrivateIsNotShown) {
    for (const char* state : {"blocked", "deactivated", "banned", "ldap_blocked", ""}) {
        user["state"] = state;
        publish();
        EXPECT_EQ(ask().outcome, Outcome::not_found) << state;
        EXPECT_FALSE(ask().hidden);
    }
    user["state"] = "active";
    user["locked"] = true;
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    user["locked"] = false;
    user["private_profile"] = true;
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_TRUE(ask().hidden);
}

TEST_F(GitLabTest, WhatOurTokenMaySeeOfPrivateProjectsIsNotShown) {
    for (const char* visibility : {"private", "internal", ""}) {
        project["visibility"] = visibility;
        publish();
        EXPECT_EQ(ask().outcome, Outcome::found);
        EXPECT_THAT(posts_of(ask()), IsEmpty()) << visibility;
    }
    project["visibility"] = "public";
    project["path_with_namespace"] = "harbour/ferry\r\nBcc: x";
    publish();
    EXPECT_THAT(posts_of(ask()), IsEmpty());
    for (const int status : {403, 404}) {
        put(project_url, {{"message", "404 Project Not Found"}}, status);
        EXPECT_EQ(ask().outcome, Outcome::found) << "a project that is gone costs its events alone";
    }
}

TEST_F(GitLabTest, TheLatestProjectsAloneAreAskedFor) {
    events = {event("pushed to", 7),     event("pushed to", 8),  event("pushed to", 7),
              event("pushed to", 9, 43), event("pushed to", 10), event("pushed to", 11)};
    publish();
    EXPECT_THAT(posts_of(ask()),
                ElementsAre("gitlab pushed to harbour/ferry https://gitlab.com/harbour/ferry"));
    EXPECT_THAT(web.asked(),
                ElementsAre(search, user_url, events_url, project_url, "https://gitlab.com/api/v4/projects/8",
                            "https://gitlab.com/api/v4/projects/10"));
}

TEST_F(GitLabTest, ThrottledInItsOwnWay) {
    for (const auto& url : steps) {
        publish();
        web.put(url, 429, "text/plain", "Retry later",
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

TEST_F(GitLabTest, AnObjectWhereAListIsDueIsAFailure) {
    for (const auto& url : {std::string(search), events_url}) {
        publish();
        put(url, json::object{});
        EXPECT_EQ(ask().outcome, Outcome::failed) << url;
    }
}

TEST_F(GitLabTest, AnswersForAccountsOfItsOwnServerAlone) {
    EXPECT_TRUE(usual()->answers({"gitlab", "noor.h", "https://gitlab.com/noor.h"}));
    EXPECT_FALSE(usual()->answers({"gitlab", "noorh", "https://evil.example/noorh"}));
    const auto ours = connector({.base_url = "https://git.harbour.example:8443"});
    EXPECT_TRUE(ours->answers({"gitlab", "noorh", "https://git.harbour.example:8443/noorh"}));
    EXPECT_FALSE(ours->answers({"gitlab", "noorh", "https://git.harbour.example/noorh"}));
    EXPECT_FALSE(ours->answers({"gitlab", "noorh", "https://gitlab.com/noorh"}));
    EXPECT_EQ(ours->traits().server, "git.harbour.example");
    EXPECT_EQ(ours->traits().site, "git.harbour.example") << "people read it where it is asked";
}

}  // namespace
}  // namespace decorum::connectors
