// One visit, step after step: the list, candidate after candidate, its events, project after project.
// Whichever step ends the visit answers once.
#include "connectors/gitlab.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "connectors/account_link.hpp"
#include "connectors/forge_activity.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_visit.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;
using profile::max_handle_octets;
using profile::max_name_octets;
using profile::max_url_octets;
using profile::Tier;

constexpr std::size_t max_candidates = 3;
constexpr std::size_t max_projects = 3;
constexpr std::size_t max_events = 20;

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, ascii::is_digit);
}

bool is_username(std::string_view text) {
    constexpr std::size_t max_octets = 255;
    return !text.empty() && text.size() <= max_octets && std::ranges::all_of(text, [](char c) {
        return ascii::is_alnum(c) || std::string_view("-._").contains(c);
    });
}

class Visit : public JsonVisit<Visit> {
public:
    // One of `address` and `username` is empty.
    Visit(net::Fetcher& fetcher, const GitLabOptions& options, std::string address, std::string username,
          Done done)
        : JsonVisit(fetcher, options.now, std::move(done)),
          options_(options),
          address_(std::move(address)),
          username_(std::move(username)) {}

    void start() {
        const std::string target =
            address_.empty()
                ? fmt::format("/users?username={}", url_escaped(username_))
                : fmt::format("/users?search={}&per_page={}", url_escaped(address_), max_candidates);
        get(request(target), &Visit::take_list);
    }

private:
    friend JsonVisit;

    net::HttpRequest request(const std::string& target) const {
        net::HttpRequest request;
        request.url = fmt::format("{}/api/v4{}", options_.base_url, target);
        request.bearer = options_.token;
        request.limit = options_.timeout;
        request.allow_port = true;  // the configuration names the server, and whoever wrote it knows the port
        return request;
    }

    void take_list(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of users"));
        each(reply.root, [this](const json::value& user) {
            std::string id = text(user, {"id"}, max_handle_octets);
            if (candidates_.size() < max_candidates && is_number(id)) candidates_.push_back(std::move(id));
        });
        next_candidate();
    }

    void next_candidate() {
        if (candidate_ == candidates_.size())
            return end(
                not_found(address_.empty() ? "no such account" : "nobody gives the address in public"));
        id_ = candidates_[candidate_++];
        get(request("/users/" + id_), &Visit::take_user);
    }

    void take_user(const JsonReply& reply) {
        const json::value& user = reply.root;
        const std::string username = text(user, {"username"}, max_handle_octets);
        if (text(user, {"id"}, max_handle_octets) != id_ || !is_username(username))
            return end(failed("JSON, but no user"));
        const std::string email = text(user, {"public_email"}, max_handle_octets);
        const bool is_wanted = address_.empty() ? ascii::equals_nocase(username, username_)
                                                : ascii::equals_nocase(email, address_);
        if (!is_wanted) return next_candidate();
        if (text(user, {"state"}, max_name_octets) != "active" || loose_json::is_true(member(user, "locked")))
            return end(not_found("the account is not active"));
        if (loose_json::is_true(member(user, "private_profile")))
            return end(hidden("the account asks to be private"));
        identify(id_);
        read_user(user, username, email);
        get(request(fmt::format("/users/{}/events?per_page={}", id_, max_events)), &Visit::take_events);
    }

    void read_user(const json::value& user, const std::string& username, const std::string& email) {
        profile_.display_name.value = text(user, {"name"}, max_name_octets);
        profile_.headline.value = text(user, {"job_title"}, profile::max_headline_octets);
        profile_.organisation.value = text(user, {"organization"}, max_name_octets);
        profile_.location.value = text(user, {"location"}, max_name_octets);
        profile_.summary.value = text(user, {"bio"}, profile::max_summary_octets);
        profile_.photo_url.value = https_url(text(user, {"avatar_url"}, max_url_octets)).value_or("");
        add_link(
            profile_, fmt::format("{}/{}", options_.base_url, username), {},
            {Tier::a, address_.empty() ? "the account itself" : "it gives the address in public", "gitlab"});
        add_address(profile_, email);
        list(text(user, {"website_url"}, max_url_octets), "");
        list(text(user, {"linkedin"}, max_handle_octets), "https://www.linkedin.com/in/");
        list(text(user, {"twitter"}, max_handle_octets), "https://x.com/");
        list(text(user, {"github"}, max_handle_octets), "https://github.com/");
        list(text(user, {"orcid"}, max_handle_octets), "https://orcid.org/");
    }

