// libcurl calls back to have sockets watched and its timer set, and is called when either has something to
// say. Finished transfers are collected after each such call; a coroutine waits for its own through an Event,
// so that none of ours runs inside of libcurl. A transfer leaves the multi handle when its coroutine is done
// with it, whatever the reason.
#include "gateway/net/http/transfers.hpp"

#include <curl/curl.h>

#include <mutex>
#include <new>

#include "gateway/net/http/running_transfer.hpp"

namespace decorum::net {
namespace {

constexpr long max_connections = 256;      // in total
constexpr long max_idle_connections = 64;  // kept for later requests

CURLM* new_multi() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    CURLM* const multi = curl_multi_init();
    if (!multi) throw std::bad_alloc();
    return multi;
}

}  // namespace

// Of a transfer in the multi handle.
class Transfers::Membership {
public:
    Membership(Transfers& all, RunningTransfer& one) : all_(all), one_(one) {
        all_.running_.insert(&one_);
        if (curl_multi_add_handle(all_.multi_.get(), one_.easy()) != CURLM_OK)
            one_.fail({errc::unavailable, "the transfer can't be begun"});
    }
    ~Membership() {
        curl_multi_remove_handle(all_.multi_.get(), one_.easy());
        all_.running_.erase(&one_);
    }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

private:
    Transfers& all_;
    RunningTransfer& one_;
};

void Transfers::CloseMulti::operator()(void* multi) const noexcept {
    curl_multi_cleanup(multi);
}

Transfers::Transfers(const Executor& executor, const HttpOptions& options, const AddressGuard& guard)
    : executor_(executor),
      options_(options),
      guard_(guard),
      watcher_(executor,
               [this](int socket, bool readable, bool writable) {
                   act(socket, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
               }),
      timer_(executor),
      multi_(new_multi()) {
    const curl_socket_callback on_socket = [](CURL*, curl_socket_t socket, int what, void* self, void*) {
        static_cast<Transfers*>(self)->watcher_.watch(socket, what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                                                      what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
        return 0;
    };
    const curl_multi_timer_callback on_timer = [](CURLM*, long milliseconds, void* self) {
        static_cast<Transfers*>(self)->set_timer(milliseconds);
        return 0;
    };
    CURLM* const multi = multi_.get();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.connections));
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max_connections);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_idle_connections);
}

Transfers::~Transfers() = default;

Task<Result<HttpResponse>> Transfers::run(Transfer transfer, Milliseconds limit) {
    if (closed_) co_return decorum::fail(errc::cancelled, "shutting down");
    RunningTransfer running(std::move(transfer), options_, guard_, Event(executor_), limit);
    const Membership membership(*this, running);
    // libcurl's own limit doesn't hold while a transfer waits for a free connection; this one does.
    if (!co_await running.finished().wait(limit)) co_return fail(errc::timed_out, running.host());
    co_return running.take_result();
}

void Transfers::shut_down() {
    closed_ = true;
    for (RunningTransfer* running : running_) running->fail({errc::cancelled, "shutting down"});
}

void Transfers::set_timer(long milliseconds) {
    if (milliseconds < 0) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(Milliseconds(milliseconds));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void Transfers::act(int socket, int ready) {
    int still_running = 0;
    curl_multi_socket_action(multi_.get(), socket, ready, &still_running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        void* owner = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
        static_cast<RunningTransfer*>(owner)->finish(message->data.result);
    }
}

}  // namespace decorum::net
