// A source in whose answers there is HTML: it is fetched here and decoded in the worker process alone.
#pragma once

#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

class HtmlSource : public profile::Connector {
protected:
    // Both outlive it, and every question.
    HtmlSource(net::Fetcher& fetcher, worker::Worker& worker) : fetcher_(fetcher), worker_(worker) {}

    [[nodiscard]] net::Fetcher& fetcher() const { return fetcher_; }
    [[nodiscard]] worker::Worker& worker() const { return worker_; }

private:
    net::Fetcher& fetcher_;
    worker::Worker& worker_;
};

}  // namespace decorum::connectors
