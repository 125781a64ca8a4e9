#include "connectors/forge_activity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::member;
using loose_json::text;
using profile::max_handle_octets;
using profile::max_token_octets;

bool is_name(std::string_view name, std::string_view punctuation) {
    return !name.empty() && name.size() < max_handle_octets &&
           std::ranges::all_of(name, [&](char c) { return ascii::is_alnum(c) || punctuation.contains(c); });
}

// What was done to a project, in words; empty: nothing to tell.
std::string words_of_github(std::string_view type, const json::value& payload, std::string_view project) {
    const std::string action = text(payload, {"action"}, max_token_octets);
    if (type == "PushEvent") return fmt::format("pushed to {}", project);
    if (type == "ForkEvent") return fmt::format("forked {}", project);
    if (type == "PublicEvent") return fmt::format("published {}", project);
    if (type == "PullRequestEvent" && action == "opened")
        return fmt::format("opened a pull request in {}", project);
    if (type == "IssuesEvent" && action == "opened") return fmt::format("opened an issue in {}", project);
    if (type == "CreateEvent" && text(payload, {"ref_type"}, max_token_octets) == "repository")
        return fmt::format("created {}", project);
    if (type == "ReleaseEvent" && action == "published") {
        const std::string tag = text(member(payload, "release"), {"tag_name"}, max_handle_octets);
        return is_ref_name(tag) ? fmt::format("released {} of {}", tag, project)
                                : fmt::format("released {}", project);
    }
    return {};
}

std::string words_of_gitlab(const json::value& event, std::string_view project) {
    const std::string action = text(event, {"action_name"}, max_token_octets);
    const std::string target = text(event, {"target_type"}, max_token_octets);
    if (action == "pushed to" || action == "pushed new") {
        const json::value& push = member(event, "push_data");
        const std::string ref = text(push, {"ref"}, max_handle_octets);
        if (text(push, {"ref_type"}, max_token_octets) == "tag" && is_ref_name(ref))
            return fmt::format("tagged {} of {}", ref, project);
        return fmt::format("pushed to {}", project);
    }
    if (action == "created" && (target.empty() || target == "Project"))
        return fmt::format("created {}", project);
    if (target == "MergeRequest" && action == "opened")
        return fmt::format("opened a merge request in {}", project);
    if (target == "MergeRequest" && (action == "accepted" || action == "merged"))
        return fmt::format("merged a merge request in {}", project);
    if (target == "Issue" && action == "opened") return fmt::format("opened an issue in {}", project);
    return {};
}

std::optional<profile::Activity> activity(const json::value& event, std::string network, std::string words,
                                          std::string url) {
    const auto time = from_rfc3339(text(event, {"created_at"}, max_token_octets));
    if (!time || words.empty()) return std::nullopt;
    return profile::Activity{*time, std::move(network), std::move(words), std::move(url), {}};
}

}  // namespace

bool is_project_name(std::string_view name) {
    return is_name(name, "-._/") && name.contains('/') && !name.contains("//") && !name.contains("..") &&
           name.front() != '/' && name.back() != '/';
}

bool is_ref_name(std::string_view name) {
    return name.size() <= max_token_octets && is_name(name, "-._+/");
}

std::optional<profile::Activity> activity_of_github_event(const json::value& event, std::string_view login) {
    const bool* is_public = member(event, "public").if_bool();
    const std::string project = text(member(event, "repo"), {"name"}, max_handle_octets);
    const bool is_own =
        ascii::equals_nocase(text(member(event, "actor"), {"login"}, max_handle_octets), login);
    if (is_public == nullptr || !*is_public || !is_own || !is_project_name(project)) return std::nullopt;
    return activity(
        event, "github",
        words_of_github(text(event, {"type"}, max_token_octets), member(event, "payload"), project),
        fmt::format("https://github.com/{}", project));
}

std::optional<profile::Activity> activity_of_gitlab_event(const json::value& event,
                                                          const GitLabProject& project) {
    return activity(event, "gitlab", words_of_gitlab(event, project.name), project.url);
}

void add_activity(std::vector<profile::Activity>& activities, profile::Activity activity) {
    const auto same = std::ranges::find(activities, activity.text, &profile::Activity::text);
    if (same == activities.end())
        activities.push_back(std::move(activity));
    else if (same->time < activity.time)
        *same = std::move(activity);
}

}  // namespace decorum::connectors
