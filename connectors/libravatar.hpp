// Libravatar: the picture that belongs to a hash of the address, and nothing else.
//
//   GET https://HOST[:PORT]/avatar/{SHA-256 of the address in lower case, in hex}?s=80&d=404
//
// HOST is the central server, or the one that the address's own domain names by SRV (_avatars-sec._tcp), with
// the record's port. That domain would learn that a mail arrived, from the question to its DNS already: so it
// is asked only where it is on the list of domains, and everybody else at the central server. People prove
// their addresses to either, which ties picture and address (tier A).
//
// Nobody there is 404. The central server sends on to Gravatar for whom it does not know; that is not
// followed: Gravatar is a source of its own, asked where the configuration says so. The picture is decoded by
// the worker; one that is none is a failure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/net/http/dns.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

struct LibravatarOptions {
    std::string central = "https://seccdn.libravatar.org";
    std::vector<std::string> domains{};  // in lower case: that may be asked where their servers are
    std::uint64_t max_picture_octets = std::uint64_t{1} << 20;
    Milliseconds timeout{10'000};
    WallClock now = wall_clock_now;
};

class Libravatar final : public profile::Connector {
public:
    // All outlive it, and every question. `dns` null: everybody is asked for at the central server.
    Libravatar(net::Fetcher& fetcher, net::Dns* dns, worker::Worker& worker, LibravatarOptions options);

    [[nodiscard]] const profile::Traits& traits() const override;
    [[nodiscard]] bool asks_senders_domain(std::string_view address) const override;
    void find(const profile::Query& query, Done done) override;

private:
    class Desk;
    std::shared_ptr<Desk> desk_;
};

}  // namespace decorum::connectors
