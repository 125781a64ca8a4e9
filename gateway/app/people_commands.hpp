// The part of the command line that is about people who don't want to be shown, and people who do.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>

namespace decorum::app {

// Adds forget, optout, link and notice. `config` gives what -c named; `status` takes the exit status. Both must
// outlive the parsing.
void add_people_commands(CLI::App& cli, const std::function<std::optional<std::filesystem::path>()>& config,
                         int& status);

}  // namespace decorum::app
