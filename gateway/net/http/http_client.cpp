// Invariant: a request that was counted is answered, because the thread ends only after the last of them.
// Closing fails whatever they wait for, so that each coroutine runs to its end.
#include "gateway/net/http/http_client.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/net/http/request_flow.hpp"

namespace decorum::net {

HttpClient::HttpClient(std::size_t max_under_way) : max_under_way_(max_under_way) {}

HttpClient::~HttpClient() {
    close();
}

Result<std::unique_ptr<HttpClient>> HttpClient::start(HttpOptions options) {
    std::unique_ptr<HttpClient> out(new HttpClient(options.max_under_way));
    auto flow = RequestFlow::open(out->thread_.executor(0), std::move(options));
    if (!flow) return std::unexpected(std::move(flow.error()));
    out->flow_ = std::move(*flow);
    out->thread_.start();
    boost::asio::post(out->thread_.executor(0), [] { pthread_setname_np(pthread_self(), "http"); });
    return out;
}

void HttpClient::close() {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        closed_ = true;
    }
    boost::asio::post(thread_.executor(0), [this] {
        flow_->shut_down();
        const std::lock_guard lock(mutex_);
        if (under_way_ == 0) thread_.stop();
    });
    thread_.join();
}

Result<> HttpClient::enter() {
    const std::lock_guard lock(mutex_);
    if (closed_) return fail(errc::cancelled, "shutting down");
    if (under_way_ >= max_under_way_) return fail(errc::unavailable, "too many requests are under way");
    ++under_way_;
    return {};
}

void HttpClient::leave() {
    const std::lock_guard lock(mutex_);
    --under_way_;
    if (closed_ && under_way_ == 0) thread_.stop();
}

template <class T>
void HttpClient::submit(DoneWith<T> done, Work<T> work) {
    if (auto entered = enter(); !entered) return done(std::unexpected(std::move(entered.error())));
    boost::asio::post(thread_.executor(0), [this, done = std::move(done), work = std::move(work)]() mutable {
        detach(thread_.executor(0), answer<T>(std::move(work), std::move(done)), "http");
    });
}

template <class T>
Task<> HttpClient::answer(Work<T> work, DoneWith<T> done) {
    Result<T> result = fail(errc::unavailable, "an exception");
    try {
        result = co_await work();
    } catch (const std::exception& exception) {
        log::error("exception", {{"where", "http"}, {"what", exception.what()}});
    }
    leave();
    done(std::move(result));
}

void HttpClient::fetch(HttpRequest request, Done done) {
    submit<HttpResponse>(std::move(done), [this, request = std::move(request)]() mutable {
        return flow_->fetch(std::move(request));
    });
}

void HttpClient::forget() {
    if (!enter()) return;
    boost::asio::post(thread_.executor(0), [this] {
        flow_->forget();
        leave();
    });
}

void HttpClient::services(std::string name, Milliseconds limit, ServicesDone done) {
    submit<ServiceRecords>(std::move(done), [this, name = std::move(name), limit]() mutable {
        return flow_->dns().services(std::move(name), limit);
    });
}

void HttpClient::texts(std::string name, Milliseconds limit, TextsDone done) {
    submit<TextRecords>(std::move(done), [this, name = std::move(name), limit]() mutable {
        return flow_->dns().texts(std::move(name), limit);
    });
}

}  // namespace decorum::net
