// Accepting, and dealing connections out to the threads.
//
// When descriptors run out, accepting pauses for 100 ms instead of spinning: the connections wait in the
// backlog. A loop that drains takes in what the kernel had already completed, so that those clients get a
// refusal and not a reset; of an inherited socket they are left to who takes it over next.
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "gateway/base/log.hpp"
#include "gateway/net/event.hpp"
#include "gateway/net/listener_core.hpp"
#include "gateway/net/socket_address.hpp"

namespace decorum::net {
namespace {
constexpr int max_burst = 64;  // accepted before others on the thread get their turn
constexpr Milliseconds pause_without_descriptors{100};

enum class Accepted : std::uint8_t { one, none, exhausted };

Accepted accept_one(Listener::Core& core, std::size_t thread, int listening) {
    SocketAddress address;
    Descriptor descriptor(accept4(listening, address.get(), &address.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (descriptor) {
        core.deal(thread, std::move(descriptor), address.family(), peer_of(address));
        return Accepted::one;
    }
    switch (errno) {
        case EAGAIN: return Accepted::none;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            if (core.log_accept_fault())
                log::error("accept", {{"listener", core.options.name}, {"reason", text_of_errno(errno)}});
            return Accepted::exhausted;
        default: return Accepted::one;  // that connection has gone; the next may be there
    }
}
}  // namespace

void Listener::Core::deal(std::size_t thread, Descriptor descriptor, int family, const Peer& peer) {
    // The kernel spreads connections by a hash: with few of them one thread may get most. Moving one costs a
    // wake-up, so a difference of one is let be.
    std::size_t target = thread;
    std::size_t most = shards[thread]->connections.load(std::memory_order_relaxed);
    if (!deals_all && most > 0) --most;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const std::size_t there = shards[i]->connections.load(std::memory_order_relaxed);
        if (there >= most) continue;
        target = i;
        most = there;
    }
    shards[target]->connections.fetch_add(1, std::memory_order_relaxed);
    open.fetch_add(1, std::memory_order_relaxed);
    if (target == thread) return begin(thread, std::move(descriptor), family, peer);
    boost::asio::post(shards[target]->executor, [core = shared_from_this(), target, family, peer,
                                                 moved = std::move(descriptor)]() mutable {
        core->begin(target, std::move(moved), family, peer);
    });
}

void Listener::Core::begin(std::size_t thread, Descriptor descriptor, int family, const Peer& peer) {
    auto record = std::make_unique<Record>(shared_from_this(), thread);
    try {
        admit(std::move(record), std::move(descriptor), family, peer);
    } catch (const std::exception& e) {
        // Memory, or the reactor's watches: this connection is lost, the acceptor goes on.
        log::error("exception", {{"where", "accept"}, {"what", e.what()}});
    }
}

Task<> accept_loop(std::shared_ptr<Listener::Core> core, std::size_t thread, Descriptor descriptor) {
    Listener::Core::Shard& shard = *core->shards[thread];
    const int listening = descriptor.get();
    Acceptor acceptor(shard.executor, listening);
    static_cast<void>(descriptor.release());
    struct Registration {
        Listener::Core::Shard& shard;
        Registration(Listener::Core::Shard& shard_, Acceptor& acceptor_) : shard(shard_) {
            shard.acceptor = &acceptor_;
        }
        ~Registration() { shard.acceptor = nullptr; }
    } const registration(shard, acceptor);
    while (!core->draining.load(std::memory_order_relaxed)) {
        Accepted accepted = Accepted::one;
        for (int i = 0; i < max_burst && accepted == Accepted::one; ++i) {
            if (core->draining.load(std::memory_order_relaxed)) break;
            accepted = accept_one(*core, thread, listening);
        }
        if (accepted == Accepted::exhausted)
            co_await sleep_for(pause_without_descriptors);
        else
            co_await acceptor.async_wait(Acceptor::wait_read, as_result);
    }
    for (int i = 0; i < core->options.backlog && core->refuses(); ++i) {
        if (accept_one(*core, thread, listening) != Accepted::one) break;
    }
}

}  // namespace decorum::net
