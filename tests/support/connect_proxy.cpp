#include "tests/support/connect_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "gateway/base/endpoint.hpp"
#include "gateway/net/socket_address.hpp"

namespace decorum::test {
namespace {

// One read's worth; false at the end.
bool pass_on(int from, int to) {
    std::array<char, 16384> buffer;
    const ssize_t octets = recv(from, buffer.data(), buffer.size(), 0);
    return octets > 0 && send_all(to, {buffer.data(), static_cast<std::size_t>(octets)});
}

void relay(int a, int b) {
    for (;;) {
        std::array<pollfd, 2> entries{pollfd{a, POLLIN, 0}, pollfd{b, POLLIN, 0}};
        if (poll(entries.data(), entries.size(), -1) < 0) return;
        if (entries[0].revents != 0 && !pass_on(a, b)) return;
        if (entries[1].revents != 0 && !pass_on(b, a)) return;
    }
}

}  // namespace

std::vector<std::string> ConnectProxy::targets() const {
    const std::lock_guard lock(mutex_);
    return targets_;
}

std::string ConnectProxy::octets_seen() const {
    const std::lock_guard lock(mutex_);
    return octets_seen_;
}

void ConnectProxy::refuse() {
    const std::lock_guard lock(mutex_);
    refuses_ = true;
}

void ConnectProxy::serve(int socket) {
    std::string header;
    while (!header.ends_with("\r\n\r\n")) {
        char octet = 0;
        if (recv(socket, &octet, 1, 0) != 1) return;
        header += octet;
    }
    const std::size_t begin = header.find(' ') + 1;
    const std::string target = header.substr(begin, header.find(' ', begin) - begin);
    {
        const std::lock_guard lock(mutex_);
        targets_.push_back(target);
        octets_seen_ += header;
        if (refuses_ || !header.starts_with("CONNECT ")) {
            send_all(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            return;
        }
    }
    const auto endpoint = Endpoint::parse(target);
    const auto address = endpoint ? IpAddress::parse(endpoint->host) : fail(errc::syntax);
    if (!address) {
        send_all(socket, "HTTP/1.1 502 A name\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    const net::SocketAddress there = net::socket_address(*address, endpoint->port);
    const Descriptor server(::socket(there.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(server.get(), there.get(), there.size) != 0) {
        send_all(socket, "HTTP/1.1 502 Not there\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    send_all(socket, "HTTP/1.1 200 Connected\r\n\r\n");
    relay(socket, server.get());
}

}  // namespace decorum::test
