// Opening listeners, and their end. A listener that can't be opened on every thread is not opened at all.
#include "gateway/net/listener.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "gateway/net/bind.hpp"
#include "gateway/net/listener_core.hpp"

namespace decorum::net {

bool trusts(std::span<const IpPrefix> prefixes, const Peer& peer) noexcept {
    return !peer.local && !peer.anonymous && std::ranges::any_of(prefixes, [&](const IpPrefix& prefix) {
        return prefix.contains(peer.address);
    });
}

Listener::Core::Core(IoThreads& threads, ListenerOptions options_, SessionHandler handler_)
    : options(std::move(options_)), handler(std::move(handler_)) {
    for (std::size_t i = 0; i < threads.size(); ++i)
        shards.push_back(std::make_unique<Shard>(threads.executor(i)));
}

Listener::Listener(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Listener::~Listener() {
    stop_accepting();
}

Result<std::unique_ptr<Listener>> Listener::open(IoThreads& threads, const Endpoint& endpoint,
                                                 ListenerOptions options, SessionHandler handler) {
    std::vector<Descriptor> descriptors;
    Endpoint bound = endpoint;
    if (endpoint.is_unix()) {
        auto descriptor = bind_unix(endpoint, options.backlog, options.unix_mode);
        if (!descriptor) return std::unexpected(descriptor.error());
        descriptors.push_back(std::move(*descriptor));
    } else {
        if (endpoint.port != 0) {
            // SO_REUSEPORT alone would silently share the port with another program of the same user.
            if (auto probe = bind_tcp(endpoint, false); !probe) return std::unexpected(probe.error());
        }
        for (std::size_t i = 0; i < threads.size(); ++i) {
            auto descriptor = bind_tcp(bound, true);
            if (!descriptor) return std::unexpected(descriptor.error());
            if (auto listening = start_listening(*descriptor, bound, options.backlog); !listening)
                return std::unexpected(listening.error());
            if (i == 0) bound = bound_endpoint(*descriptor);  // the port, where the system chose it
            descriptors.push_back(std::move(*descriptor));
        }
    }
    return start(threads, std::move(bound), std::move(descriptors), std::move(options), std::move(handler));
}

Result<std::unique_ptr<Listener>> Listener::adopt(IoThreads& threads, int descriptor, ListenerOptions options,
                                                  SessionHandler handler) {
    auto taken = take_over(descriptor);
    if (!taken) return std::unexpected(taken.error());
    Endpoint bound = bound_endpoint(*taken);
    std::vector<Descriptor> descriptors;
    descriptors.push_back(std::move(*taken));
    auto out =
        start(threads, std::move(bound), std::move(descriptors), std::move(options), std::move(handler));
    out->owns_path_ = false;
    return out;
}

std::unique_ptr<Listener> Listener::start(IoThreads& threads, Endpoint bound,
                                          std::vector<Descriptor> descriptors, ListenerOptions options,
                                          SessionHandler handler) {
    auto core = std::make_shared<Core>(threads, std::move(options), std::move(handler));
    core->endpoint = std::move(bound);
    core->deals_all = descriptors.size() == 1;
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        detach(core->shards[i]->executor, accept_loop(core, i, std::move(descriptors[i])), "accept");
    return std::unique_ptr<Listener>(new Listener(std::move(core)));
}

const Endpoint& Listener::endpoint() const noexcept {
    return core_->endpoint;
}

const std::string& Listener::name() const noexcept {
    return core_->options.name;
}

void Listener::stop_accepting() {
    if (core_->draining.exchange(true)) return;
    if (owns_path_ && core_->endpoint.is_unix()) unlink(core_->endpoint.path.c_str());
    for (std::size_t i = 0; i < core_->shards.size(); ++i) {
        boost::asio::post(core_->shards[i]->executor, [core = core_, i] {
            boost::system::error_code ignored;
            if (core->shards[i]->acceptor) core->shards[i]->acceptor->cancel(ignored);
        });
    }
}

void Listener::drain() {
    stop_accepting();
    for (std::size_t i = 0; i < core_->shards.size(); ++i) {
        boost::asio::post(core_->shards[i]->executor, [core = core_, i] {
            for (Admission::Record& record : core->shards[i]->all) {
                if (record.between_commands && record.stream) record.stream->cancel();
            }
        });
    }
}

void Listener::cancel_all() {
    for (std::size_t i = 0; i < core_->shards.size(); ++i) {
        boost::asio::post(core_->shards[i]->executor, [core = core_, i] {
            for (Admission::Record& record : core->shards[i]->all) {
                if (record.stream) record.stream->cancel();
            }
        });
    }
}

bool Listener::wait_until_empty(Milliseconds limit) const {
    std::unique_lock lock(core_->mutex);
    return core_->emptied.wait_for(lock, bounded(limit), [this] { return core_->open.load() == 0; });
}

std::size_t Listener::connections() const noexcept {
    return core_->open.load(std::memory_order_relaxed);
}

Listener::Counters Listener::counters() const noexcept {
    return {core_->accepted.load(std::memory_order_relaxed), core_->refused.load(std::memory_order_relaxed),
            core_->evicted.load(std::memory_order_relaxed),
            core_->refused_by_address.load(std::memory_order_relaxed),
            core_->proxy_faults.load(std::memory_order_relaxed)};
}

}  // namespace decorum::net
