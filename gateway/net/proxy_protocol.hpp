// The PROXY protocol, versions 1 and 2 (HAProxy, doc/proxy-protocol.txt): the first octets of a connection
// that say for whom a proxy opened it. Without I/O.
//
// Nothing is believed here: whether the peer may send a header is the listener's question. A header is at
// most 107 octets (version 1) or 4096 octets (version 2, our limit); TLVs are passed over. A text that is no
// header is a Fault at the first octet that shows it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/net/byte_stream.hpp"

namespace decorum::net {

struct ProxyHeader {
    std::size_t consumed = 0;    // octets of the header; what follows belongs to the session
    std::optional<Peer> client;  // none: LOCAL or UNKNOWN, the connection stands for itself
};
struct ProxyNeedInput {};
struct ProxyFault {
    std::string_view reason;  // a literal
};
using ProxyOutcome = std::variant<ProxyNeedInput, ProxyHeader, ProxyFault>;

inline constexpr std::size_t max_proxy_header_octets = 4096;

// `octets` is everything that came so far. NeedInput means: all of it belongs to the header.
[[nodiscard]] ProxyOutcome parse_proxy_header(std::string_view octets);

// The header that announces `client` to an upstream at `server`. Two families, a unix peer or an anonymous
// client: UNKNOWN and LOCAL, which carry no address.
[[nodiscard]] std::string proxy_header_v1(const Peer& client, const Peer& server);
[[nodiscard]] std::string proxy_header_v2(const Peer& client, const Peer& server);

class SocketStream;

// Reads exactly the header from a stream that nothing was read from, and has the stream's peer() name the
// client from then on. Errors: syntax, and those of a read.
[[nodiscard]] Task<Result<>> read_proxy_header(SocketStream& stream, Milliseconds limit);

}  // namespace decorum::net
