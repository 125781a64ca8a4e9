// Bluesky: the profile and the posts of an account, through the public interface of the network (XRPC).
//
// By account (https://bsky.app/profile/HANDLE, or a DID instead of the handle) the interface is asked, which
// has proved the handle itself; we prove besides that the account's DID document names the handle, where that
// stands in the directory of did:plc. A did:web document stands on a host of the account's own choice, which
// would learn that mail arrived: there the interface's word is taken.
//
// By address only where the address's domain is listed as one person's: then the handle equal to the domain
// is that person's (tier B). Both directions are asked by us: the domain names the DID, in DNS (TXT at
// _atproto.DOMAIN) or at /.well-known/atproto-did, and the DID's document names the domain.
//
// Quirks: nobody there is 400 InvalidRequest; accounts that were taken down or deactivated are other errors
// with 400. The label !no-unauthenticated of the person's own asks that nobody be shown the account who is
// not signed in, which we never are. All requests but the first go by the DID, so that an account that is
// renamed in between stays the same one.
#pragma once

#include <string>
#include <vector>

#include "gateway/net/http/dns.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct BlueskyOptions {
    std::string base_url = "https://public.api.bsky.app";
    std::string plc_url = "https://plc.directory";
    std::vector<std::string> personal_domains{};  // in lower case
    Milliseconds timeout{10'000};                 // of one request
    WallClock now = wall_clock_now;
};

class Bluesky final : public profile::Connector {
public:
    // Both outlive it, and every question. `dns` may be null where there are no personal domains.
    Bluesky(net::Fetcher& fetcher, net::Dns* dns, BlueskyOptions options);

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    net::Fetcher& fetcher_;
    net::Dns* const dns_;
    const BlueskyOptions options_;
    const std::string server_;
    const profile::Traits traits_;
};

}  // namespace decorum::connectors
