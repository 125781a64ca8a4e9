// Reads a configuration file into Settings, or says everything that is wrong with it.
//
// The file is taken for hostile: its size and nesting are bounded before it is parsed. All faults are
// collected, each with the line it stands in; a file with any fault gives no Settings at all, so that a
// running gateway keeps what it has. Loading reads the files that are named only as far as to see that they
// exist and can be read; certificates are proved where they are used.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace decorum::config {

struct Fault {
    std::filesystem::path file;
    std::uint64_t line = 1;
    std::string key;      // "upstream.dovecot.address"
    std::string message;  // what would be right

    bool operator==(const Fault&) const = default;
};

// FILE:LINE: KEY: what would be right; one line of printable text, whatever the file holds.
[[nodiscard]] std::string render(const Fault& fault);

struct Loaded {
    Settings settings;
    std::vector<Fault> warnings;
};

[[nodiscard]] std::expected<Loaded, std::vector<Fault>> load(const std::filesystem::path& file);

// What an empty file gives.
[[nodiscard]] Settings defaults();

// What `decorum run` needs beyond a configuration without a fault: somewhere to listen.
[[nodiscard]] std::vector<Fault> check_for_run(const Settings& settings);

}  // namespace decorum::config
