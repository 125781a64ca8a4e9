// decorum run: the gateway in the foreground, from signals' point of view.
#include <fmt/format.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>

#include "config/loader.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/engine.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/load.hpp"
#include "gateway/base/log.hpp"

namespace decorum::app {
namespace {

log::Options log_options(const config::Log& settings) {
    log::Options options;
    switch (settings.level) {
        case config::LogLevel::debug: options.level = log::Level::debug; break;
        case config::LogLevel::info: options.level = log::Level::info; break;
        case config::LogLevel::warning: options.level = log::Level::warning; break;
        case config::LogLevel::error: options.level = log::Level::error; break;
    }
    options.format = settings.format == config::LogFormat::json ? log::Format::json : log::Format::text;
    options.target = settings.target;
    return options;
}

// Two descriptors a session: the soft limit of 1024 is meant for programs that use select().
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// Blocked before any thread starts, so that all inherit it and wait_for_end() alone sees them.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

// SIGHUP: what the reference marks so; people.toml is followed without it. Faults keep what is there.
void reload(const config::Settings& running, Engine& engine, Gateway& gateway) {
    auto loaded = config::load(running.file);
    if (!loaded) {
        for (const auto& fault : loaded.error()) log::error("reload", {{"fault", config::render(fault)}});
        return;
    }
    if (auto reloaded = gateway.reload(loaded->settings); !reloaded)
        return log::error("reload", {{"fault", reloaded.error().detail}});
    if (auto reloaded = engine.reload(); !reloaded)
        return log::error("reload", {{"fault", reloaded.error().detail}});
    if (auto started = log::start(log_options(loaded->settings.log)); !started)
        return log::error("reload", {{"fault", started.error().detail}});
    log::info("reloaded", {{"file", running.file.string()}});
}

void wait_for_end(const sigset_t& signals, const config::Settings& settings, Engine& engine,
                  Gateway& gateway) {
    for (;;) {
        int number = 0;
        if (sigwait(&signals, &number) != 0) continue;
        if (number == SIGHUP) {
            reload(settings, engine, gateway);
            continue;
        }
        log::info("stopping", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
        return;
    }
}

int failed(const Error& error) {
    fmt::print(stderr, "decorum: {}\n", error.detail.empty() ? error.text() : error.detail);
    return exit_failure;
}

}  // namespace

int run(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::required);
    if (!settings) return exit_no;
    if (const auto faults = config::check_for_run(*settings); !faults.empty()) {
        for (const auto& fault : faults) fmt::print(stderr, "{}\n", config::render(fault));
        return exit_no;
    }
    if (const auto faults = outbound_faults(*settings); !faults.empty()) {
        for (const auto& fault : faults) fmt::print(stderr, "{}\n", fault);
        return exit_no;
    }
    const sigset_t signals = block_signals();
    net::ignore_sigpipe();
    std::signal(SIGXFSZ, SIG_IGN);  // a full log or database is reported, not fatal
    raise_descriptor_limit();
    if (auto started = log::start(log_options(settings->log)); !started) return failed(started.error());
    auto engine = Engine::make(*settings, StateNeed::required);
    if (!engine) return failed(engine.error());
    // Notices need the charter, wherever their answers come in.
    if (std::ranges::find(settings->listeners, config::Policy::outbound, &config::Listener::policy) !=
            settings->listeners.end() ||
        !settings->notice.from.empty())
        if (auto made = (*engine)->make_outbound(); !made) return failed(made.error());
    (*engine)->follow_others();
    if (auto* outbound = (*engine)->outbound();
        outbound != nullptr && settings->notice.from.empty() &&
        outbound->charter().current()->gravest() >= conduct::Action::notice)
        log::warning("notices",
                     {{"off", "notice.from is empty: what the charter wants told is only recorded"}});
    auto gateway = Gateway::open(*settings, **engine);
    if (!gateway) return failed(gateway.error());
    (*gateway)->start();
    log::info("ready", {{"version", DECORUM_VERSION}, {"listeners", settings->listeners.size()}});
    log::flush();
    (void)sd_notify(0, "READY=1");

    wait_for_end(signals, *settings, **engine, **gateway);
    (void)sd_notify(0, "STOPPING=1");
    const bool clean = (*gateway)->drain();
    (*engine)->close();  // while those whom it wakes up still have their threads
    gateway->reset();
    log::info("stopped", {{"drained", clean ? "yes" : "no"}});
    log::flush();
    return exit_done;
}

}  // namespace decorum::app
