// Files that gateways with a shared store keep alike: the registry, the opt-out list, the IMAP epoch.
//
// The store holds the text and counts its versions; each gateway keeps a copy in the file that it would have
// alone, so all who read the file go on as they are, also while the store can't be reached. Beside it stands
// which version the copy is of (shared-NAME in state_dir), under whose lock copying and changing take turns.
//
// A gateway whose copy the store's version does not come of joins, or comes back to a store that has lost
// something. No opt-out is lost then: the list becomes that of both. Of the others the store's holds, or ours
// where the store's is behind it; a registry that gives way is kept beside (registry.toml.before-joining).
// What the store has lost altogether is brought back from the first copy that comes. The log tells.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

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

// Copies of `file` that gave way to the shared one; somebody who is to be forgotten may stand there, too.
[[nodiscard]] std::vector<std::filesystem::path> kept_before_joining(const std::filesystem::path& file);

// Fetches what others changed, and hands on what the store has not. Waits likewise.
[[nodiscard]] Result<> fetch_shared(const config::Settings& settings, SharedFile file,
                                    store::SharedStore& store);

}  // namespace decorum::app
