// The operational log over spdlog: lines are made here, spdlog only carries them. Invariant: one call gives
// one line of printable ASCII, whatever the values hold. A target that can't be opened is an Error and
// changes nothing; a write that fails later is reported by spdlog on standard error and never throws.
#include "gateway/base/log_target.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>

#include "gateway/base/clock.hpp"

namespace decorum::log {

// Lines come from every thread, also while take_over() changes the target at a reload.
struct Opened::Sink {
    std::shared_ptr<spdlog::logger> logger;
    Format format = Format::text;
};

namespace {

using Sink = Opened::Sink;

class State {
public:
    explicit State(std::shared_ptr<const Sink> sink) : sink_(std::move(sink)) {}
    [[nodiscard]] std::shared_ptr<const Sink> sink() const {
        const std::lock_guard lock(mutex_);
        return sink_;
    }
    void replace(std::shared_ptr<const Sink> sink) {
        const std::lock_guard lock(mutex_);
        sink_.swap(sink);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Sink> sink_;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("decorum", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::info);
    return logger;
}

State& state() {
    static State instance{std::make_shared<const Sink>(
        make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>()), Format::text)};
    return instance;
}

std::atomic<Level> threshold{Level::info};

std::string_view name_of_level(Level level) {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warning: return "warning";
        case Level::error: return "error";
        case Level::off: break;
    }
    return "off";
}

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warning: return spdlog::level::warn;
        case Level::error: return spdlog::level::err;
        case Level::off: break;
    }
    return spdlog::level::off;
}

// JSON string, RFC 8259 §7. Octets that are not ASCII are escaped one by one as Latin-1 code points: a log
// must stay valid UTF-8 whatever a peer sent.
void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    for (char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (octet < 0x20 || octet > 0x7e) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", octet);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

bool is_plain(std::string_view text) {
    if (text.empty()) return false;
    for (char c : text)
        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') return false;
    return true;
}

}  // namespace

void Value::append_json(std::string& out) const {
    if (const auto* text = std::get_if<std::string_view>(&value_)) return append_quoted(out, *text);
    // JSON has no word for an infinite number (RFC 8259 §6).
    if (const auto* number = std::get_if<double>(&value_); number != nullptr && !std::isfinite(*number)) {
        out.append("null");
        return;
    }
    append_text(out);
}

void Value::append_text(std::string& out) const {
    if (const auto* text = std::get_if<std::string_view>(&value_)) {
        if (is_plain(*text))
            out.append(*text);
        else
            append_quoted(out, *text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
        fmt::format_to(std::back_inserter(out), "{}", *integer);
    } else {
        fmt::format_to(std::back_inserter(out), "{:.3f}", std::get<double>(value_));
    }
}

Result<Opened> open(const Options& options) {
    try {
        spdlog::sink_ptr sink;
        if (options.target == "stderr")
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        else if (options.target == "journald")
            sink = std::make_shared<spdlog::sinks::systemd_sink_mt>("decorum");
        else
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.target);
        return Opened(std::make_shared<const Sink>(make_logger(std::move(sink)), options.format),
                      options.level);
    } catch (const spdlog::spdlog_ex& failure) {
        return fail(errc::io, failure.what());
    }
}

void take_over(Opened opened) {
    state().replace(std::move(opened.sink_));
    threshold = opened.level_;
}

Result<> start(const Options& options) {
    auto opened = open(options);
    if (!opened) return std::unexpected(std::move(opened.error()));
    take_over(std::move(*opened));
    return {};
}

bool enabled(Level level) noexcept {
    return level >= threshold.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    const auto sink = state().sink();
    std::string line;
    line.reserve(256);
    const std::string time = to_rfc3339(wall_clock_now());
    if (sink->format == Format::json) {
        line.append(R"({"time":")").append(time).append(R"(","level":")").append(name_of_level(level));
        line.append(R"(","event":)");
        append_quoted(line, event);
        for (const Field& field : fields) {
            line.push_back(',');
            append_quoted(line, field.key);
            line.push_back(':');
            field.value.append_json(line);
        }
        line.push_back('}');
    } else {
        line.append(time).append(" ").append(name_of_level(level)).append(" event=").append(event);
        for (const Field& field : fields) {
            line.append(" ").append(field.key).append("=");
            field.value.append_text(line);
        }
    }
    sink->logger->log(spdlog_level(level), spdlog::string_view_t(line));
}

void flush() {
    state().sink()->logger->flush();
}

}  // namespace decorum::log
