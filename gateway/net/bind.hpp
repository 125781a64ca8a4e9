// Listening sockets: made, or taken over.
#pragma once

#include "gateway/base/descriptor.hpp"
#include "gateway/base/endpoint.hpp"

namespace decorum::net {

// Non-blocking, with set_tcp_options() (which what is accepted inherits), IPV6_V6ONLY on. `shared`:
// with SO_REUSEPORT, also with other programs of ours. Errors: `invalid`, with the endpoint and the reason.
[[nodiscard]] Result<Descriptor> bind_tcp(const Endpoint& endpoint, bool shared);
[[nodiscard]] Result<> start_listening(const Descriptor& descriptor, const Endpoint& endpoint, int backlog);

// Whether the path of a unix socket is taken by one, whoever listens at it; an error: by something else.
[[nodiscard]] Result<bool> socket_is_there(const Endpoint& endpoint);

// A path where nobody listens any more is removed first; one where somebody does, or that is no socket, is
// an error.
[[nodiscard]] Result<Descriptor> bind_unix(const Endpoint& endpoint, int backlog, unsigned mode);

// A listening stream socket from elsewhere.
[[nodiscard]] Result<Descriptor> take_over(int descriptor);

[[nodiscard]] Endpoint bound_endpoint(const Descriptor& descriptor);

}  // namespace decorum::net
