// Finds and loads the configuration for a command, and tells its faults.
#pragma once

#include <filesystem>
#include <optional>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"

namespace decorum::app {

enum class ConfigNeed : std::uint8_t {
    required,
    optional,  // without -c and without the default file: defaults
};

// Faults and warnings went to standard error when nothing is returned.
[[nodiscard]] std::optional<config::Settings> load_settings(const std::optional<std::filesystem::path>& named,
                                                            ConfigNeed need);

// Tells the error on standard error, and gives the exit status of a failure.
[[nodiscard]] int failed(const Error& error);

[[nodiscard]] std::filesystem::path config_path(const std::optional<std::filesystem::path>& named);

}  // namespace decorum::app
