// Places where somebody listens or is connected to, and whether two of them are one.
#pragma once

#include <optional>

#include "gateway/base/endpoint.hpp"
#include "gateway/base/ip.hpp"

namespace decorum::config {

// Nothing: a unix socket, or a name that must be looked up.
[[nodiscard]] std::optional<IpAddress> address_of(const Endpoint& endpoint);
[[nodiscard]] bool is_loopback(const IpAddress& address);

// May not both be open at a time. [::] takes IPv6 alone, so it and 0.0.0.0 go together.
[[nodiscard]] bool clash(const Endpoint& a, const Endpoint& b);

// Would a connection to `target` arrive at the socket that listens at `bound`?
[[nodiscard]] bool leads_to(const Endpoint& target, const Endpoint& bound);

}  // namespace decorum::config
