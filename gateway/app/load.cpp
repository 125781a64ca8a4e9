#include "gateway/app/load.hpp"

#include <fmt/format.h>

#include "config/loader.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/base/log.hpp"

namespace decorum::app {

int failed(const Error& error) {
    fmt::print(stderr, "decorum: {}\n", error.detail.empty() ? error.text() : error.detail);
    return exit_failure;
}

std::filesystem::path config_path(const std::optional<std::filesystem::path>& named) {
    return named.value_or("/etc/decorum/decorum.toml");
}

std::optional<config::Settings> load_settings(const std::optional<std::filesystem::path>& named,
                                              ConfigNeed need) {
    // Until `run` starts the log that is configured, a command tells faults and nothing else.
    (void)log::start({.level = log::Level::warning, .format = log::Format::text, .target = "stderr"});
    const auto path = config_path(named);
    std::error_code error;
    if (!named && need == ConfigNeed::optional && !std::filesystem::exists(path, error))
        return config::defaults();
    auto loaded = config::load(path);
    if (!loaded) {
        for (const auto& fault : loaded.error()) fmt::print(stderr, "{}\n", config::render(fault));
        return std::nullopt;
    }
    for (const auto& warning : loaded->warnings)
        fmt::print(stderr, "{} (warning)\n", config::render(warning));
    return std::move(loaded->settings);
}

}  // namespace decorum::app
