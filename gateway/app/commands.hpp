// The commands of the command line (DESIGN §6), each with its exit status:
// 0 done, 1 the answer is no, 2 usage, 3 a failure. Errors go to standard error.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace decorum::app {

enum ExitStatus : int { exit_done = 0, exit_no = 1, exit_usage = 2, exit_failure = 3 };

// `config` is what -c named; without it /etc/decorum/decorum.toml, which some commands can do without.
int run(const std::optional<std::filesystem::path>& config);
int check(const std::optional<std::filesystem::path>& config);
int print_reference();
int annotate(const std::optional<std::filesystem::path>& config);
int verify(const std::optional<std::filesystem::path>& config);
int look_up(const std::optional<std::filesystem::path>& config, const std::string& address, bool json,
            bool refresh);

}  // namespace decorum::app
