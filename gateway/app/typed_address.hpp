// What administrators type, and what they are shown: addresses, and texts fit for a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace decorum::app {

// The address in lower case. Where it is none, standard error says so for the command of that name.
[[nodiscard]] std::optional<std::string> typed_address(std::string_view command, std::string_view text);

// Each octet that is not UTF-8 as U+FFFD, as JSON wants it.
[[nodiscard]] std::string as_utf8(std::string_view octets);

// Hostile text on one line of a terminal.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace decorum::app
