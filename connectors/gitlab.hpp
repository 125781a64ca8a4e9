// GitLab, REST API v4, gitlab.com or a server of one's own.
//
// By address, which GitLab thereby learns in clear: /users?search=ADDRESS is fuzzy, so that only an account
// counts whose own document gives exactly this address as public_email (tier A). By account:
// /users?username=NAME, where a miss is 200 with an empty list. Then the accounts that it names (one way:
// tier C) and its events, each in a line of ours such as "pushed to harbour/ferry". An event names its
// project by number alone, so that the projects of the latest ones are asked for too; only public ones count,
// for our token may see more than the public does.
//
// Quirks: throttled is 429 with RateLimit-Reset and Retry-After. An account is there only while its state is
// active: blocked and deactivated ones stay in the lists. A private profile hides all but the name.
#pragma once

#include <string>

#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct GitLabOptions {
    std::string base_url = "https://gitlab.com";
    Secret token{};
    Milliseconds timeout{10'000};  // of one request
    WallClock now = wall_clock_now;
};

class GitLab final : public profile::Connector {
public:
    // `fetcher` outlives it, and every question.
    GitLab(net::Fetcher& fetcher, GitLabOptions options);

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    // Accounts on this server, not on any that runs GitLab.
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    net::Fetcher& fetcher_;
    const GitLabOptions options_;
    const std::string server_;
    const profile::Traits traits_;
};

}  // namespace decorum::connectors
