// Opening a connection to a server behind us, as all protocols do it.
#pragma once

#include <functional>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/connect.hpp"
#include "gateway/net/task.hpp"

namespace decorum::session {

// How a connection is opened: net::connect, or what a test puts in its place.
using Dial = std::function<net::Task<Result<net::StreamPtr>>(Endpoint, Milliseconds)>;

// Connects, and sends the PROXY header that `settings` asks for, naming `client` (null where none is sent).
[[nodiscard]] net::Task<Result<net::StreamPtr>> dial_upstream(const config::Upstream& settings,
                                                              const Dial& dial, const net::Peer* client,
                                                              Milliseconds limit);

// The error, with the stage that it happened at.
[[nodiscard]] Error at_stage(Error error, std::string_view stage);

}  // namespace decorum::session
