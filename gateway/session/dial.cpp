#include "gateway/session/dial.hpp"

#include <fmt/format.h>

#include "gateway/net/proxy_protocol.hpp"

namespace decorum::session {
namespace {

// The address that the client reached us at is nobody's business behind us.
net::Peer unspecified_like(const net::Peer& peer) {
    net::Peer out;
    out.local = peer.local;
    if (peer.address.is_v4()) out.address = IpAddress::from_v4({0, 0, 0, 0});
    return out;
}

// A client that nobody knows is said to come from nowhere: at UNKNOWN and LOCAL a server takes this gateway
// for the client, and what it trusts this gateway with is not the client's.
net::Peer as_told(const net::Peer& client) {
    net::Peer nowhere;
    nowhere.address = IpAddress::from_v4({0, 0, 0, 0});
    return client.anonymous ? nowhere : client;
}

}  // namespace

Error at_stage(Error error, std::string_view stage) {
    error.detail = error.detail.empty() ? std::string(stage) : fmt::format("{}: {}", stage, error.detail);
    return error;
}

net::Task<Result<net::StreamPtr>> dial_upstream(const config::Upstream& settings, const Dial& dial,
                                                const net::Peer* client, Milliseconds limit) {
    const auto endpoint = Endpoint::parse(settings.address);
    if (!endpoint) co_return std::unexpected(at_stage(endpoint.error(), "address"));
    auto stream = co_await dial(*endpoint, limit);
    if (!stream) co_return std::unexpected(at_stage(stream.error(), "connect"));
    if (settings.send_proxy != config::SendProxy::none) {
        const bool v1 = settings.send_proxy == config::SendProxy::v1;
        const net::Peer told = as_told(*client);
        const std::string header =
            (v1 ? net::proxy_header_v1 : net::proxy_header_v2)(told, unspecified_like(told));
        auto sent = co_await (*stream)->write(header, limit);
        if (!sent) co_return std::unexpected(at_stage(sent.error(), "proxy header"));
    }
    co_return std::move(*stream);
}

}  // namespace decorum::session
