// decorum audit: reads the audit log, checks its chains, renders a report.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>

namespace decorum::app {

// Adds audit verify, query, report and renew-key. `config` gives what -c named; `status` takes the exit
// status. Both must outlive the parsing.
void add_audit_commands(CLI::App& cli, const std::function<std::optional<std::filesystem::path>()>& config,
                        int& status);

}  // namespace decorum::app
