// A web proxy for tests that knows CONNECT (RFC 9110 §9.3.6) and nothing else, on a free port of 127.0.0.1.
// Joins the client with whatever address it names, and remembers what was asked.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "tests/support/tcp_server.hpp"

namespace decorum::test {

class ConnectProxy {
public:
    ConnectProxy() : server_([this](int socket) { serve(socket); }) {}

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
    [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
    [[nodiscard]] std::vector<std::string> targets() const;  // "127.0.0.1:4711", as named after CONNECT
    [[nodiscard]] std::string octets_seen() const;           // the header sections that clients sent
    void refuse();                                           // from now on 403

private:
    void serve(int socket);

    mutable std::mutex mutex_;
    bool refuses_ = false;
    std::vector<std::string> targets_;
    std::string octets_seen_;
    TcpServer server_;  // goes first
};

}  // namespace decorum::test
