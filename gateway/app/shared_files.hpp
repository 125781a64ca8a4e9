// Files that gateways with a shared store keep alike: the registry, the opt-out list, the IMAP epoch.
//
// The store holds the text and counts its versions; each gateway keeps a copy in the file that it would have
// alone, so all who read the file go on as they are, also while the store can't be reached. Beside it stands
// which version the copy is of (shared-NAME in state_dir), under whose lock copying and changing take turns.
// What a store has lost is brought back from the first copy that comes.
#pragma once

#include <functional>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"
#include "gateway/store/shared.hpp"

namespace decorum::app {

enum class SharedFile : std::uint8_t { registry, optout, imap_epoch };

// Runs `edit`, which changes the file and may be run again where others changed it meanwhile; with a shared
// store the file is fetched before and handed on after it. Errors of `edit`, and unavailable: the store can't
// be reached, and the file is as it was. Waits: for commands, and for what nobody's mail waits for.
[[nodiscard]] Result<> edit_shared(const config::Settings& settings, SharedFile file,
                                   const std::function<Result<>()>& edit);

// Fetches what others changed, and hands on what the store has not. Waits likewise.
[[nodiscard]] Result<> fetch_shared(const config::Settings& settings, SharedFile file,
                                    store::SharedStore& store);

}  // namespace decorum::app
