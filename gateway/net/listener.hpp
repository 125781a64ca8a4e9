// Listening sockets, and the connections that came in by them.
//
//     IoThreads threads(0);
//     ListenerOptions options;
//     options.name = "delivery";
//     options.refusal = "421 4.3.2 mx.example.org too many connections, try again later\r\n";
//     options.limits = ConnectionLimits::make(10'000, 100);
//     auto listener = Listener::open(threads, *Endpoint::parse("127.0.0.1:0"), options,
//         [factory](StreamPtr stream, Admission admission) {         // not itself a coroutine
//             return factory->serve(std::move(stream), std::move(admission));
//         });
//     threads.start();
//     ... (*listener)->endpoint().text() ...                         // with the actual port
//     (*listener)->drain();                                          // SIGTERM: accept no more
//     if (!(*listener)->wait_until_empty(drain_limit)) (*listener)->cancel_all();
//     threads.stop();
//     threads.join();
//
// A TCP endpoint has one socket a thread (SO_REUSEPORT); a unix socket, and one that was inherited, has one,
// on the first thread. A connection goes to the thread that has the fewest of this listener's, where that is
// worth the move. The handler is called on the thread that the stream lives on, by several threads at
// a time; its task is detached there.
//
// When the total is reached, the connection that has been silent the longest (no spoke()) gets the refusal
// and is closed for the new one; where none is silent, the new one gets the refusal. So silent connections
// never keep a client out. Trusted peers, and those of a unix socket, are not counted by address.
//
// proxy_protocol: a connection from a trusted peer (and each one of a unix socket) must begin with a PROXY
// header, and peer() is whom it names; one that does not is closed without a word. Others are served as
// direct clients, and what they send is never taken for a header.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/ip.hpp"
#include "gateway/net/admission.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/connection_limits.hpp"
#include "gateway/net/io_threads.hpp"

namespace decorum::net {

using SessionHandler = std::function<Task<>(StreamPtr, Admission)>;

struct ListenerOptions {
    std::string name;  // for the log
    std::vector<IpPrefix> trusted_peers;
    bool proxy_protocol = false;
    Milliseconds proxy_limit{5000};            // for the PROXY header to come
    std::string refusal;                       // written in clear: empty where TLS is implicit
    std::shared_ptr<ConnectionLimits> limits;  // null: none; may be shared by listeners
    int backlog = 4096;
    unsigned unix_mode = 0666;  // of a unix socket's path
};

// An IP peer within one of the prefixes; a local peer never is.
[[nodiscard]] bool trusts(std::span<const IpPrefix> prefixes, const Peer& peer) noexcept;

class Listener {
public:
    // Binds and listens; connections are accepted once the threads run. Errors: `invalid` (a host name, a
    // port or path in use, no permission), with the endpoint in the detail.
    [[nodiscard]] static Result<std::unique_ptr<Listener>> open(IoThreads& threads, const Endpoint& endpoint,
                                                                ListenerOptions options,
                                                                SessionHandler handler);
    // Takes over a listening socket (socket activation), whatever comes of it.
    [[nodiscard]] static Result<std::unique_ptr<Listener>> adopt(IoThreads& threads, int descriptor,
                                                                 ListenerOptions options,
                                                                 SessionHandler handler);
    ~Listener();  // stops accepting; sessions that run go on. The threads must still exist.
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] const Endpoint& endpoint() const noexcept;
    [[nodiscard]] const std::string& name() const noexcept;

    // The following are called from any thread.
    void drain();       // accept no more, interrupt between commands
    void cancel_all();  // interrupt every session's waits
    [[nodiscard]] bool wait_until_empty(Milliseconds limit) const;  // blocks: not on a thread of the pool
    [[nodiscard]] std::size_t connections() const noexcept;

    struct Counters {
        std::uint64_t accepted, refused, evicted;
        std::uint64_t refused_by_address;  // of the refused
        std::uint64_t proxy_faults;        // closed for want of a PROXY header
    };
    [[nodiscard]] Counters counters() const noexcept;

    struct Core;

private:
    explicit Listener(std::shared_ptr<Core> core);
    [[nodiscard]] static std::unique_ptr<Listener> start(IoThreads& threads, Endpoint bound,
                                                         std::vector<Descriptor> descriptors,
                                                         ListenerOptions options, SessionHandler handler);
    void stop_accepting();

    std::shared_ptr<Core> core_;
    bool owns_path_ = true;  // a unix socket's path is ours to remove
};

}  // namespace decorum::net
