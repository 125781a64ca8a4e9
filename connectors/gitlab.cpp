// One visit, step after step: the list, candidate after candidate, its events, project after project.
// Whichever step ends the visit answers once.
#include "connectors/gitlab.hpp"

#include <algorithm>
#include <memory>

#include "connectors/forge_activity.hpp"
#include "connectors/forge_visit.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;
using profile::max_handle_octets;
using profile::max_name_octets;

constexpr std::size_t max_projects = 3;
constexpr std::size_t max_gitlab_events = 20;

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, ascii::is_digit);
}

bool is_username(std::string_view text) {
    constexpr std::size_t max_octets = 255;
    return !text.empty() && text.size() <= max_octets && std::ranges::all_of(text, [](char c) {
        return ascii::is_alnum(c) || std::string_view("-._").contains(c);
    });
}

class GitLabVisit : public ForgeVisit<GitLabVisit> {
public:
    static constexpr std::string_view network = "gitlab";
    static constexpr std::string_view listed = "listed at GitLab";

    using ForgeVisit::ForgeVisit;

    void start() {
        const std::string path = by_address() ? fmt::format("/users?search={}&per_page={}",
                                                            url_escaped(address()), max_forge_candidates)
                                              : fmt::format("/users?username={}", url_escaped(account()));
        get(at(path), &GitLabVisit::take_list);
    }

private:
    friend JsonVisit;
    friend ForgeVisit;

    static bool is_candidate(std::string_view id) { return is_number(id); }

    net::HttpRequest at(std::string_view path) const { return request(fmt::format("/api/v4{}", path)); }

    void take_list(const JsonReply& reply) { take_candidates(reply.root, "id"); }

    void take_user(const JsonReply& reply) {
        const json::value& user = reply.root;
        const std::string username = text(user, {"username"}, max_handle_octets);
        if (text(user, {"id"}, max_handle_octets) != candidate() || !is_username(username))
            return end(failed("JSON, but no user"));
        const std::string email = text(user, {"public_email"}, max_handle_octets);
        const bool is_wanted =
            by_address() ? is_the_address(email) : ascii::equals_nocase(username, account());
        if (!is_wanted) return next_candidate();
        if (text(user, {"state"}, max_name_octets) != "active" || loose_json::is_true(member(user, "locked")))
            return end(not_found("the account is not active"));
        if (loose_json::is_true(member(user, "private_profile")))
            return end(hidden("the account asks to be private"));
        identify(candidate());
        read_user(user, username, email);
        get(at(fmt::format("/users/{}/events?per_page={}", candidate(), max_gitlab_events)),
            &GitLabVisit::take_events);
    }

    void read_user(const json::value& user, const std::string& username, const std::string& email) {
        read_person(user);
        profile().headline.value = text(user, {"job_title"}, profile::max_headline_octets);
        profile().organisation.value = text(user, {"organization"}, max_name_octets);
        add_itself(fmt::format("{}/{}", options().base_url, username), email);
        list_website(text(user, {"website_url"}, profile::max_url_octets));
        list_at("https://www.linkedin.com/in/", text(user, {"linkedin"}, max_handle_octets));
        list_at("https://x.com/", text(user, {"twitter"}, max_handle_octets));
        list_at("https://github.com/", text(user, {"github"}, max_handle_octets));
        list_at("https://orcid.org/", text(user, {"orcid"}, max_handle_octets));
    }

    // `account` is a URL, or the name of an account at `place`.
    void list_at(std::string_view place, const std::string& account) {
        if (account.empty()) return;
        list(account.contains("://") ? account : std::string(place) + url_escaped(account));
    }

    void take_events(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of events"));
        events_ = reply.root.as_array();
        each(reply.root, [this](const json::value& event) {
            const std::string id = text(event, {"project_id"}, max_handle_octets);
            if (text(member(event, "author"), {"id"}, max_handle_octets) != candidate() || !is_number(id) ||
                projects_.size() == max_projects ||
                std::ranges::find(projects_, id, &GitLabProject::id) != projects_.end())
                return;
            projects_.push_back({id, {}, {}});
        });
        next_project();
    }

    void next_project() {
        if (project_ == projects_.size()) return finish();
        get_or(at("/projects/" + projects_[project_].id), &GitLabVisit::take_project,
               [](GitLabVisit& visit, Refusal& refused) {
                   // One that is private, or gone.
                   const auto outcome = refused.answer.outcome;
                   if (outcome != profile::Outcome::not_found && outcome != profile::Outcome::forbidden)
                       return visit.end(std::move(refused.answer));
                   ++visit.project_;
                   visit.next_project();
               });
    }

    void take_project(const JsonReply& reply) {
        GitLabProject& project = projects_[project_++];
        std::string name = text(reply.root, {"path_with_namespace"}, max_handle_octets);
        if (text(reply.root, {"visibility"}, max_name_octets) == "public" && is_project_name(name)) {
            project.url = fmt::format("{}/{}", options().base_url, name);
            project.name = std::move(name);
        }
        next_project();
    }

    void finish() {
        for (const json::value& event : events_) {
            const bool is_own = text(member(event, "author"), {"id"}, max_handle_octets) == candidate();
            const auto project = std::ranges::find(projects_, text(event, {"project_id"}, max_handle_octets),
                                                   &GitLabProject::id);
            if (!is_own || project == projects_.end() || project->name.empty()) continue;
            if (auto done = activity_of_gitlab_event(event, *project))
                add_activity(profile().activities, std::move(*done));
        }
        end_shown();
    }

    json::array events_;
    std::vector<GitLabProject> projects_;
    std::size_t project_ = 0;  // the next
};

}  // namespace

// A question takes up to eight requests of the 300 in ten minutes.
GitLab::GitLab(net::Fetcher& fetcher, const ForgeOptions& options)
    : Forge(fetcher, options, "https://gitlab.com", {.name = GitLabVisit::network, .default_rate = "200/h"}) {
    is_read_where_it_is_asked();
}

bool GitLab::answers(const profile::Handle& handle) const {
    const auto url = https_url(handle.url);
    return handle.network == GitLabVisit::network && is_username(handle.name) && url &&
           origin_of(*url) == origin_of(https_url(options().base_url).value_or(""));
}

void GitLab::visit(std::string address, std::string account, Done done) {
    std::make_shared<GitLabVisit>(fetcher(), options(), std::move(address), std::move(account),
                                  std::move(done))
        ->start();
}

}  // namespace decorum::connectors
