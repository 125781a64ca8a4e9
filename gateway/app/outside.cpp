#include "gateway/app/outside.hpp"

#include "gateway/app/http_options.hpp"
#include "gateway/app/worker_options.hpp"
#include "gateway/net/http/http_client.hpp"
#include "gateway/worker/worker_pool.hpp"

namespace decorum::app {

Result<Outside> make_outside(const config::Settings& settings) {
    auto client = net::HttpClient::start(http_options(settings.http, settings.gateway.hostname));
    if (!client) return std::unexpected(std::move(client.error()));
    Outside outside;
    outside.worker = std::make_unique<worker::WorkerPool>(worker_options(settings));
    outside.dns = client->get();
    outside.fetcher = std::move(*client);
    return outside;
}

}  // namespace decorum::app
