#include "gateway/app/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <latch>

#include "gateway/app/engine_metrics.hpp"
#include "gateway/app/imap_epoch.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/log.hpp"
#include "gateway/session/imap_session.hpp"
#include "gateway/session/smtp_session.hpp"

namespace decorum::app {
namespace {

net::TlsVerify verify_of(config::TlsVerify verify) {
    switch (verify) {
        case config::TlsVerify::none: return net::TlsVerify::none;
        case config::TlsVerify::opportunistic: return net::TlsVerify::opportunistic;
        case config::TlsVerify::required: break;
    }
    return net::TlsVerify::required;
}

std::string tls_name_of(const config::Upstream& upstream) {
    if (!upstream.tls_name.empty()) return upstream.tls_name;
    const auto endpoint = Endpoint::parse(upstream.address);
    return endpoint ? endpoint->host : std::string{};
}

// Null where the upstream is spoken to in clear.
Result<std::shared_ptr<const net::TlsContext>> tls_of(const config::Upstream& upstream) {
    if (upstream.tls == config::TlsMode::none) return nullptr;
    auto made =
        net::TlsContext::client(verify_of(upstream.verify), upstream.ca_file.string(), tls_name_of(upstream));
    if (!made) return std::unexpected(made.error());
    return std::move(*made);
}

Result<> load_certificate(const config::Listener& listener, session::Listening& listening) {
    if (listening.settings.tls == config::TlsMode::none || listener.tls == config::TlsMode::none) return {};
    auto tls = net::TlsContext::server(listener.certificate.string(), listener.private_key.string());
    if (!tls) return std::unexpected(tls.error());
    listening.tls = std::move(*tls);
    return {};
}

// Told in clear before the session begins, so there is nobody to tell where TLS comes first.
std::string refusal_of(const config::Listener& listener, std::string_view hostname) {
    if (listener.tls == config::TlsMode::implicit) return {};
    if (listener.protocol == config::Protocol::imap)
        return "* BYE [UNAVAILABLE] Too many connections, try again later\r\n";
    return fmt::format("421 4.3.2 {} Too many connections, try again later\r\n", hostname);
}

}  // namespace

Gateway::Gateway(const config::Settings& settings)
    : settings_(settings), threads_(settings.gateway.threads) {}

Gateway::~Gateway() {
    metrics_server_.reset();
    listeners_.clear();
    threads_.stop();
    threads_.join();
}

Result<std::unique_ptr<Gateway>> Gateway::open(const config::Settings& settings, Engine& engine) {
    std::unique_ptr<Gateway> gateway(new Gateway(settings));
    const auto epoch = take_imap_epoch(settings, engine.annotation().seal_key.id);
    if (!epoch) return std::unexpected(epoch.error());
    for (std::size_t i = 0; i < gateway->threads_.size(); ++i) {
        gateway->contexts_.push_back(std::make_unique<session::ThreadContext>(
            i, gateway->threads_.executor(i), settings, engine.annotation(), engine.alerts(),
            engine.outbound() == nullptr ? nullptr : &engine.outbound()->decisions(), engine.notices()));
        gateway->contexts_.back()->imap_epoch = *epoch;
    }
    if (auto made = gateway->make_upstreams(); !made) return std::unexpected(made.error());
    if (engine.notices() != nullptr)
        if (auto made = gateway->make_sender(*engine.notices()); !made) return std::unexpected(made.error());
    for (const auto& listener : settings.listeners)
        if (auto opened = gateway->open_listener(listener); !opened) return std::unexpected(opened.error());
    if (auto opened = gateway->open_metrics(engine); !opened) return std::unexpected(opened.error());
    return gateway;
}

Result<session::SmtpUpstream::Options> Gateway::upstream_options(const config::Upstream& upstream) const {
    auto tls = tls_of(upstream);
    if (!tls) return std::unexpected(tls.error());
    return session::SmtpUpstream::Options{.settings = upstream,
                                          .timeouts = settings_.timeouts,
                                          .limits = settings_.limits,
                                          .hostname = settings_.gateway.hostname,
                                          .tls = std::move(*tls),
                                          .tally = upstream_tallies_.at(upstream.name)};
}

Result<> Gateway::make_upstreams() {
    for (const auto& [name, upstream] : settings_.upstreams) {
        const auto tally = std::make_shared<session::UpstreamTally>();
        upstream_tallies_.emplace(name, tally);
        if (upstream.protocol == config::Protocol::imap) {
            auto tls = tls_of(upstream);
            if (!tls) return std::unexpected(tls.error());
            for (auto& context : contexts_)
                context->imap_upstreams.emplace(
                    name,
                    session::ImapUpstream::Options{
                        .settings = upstream, .timeouts = settings_.timeouts, .tls = *tls, .tally = tally});
            continue;
        }
        const auto options = upstream_options(upstream);
        if (!options) return std::unexpected(options.error());
        for (auto& context : contexts_)
            context->upstreams.emplace(name,
                                       std::make_unique<session::UpstreamPool>(*options, context->executor));
    }
    return {};
}

Result<> Gateway::make_sender(notice::Notices& notices) {
    auto options = upstream_options(settings_.upstreams.at(settings_.notice.upstream));
    if (!options) return std::unexpected(options.error());
    sender_ = std::make_unique<session::NoticeSender>(notices, std::move(*options), threads_.executor(0));
    return {};
}

Result<> Gateway::open_listener(const config::Listener& listener) {
    session::Listening& listening = listening_.emplace_back(listener);
    if (auto loaded = load_certificate(listener, listening); !loaded) return loaded;
    for (const auto& text : listener.trusted_peers) {
        if (text == "unix") {
            listening.trusts_unix = true;
            continue;
        }
        auto prefix = IpPrefix::parse(text);
        if (!prefix) return std::unexpected(prefix.error());
        listening.trusted_prefixes.push_back(*prefix);
    }
    net::ListenerOptions options;
    options.name = listener.name;
    options.trusted_peers = listening.trusted_prefixes;
    options.proxy_protocol = listener.proxy_protocol;
    options.proxy_limit = settings_.timeouts.handshake;
    options.refusal = refusal_of(listener, settings_.gateway.hostname);
    options.limits =
        net::ConnectionLimits::make(listener.max_connections, listener.max_connections_per_address);
    const auto serve = [this, &listening](net::StreamPtr stream, net::Admission admission) {
        session::ThreadContext& context = *contexts_[admission.thread()];
        if (listening.settings.protocol == config::Protocol::imap)
            return session::serve_imap(std::move(stream), std::move(admission), listening, context);
        return session::serve_smtp(std::move(stream), std::move(admission), listening, context);
    };
    for (const auto& bind : listener.bind) {
        const auto endpoint = Endpoint::parse(bind);
        if (!endpoint) return std::unexpected(endpoint.error());
        auto opened = net::Listener::open(threads_, *endpoint, options, serve);
        if (!opened) return std::unexpected(opened.error());
        log::info("listening", {{"listener", listener.name}, {"address", (*opened)->endpoint().text()}});
        listeners_.push_back(std::move(*opened));
    }
    return {};
}

Result<> Gateway::open_metrics(Engine& engine) {
    metrics_.add(collect_build);
    metrics_.add(collect_process);
    metrics_.add([this](Families& out) { collect(out); });
    metrics_.add([&engine](Families& out) { collect_engine(out, engine); });
    if (settings_.metrics.bind.empty()) return {};
    const auto endpoint = Endpoint::parse(settings_.metrics.bind);
    if (!endpoint) return std::unexpected(endpoint.error());
    auto opened = MetricsServer::open(*endpoint, {.metrics = [this] { return metrics_.render(); },
                                                  .draining = [this] { return draining_.load(); }});
    if (!opened) return std::unexpected(opened.error());
    metrics_server_ = std::move(*opened);
    log::info("listening", {{"listener", "metrics"}, {"address", metrics_server_->endpoint().text()}});
    return {};
}

Result<> Gateway::reload(const config::Settings& settings) {
    for (auto& listening : listening_) {
        const auto listener =
            std::ranges::find(settings.listeners, listening.settings.name, &config::Listener::name);
        if (listener == settings.listeners.end()) continue;  // listeners come and go with a restart
        if (auto loaded = load_certificate(*listener, listening); !loaded) return loaded;
    }
    return {};
}

void Gateway::start() {
    // The pools' first tasks are queued before the threads run; each starts on its own thread.
    for (auto& context : contexts_)
        for (auto& [name, pool] : context->upstreams) pool->start();
    if (sender_) sender_->start();
    threads_.start();
    if (metrics_server_) metrics_server_->start();
}

void Gateway::stop_upstreams() {
    // Pools hold sockets, which must go on their own thread and before it.
    std::latch stopped(static_cast<std::ptrdiff_t>(contexts_.size()));
    for (auto& context : contexts_)
        boost::asio::post(context->executor, [&stopped, &context] {
            for (auto& [name, pool] : context->upstreams) pool->stop();
            stopped.count_down();
        });
    stopped.wait();
}

// Before the store closes: a letter that was taken is to be struck off, and nothing may be asked after it.
void Gateway::stop_sender() {
    if (!sender_) return;
    auto ended = sender_->ended();
    boost::asio::post(contexts_.front()->executor, [this] { sender_->stop(); });
    constexpr std::chrono::seconds limit{10};
    if (ended.wait_for(limit) != std::future_status::ready)
        log::error("notices", {{"error", "still sending"}});
}

bool Gateway::drain() {
    draining_ = true;
    for (auto& listener : listeners_) listener->drain();
    const auto deadline = SteadyClock::now() + settings_.gateway.drain;
    bool clean = true;
    for (auto& listener : listeners_) {
        const auto left = std::chrono::duration_cast<Milliseconds>(deadline - SteadyClock::now());
        if (!listener->wait_until_empty(std::max(left, Milliseconds::zero()))) clean = false;
    }
    // A session that is cut off says 421 where it still can: each round ends one of its waits.
    bool empty = clean;
    constexpr int rounds = 10;
    constexpr Milliseconds round_time{50};
    for (int round = 0; !empty && round < rounds; ++round) {
        for (auto& listener : listeners_) listener->cancel_all();
        empty = std::ranges::all_of(listeners_,
                                    [&](auto& listener) { return listener->wait_until_empty(round_time); });
    }
    for (const auto& listener : listeners_) {
        const auto counters = listener->counters();
        log::info("listener_closed", {{"address", listener->endpoint().text()},
                                      {"accepted", counters.accepted},
                                      {"refused", counters.refused},
                                      {"evicted", counters.evicted}});
    }
    stop_sender();
    stop_upstreams();
    return clean;
}

}  // namespace decorum::app
