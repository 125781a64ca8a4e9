// Who was erased at a gateway that had a database of its own stays so when it joins others at a shared store.
#pragma once

#include "config/settings.hpp"
#include "gateway/base/result.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {

// Lays the tombstones of decorum.sqlite in state_dir in the shared store too, once (erasures-carried in
// state_dir says that it is done). Those that were laid under another key than the one that all share name
// nobody there: the log tells how many. Waits. Errors: unavailable (the store can't be reached: try again),
// others of the database, with its path.
[[nodiscard]] Result<> carry_erasures(const config::Settings& settings, store::Store& shared);

}  // namespace decorum::app
