// A blocked accept() or read() ends when its socket is shut down; that is how stop() gets its threads back.
#include "tests/support/tcp_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "gateway/net/socket_address.hpp"
#include "tests/support/require.hpp"

namespace decorum::test {
namespace {
constexpr int backlog = 1024;
}  // namespace

TcpServer::TcpServer(Serve serve, const std::string& address) : serve_(std::move(serve)) {
    net::SocketAddress there = net::socket_address(IpAddress::parse(address).value(), 0);
    listening_ = Descriptor(::socket(there.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    require(static_cast<bool>(listening_), "socket");
    require(bind(listening_.get(), there.get(), there.size) == 0, "bind");
    require(listen(listening_.get(), backlog) == 0, "listen");
    require(getsockname(listening_.get(), there.get(), &there.size) == 0, "getsockname");
    port_ = net::endpoint_of(there).port;
    acceptor_ = std::thread([this] { accept_all(); });
}

TcpServer::~TcpServer() {
    stop();
}

std::size_t TcpServer::connections() const {
    const std::lock_guard lock(mutex_);
    return threads_.size();
}

std::size_t TcpServer::most_connections() const {
    const std::lock_guard lock(mutex_);
    return most_;
}

void TcpServer::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        stopped_ = true;
        shutdown(listening_.get(), SHUT_RDWR);
        for (int socket : open_) shutdown(socket, SHUT_RDWR);
    }
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
}

void TcpServer::accept_all() {
    for (;;) {
        const int socket = accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            return;
        }
        net::set_option(socket, IPPROTO_TCP, TCP_NODELAY);
        const std::lock_guard lock(mutex_);
        open_.insert(socket);
        if (stopped_) shutdown(socket, SHUT_RDWR);
        most_ = std::max(most_, open_.size());
        threads_.emplace_back([this, socket] { serve_one(socket); });
    }
}

void TcpServer::serve_one(int socket) {
    serve_(socket);
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
    close(socket);
}

bool send_all(int socket, std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t sent = send(socket, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace decorum::test
