// The parts of the command grammar that have a file of their own. Internal to this folder.
#pragma once

#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/imap/command.hpp"

namespace decorum::imap {

inline constexpr std::size_t max_tag_octets = 128;

[[nodiscard]] Result<Fetch> parse_fetch(std::string_view arguments);
// SEARCH, SORT, THREAD.
[[nodiscard]] Result<Search> parse_search(Verb verb, std::string_view arguments);

}  // namespace decorum::imap
