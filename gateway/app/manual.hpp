// The command line for readers: the manual page decorum(1) and the completion of bash. Both are made from the
// commands and options as they are declared, so that neither can miss one.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace decorum::app {

// decorum(1), in roff.
[[nodiscard]] std::string manual_page(const CLI::App& cli);

// A script that bash sources. Options and commands are completed, and names of files where one is wanted;
// addresses never, because who is known is nobody's business.
[[nodiscard]] std::string bash_completion(const CLI::App& cli);

}  // namespace decorum::app
