// The way of one request: checks, cache, resolution, transfer, redirects. A coroutine each, all on the HTTP
// thread; http_client.hpp makes it callable from others.
//
// One time limit holds for all of it. Errors are those of fetcher.hpp; their details name a host, never a
// URL.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/net/http/address_guard.hpp"
#include "gateway/net/http/destination.hpp"
#include "gateway/net/http/dns_resolver.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/net/http/options.hpp"
#include "gateway/net/http/response_cache.hpp"
#include "gateway/net/http/transfers.hpp"
#include "gateway/net/task.hpp"

namespace decorum::net {

class RequestFlow {
public:
    // Errors: invalid (the proxy, a name server), unavailable (the resolver).
    [[nodiscard]] static Result<std::unique_ptr<RequestFlow>> open(const Executor& executor,
                                                                   HttpOptions options);
    RequestFlow(const RequestFlow&) = delete;
    RequestFlow& operator=(const RequestFlow&) = delete;

    [[nodiscard]] Task<Result<HttpResponse>> fetch(HttpRequest request);
    [[nodiscard]] DnsResolver& dns() noexcept { return *dns_; }

    // Nothing of what was asked for before is in the cache, or comes to be.
    void forget() {
        ++generation_;
        cache_.clear();
    }

    // Whatever waits for the network is `cancelled`.
    void shut_down();

private:
    RequestFlow(const Executor& executor, HttpOptions options, std::unique_ptr<DnsResolver> dns,
                std::optional<Destination> proxy);

    // Owned by fetch(), which outlives what it awaits.
    struct Journey {
        HttpRequest request;
        Destination where;
        SteadyClock::time_point until;
        std::uint64_t generation;  // of the cache, when it began
    };

    [[nodiscard]] Task<Result<HttpResponse>> follow(HttpRequest request);
    [[nodiscard]] Task<Result<HttpResponse>> ask(Journey& journey);
    [[nodiscard]] Task<Result<HttpResponse>> transfer(Journey& journey, const KeptResponse* kept);
    [[nodiscard]] Task<Result<Addresses>> addresses_of(Destination where, Milliseconds limit);

    const HttpOptions options_;
    const AddressGuard guard_;
    const std::optional<Destination> proxy_;
    std::unique_ptr<DnsResolver> dns_;
    Transfers transfers_;
    ResponseCache cache_;
    std::uint64_t generation_ = 0;  // rises with each forget()
};

}  // namespace decorum::net
