#include "connectors/forge_activity.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace decorum::connectors {
namespace {

namespace json = boost::json;

json::object github(std::string_view type, json::object payload = {},
                    std::string_view project = "noorh/ferry") {
    return {{"type", type},
            {"public", true},
            {"actor", {{"login", "NoorH"}}},
            {"repo", {{"name", project}}},
            {"payload", std::move(payload)},
            {"created_at", "2026-11-20T08:00:00Z"}};
}

std::string words(const json::object& event) {
    const auto activity = activity_of_github_event(event, "noorh");
    return activity ? activity->text : "";
}

TEST(ForgeActivity, GitHubEventsInOneLine) {
    EXPECT_EQ(words(github("PushEvent")), "pushed to noorh/ferry");
    EXPECT_EQ(words(github("ForkEvent")), "forked noorh/ferry");
    EXPECT_EQ(words(github("PublicEvent")), "published noorh/ferry");
    EXPECT_EQ(words(github("CreateEvent", {{"ref_type", "repository"}})), "created noorh/ferry");
    EXPECT_EQ(words(github("PullRequestEvent", {{"action", "opened"}})),
              "opened a pull request in noorh/ferry");
    EXPECT_EQ(words(github("IssuesEvent", {{"action", "opened"}})), "opened an issue in noorh/ferry");
    EXPECT_EQ(words(github("ReleaseEvent", {{"action", "published"}, {"release", {{"tag_name", "v1.2"}}}})),
              "released v1.2 of noorh/ferry");
    for (const auto& event :
         {github("WatchEvent"), github("IssueCommentEvent"), github(""),
          github("CreateEvent", {{"ref_type", "branch"}}), github("PullRequestEvent", {{"action", "closed"}}),
          github("ReleaseEvent", {{"action", "edited"}})})
        EXPECT_EQ(words(event), "") << json::serialize(event);
    const auto activity = activity_of_github_event(github("PushEvent"), "noorh");
    EXPECT_EQ(activity->network, "github");
    EXPECT_EQ(activity->url, "https://github.com/noorh/ferry");
    EXPECT_EQ(to_rfc3339(activity->time), "2026-11-20T08:00:00Z");
}

TEST(ForgeActivity, NothingThatOthersWroteGetsIn) {
    EXPECT_EQ(words(github("ReleaseEvent",
                           {{"action", "published"},
                            {"release", {{"tag_name", "Jane Martin is a fraud"}, {"name", "secret"}}}})),
              "released noorh/ferry");
    EXPECT_EQ(words(github("PushEvent", {{"commits", json::array{{{"message", "secret"}}}}})),
              "pushed to noorh/ferry");
    for (std::string_view name : {"", "ferry", "noorh/fer ry", "noorh/ferry\r\nBcc: x", "noorh//ferry",
                                  "/ferry", "noorh/", "noorh/../jane", "noorh/f\xC3\xA9rry", "noorh/ferry?x"})
        EXPECT_EQ(words(github("PushEvent", {}, name)), "") << name;
    EXPECT_EQ(words(github("PushEvent", {}, "noorh/" + std::string(1000, 'x'))), "");
}

TEST(ForgeActivity, OnlyPublicEventsOfTheAccountItself) {
    auto hidden = github("PushEvent");
    hidden["public"] = false;
    auto unsaid = github("PushEvent");
    unsaid.erase("public");
    auto other = github("PushEvent");
    other["actor"] = {{"login", "eve"}};
    auto timeless = github("PushEvent");
    timeless["created_at"] = "yesterday";
    for (const auto& event : {hidden, unsaid, other, timeless})
        EXPECT_EQ(words(event), "") << json::serialize(event);
    EXPECT_FALSE(activity_of_github_event("PushEvent", "noorh"));
}

TEST(ForgeActivity, GitLabEventsInOneLine) {
    const GitLabProject project{"7", "harbour/tools/ferry", "https://gitlab.com/harbour/tools/ferry"};
    const auto words_of = [&](json::object event) {
        event["created_at"] = "2026-11-20T08:00:00.000Z";
        const auto activity = activity_of_gitlab_event(event, project);
        return activity ? activity->text : std::string{};
    };
    EXPECT_EQ(
        words_of({{"action_name", "pushed to"}, {"push_data", {{"ref_type", "branch"}, {"ref", "main"}}}}),
        "pushed to harbour/tools/ferry");
    EXPECT_EQ(words_of({{"action_name", "pushed new"}, {"push_data", {{"ref_type", "tag"}, {"ref", "v2"}}}}),
              "tagged v2 of harbour/tools/ferry");
    EXPECT_EQ(
        words_of({{"action_name", "pushed new"}, {"push_data", {{"ref_type", "tag"}, {"ref", "a b\r\n"}}}}),
        "pushed to harbour/tools/ferry");
    EXPECT_EQ(words_of({{"action_name", "created"}, {"target_type", nullptr}}),
              "created harbour/tools/ferry");
    EXPECT_EQ(words_of({{"action_name", "opened"}, {"target_type", "Issue"}, {"target_title", "secret"}}),
              "opened an issue in harbour/tools/ferry");
    EXPECT_EQ(words_of({{"action_name", "opened"}, {"target_type", "MergeRequest"}}),
              "opened a merge request in harbour/tools/ferry");
    EXPECT_EQ(words_of({{"action_name", "accepted"}, {"target_type", "MergeRequest"}}),
              "merged a merge request in harbour/tools/ferry");
    for (const auto& action : {"commented on", "joined", "left", ""})
        EXPECT_EQ(words_of({{"action_name", action}, {"target_type", "Note"}}), "") << action;
}

TEST(ForgeActivity, TheSameThingTwiceIsTheLatest) {
    std::vector<profile::Activity> activities;
    const auto at = [](int hour) { return Instant{std::chrono::hours{hour}}; };
    add_activity(activities, {at(2), "github", "pushed to a/b", "", {}});
    add_activity(activities, {at(1), "github", "pushed to a/b", "", {}});
    add_activity(activities, {at(3), "github", "pushed to a/b", "", {}});
    add_activity(activities, {at(1), "github", "forked a/b", "", {}});
    ASSERT_EQ(activities.size(), 2U);
    EXPECT_EQ(activities[0].time, at(3));
}

}  // namespace
}  // namespace decorum::connectors
