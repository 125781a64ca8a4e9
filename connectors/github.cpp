// One visit, step after step: the search (by address), candidate after candidate, the accounts that it links
// to, its events. Whichever step ends the visit answers once.
#include "connectors/github.hpp"

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
constexpr std::size_t max_events = 30;
constexpr int unprocessable = 422;

// login = alnum *(alnum / "-"), at most 39 octets
bool is_login(std::string_view text) {
    constexpr std::size_t max_octets = 39;
    return !text.empty() && text.size() <= max_octets &&
           std::ranges::all_of(text, [](char c) { return ascii::is_alnum(c) || c == '-'; });
}

class Visit : public JsonVisit<Visit> {
public:
    // Empty `address`: by account.
    Visit(net::Fetcher& fetcher, const GitHubOptions& options, std::string address, Done done)
        : JsonVisit(fetcher, options.now, std::move(done)), options_(options), address_(std::move(address)) {}

    void start_with_account(std::string login) {
        candidates_ = {std::move(login)};
        next_candidate();
    }

    void start_with_address() {
        auto search = request(
            fmt::format("/search/users?q={}+in%3Aemail&per_page={}", url_escaped(address_), max_candidates));
        get_or(std::move(search), &Visit::take_search, [](Visit& visit, Refusal& refused) {
            // An address that it can't search for is nobody's there, and no fault of GitHub's.
            if (refused.status == unprocessable)
                return visit.end(not_found("GitHub can't search for such an address"));
            visit.end(std::move(refused.answer));
        });
    }

private:
    friend JsonVisit;

    void ask(const std::string& target, Step next) { get(request(target), next); }

    net::HttpRequest request(const std::string& target) const {
        net::HttpRequest request;
        request.url = options_.base_url + target;
        request.accept = "application/vnd.github+json";
        request.fields = {{"X-GitHub-Api-Version", "2022-11-28"}};
        request.bearer = options_.token;
        request.limit = options_.timeout;
        request.allow_port = true;  // the configuration names the server, and whoever wrote it knows the port
        return request;
    }

    void take_search(const JsonReply& reply) {
        if (!member(reply.root, "items").is_array()) return end(failed("JSON, but no list of users"));
        each(member(reply.root, "items"), [this](const json::value& user) {
            std::string login = text(user, {"login"}, max_handle_octets);
            if (candidates_.size() < max_candidates && is_login(login))
                candidates_.push_back(std::move(login));
        });
        next_candidate();
    }

    void next_candidate() {
        if (candidate_ == candidates_.size()) return end(not_found("nobody gives the address in public"));
        login_ = candidates_[candidate_++];
        ask("/users/" + login_, &Visit::take_user);
    }

    void take_user(const JsonReply& reply) {
        const json::value& user = reply.root;
        if (!is_login(text(user, {"login"}, max_handle_octets))) return end(failed("JSON, but no user"));
        const std::string email = text(user, {"email"}, max_handle_octets);
        if (!address_.empty() && !ascii::equals_nocase(email, address_)) return next_candidate();
        if (!ascii::equals_nocase(text(user, {"login"}, max_handle_octets), login_) ||
            text(user, {"type"}, max_handle_octets) != "User")
            return end(not_found("not a person's account, or another one"));
        identify(text(user, {"id"}, max_handle_octets));
        read_user(user, email);
        ask(fmt::format("/users/{}/social_accounts", login_), &Visit::take_social_accounts);
    }

    void read_user(const json::value& user, const std::string& email) {
        profile_.display_name.value = text(user, {"name"}, max_name_octets);
        profile_.location.value = text(user, {"location"}, max_name_octets);
        profile_.summary.value = text(user, {"bio"}, profile::max_summary_octets);
        profile_.photo_url.value = https_url(text(user, {"avatar_url"}, max_url_octets)).value_or("");
        std::string company = text(user, {"company"}, max_name_octets);
        // "@acme" is an organisation at GitHub.
        if (company.starts_with('@')) company.erase(0, 1);
        profile_.organisation.value = std::move(company);
        add_link(
            profile_, "https://github.com/" + login_, {},
            {Tier::a, address_.empty() ? "the account itself" : "it gives the address in public", "github"});
        add_address(profile_, email);
        list(text(user, {"blog"}, max_url_octets));
        if (const std::string x = text(user, {"twitter_username"}, max_handle_octets); !x.empty())
            list("https://x.com/" + url_escaped(x));
    }

    void list(std::string_view url) { add_link(profile_, url, {}, {Tier::c, "listed at GitHub", {}}); }

    void take_social_accounts(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of accounts"));
        each(reply.root,
             [this](const json::value& account) { list(text(account, {"url"}, max_url_octets)); });
        ask(fmt::format("/users/{}/events/public?per_page={}", login_, max_events), &Visit::take_events);
    }

    void take_events(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of events"));
        each(reply.root, [this](const json::value& event) {
            if (auto done = activity_of_github_event(event, login_))
                add_activity(profile_.activities, std::move(*done));
        });
        end_found(std::move(profile_), address_.empty() ? "" : "the account gives the address in public");
    }

    const GitHubOptions options_;
    const std::string address_;
    std::vector<std::string> candidates_;
    std::size_t candidate_ = 0;  // the next
    std::string login_;
    profile::Profile profile_;
};

}  // namespace

// A question takes one search and up to five other requests; without a token there are 60 of these an hour.
GitHub::GitHub(net::Fetcher& fetcher, GitHubOptions options)
    : fetcher_(fetcher),
      options_(std::move(options)),
      server_(host_of(options_.base_url)),
      traits_{.name = "github",
              .reach = profile::Reach::outside,
              .by_address = true,
              .tier = Tier::a,
              .default_rate = options_.token.empty() ? "15/h" : "15/min",
              .gives_activities = true,
              .server = server_} {}

bool GitHub::answers(const profile::Handle& handle) const {
    return handle.network == "github" && is_login(handle.name);
}

void GitHub::find(const profile::Query& query, Done done) {
    const std::string address = query.handle ? std::string{} : ascii::lower(ascii::trim(query.address));
    if (query.handle ? !answers(*query.handle) : !address.contains('@'))
        return done(not_found("neither an account of GitHub's nor an address"));
    const auto visit = std::make_shared<Visit>(fetcher_, options_, address, std::move(done));
    if (query.handle) return visit->start_with_account(query.handle->name);
    visit->start_with_address();
}

}  // namespace decorum::connectors
