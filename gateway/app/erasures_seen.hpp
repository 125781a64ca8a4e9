// How far a gateway that shares its store has followed the erasures there: a number of the store's, in
// state_dir. What was erased while it was down goes from its audit log at the next start.
#pragma once

#include <cstdint>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"

namespace decorum::app {

// 0 where nothing is noted, or it can't be read: all that was ever erased is erased once more.
[[nodiscard]] std::uint64_t erasures_seen(const config::Settings& settings);
[[nodiscard]] Result<> note_erasures_seen(const config::Settings& settings, std::uint64_t cursor);

}  // namespace decorum::app
