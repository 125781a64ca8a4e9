#include "gateway/app/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <latch>
#include <thread>

#include "gateway/app/certificate_expiry.hpp"
#include "gateway/app/engine_metrics.hpp"
#include "gateway/app/imap_epoch.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/log.hpp"

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

Result<session::SmtpUpstream::Options> smtp_options(const config::Settings& settings,
                                                    const config::Upstream& upstream,
                                                    std::shared_ptr<session::UpstreamTally> tally) {
    auto tls = tls_of(upstream);
    if (!tls) return std::unexpected(tls.error());
    return session::SmtpUpstream::Options{.settings = upstream,
                                          .timeouts = settings.timeouts,
                                          .limits = settings.limits,
                                          .hostname = settings.gateway.hostname,
                                          .tls = std::move(*tls),
                                          .tally = std::move(tally)};
}

// One a core; but each writes the chain of its number + 1, and the last one is of commands.
std::size_t thread_count(const config::Settings& settings) {
    if (settings.gateway.threads != 0) return settings.gateway.threads;
    return std::clamp(std::thread::hardware_concurrency(), 1U, audit::command_chain - 1);
}

// The threads share what TLS needs.
Result<> add_upstream(const std::string& name, const config::Upstream& upstream,
                      const std::shared_ptr<session::UpstreamTally>& tally,
                      const std::vector<std::shared_ptr<Serving>>& servings) {
    const config::Settings& settings = *servings.front()->generation->settings;
    if (upstream.protocol == config::Protocol::imap) {
        const auto tls = tls_of(upstream);
        if (!tls) return std::unexpected(tls.error());
        for (const auto& serving : servings)
            serving->context.imap_upstreams.emplace(
                name, session::ImapUpstream::Options{
                          .settings = upstream, .timeouts = settings.timeouts, .tls = *tls, .tally = tally});
        return {};
    }
    const auto options = smtp_options(settings, upstream, tally);
    if (!options) return std::unexpected(options.error());
    for (const auto& serving : servings)
        serving->context.upstreams.emplace(
            name, std::make_unique<session::UpstreamPool>(*options, serving->context.executor));
    return {};
}

// Certificates are read here: at the start, and at each SIGHUP.
Result<> add_listening(const config::Listener& listener, Generation& generation) {
    session::Listening& listening = generation.listening.emplace_back(listener);
    if (listener.tls != config::TlsMode::none) {
        auto tls = net::TlsContext::server(listener.certificate.string(), listener.private_key.string());
        if (!tls) return std::unexpected(tls.error());
        if (const auto warning = expiry_warning((*tls)->expiry(), wall_clock_now()); !warning.empty())
            log::warning(
                "certificate",
                {{"listener", listener.name}, {"file", listener.certificate.native()}, {"warning", warning}});
        listening.tls = std::move(*tls);
    }
    for (const auto& text : listener.trusted_peers) {
        if (text == "unix") {
            listening.trusts_unix = true;
            continue;
        }
        auto prefix = IpPrefix::parse(text);
        if (!prefix) return std::unexpected(prefix.error());
        listening.trusted_prefixes.push_back(*prefix);
    }
    return {};
}

// Told in clear before the session begins, so there is nobody to tell where TLS comes first.
std::string refusal_of(const config::Listener& listener, std::string_view hostname) {
    if (listener.tls == config::TlsMode::implicit) return {};
    if (listener.protocol == config::Protocol::imap)
        return "* BYE [UNAVAILABLE] Too many connections, try again later\r\n";
    return fmt::format("421 4.3.2 {} Too many connections, try again later\r\n", hostname);
}

net::ListenerTerms terms_of(const config::Settings& settings, const config::Listener& listener,
                            const session::Listening& listening) {
    return {.trusted_peers = listening.trusted_prefixes,
            .proxy_protocol = listener.proxy_protocol,
            .proxy_limit = settings.timeouts.handshake,
            .refusal = refusal_of(listener, settings.gateway.hostname)};
}

}  // namespace

