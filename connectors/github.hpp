// GitHub, REST API 2022-11-28: who gives an address as public e-mail, and what they do in public.
//
// By address, which GitHub thereby learns in clear: /search/users?q=ADDRESS+in:email is fuzzy, so that only
// an account counts whose own document gives exactly this address (tier A). By account: /users/LOGIN. Then
// the accounts that it links to (one way: tier C) and its public events, each in a line of ours such as
// "pushed to janem/ferry"; titles and messages, which may be anybody's, are never repeated.
//
// Quirks: a miss is 200 with total_count 0, or 422 where the address is one that it can't search for. Search and core have allowances of their own; a used up one is
// 403 (or 429) with X-RateLimit-Remaining 0, the secondary one 403 with Retry-After. Answers carry an ETag,
// and a 304 costs nothing of the allowance; the fetcher sees to it. A renamed login is 404.
#pragma once

#include <string>

#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct GitHubOptions {
    std::string base_url = "https://api.github.com";
    Secret token{};
    Milliseconds timeout{10'000};  // of one request
    WallClock now = wall_clock_now;
};

class GitHub final : public profile::Connector {
public:
    // `fetcher` outlives it, and every question.
    GitHub(net::Fetcher& fetcher, GitHubOptions options);

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    net::Fetcher& fetcher_;
    const GitHubOptions options_;
    const std::string server_;
    const profile::Traits traits_;
};

}  // namespace decorum::connectors
