// Code forges as tests play them: each holds one account, Noor Haddad's, that gives her address in public.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/github.hpp"
#include "connectors/gitlab.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::test {

namespace json = boost::json;

class PlayedForge {
public:
    virtual ~PlayedForge() = default;

    // Puts all of it on the web as the members say.
    virtual void publish() = 0;
    [[nodiscard]] virtual std::unique_ptr<connectors::Forge> connector(connectors::ForgeOptions options) = 0;

    void put(std::string_view url, const json::value& body, int status = 200) {
        web.put(std::string(url), status, "application/json; charset=utf-8", json::serialize(body));
    }
    profile::Answer ask(std::string address = "noor@haddad.example") {
        return test::ask(*usual(), {std::move(address), std::nullopt});
    }
    profile::Answer ask_account(const std::string& name = "noorh") {
        return test::ask(*usual(), {"", profile::Handle{network, name, site + name}});
    }
    std::unique_ptr<connectors::Forge> usual() {
        return connector({.timeout = Milliseconds{700}, .now = [] { return noon; }});
    }

    Web web;
    std::string network;  // as handles name it
    std::string site;     // before the names of its accounts
    std::string email;    // the member that gives the address in public
    std::string user_url, events_url;
    std::vector<std::string> steps;   // what is asked by address, in this order
    std::vector<std::string> needed;  // those of them without which there is no answer
    json::object user;
    json::array candidates;  // of whom the search knows
};

class PlayedGitHub : public PlayedForge {
public:
    static constexpr std::string_view search =
        "https://api.github.com/search/users?q=noor%40haddad.example+in%3Aemail&per_page=3";
    static constexpr std::string_view social_url = "https://api.github.com/users/noorh/social_accounts";

    PlayedGitHub() {
        network = "github";
        site = "https://github.com/";
        email = "email";
        user_url = "https://api.github.com/users/noorh";
        events_url = user_url + "/events/public?per_page=30";
        steps = needed = {std::string(search), user_url, std::string(social_url), events_url};
        user = {{"login", "NoorH"},
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
        candidates = {{{"login", "noorh"}}};
        publish();
    }
    void publish() final {
        put(search,
            {{"total_count", candidates.size()}, {"incomplete_results", false}, {"items", candidates}});
        put(user_url, user);
        put(social_url, json::array{{{"provider", "mastodon"}, {"url", "https://social.example/@noor"}},
                                    {{"provider", "evil"}, {"url", "javascript:alert(1)"}}});
        put(events_url, json::array{{{"type", "PushEvent"},
                                     {"public", true},
                                     {"actor", {{"login", "noorh"}}},
                                     {"repo", {{"name", "harbour/ferry"}}},
                                     {"payload", json::object{}},
                                     {"created_at", "2026-11-20T08:00:00Z"}}});
    }
    std::unique_ptr<connectors::Forge> connector(connectors::ForgeOptions options) override {
        return std::make_unique<connectors::GitHub>(web, options);
    }
};

class PlayedGitLab : public PlayedForge {
public:
    static constexpr std::string_view search =
        "https://gitlab.com/api/v4/users?search=noor%40haddad.example&per_page=3";
    static constexpr std::string_view by_name = "https://gitlab.com/api/v4/users?username=noorh";
    static constexpr std::string_view project_url = "https://gitlab.com/api/v4/projects/7";

    PlayedGitLab() {
        network = "gitlab";
        site = "https://gitlab.com/";
        email = "public_email";
        user_url = "https://gitlab.com/api/v4/users/42";
        events_url = user_url + "/events?per_page=20";
        needed = {std::string(search), user_url, events_url};
        steps = needed;
        steps.emplace_back(project_url);
        user = {{"id", 42},
                {"username", "noorh"},
                {"name", "Noor Haddad"},
                {"state", "active"},
                {"locked", false},
                {"bio", "Ward sister who codes"},
                {"location", "Nantes"},
                {"public_email", "noor@haddad.example"},
                {"linkedin", "noor-haddad"},
                {"twitter", "noor_h"},
                {"website_url", "noor.example"},  // as GitLab's own example has it
                {"organization", "Harbour Hospital"},
                {"job_title", "Ward Sister"},
                {"avatar_url", "https://gitlab.com/uploads/-/system/user/avatar/42/a.png"}};
        candidates = {{{"id", 42}, {"username", "noorh"}, {"state", "active"}}};
        project = {{"id", 7}, {"path_with_namespace", "harbour/ferry"}, {"visibility", "public"}};
        events = {event("pushed to", 7)};
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
    void publish() final {
        put(search, candidates);
        put(by_name, candidates);
        put(user_url, user);
        put(events_url, events);
        put(project_url, project);
    }
    std::unique_ptr<connectors::Forge> connector(connectors::ForgeOptions options) override {
        return std::make_unique<connectors::GitLab>(web, options);
    }

    json::object project;
    json::array events;
};

inline std::vector<std::string> links_of(const profile::Answer& answer) {
    std::vector<std::string> out;
    for (const auto& link : answer.profile.links)
        out.push_back(
            fmt::format("{} {} {}", profile::name_of(link.origin.tier), link.url, link.origin.reason));
    return out;
}

inline std::vector<std::string> posts_of(const profile::Answer& answer) {
    std::vector<std::string> out;
    for (const auto& activity : answer.profile.activities)
        out.push_back(fmt::format("{} {} {}", activity.network, activity.text, activity.url));
    return out;
}

}  // namespace decorum::test