    // A member that is a URL, or the name of an account behind `place`.
    void list(const std::string& account, std::string_view place) {
        if (account.empty()) return;
        const bool is_url = account.contains("://") || place.empty();
        add_link(profile_, is_url ? account : std::string(place) + url_escaped(account), {},
                 {Tier::c, "listed at GitLab", {}});
    }

    void take_events(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of events"));
        events_ = reply.root.as_array();
        each(reply.root, [this](const json::value& event) {
            const std::string id = text(event, {"project_id"}, max_handle_octets);
            if (text(member(event, "author"), {"id"}, max_handle_octets) != id_ || !is_number(id) ||
                projects_.size() == max_projects ||
                std::ranges::find(projects_, id, &GitLabProject::id) != projects_.end())
                return;
            projects_.push_back({id, {}, {}});
        });
        next_project();
    }

    void next_project() {
        if (project_ == projects_.size()) return finish();
        get_or(request("/projects/" + projects_[project_].id), &Visit::take_project,
               [](Visit& visit, Refusal& refused) {
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
            project.url = fmt::format("{}/{}", options_.base_url, name);
            project.name = std::move(name);
        }
        next_project();
    }

    void finish() {
        for (const json::value& event : events_) {
            const bool is_own = text(member(event, "author"), {"id"}, max_handle_octets) == id_;
            const auto project = std::ranges::find(projects_, text(event, {"project_id"}, max_handle_octets),
                                                   &GitLabProject::id);
            if (!is_own || project == projects_.end() || project->name.empty()) continue;
            if (auto done = activity_of_gitlab_event(event, *project))
                add_activity(profile_.activities, std::move(*done));
        }
        end_found(std::move(profile_), address_.empty() ? "" : "the account gives the address in public");
    }

    const GitLabOptions options_;
    const std::string address_;
    const std::string username_;
    std::vector<std::string> candidates_;
    std::size_t candidate_ = 0;  // the next
    std::string id_;
    json::array events_;
    std::vector<GitLabProject> projects_;
    std::size_t project_ = 0;  // the next
    profile::Profile profile_;
};

}  // namespace

// A question takes up to eight requests of the 300 in ten minutes.
GitLab::GitLab(net::Fetcher& fetcher, GitLabOptions options)
    : fetcher_(fetcher),
      options_(std::move(options)),
      server_(host_of(options_.base_url)),
      traits_{.name = "gitlab",
              .reach = profile::Reach::outside,
              .by_address = true,
              .tier = Tier::a,
              .default_rate = "200/h",
              .gives_activities = true,
              .server = server_,
              .site = server_} {}

bool GitLab::answers(const profile::Handle& handle) const {
    const auto url = https_url(handle.url);
    return handle.network == "gitlab" && is_username(handle.name) && url &&
           origin_of(*url) == origin_of(https_url(options_.base_url).value_or(""));
}

void GitLab::find(const profile::Query& query, Done done) {
    const std::string address = query.handle ? std::string{} : ascii::lower(ascii::trim(query.address));
    if (query.handle ? !answers(*query.handle) : !address.contains('@'))
        return done(not_found("neither an account of this GitLab's nor an address"));
    std::make_shared<Visit>(fetcher_, options_, address, query.handle ? query.handle->name : std::string{},
                            std::move(done))
        ->start();
}

}  // namespace decorum::connectors
