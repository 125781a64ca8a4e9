// A web server for tests, HTTP/1.1 over TLS or plain, on a free port of 127.0.0.1. Written directly over
// sockets, so that it can misbehave:
//
//     HttpServer server(authority.issue("localhost", {.alt_names = "DNS:localhost"}));
//     server.on("/v3/jane", [](const HttpServer::Request& request) {
//         return HttpServer::Response{.fields = {{"Content-Type", "application/json"}}, .body = "{}"};
//     });
//     ... server.url("/v3/jane") ... server.requests()
//
// A handler runs on its connection's thread and may block (on a latch of the test's). Paths without a handler
// answer 404. It goes with its connections when it is destroyed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/tcp_server.hpp"

namespace decorum::test {

class HttpServer {
public:
    struct Field {
        std::string name;
        std::string value;
    };

    struct Request {
        std::string method;
        std::string path;   // without the query
        std::string query;  // what follows the '?'
        std::vector<Field> fields;
        std::string body;

        [[nodiscard]] std::string field(std::string_view name) const;  // any case; empty where there is none
    };

    struct Response {
        int status = 200;
        std::vector<Field> fields{};
        std::string body{};

        // How it is sent.
        bool gzip = false;                              // packed, and said so
        bool chunked = false;                           // instead of a Content-Length
        std::size_t piece_octets = 0;                   // the body in pieces of that many; 0: whole
        Milliseconds piece_pause{0};                    // between them
        Milliseconds delay{0};                          // before anything is sent
        bool never = false;                             // nothing is sent, ever
        std::optional<std::size_t> declared_octets{};   // as Content-Length, whatever is true
        std::optional<std::size_t> cut_after_octets{};  // of the body; then the connection breaks off
        std::optional<std::string> raw{};  // these octets instead of an answer; then it is closed
    };

    using Handler = std::function<Response(const Request&)>;

    HttpServer() : HttpServer(std::nullopt) {}  // plain http
    explicit HttpServer(const CertificateFiles& files) : HttpServer(std::optional(files)) {}
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    // At any time, also while it serves. The last one for a path counts.
    void on(const std::string& path, Handler handler);
    void on(const std::string& path, Response response);
    void otherwise(Handler handler);  // for paths without a handler

    [[nodiscard]] std::uint16_t port() const noexcept { return server_->port(); }
    [[nodiscard]] std::string url(const std::string& path, const std::string& host = "localhost") const;
    [[nodiscard]] std::vector<Request> requests() const;  // in the order they came in
    [[nodiscard]] std::size_t connections() const { return server_->connections(); }
    [[nodiscard]] std::size_t most_connections() const { return server_->most_connections(); }

    [[nodiscard]] static Response redirect(std::string location, int status = 302);
    [[nodiscard]] static Response json(std::string body);

private:
    struct Tls;

    explicit HttpServer(std::optional<CertificateFiles> files);
    void serve(int socket);
    [[nodiscard]] Response answer(const Request& request);

    std::unique_ptr<Tls> tls_;  // null: plain
    mutable std::mutex mutex_;
    std::map<std::string, Handler> handlers_;
    Handler otherwise_;
    std::vector<Request> requests_;
    std::unique_ptr<TcpServer> server_;  // goes first: its threads use the rest
};

// RFC 1952
[[nodiscard]] std::string gzip(std::string_view octets);

}  // namespace decorum::test
