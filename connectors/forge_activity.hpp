// What somebody did at a code forge, in a line of ours: a verb and names of projects, nothing that others
// wrote. Names come from outside and are let through only in the characters that forges allow in them.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

// "owner/repository", with groups between at GitLab.
[[nodiscard]] bool is_project_name(std::string_view name);
// Of a branch, tag or release.
[[nodiscard]] bool is_ref_name(std::string_view name);

// Nothing: an event that says little of a person's work (stars, comments), a private one, or an odd one.
[[nodiscard]] std::optional<profile::Activity> activity_of_github_event(const boost::json::value& event,
                                                                        std::string_view login);

struct GitLabProject {
    std::string id;
    std::string name;  // with its groups
    std::string url;
};
[[nodiscard]] std::optional<profile::Activity> activity_of_gitlab_event(const boost::json::value& event,
                                                                        const GitLabProject& project);

// The same words again, older, are left out: who pushes ten times a day has done one thing.
void add_activity(std::vector<profile::Activity>& activities, profile::Activity activity);

}  // namespace decorum::connectors
