// All that a session of any protocol needs, in memory and on one thread: settings, people, an annotator, one
// listener and one upstream whose connections end here. Clients and the mail server are played by the test.
//
// Sessions that have not ended when the world goes are destroyed with it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/event.hpp"
#include "gateway/session/context.hpp"
#include "gateway/session/imap_session.hpp"
#include "gateway/session/smtp_session.hpp"
#include "tests/support/outbound/outbound_setup.hpp"
#include "tests/support/people.hpp"
#include "tests/support/session/watched_stream.hpp"

namespace decorum::test {

// Defaults, one listener and its upstream, both speaking `protocol`. No spares; nothing is trusted but what
// mx.example.org says in Authentication-Results.
[[nodiscard]] config::Settings session_settings(config::Protocol protocol);

// The peer 192.0.2.7, port 4711.
[[nodiscard]] net::Peer outside_peer();

// The listener's end of draining, without a socket.
class Drain {
public:
    Drain();
    ~Drain();
    [[nodiscard]] net::Admission admit();  // of one session
    // What Listener::drain() does to it once the grace of new sessions is over: interrupts the session's stream
    // where it stands between commands.
    void begin(const Watch& watch);

private:
    struct Inner;
    std::unique_ptr<Inner> inner_;
};

class World {
public:
    // `charter` is for listeners whose policy is outbound; empty: nobody is assessed.
    explicit World(config::Settings settings, std::uint32_t imap_epoch = 0, std::string_view charter = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    struct Client {
        std::unique_ptr<MemoryStream> end;  // ours
        std::shared_ptr<Watch> watch;       // of the session's end
        std::shared_ptr<net::Event> ended;  // the session has
    };
    // A session begins. `plan` is for its end of the stream.
    [[nodiscard]] Client connect(MemoryPlan plan, net::Admission admission = {});
    [[nodiscard]] Client connect() { return connect({.peer = outside_peer()}); }

    struct Connection {
        std::unique_ptr<MemoryStream> end;  // the mail server's
        std::shared_ptr<Watch> watch;
    };
    // In the order in which they were dialled.
    [[nodiscard]] std::vector<Connection>& connections() { return connections_; }
    // Until `count` connections were dialled; false: not within the limit.
    [[nodiscard]] net::Task<bool> dialled(std::size_t count, Milliseconds limit);

    // Other tasks get their turn, as often as anything could need it.
    [[nodiscard]] static net::Task<> quiesce();
    // All that can go on without time passing does.
    void run_ready() { context_->poll(); }

    [[nodiscard]] boost::asio::io_context& context() { return *context_; }
    [[nodiscard]] config::Settings& settings() { return settings_; }
    [[nodiscard]] pipeline::Alerts& alerts() { return alerts_; }
    [[nodiscard]] People& people() { return *people_; }
    [[nodiscard]] session::Listening& listening() { return *listening_; }
    [[nodiscard]] session::UpstreamPool& pool() { return *thread_->upstreams.at("out"); }
    [[nodiscard]] OutboundSetup& outbound() { return *outbound_; }  // with a charter
    [[nodiscard]] const message::SealKey& seal_key() const { return shared_->seal_key; }

    // What the next connections are like.
    bool reachable = true;
    bool upstream_verified = false;
    std::size_t capacity_octets = 65536;
    std::function<MemoryPlan(std::size_t)> upstream_plan;  // by number, from 1
    std::function<void(std::size_t)> on_dial;              // by number, once connections() holds it

private:
    [[nodiscard]] net::Task<Result<net::StreamPtr>> dial();

    config::Settings settings_;
    std::unique_ptr<boost::asio::io_context> context_;
    std::shared_ptr<People> people_;
    std::unique_ptr<lookup::ProfileService> profiles_;
    std::unique_ptr<pipeline::Annotator::Shared> shared_;
    pipeline::Alerts alerts_;
    std::unique_ptr<OutboundSetup> outbound_;
    std::unique_ptr<session::ThreadContext> thread_;
    std::unique_ptr<session::Listening> listening_;
    std::vector<Connection> connections_;
    std::shared_ptr<net::Event> next_dial_;
};

}  // namespace decorum::test
