// The running gateway: listeners, threads, what each configuration makes of them, from start to drained.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "gateway/app/engine.hpp"
#include "gateway/app/metrics.hpp"
#include "gateway/app/metrics_server.hpp"
#include "gateway/app/service_manager.hpp"
#include "gateway/app/serving.hpp"
#include "gateway/base/result.hpp"
#include "gateway/net/io_threads.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/session/notice_sender.hpp"

namespace decorum::app {

class Gateway {
public:
    // Opens every listener, or takes the sockets that were handed over under its name, whatever it would
    // bind; nothing is accepted before start(). `engine` and `trail` (null: nothing is recorded) outlive the
    // gateway.
    [[nodiscard]] static Result<std::unique_ptr<Gateway>> open(
        std::shared_ptr<const config::Settings> settings, Engine& engine, InheritedSockets& inherited,
        audit::Trail* trail);
    ~Gateway();

    void start();

    // SIGHUP: what sessions to come are made of, with the listeners of open(). An Error: nothing is to be
    // taken over; config::merge_for_reload() made the settings.
    struct Prepared {
        std::vector<std::shared_ptr<Serving>> servings;         // one a thread
        std::optional<session::SmtpUpstream::Options> letters;  // the way of our own; nothing: there are none
    };
    [[nodiscard]] Result<Prepared> prepare(std::shared_ptr<const config::Settings> settings);
    // The last that can fail, because it is on record from then on: what IMAP clients know mailboxes by.
    [[nodiscard]] static Result<> take_epoch(const Prepared& prepared);
    void take_over(Prepared prepared);

    // Each thread has come back to its event loop since the call before.
    [[nodiscard]] bool answers() { return threads_.all_answer(); }

    // No more connections; new ones get a moment for their message, messages under way may end within
    // gateway.drain, then everything is cut off. True where nothing had to be cut off.
    bool drain();

private:
    struct Door {  // one [[listener]]
        std::shared_ptr<net::ConnectionLimits> limits;
        std::vector<std::unique_ptr<net::Listener>> listeners;
    };

    Gateway(std::shared_ptr<const config::Settings> settings, Engine& engine, audit::Trail* trail);
    [[nodiscard]] Result<> open_listener(std::size_t number, std::vector<Descriptor> inherited);
    [[nodiscard]] bool wait_until_empty(SteadyClock::time_point until) const;
    [[nodiscard]] Result<> open_metrics();
    // What the gateway itself is asked at each scrape (gateway_metrics.cpp).
    void collect(Families& out) const;
    void collect_listeners(Families& out) const;
    void collect_upstreams(Families& out) const;
    void collect_annotators(Families& out) const;
    // What is counted of that upstream goes on from one generation to the next.
    [[nodiscard]] std::shared_ptr<session::UpstreamTally> tally_of(const std::string& upstream);
    void stop_sender();
    void stop_upstreams();

    std::shared_ptr<const config::Settings> settings_;  // of the latest generation
    Engine& engine_;
    audit::Trail* const trail_;                              // null: nothing is recorded
    std::atomic<std::shared_ptr<const Generation>> latest_;  // for the metrics
    mutable std::mutex tallies_mutex_;
    std::map<std::string, std::shared_ptr<session::UpstreamTally>> upstream_tallies_;
    std::vector<std::shared_ptr<pipeline::AnnotatorTally>> annotator_tallies_;  // of the threads
    std::vector<session::ReadingMemory> reading_memories_;                      // likewise
    // Sessions live in the threads' contexts and hold what they were made of; each is its thread's own.
    std::vector<std::shared_ptr<Serving>> servings_;
    net::IoThreads threads_;
    std::vector<Door> doors_;                        // in the order of settings.listeners
    std::unique_ptr<session::NoticeSender> sender_;  // on the first thread; null: nothing is written
    std::atomic<bool> draining_ = false;
    Metrics metrics_;
    std::unique_ptr<MetricsServer> metrics_server_;  // reads all the others; null: nowhere
};

}  // namespace decorum::app
