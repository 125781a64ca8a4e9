// Gravatar, REST API v3: the profile that belongs to a hash of the address.
//
// GET {base}/v3/profiles/{SHA-256 of the trimmed address in lower case, in hex}, with a key or without.
// Nobody there learns the address, unless they know it already. The owner of an account proved the address to
// Gravatar, which ties both (tier A), and Gravatar checked the accounts that it calls verified.
//
// Quirks: `hash` in the answer is that of the account's first address, so it may be another one than we asked
// for. A missing profile is 404. Without a key at most four verified accounts are shown, and no links.
#pragma once

#include <string>

#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct GravatarOptions {
    std::string base_url = "https://api.gravatar.com";
    Secret key{};
    Milliseconds timeout{10'000};
    WallClock now = wall_clock_now;
};

class Gravatar final : public profile::Connector {
public:
    // `fetcher` outlives it.
    Gravatar(net::Fetcher& fetcher, GravatarOptions options);

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    void find(const profile::Query& query, Done done) override;

private:
    net::Fetcher& fetcher_;
    const GravatarOptions options_;
    const std::string server_;
    const profile::Traits traits_;
};

}  // namespace decorum::connectors
