// What a listener's threads share, and what each keeps of its own connections. Private to the listener.
//
// Invariants: a Shard's lists are touched by its thread only; `connections` counts a connection from the
// moment it was dealt to the thread until its Record goes; `silent_count` is the length of `silent`.
// A Record holds the Core, so the Core outlives the Listener while sessions run.
#pragma once

#include <atomic>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/once_a_minute.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/socket_stream.hpp"

namespace decorum::net {

using Acceptor = boost::asio::posix::basic_stream_descriptor<Executor>;
using ListHook =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct Admission::Record final : StreamOwner {
    Record(std::shared_ptr<Listener::Core> core_, std::size_t thread_);
    ~Record();
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;

    void attach(SocketStream& stream_);
    void stream_gone() noexcept override { stream = nullptr; }
    void spoke() noexcept;
    void evict();

    std::shared_ptr<Listener::Core> core;
    std::size_t thread;
    SocketStream* stream = nullptr;
    std::shared_ptr<const ListenerTerms> terms;  // that it was admitted by
    ConnectionLimits::Slot slot;
    bool between_commands = false;
    bool is_new = false;
    ListHook in_all, in_silent;
};

struct Listener::Core : std::enable_shared_from_this<Listener::Core> {
    using Record = Admission::Record;
    template <ListHook Record::*hook>
    using List = boost::intrusive::list<Record, boost::intrusive::member_hook<Record, ListHook, hook>,
                                        boost::intrusive::constant_time_size<false>>;
    struct Shard {
        explicit Shard(Executor executor_) : executor(std::move(executor_)) {}
        Executor executor;
        std::atomic<std::size_t> connections{0};
        std::atomic<std::size_t> silent_count{0};
        List<&Record::in_all> all;
        List<&Record::in_silent> silent;  // the oldest first
        Acceptor* acceptor = nullptr;     // while its accept loop runs
    };

    Core(IoThreads& threads, ListenerOptions options_, SessionHandler handler_);

    // Gives a new connection to a thread; called on `thread`.
    void deal(std::size_t thread, Descriptor descriptor, int family, const Peer& peer);
    void begin(std::size_t thread, Descriptor descriptor, int family, const Peer& peer);
    void admit(std::unique_ptr<Record> record, Descriptor descriptor, int family, const Peer& peer);
    void refuse(SocketStream& stream, const Peer& peer, std::string_view why);
    void tell_refusal(const Peer& peer, std::string_view why, std::uint64_t so_far) const;
    // On `thread`: ends its oldest silent connection, or has another thread end one.
    [[nodiscard]] bool evict_one(std::size_t thread);
    void count_out(std::size_t thread) noexcept;
    // On each thread: cancels what the sessions that stand between commands wait for.
    void interrupt(bool new_ones);
    [[nodiscard]] bool refuses() const noexcept {
        return draining.load(std::memory_order_relaxed) && !inherited;
    }

    const ListenerOptions options;  // its terms are those of the beginning
    std::atomic<std::shared_ptr<const ListenerTerms>> terms;
    SessionHandler handler;
    Endpoint endpoint;
    bool deals_all = false;  // one acceptor for all threads
    bool inherited = false;  // what waits in the backlog is for who takes the socket over next
    std::vector<std::unique_ptr<Shard>> shards;
    std::atomic<bool> draining{false};
    std::atomic<bool> grace_is_over{false};
    std::atomic<std::uint64_t> accepted{0}, refused{0}, evicted{0}, refused_by_address{0}, proxy_faults{0};
    std::atomic<std::size_t> open{0};
    OnceAMinute log_refusal, log_eviction, log_accept_fault, log_proxy_fault;
    mutable std::mutex mutex;
    mutable std::condition_variable emptied;
};

// Accepts on a listening descriptor, on the thread, until the core drains.
[[nodiscard]] Task<> accept_loop(std::shared_ptr<Listener::Core> core, std::size_t thread,
                                 Descriptor descriptor);

}  // namespace decorum::net
