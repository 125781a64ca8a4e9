// The robots.txt of every site that we read pages of: fetched when a page of the site is wanted, kept for a
// day.
//
// RFC 9309 §2.3.1: a 4xx means that all may be read; 5xx, or no answer, that nothing may, for now. One fetch
// at a time a site, however many pages are wanted. The table is bounded in sites and octets; the site that
// expires first makes room. Thread-safe; callbacks run without a lock.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/robots.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/net/http/fetcher.hpp"

namespace decorum::connectors {

enum class Permission : std::uint8_t {
    granted,
    denied,
    unknown,  // the site can't say now
};

struct RobotsTableOptions {
    std::size_t max_sites = 1000;
    std::size_t max_octets = std::size_t{16} << 20;
    Milliseconds timeout{10'000};  // of one request
    std::function<SteadyClock::time_point()> now = SteadyClock::now;
};

class RobotsTable : public std::enable_shared_from_this<RobotsTable> {
public:
    using Done = std::move_only_function<void(Permission)>;

    // `fetcher` outlives every question.
    [[nodiscard]] static std::shared_ptr<RobotsTable> make(net::Fetcher& fetcher,
                                                           RobotsTableOptions options = {});

    // `url`: as https_url() gives it. `done` is called once, on any thread, perhaps before this returns.
    void ask(std::string_view url, Done done);

    [[nodiscard]] std::size_t sites() const;

private:
    struct Waiter {
        std::string target;
        Done done;
    };
    struct Known {
        bool reachable = true;
        std::shared_ptr<const RobotsRules> rules;  // null: being fetched
        SteadyClock::time_point expires{};
    };
    struct Site {
        Known known;
        std::vector<Waiter> waiters;
    };
    using Sites = std::map<std::string, Site, std::less<>>;

    RobotsTable(net::Fetcher& fetcher, RobotsTableOptions options)
        : fetcher_(fetcher), options_(std::move(options)) {}

    [[nodiscard]] static Permission permission(const Known& known, std::string_view target);
    void take(const std::string& origin, const Result<net::HttpResponse>& fetched);
    // With the lock held. False: there is none that isn't being fetched.
    [[nodiscard]] bool forget_one();
    void forget(Sites::iterator site);

    net::Fetcher& fetcher_;
    const RobotsTableOptions options_;
    mutable std::mutex mutex_;
    Sites sites_;             // by "https://host:port"
    std::size_t octets_ = 0;  // of all rules
};

}  // namespace decorum::connectors
