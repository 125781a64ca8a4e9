// A code forge as a source of profiles: what GitHub and GitLab have in common.
//
// By address, which the forge thereby learns in clear: its search is fuzzy, so that only an account counts
// whose own document gives exactly this address in public (tier A). By account: the one of that name. What a
// visit then reads of either: forge_visit.hpp.
#pragma once

#include <string>

#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct ForgeOptions {
    std::string base_url{};  // empty: the public one
    Secret token{};
    Milliseconds timeout{10'000};  // of one request
    WallClock now = wall_clock_now;
};

class Forge : public profile::Connector {
public:
    [[nodiscard]] const profile::Traits& traits() const final { return traits_; }
    void find(const profile::Query& query, Done done) final;

protected:
    // `fetcher` outlives it, and every question. `traits` without what follows from the place.
    Forge(net::Fetcher& fetcher, const ForgeOptions& options, std::string_view public_place,
          profile::Traits traits);

    // People read what it says at the very server that is asked.
    void is_read_where_it_is_asked() { traits_.site = server_; }

    [[nodiscard]] net::Fetcher& fetcher() const { return fetcher_; }
    [[nodiscard]] const ForgeOptions& options() const { return options_; }  // with the place

private:
    // One of `address` and `account` is empty.
    virtual void visit(std::string address, std::string account, Done done) = 0;

    net::Fetcher& fetcher_;
    const ForgeOptions options_;
    const std::string server_;
    profile::Traits traits_;  // fixed once it is made
};

}  // namespace decorum::connectors
