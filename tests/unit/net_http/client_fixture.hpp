// An HTTP client in force as in production (guard, TLS, own DNS), but for one exception: 127.0.0.1 may be
// reached, where the test's servers are. 127.0.0.2 and the rest of loopback may not.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "gateway/net/http/http_client.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/http_server.hpp"

namespace decorum::net {

using test::HttpServer;

// Waits for what a call with `done` comes to.
template <class T>
class Awaited {
public:
    [[nodiscard]] auto done() {
        return [promise = std::move(promise_)](Result<T> result) mutable {
            promise.set_value(std::move(result));
        };
    }
    [[nodiscard]] Result<T> get() {
        if (future_.wait_for(std::chrono::seconds(30)) != std::future_status::ready)
            return fail(errc::io, "the test waited in vain");
        return future_.get();
    }

private:
    std::promise<Result<T>> promise_;
    std::future<Result<T>> future_ = promise_.get_future();
};

class HttpClientTest : public testing::Test {
protected:
    HttpClientTest();

    [[nodiscard]] HttpOptions options() const;
    // Restarts the client with others.
    void use(HttpOptions options);

    [[nodiscard]] HttpRequest request(const std::string& url) const;
    Result<HttpResponse> get(const std::string& url);
    Result<HttpResponse> fetch(HttpRequest request);

    test::TemporaryFolder folder;
    test::Authority authority{folder};
    test::DnsServer dns;
    HttpServer server;
    std::unique_ptr<HttpClient> client;
};

}  // namespace decorum::net
