// The way to the outside: what fetches, what decodes, and who makes faces with both.
#pragma once

#include <memory>

#include "config/settings.hpp"
#include "connectors/make_connectors.hpp"
#include "gateway/base/result.hpp"
#include "gateway/net/http/dns.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::app {

// The fetcher is destroyed first: its last answers may still ask the worker.
struct Outside {
    std::unique_ptr<worker::Worker> worker;
    std::unique_ptr<net::Fetcher> fetcher;
    net::Dns* dns = nullptr;  // the same client

    [[nodiscard]] connectors::Services services() const { return {fetcher.get(), worker.get(), dns}; }
};

// An Error where they can't be made, with the reason; whoever needs them says so and fails.
[[nodiscard]] Result<Outside> make_outside(const config::Settings& settings);

}  // namespace decorum::app
