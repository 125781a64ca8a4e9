// Outgoing connections.
#pragma once

#include "gateway/base/endpoint.hpp"
#include "gateway/net/byte_stream.hpp"

namespace decorum::net {

// A plain stream on the thread that awaits. A host name is resolved without blocking the thread, and its
// addresses are tried in turn, all within `limit`. Errors: refused (also unreachable, and a unix socket
// that is not there), timed_out, not_found (the name has no address), cancelled.
[[nodiscard]] Task<Result<StreamPtr>> connect(Endpoint endpoint, Milliseconds limit);

}  // namespace decorum::net