Gateway::Gateway(std::shared_ptr<const config::Settings> settings, Engine& engine, audit::Trail* trail)
    : settings_(std::move(settings)), engine_(engine), trail_(trail), threads_(thread_count(*settings_)) {
    if (trail_ != nullptr) reading_memories_.resize(threads_.size());
}

Gateway::~Gateway() {
    if (trail_ != nullptr) trail_->dismiss_waiters();  // they wait on the threads
    metrics_server_.reset();
    doors_.clear();
    threads_.stop();
    threads_.join();
}

Result<std::unique_ptr<Gateway>> Gateway::open(std::shared_ptr<const config::Settings> settings,
                                               Engine& engine, InheritedSockets& inherited,
                                               audit::Trail* trail) {
    std::unique_ptr<Gateway> gateway(new Gateway(settings, engine, trail));
    if (trail != nullptr) trail->start(gateway->threads_.size());
    auto prepared = gateway->prepare(settings);
    if (!prepared) return std::unexpected(prepared.error());
    if (auto taken = take_epoch(*prepared); !taken) return std::unexpected(taken.error());
    gateway->servings_ = std::move(prepared->servings);
    gateway->latest_ = gateway->servings_.front()->generation;
    for (const auto& serving : gateway->servings_)
        gateway->annotator_tallies_.push_back(serving->context.annotator.tally());
    if (prepared->letters)
        gateway->sender_ = std::make_unique<session::NoticeSender>(
            *engine.notices(), std::move(*prepared->letters), settings, gateway->threads_.executor(0));
    for (std::size_t i = 0; i < settings->listeners.size(); ++i)
        if (auto opened = gateway->open_listener(i, inherited.of(settings->listeners[i].name)); !opened)
            return std::unexpected(opened.error());
    // Whoever connects there would wait for ever: that is to be seen, but no reason to serve nobody.
    for (const auto& name : inherited.names())
        log::error("socket", {{"name", name}, {"error", "there is no listener of this name"}});
    if (auto opened = gateway->open_metrics(); !opened) return std::unexpected(opened.error());
    return gateway;
}

Result<Gateway::Prepared> Gateway::prepare(std::shared_ptr<const config::Settings> settings) {
    auto annotation = engine_.annotation_by(*settings);
    if (!annotation) return std::unexpected(annotation.error());
    const auto generation = std::make_shared<Generation>(settings, std::move(*annotation));
    for (const auto& listener : settings->listeners)
        if (auto added = add_listening(listener, *generation); !added) return std::unexpected(added.error());
    // What is counted goes on.
    if (const auto before = latest_.load())
        for (std::size_t i = 0; i < generation->listening.size(); ++i)
            generation->listening[i].tallies = before->listening[i].tallies;
    Prepared prepared;
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        auto& serving = *prepared.servings.emplace_back(std::make_shared<Serving>(
            generation, i, threads_.executor(i), engine_.alerts(),
            engine_.outbound() == nullptr ? nullptr : &engine_.outbound()->decisions(), engine_.notices()));
        if (trail_ != nullptr) {
            serving.context.audit.emplace(audit::Recorder{*trail_, trail_->journal(i), trail_->names()});
            serving.context.reading.emplace(*serving.context.audit, serving.context.executor,
                                            reading_memories_[i]);
        }
        if (!annotator_tallies_.empty()) serving.context.annotator.count_in(annotator_tallies_[i]);
    }
    for (const auto& [name, upstream] : settings->upstreams)
        if (auto added = add_upstream(name, upstream, tally_of(name), prepared.servings); !added)
            return std::unexpected(added.error());
    if (engine_.notices() != nullptr) {
        const std::string& name = settings->notice.upstream;
        auto letters = smtp_options(*settings, settings->upstreams.at(name), tally_of(name));
        if (!letters) return std::unexpected(letters.error());
        prepared.letters.emplace(std::move(*letters));
    }
    return prepared;
}

