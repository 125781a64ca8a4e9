// One visit, step after step: the search (by address), candidate after candidate, the accounts that it links
// to, its events. Whichever step ends the visit answers once.
#include "connectors/github.hpp"

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

constexpr std::size_t max_github_events = 30;

// login = alnum *(alnum / "-"), at most 39 octets
bool is_login(std::string_view text) {
    constexpr std::size_t max_octets = 39;
    return !text.empty() && text.size() <= max_octets &&
           std::ranges::all_of(text, [](char c) { return ascii::is_alnum(c) || c == '-'; });
}

class GitHubVisit : public ForgeVisit<GitHubVisit> {
public:
    static constexpr std::string_view network = "github";
    static constexpr std::string_view listed = "listed at GitHub";

    using ForgeVisit::ForgeVisit;

    void start() {
        if (!by_address()) return look_at(account());
        auto search = at(fmt::format("/search/users?q={}+in%3Aemail&per_page={}", url_escaped(address()),
                                     max_forge_candidates));
        get_or(std::move(search), &GitHubVisit::take_search, [](GitHubVisit& visit, Refusal& refused) {
            // An address that it can't search for is nobody's there, and no fault of GitHub's.
            if (refused.status == unprocessable)
                return visit.end(not_found("GitHub can't search for such an address"));
            visit.end(std::move(refused.answer));
        });
    }

private:
    friend JsonVisit;
    friend ForgeVisit;

    static bool is_candidate(std::string_view login) { return is_login(login); }

    net::HttpRequest at(std::string_view path) const {
        auto request = this->request(path);
        request.accept = "application/vnd.github+json";
        request.fields = {{"X-GitHub-Api-Version", "2022-11-28"}};
        return request;
    }

    void take_search(const JsonReply& reply) {
        const json::value& items = member(reply.root, "items");
        const bool none = items.is_array() && items.get_array().empty();
        if (none && loose_json::is_true(member(reply.root, "incomplete_results")))
            return end(failed("the search was cut short"));
        take_candidates(items, "login");
    }

    void take_user(const JsonReply& reply) {
        const json::value& user = reply.root;
        const std::string login = text(user, {"login"}, max_handle_octets);
        if (!is_login(login)) return end(failed("JSON, but no user"));
        const std::string email = text(user, {"email"}, max_handle_octets);
        const bool is_person =
            ascii::equals_nocase(login, candidate()) && text(user, {"type"}, max_handle_octets) == "User";
        // An organisation may give the address of one of its people, who has an account too.
        if (by_address() && !(is_person && is_the_address(email))) return next_candidate();
        if (!is_person) return end(not_found("not a person's account, or another one"));
        identify(text(user, {"id"}, max_handle_octets));
        read_user(user, email);
        get(at(fmt::format("/users/{}/social_accounts", candidate())), &GitHubVisit::take_social_accounts);
    }

    void read_user(const json::value& user, const std::string& email) {
        read_person(user);
        std::string company = text(user, {"company"}, profile::max_name_octets);
        // "@acme" is an organisation at GitHub.
        if (company.starts_with('@')) company.erase(0, 1);
        profile().organisation.value = std::move(company);
        add_itself("https://github.com/" + candidate(), email);
        list_website(text(user, {"blog"}, profile::max_url_octets));
        if (const std::string x = text(user, {"twitter_username"}, max_handle_octets); !x.empty())
            list("https://x.com/" + url_escaped(x));
    }

    void take_social_accounts(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of accounts"));
        each(reply.root,
             [this](const json::value& account) { list(text(account, {"url"}, profile::max_url_octets)); });
        get(at(fmt::format("/users/{}/events/public?per_page={}", candidate(), max_github_events)),
            &GitHubVisit::take_events);
    }

    void take_events(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of events"));
        each(reply.root, [this](const json::value& event) {
            if (auto done = activity_of_github_event(event, candidate()))
                add_activity(profile().activities, std::move(*done));
        });
        end_shown();
    }
};

// A question takes one search and up to five other requests; without a token there are 60 of these an hour.
profile::Traits traits_of(const ForgeOptions& options) {
    profile::Traits traits;
    traits.name = GitHubVisit::network;
    traits.default_rate = options.token.empty() ? "15/h" : "15/min";
    return traits;
}

}  // namespace

GitHub::GitHub(net::Fetcher& fetcher, const ForgeOptions& options)
    : Forge(fetcher, options, "https://api.github.com", traits_of(options)) {}

bool GitHub::answers(const profile::Handle& handle) const {
    return handle.network == GitHubVisit::network && is_login(handle.name);
}

void GitHub::visit(std::string address, std::string account, Done done) {
    std::make_shared<GitHubVisit>(fetcher(), options(), std::move(address), std::move(account),
                                  std::move(done))
        ->start();
}

}  // namespace decorum::connectors
