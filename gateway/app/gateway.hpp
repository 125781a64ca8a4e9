// The running gateway: listeners, threads, upstream pools, from start to drained.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "gateway/app/engine.hpp"
#include "gateway/app/metrics.hpp"
#include "gateway/app/metrics_server.hpp"
#include "gateway/base/result.hpp"
#include "gateway/net/io_threads.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/session/context.hpp"
#include "gateway/session/notice_sender.hpp"

namespace decorum::app {

class Gateway {
public:
    // Opens every listener; nothing is accepted before start(). `settings` and `engine` outlive the gateway.
    [[nodiscard]] static Result<std::unique_ptr<Gateway>> open(const config::Settings& settings,
                                                               Engine& engine);
    ~Gateway();

    void start();

    // What is served at metrics.bind. Collectors are added before start().
    [[nodiscard]] Metrics& metrics() { return metrics_; }

    // SIGHUP: certificates, for handshakes to come. A fault leaves what is there. All other settings of a
    // listener take a restart (config: Setting::reloadable).
    [[nodiscard]] Result<> reload(const config::Settings& settings);

    // No more connections; messages under way may end within gateway.drain, then everything is cut off.
    // True where nothing had to be cut off.
    bool drain();

private:
    explicit Gateway(const config::Settings& settings);
    [[nodiscard]] Result<session::SmtpUpstream::Options> upstream_options(
        const config::Upstream& upstream) const;
    [[nodiscard]] Result<> make_upstreams();
    [[nodiscard]] Result<> make_sender(notice::Notices& notices);
    [[nodiscard]] Result<> open_listener(const config::Listener& listener);
    [[nodiscard]] Result<> open_metrics(Engine& engine);
    // What the gateway itself is asked at each scrape (gateway_metrics.cpp).
    void collect(Families& out) const;
    void collect_listeners(Families& out) const;
    void collect_upstreams(Families& out) const;
    void collect_annotators(Families& out) const;
    void stop_sender();
    void stop_upstreams();

    const config::Settings& settings_;
    // Sessions live in the threads' contexts and refer to what is declared above them.
    std::deque<session::Listening> listening_;
    std::map<std::string, std::shared_ptr<session::UpstreamTally>> upstream_tallies_;
    std::vector<std::unique_ptr<session::ThreadContext>> contexts_;
    net::IoThreads threads_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    std::unique_ptr<session::NoticeSender> sender_;  // on the first thread; null: nothing is written
    std::atomic<bool> draining_ = false;
    Metrics metrics_;
    std::unique_ptr<MetricsServer> metrics_server_;  // reads all the others; null: nowhere
};

}  // namespace decorum::app
