// Conversions; total. A family that we don't know is a local peer.
#include "gateway/net/socket_address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace decorum::net {
namespace {
constexpr std::size_t v4_offset = 12;
}

SocketAddress socket_address(const IpAddress& address, std::uint16_t port) {
    SocketAddress out;
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.octets().data() + v4_offset, sizeof v4.sin_addr);
        out.size = sizeof v4;
        std::memcpy(&out.storage, &v4, sizeof v4);
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&v6.sin6_addr, address.octets().data(), sizeof v6.sin6_addr);
        out.size = sizeof v6;
        std::memcpy(&out.storage, &v6, sizeof v6);
    }
    return out;
}

SocketAddress socket_address_of_path(const std::string& path) {
    SocketAddress out;
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, path.data(), std::min(path.size(), sizeof local.sun_path - 1));
    out.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    std::memcpy(&out.storage, &local, sizeof local);
    return out;
}

Peer peer_of(const SocketAddress& address) {
    Peer out;
    if (address.family() == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, &address.storage, sizeof v4);
        std::array<std::uint8_t, 4> octets;
        std::memcpy(octets.data(), &v4.sin_addr, octets.size());
        out.address = IpAddress::from_v4(octets);
        out.port = ntohs(v4.sin_port);
    } else if (address.family() == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, &address.storage, sizeof v6);
        std::array<std::uint8_t, 16> octets;
        std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
        out.address = IpAddress(octets);
        out.port = ntohs(v6.sin6_port);
    } else {
        out.local = true;
    }
    return out;
}

Endpoint endpoint_of(const SocketAddress& address) {
    Endpoint out;
    if (address.family() == AF_UNIX) {
        sockaddr_un local;
        std::memcpy(&local, &address.storage, sizeof local);
        const std::size_t room = address.size > offsetof(sockaddr_un, sun_path)
                                     ? address.size - offsetof(sockaddr_un, sun_path)
                                     : 0;
        out.path.assign(local.sun_path, strnlen(local.sun_path, std::min(room, sizeof local.sun_path)));
        return out;
    }
    const Peer peer = peer_of(address);
    out.host = peer.address.text();
    out.port = peer.port;
    return out;
}

void set_option(int descriptor, int level, int option) noexcept {
    const int on = 1;
    static_cast<void>(setsockopt(descriptor, level, option, &on, sizeof on));
}

void set_tcp_options(int descriptor) noexcept {
    constexpr int unsent_octets = 128 * 1024;
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE);
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
    static_cast<void>(
        setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_octets, sizeof unsent_octets));
}

std::string text_of_errno(int number) {
    return std::generic_category().message(number);
}

std::string Peer::text() const {
    if (local) return "unix";
    return Endpoint{.host = address.text(), .port = port, .path = {}}.text();
}

}  // namespace decorum::net
