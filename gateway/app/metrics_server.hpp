// The local port of the metrics: GET /metrics for Prometheus, GET /health for balancers and service managers.
//
//     /metrics  200, the text format
//     /health   200 "ok"; 503 "draining" once the gateway accepts no more mail
//
// One request a connection. It runs on a thread of its own: a scrape costs no session anything, and sessions
// that hang are told of. Nobody can hold it up: a request has ten seconds, connections are few, and the
// oldest one that has said nothing whole makes room for the next.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/base/endpoint.hpp"
#include "gateway/net/admission.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/io_threads.hpp"
#include "gateway/net/listener.hpp"

namespace decorum::app {

struct MetricsPages {
    std::function<std::string()> metrics;
    std::function<bool()> draining;
};

inline constexpr Milliseconds metrics_request_limit{10'000};  // and again for the answer to go

// One connection, to its end.
[[nodiscard]] net::Task<> serve_metrics(net::StreamPtr client, net::Admission admission,
                                        const MetricsPages& pages);

class MetricsServer {
public:
    // Listens; nobody is answered before start(). Errors as net::Listener::open.
    [[nodiscard]] static Result<std::unique_ptr<MetricsServer>> open(const Endpoint& endpoint,
                                                                     MetricsPages pages);
    ~MetricsServer();  // whoever waits for an answer is cut off

    void start() { threads_.start(); }
    [[nodiscard]] const Endpoint& endpoint() const noexcept { return listener_->endpoint(); }

private:
    explicit MetricsServer(MetricsPages pages) : pages_(std::move(pages)), threads_(1) {}

    const MetricsPages pages_;
    net::IoThreads threads_;
    std::unique_ptr<net::Listener> listener_;
};

}  // namespace decorum::app
