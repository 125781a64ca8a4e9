// Between our addresses and the system's.
#pragma once

#include <sys/socket.h>

#include <string>

#include "gateway/base/endpoint.hpp"
#include "gateway/net/byte_stream.hpp"

namespace decorum::net {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] int family() const noexcept { return storage.ss_family; }
};

[[nodiscard]] SocketAddress socket_address(const IpAddress& address, std::uint16_t port);
[[nodiscard]] SocketAddress socket_address_of_path(
    const std::string& path);  // path fits, see Endpoint::parse
[[nodiscard]] Peer peer_of(const SocketAddress& address);
[[nodiscard]] Endpoint endpoint_of(const SocketAddress& address);

void set_option(int descriptor, int level, int option) noexcept;  // to 1; where it does not apply: nothing
// For TCP, also where connections are accepted, which inherit it: keep-alive, no delay, and little that the
// kernel holds before it was sent. Else it would take megabytes and have room again only when a third of them
// has gone, so that a write to a peer that reads slowly, but reads, ran out of time.
void set_tcp_options(int descriptor) noexcept;
[[nodiscard]] std::string text_of_errno(int number);

}  // namespace decorum::net
