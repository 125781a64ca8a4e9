// A TCP server for tests on a free port of loopback, with a thread a connection: whoever serves one may
// block. Throws std::system_error where a socket can't be made.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gateway/base/descriptor.hpp"

namespace decorum::test {

class TcpServer {
public:
    // `serve` runs on the connection's thread; the socket is closed afterwards.
    using Serve = std::function<void(int socket)>;

    explicit TcpServer(Serve serve, const std::string& address = "127.0.0.1");
    ~TcpServer();
    TcpServer(const TcpServer&) = delete;
    TcpServer& operator=(const TcpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::size_t connections() const;       // ever made
    [[nodiscard]] std::size_t most_connections() const;  // at the same time

    // Accepts no more, shuts all connections down, and joins the threads.
    void stop();

private:
    void accept_all();
    void serve_one(int socket);

    Serve serve_;
    Descriptor listening_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    bool stopped_ = false;
    std::set<int> open_;
    std::vector<std::thread> threads_;
    std::size_t most_ = 0;
    std::thread acceptor_;
};

// Sends all of it; false where the peer has gone.
bool send_all(int socket, std::string_view octets);

}  // namespace decorum::test
