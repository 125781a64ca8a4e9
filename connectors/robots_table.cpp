// Permissions by site: see the header. What can't be learnt counts as unknown and is asked again after five
// minutes; a site is never read on the strength of a silence.
#include "connectors/robots_table.hpp"

#include <algorithm>
#include <utility>

namespace decorum::connectors {
namespace {

constexpr std::chrono::hours keep_rules{24};
constexpr std::chrono::minutes keep_silence{5};

// "https://jane.example/me?x#top" → origin "https://jane.example", target "/me?x"
std::pair<std::string, std::string> origin_and_target(std::string_view url) {
    url = url.substr(0, url.find('#'));
    const std::size_t authority = url.find("//");
    const std::size_t end = authority == std::string_view::npos ? 0 : authority + 2;
    const std::size_t path = std::min(url.find_first_of("/?", end), url.size());
    return {std::string(url.substr(0, path)), std::string(url.substr(path))};
}

}  // namespace

std::shared_ptr<RobotsTable> RobotsTable::make(net::Fetcher& fetcher, RobotsTableOptions options) {
    return std::shared_ptr<RobotsTable>(new RobotsTable(fetcher, std::move(options)));
}

Permission RobotsTable::permission(const Known& known, std::string_view target) {
    if (!known.reachable) return Permission::unknown;
    return known.rules->allow(target) ? Permission::granted : Permission::denied;
}

void RobotsTable::ask(std::string_view url, Done done) {
    auto [origin, target] = origin_and_target(url);
    Permission answer = Permission::unknown;
    bool answered = true;
    {
        const std::lock_guard lock(mutex_);
        auto site = sites_.find(origin);
        if (site != sites_.end() && site->second.known.rules &&
            site->second.known.expires <= options_.now()) {
            forget(site);
            site = sites_.end();
        }
        if (site != sites_.end() && site->second.known.rules) {
            answer = permission(site->second.known, target);
        } else if (site != sites_.end()) {
            site->second.waiters.push_back({std::move(target), std::move(done)});
            return;
        } else if (sites_.size() < options_.max_sites || forget_one()) {
            sites_[origin].waiters.push_back({std::move(target), std::move(done)});
            answered = false;
        }
    }
    if (answered) return done(answer);
    net::HttpRequest request;
    request.url = origin + "/robots.txt";
    request.accept = "text/plain";
    request.max_octets = max_robots_octets;
    request.limit = options_.timeout;
    fetcher_.fetch(std::move(request),
                   [self = shared_from_this(), origin](const Result<net::HttpResponse>& fetched) {
                       self->take(origin, fetched);
                   });
}

void RobotsTable::take(const std::string& origin, const Result<net::HttpResponse>& fetched) {
    const int status = fetched ? fetched->status : 0;
    const bool has_rules = status >= 200 && status <= 299;
    Known known;
    known.reachable = has_rules || (status >= 300 && status <= 499);
    known.rules =
        std::make_shared<const RobotsRules>(has_rules ? RobotsRules::parse(fetched->body) : RobotsRules{});
    known.expires = options_.now() + (known.reachable ? SteadyClock::duration(keep_rules) : keep_silence);
    std::vector<Waiter> waiters;
    {
        const std::lock_guard lock(mutex_);
        const auto at = sites_.find(origin);
        waiters = std::exchange(at->second.waiters, {});
        at->second.known = known;
        octets_ += known.rules->octets();
        while (octets_ > options_.max_octets && forget_one()) {
        }
    }
    for (Waiter& waiter : waiters) waiter.done(permission(known, waiter.target));
}

bool RobotsTable::forget_one() {
    auto first = sites_.end();
    for (auto site = sites_.begin(); site != sites_.end(); ++site)
        if (site->second.known.rules &&
            (first == sites_.end() || site->second.known.expires < first->second.known.expires))
            first = site;
    if (first == sites_.end()) return false;
    forget(first);
    return true;
}

void RobotsTable::forget(Sites::iterator site) {
    octets_ -= site->second.known.rules->octets();
    sites_.erase(site);
}

std::size_t RobotsTable::sites() const {
    const std::lock_guard lock(mutex_);
    return sites_.size();
}

}  // namespace decorum::connectors
