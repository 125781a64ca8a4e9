#include "gateway/app/metrics_server.hpp"

#include <fmt/format.h>

#include <array>

#include "gateway/app/metrics_request.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t max_connections = 16;
// What a client that was refused goes on sending is thrown away for so long: closing at once would reset the
// connection, and the answer with it.
constexpr Milliseconds linger_limit{1000};
constexpr std::size_t max_linger_octets = std::size_t{64} * 1024;

std::string_view reason_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 414: return "URI Too Long";
        case 431: return "Request Header Fields Too Large";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Bad Request";
    }
}

std::string answer(int status, std::string_view content, std::string_view type, bool head = false) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\n"
        "Content-Type: {}\r\n"
        "Content-Length: {}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "{}"
        "Connection: close\r\n\r\n{}",
        status, reason_of(status), type, content.size(), status == 405 ? "Allow: GET, HEAD\r\n" : "",
        head ? std::string_view{} : content);
}

std::string plain_answer(int status, std::string_view content, bool head = false) {
    return answer(status, content, "text/plain; charset=utf-8", head);
}

std::string refusal(int status) {
    return plain_answer(status, fmt::format("{}\n", reason_of(status)));
}

std::string answer_to(const MetricsRequest& request, const MetricsPages& pages) {
    if (request.path == "/metrics")
        return answer(200, pages.metrics(), "text/plain; version=0.0.4; charset=utf-8", request.head);
    if (request.path == "/health") {
        const bool draining = pages.draining();
        return plain_answer(draining ? 503 : 200, draining ? "draining\n" : "ok\n", request.head);
    }
    return plain_answer(404, "There are /metrics and /health.\n", request.head);
}

net::Task<> throw_away(net::ByteStream& client) {
    const auto until = SteadyClock::now() + linger_limit;
    std::array<char, 4096> buffer;
    for (std::size_t octets = 0; octets < max_linger_octets;) {
        const auto left = std::chrono::duration_cast<Milliseconds>(until - SteadyClock::now());
        if (left <= Milliseconds::zero()) co_return;
        const auto got = co_await client.read_some(buffer, left);
        if (!got) co_return;
        octets += *got;
    }
}

}  // namespace

// The admission is held to the end: it is what makes room where there are too many connections.
net::Task<> serve_metrics(net::StreamPtr client, [[maybe_unused]] net::Admission admission,
                          const MetricsPages& pages) {
    const auto until = SteadyClock::now() + metrics_request_limit;
    std::string head;
    std::array<char, 2048> buffer;
    for (;;) {
        const auto left = std::chrono::duration_cast<Milliseconds>(until - SteadyClock::now());
        const auto octets = co_await client->read_some(buffer, std::max(left, Milliseconds{1}));
        if (!octets) {
            if (octets.error().code == errc::timed_out)
                (void)co_await client->write(refusal(408), metrics_request_limit);
            break;
        }
        head.append(buffer.data(), *octets);
        const auto request = parse_metrics_request(head);
        if (!request) continue;
        (void)co_await client->write(
            *request ? answer_to(**request, pages) : refusal(request->error().status), metrics_request_limit);
        if (!*request) co_await throw_away(*client);
        break;
    }
    client->close();
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::open(const Endpoint& endpoint, MetricsPages pages) {
    std::unique_ptr<MetricsServer> server(new MetricsServer(std::move(pages)));
    net::ListenerOptions options;
    options.name = "metrics";
    options.refusal = refusal(503);
    options.limits = net::ConnectionLimits::make(max_connections, 0);
    options.backlog = 64;
    options.unix_mode = 0660;
    auto listener =
        net::Listener::open(server->threads_, endpoint, options,
                            [&served = server->pages_](net::StreamPtr client, net::Admission admission) {
                                return serve_metrics(std::move(client), std::move(admission), served);
                            });
    if (!listener) return std::unexpected(listener.error());
    server->listener_ = std::move(*listener);
    return server;
}

MetricsServer::~MetricsServer() {
    listener_.reset();
    threads_.stop();
    threads_.join();
}

}  // namespace decorum::app