// Clients that read mail must notice where it will look different.
Result<> Gateway::take_epoch(const Prepared& prepared) {
    const Generation& generation = *prepared.servings.front()->generation;
    const auto epoch = take_imap_epoch(*generation.settings, generation.annotation.seal_key.id);
    if (!epoch) return std::unexpected(epoch.error());
    for (const auto& serving : prepared.servings) serving->context.imap_epoch = *epoch;
    return {};
}

std::shared_ptr<session::UpstreamTally> Gateway::tally_of(const std::string& upstream) {
    const std::lock_guard lock(tallies_mutex_);
    auto& tally = upstream_tallies_[upstream];
    if (!tally) tally = std::make_shared<session::UpstreamTally>();
    return tally;
}

Result<> Gateway::open_metrics() {
    metrics_.add(collect_build);
    metrics_.add(collect_process);
    metrics_.add([this](Families& out) { collect(out); });
    metrics_.add([this](Families& out) { collect_engine(out, engine_); });
    if (settings_->metrics.bind.empty()) return {};
    const auto endpoint = Endpoint::parse(settings_->metrics.bind);
    if (!endpoint) return std::unexpected(endpoint.error());
    auto opened = MetricsServer::open(*endpoint, {.metrics = [this] { return metrics_.render(); },
                                                  .draining = [this] { return draining_.load(); }});
    if (!opened) return std::unexpected(opened.error());
    metrics_server_ = std::move(*opened);
    log::info("listening", {{"listener", "metrics"}, {"address", metrics_server_->endpoint().text()}});
    return {};
}

Result<> Gateway::open_listener(std::size_t number, std::vector<Descriptor> inherited) {
    const config::Listener& listener = settings_->listeners[number];
    Door& door = doors_.emplace_back();
    door.limits = net::ConnectionLimits::make(listener.max_connections, listener.max_connections_per_address);
    net::ListenerOptions options(
        terms_of(*settings_, listener, servings_.front()->generation->listening[number]));
    options.name = listener.name;
    options.limits = door.limits;
    const auto serve_here = [this, number](net::StreamPtr stream, net::Admission admission) {
        auto serving = servings_[admission.thread()];
        return serve(std::move(serving), number, std::move(stream), std::move(admission));
    };
    const auto take = [&](Result<std::unique_ptr<net::Listener>> opened, std::string_view from) -> Result<> {
        if (!opened) return std::unexpected(opened.error());
        log::info("listening",
                  {{"listener", listener.name}, {"address", (*opened)->endpoint().text()}, {"socket", from}});
        door.listeners.push_back(std::move(*opened));
        return {};
    };
    for (Descriptor& socket : inherited)
        if (auto taken =
                take(net::Listener::adopt(threads_, socket.release(), options, serve_here), "inherited");
            !taken)
            return fail(taken.error().code, fmt::format("{}: {}", listener.name, taken.error().detail));
    if (!inherited.empty()) return {};
    for (const auto& bind : listener.bind) {
        const auto endpoint = Endpoint::parse(bind);
        if (!endpoint) return std::unexpected(endpoint.error());
        if (auto taken = take(net::Listener::open(threads_, *endpoint, options, serve_here), "own"); !taken)
            return taken;
    }
    return {};
}

