// decorum run: the gateway in the foreground, from signals' point of view.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "config/loader.hpp"
#include "config/reload.hpp"
#include "gateway/app/audit_parts.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/engine.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/service_manager.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/log_target.hpp"

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
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

using SharedSettings = std::shared_ptr<const config::Settings>;

// Who rotates the log has renamed its file: whatever is wrong with new settings, the file that the running
// ones name is written.
void reopen_log(const config::Log& settings) {
    if (const auto opened = log::start(log_options(settings)); !opened)
        log::error("log", {{"error", opened.error().detail}, {"instead", "the one that was open"}});
}

// SIGHUP: what the reference marks so, for sessions to come, and what stands in files of its own. All that
// can fail comes first, and changes nothing; what takes over can't fail. So it is all of it or, where
// anything is wrong, nothing; only people are followed all the time, reload or not.
Result<> reload(SharedSettings& running, Engine& engine, Gateway& gateway, audit::Trail* trail) {
    auto loaded = config::load(running->file);
    // A file that was emptied or cut off is full of defaults that nobody asked for.
    if (const auto wrong = loaded ? config::check_for_run(loaded->settings) : loaded.error();
        !wrong.empty()) {
        for (const auto& fault : wrong) log::error("reload", {{"fault", config::render(fault)}});
        return fail(errc::invalid, config::render(wrong.front()));
    }
    for (const auto& warning : loaded->warnings)
        log::warning("reload", {{"warning", config::render(warning)}});
    auto merged = config::merge_for_reload(*running, std::move(loaded->settings));
    for (const auto& key : merged.kept)
        log::warning("reload", {{"setting", key}, {"kept", "until a restart"}});
    auto faults = outbound_faults(merged.settings);
    for (const auto& fault : merged.faults) faults.push_back(config::render(fault));
    for (const auto& fault : faults) log::error("reload", {{"fault", fault}});
    if (!faults.empty()) return fail(errc::invalid, faults.front());

    const auto settings = std::make_shared<const config::Settings>(std::move(merged.settings));
    const auto fault = [](const Error& error) {
        log::error("reload", {{"fault", error.detail}});
        return std::unexpected(error);
    };
    auto prepared = gateway.prepare(settings);
    if (!prepared) return fault(prepared.error());
    auto reread = engine.read_again();
    if (!reread) return fault(reread.error());
    std::optional<audit::KeyRing> keys;
    if (trail != nullptr) {
        auto read = trail->read_keys();
        if (!read) return fault(read.error());
        keys = std::move(*read);
    }
    auto opened = log::open(log_options(settings->log));
    if (!opened) return fault(opened.error());
    if (auto read = engine.read_people_again(); !read) return fault(read.error());
    if (auto taken = Gateway::take_epoch(*prepared); !taken) return fault(taken.error());

    log::take_over(std::move(*opened));
    if (keys) trail->take_over(*settings, std::move(*keys));
    engine.take_over(settings, std::move(*reread));
    gateway.take_over(std::move(*prepared));
    running = settings;
    log::info("reloaded", {{"file", running->file.string()}, {"kept", merged.kept.size()}});
    return {};
}

std::string serving_at(const config::Settings& settings) {
    return fmt::format("Serving at {} listener(s)", settings.listeners.size());
}

// The watchdog is fed as long as each thread comes back to its event loop, four times within its limit.
class Watchdog {
public:
    explicit Watchdog(Gateway& gateway) : gateway_(gateway) {
        constexpr int times = 4;
        if (const auto limit = watchdog_limit()) interval_ = *limit / times;
    }

    // Waits for one of the signals, which are blocked; feeds meanwhile.
    [[nodiscard]] int wait_for(const sigset_t& signals) {
        for (;;) {
            const auto left = std::max(next_ - SteadyClock::now(), SteadyClock::duration::zero());
            const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
            const timespec limit{.tv_sec = seconds.count(),
                                 .tv_nsec = std::chrono::nanoseconds(left - seconds).count()};
            const int number =
                interval_ ? sigtimedwait(&signals, nullptr, &limit) : sigwaitinfo(&signals, nullptr);
            if (number > 0) return number;
            if (errno == EAGAIN) feed();
        }
    }

private:
    void feed() {
        const bool answered = gateway_.answers();
        if (answered) tell_alive();
        if (answered != answered_)
            answered ? log::info("threads", {{"state", "answering"}})
                     : log::error("threads", {{"state", "stuck"}});
        answered_ = answered;
        next_ = SteadyClock::now() + *interval_;
    }

    Gateway& gateway_;
    std::optional<std::chrono::microseconds> interval_;
    SteadyClock::time_point next_ = SteadyClock::now();
    bool answered_ = true;
};

void wait_for_end(const sigset_t& signals, SharedSettings& settings, Engine& engine, Gateway& gateway,
                  audit::Trail* trail) {
    Watchdog watchdog(gateway);
    for (;;) {
        const int number = watchdog.wait_for(signals);
        if (number == SIGHUP) {
            tell_reloading();
            reopen_log(settings->log);
            const auto reloaded = reload(settings, engine, gateway, trail);
            tell_ready(reloaded ? serving_at(*settings)
                                : fmt::format("{}; not reloaded: {}", serving_at(*settings),
                                              reloaded.error().detail));
            continue;
        }
        // By which other servers open their logs; it would end this one in the middle of messages.
        if (number == SIGUSR1 || number == SIGUSR2) {
            log::warning("signal", {{"signal", number == SIGUSR1 ? "SIGUSR1" : "SIGUSR2"},
                                    {"instead", "nothing: SIGHUP reloads and opens the log anew"}});
            continue;
        }
        log::info("stopping", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
        return;
    }
}

}  // namespace

int run(const std::optional<std::filesystem::path>& config) {
    auto loaded = load_settings(config, ConfigNeed::required);
    if (!loaded) return exit_no;
    auto settings = std::make_shared<const config::Settings>(std::move(*loaded));
    const SharedSettings first = settings;  // what the engine is made of refers to it
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
    auto sockets = InheritedSockets::take();
    if (!sockets) return failed(sockets.error());
    if (auto started = log::start(log_options(settings->log)); !started) return failed(started.error());
    auto trail = make_trail(*settings);
    if (!trail) return failed(trail.error());
    auto engine = Engine::make(*settings, StateNeed::required, trail->get());
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
    auto gateway = Gateway::open(settings, **engine, *sockets, trail->get());
    if (!gateway) return failed(gateway.error());
    (*gateway)->start();
    log::info("ready", {{"version", DECORUM_VERSION}, {"listeners", settings->listeners.size()}});
    log::flush();
    tell_ready(serving_at(*settings));

    wait_for_end(signals, settings, **engine, **gateway, trail->get());
    constexpr std::chrono::seconds beyond_drain{60};  // letters, the store
    tell_stopping(settings->gateway.drain + beyond_drain);
    const bool clean = (*gateway)->drain();
    (*engine)->close();  // while those whom it wakes up still have their threads
    gateway->reset();
    engine->reset();
    if (*trail) (*trail)->close();  // nobody records anything any more
    log::info("stopped", {{"drained", clean ? "yes" : "no"}});
    log::flush();
    return exit_done;
}

}  // namespace decorum::app
