// Which addresses an outgoing request may reach: the guard against server-side request forgery.
//
// A profile, a DNS record or a redirect may name any address. Refused is all that isn't global unicast:
// loopback, private, shared (CGNAT), link-local, unique-local, multicast, documentation and benchmarking
// ranges, the addresses where clouds serve metadata, and each form of IPv6 that carries one of those IPv4
// addresses. The list is the negative of the IANA special-purpose registries (RFC 6890, RFC 8190): what is
// unknown is refused. Asked for the address that connect() gets, not for a name, so that an answer of the DNS
// that changes in between can't matter.
#pragma once

#include <vector>

#include "gateway/base/ip.hpp"

namespace decorum::net {

// Global unicast, and no address by which a machine speaks with its own cloud.
[[nodiscard]] bool is_public(const IpAddress& address) noexcept;

class AddressGuard {
public:
    // `exceptions` may be reached all the same; with allow_private everything may.
    AddressGuard(bool allow_private, std::vector<IpPrefix> exceptions)
        : allow_private_(allow_private), exceptions_(std::move(exceptions)) {}

    [[nodiscard]] bool admits(const IpAddress& address) const noexcept;

private:
    bool allow_private_;
    std::vector<IpPrefix> exceptions_;
};

}  // namespace decorum::net