void Gateway::take_over(Prepared prepared) {
    const Generation& generation = *prepared.servings.front()->generation;
    settings_ = generation.settings;
    latest_ = prepared.servings.front()->generation;
    for (std::size_t i = 0; i < doors_.size(); ++i) {
        const config::Listener& listener = settings_->listeners[i];
        doors_[i].limits->set(listener.max_connections, listener.max_connections_per_address);
        for (auto& open : doors_[i].listeners)
            open->set_terms(terms_of(*settings_, listener, generation.listening[i]));
    }
    for (std::size_t i = 0; i < prepared.servings.size(); ++i)
        boost::asio::post(threads_.executor(i), [this, i, fresh = std::move(prepared.servings[i])]() mutable {
            fresh->context.last_session = servings_[i]->context.last_session;
            for (auto& [name, pool] : fresh->context.upstreams) pool->start();
            servings_[i].swap(fresh);
            net::detach(threads_.executor(i), retire(std::move(fresh)), "retire");
        });
    if (!sender_) return;
    boost::asio::post(threads_.executor(0),
                      [this, upstream = std::move(*prepared.letters), settings = settings_]() mutable {
                          sender_->use(std::move(upstream), std::move(settings));
                      });
}

void Gateway::start() {
    // The pools' first tasks are queued before the threads run; each starts on its own thread.
    for (auto& serving : servings_)
        for (auto& [name, pool] : serving->context.upstreams) pool->start();
    if (sender_) sender_->start();
    threads_.start();
    if (metrics_server_) metrics_server_->start();
}

void Gateway::stop_upstreams() {
    // Pools hold sockets, which must go on their own thread and before it.
    std::latch stopped(static_cast<std::ptrdiff_t>(threads_.size()));
    for (std::size_t i = 0; i < threads_.size(); ++i)
        boost::asio::post(threads_.executor(i), [this, i, &stopped] {
            for (auto& [name, pool] : servings_[i]->context.upstreams) pool->stop();
            stopped.count_down();
        });
    stopped.wait();
}

// Before the store closes: a letter that was taken is to be struck off, and nothing may be asked after it.
void Gateway::stop_sender() {
    if (!sender_) return;
    auto ended = sender_->ended();
    boost::asio::post(threads_.executor(0), [this] { sender_->stop(); });
    constexpr std::chrono::seconds limit{10};
    if (ended.wait_for(limit) != std::future_status::ready)
        log::error("notices", {{"error", "still sending"}});
}

bool Gateway::wait_until_empty(SteadyClock::time_point until) const {
    bool empty = true;
    for (const Door& door : doors_)
        for (const auto& listener : door.listeners) {
            const auto left = std::chrono::duration_cast<Milliseconds>(until - SteadyClock::now());
            if (!listener->wait_until_empty(std::max(left, Milliseconds::zero()))) empty = false;
        }
    return empty;
}

bool Gateway::drain() {
    draining_ = true;
    const auto for_each_listener = [this](auto&& act) {
        for (Door& door : doors_)
            for (auto& listener : door.listeners) act(*listener);
    };
    // Whoever has just connected came for one message, most likely.
    constexpr Milliseconds grace{5000};
    const auto begin = SteadyClock::now();
    const auto deadline = begin + settings_->gateway.drain;
    for_each_listener([](net::Listener& listener) { listener.drain(); });
    if (!wait_until_empty(std::min(begin + grace, deadline)))
        for_each_listener([](net::Listener& listener) { listener.end_grace(); });
    const bool clean = wait_until_empty(deadline);
    if (!clean && trail_ != nullptr) trail_->dismiss_waiters();
    // A session that is cut off says 421 where it still can: each round ends one of its waits.
    constexpr int rounds = 10;
    constexpr Milliseconds round_time{50};
    for (int round = 0; round < rounds && !wait_until_empty(SteadyClock::now()); ++round) {
        for_each_listener([](net::Listener& listener) { listener.cancel_all(); });
        (void)wait_until_empty(SteadyClock::now() + round_time);
    }
    for_each_listener([](net::Listener& listener) {
        const auto counters = listener.counters();
        log::info("listener_closed", {{"address", listener.endpoint().text()},
                                      {"accepted", counters.accepted},
                                      {"refused", counters.refused},
                                      {"evicted", counters.evicted}});
    });
    stop_sender();
    stop_upstreams();
    return clean;
}

}  // namespace decorum::app
