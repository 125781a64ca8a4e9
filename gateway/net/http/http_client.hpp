// The HTTP client of the gateway: Fetcher and Dns, on one thread of its own.
//
// Each request runs through the same steps, once more for each redirect: the URL is checked
// (destination.hpp), the cache asked, the name resolved by us, its addresses checked (address_guard.hpp), the
// transfer pinned to those that may be reached. Callable from any thread. Where too much is under way a
// request is `unavailable` at once: nothing here queues without a limit. Logs host and outcome of each
// request at debug, never a URL.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "gateway/net/http/dns.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/net/http/options.hpp"
#include "gateway/net/io_threads.hpp"

namespace decorum::net {

class RequestFlow;

class HttpClient final : public Fetcher, public Dns {
public:
    // Starts the thread. Errors: invalid (an option), unavailable (the resolver).
    [[nodiscard]] static Result<std::unique_ptr<HttpClient>> start(HttpOptions options);
    ~HttpClient() override;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    void fetch(HttpRequest request, Done done) override;
    void forget() override;
    void services(std::string name, Milliseconds limit, ServicesDone done) override;
    void texts(std::string name, Milliseconds limit, TextsDone done) override;

    // Answers everything under way, and whatever comes later, with `cancelled`, and ends the thread. Not from
    // a `done`.
    void close();

private:
    template <class T>
    using DoneWith = std::move_only_function<void(Result<T>)>;
    template <class T>
    using Work = std::move_only_function<Task<Result<T>>()>;

    explicit HttpClient(std::size_t max_under_way);
    template <class T>
    void submit(DoneWith<T> done, Work<T> work);
    template <class T>
    [[nodiscard]] Task<> answer(Work<T> work, DoneWith<T> done);
    [[nodiscard]] Result<> enter();
    void leave();

    const std::size_t max_under_way_;
    std::mutex mutex_;
    bool closed_ = false;        // under mutex_
    std::size_t under_way_ = 0;  // under mutex_; the thread ends when it is closed and this is 0
    IoThreads thread_{1};
    std::unique_ptr<RequestFlow> flow_;  // used on the thread only
};

}  // namespace decorum::net
