// GitHub, REST API 2022-11-28: who gives an address as public e-mail, and what they do in public.
//
// By address /search/users?q=ADDRESS+in:email, by account /users/LOGIN. Then the accounts that it links to
// (one way: tier C) and its public events, each in a line of ours such as "pushed to janem/ferry"; titles and
// messages, which may be anybody's, are never repeated.
//
// Quirks: a miss is 200 with total_count 0, or 422 where the address is one that it can't search for. Search
// and core have allowances of their own; a used up one is 403 (or 429) with X-RateLimit-Remaining 0, the
// secondary one 403 with Retry-After. Answers carry an ETag, and a 304 costs nothing of the allowance; the
// fetcher sees to it. A renamed login is 404.
#pragma once

#include "connectors/forge.hpp"

namespace decorum::connectors {

class GitHub final : public Forge {
public:
    GitHub(net::Fetcher& fetcher, const ForgeOptions& options);

    [[nodiscard]] bool answers(const profile::Handle& handle) const override;

private:
    void visit(std::string address, std::string account, Done done) override;
};

}  // namespace decorum::connectors
