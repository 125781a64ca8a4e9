// The gateway's own keys: made at first start in the state directory, mode 0600, for the directory's owner,
// never logged.
#pragma once

#include <cstdint>
#include <filesystem>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/message/block.hpp"

namespace decorum::app {

enum class IfAbsent : std::uint8_t {
    make,
    fail,  // not_found: who only looks makes none
};

// annotate.seal_key_file, or seal.key in the state directory. A named file must exist. The file holds at
// least 16 octets as base64 on one line; the key's id follows from the octets.
[[nodiscard]] Result<message::SealKey> seal_key(const config::Settings& settings,
                                                IfAbsent if_absent = IfAbsent::make);

// store.key_file, or cache.key in the state directory: what addresses are hidden under in the store.
[[nodiscard]] Result<Secret> cache_secret(const config::Settings& settings,
                                          IfAbsent if_absent = IfAbsent::make);

// cache.key in the state directory, whatever is configured: what was stored here before the gateway was given
// another is hidden under it. Error not_found: there is none.
[[nodiscard]] Result<Secret> own_cache_secret(const config::Settings& settings);

// notice.key_file, or notice.key in the state directory: what reply addresses are signed with. Whoever loses
// it makes those that are on their way worthless, and nothing else.
[[nodiscard]] Result<Secret> notice_secret(const config::Settings& settings,
                                           IfAbsent if_absent = IfAbsent::make);

// For commands that run without a state directory: good until the process ends.
[[nodiscard]] message::SealKey passing_seal_key();

}  // namespace decorum::app
