// GitLab, REST API v4, gitlab.com or a server of one's own.
//
// By address /users?search=ADDRESS, where public_email is what counts; by account /users?username=NAME, where
// a miss is 200 with an empty list. Then the accounts that it names (one way: tier C) and its events, each in
// a line of ours such as "pushed to harbour/ferry". An event names its project by number alone, so that the
// projects of the latest ones are asked for too; only public ones count, for our token may see more than the
// public does.
//
// Quirks: throttled is 429 with RateLimit-Reset and Retry-After. An account is there only while its state is
// active: blocked and deactivated ones stay in the lists. A private profile hides all but the name.
#pragma once

#include "connectors/forge.hpp"

namespace decorum::connectors {

class GitLab final : public Forge {
public:
    GitLab(net::Fetcher& fetcher, const ForgeOptions& options);

    // Accounts on this server, not on any that runs GitLab.
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;

private:
    void visit(std::string address, std::string account, Done done) override;
};

}  // namespace decorum::connectors
