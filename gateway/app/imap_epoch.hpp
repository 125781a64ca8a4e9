// What imap listeners show of mail, and how often that has changed: the epoch that UIDVALIDITY is shown with.
//
// A UID promises that its octets never change (RFC 9051 §2.3.1.1). A change of what decides them breaks the
// promise, so it raises the epoch, and clients download anew: imap.annotate, imap.block, annotate.prefix,
// face, require, authserv_ids, own_names, exclude_recipients and role_addresses, outbound.domains, and the
// key of the seal. Not so the names in the directory, which guard against look-alikes as own_names do: they
// change with each colleague who comes, while the gateway runs, and everybody's mail is not downloaded again
// for that.
//
// imap.epoch in the state directory holds one line: the epoch, and what was shown in it (lists as a digest).
// Gateways that serve the same mailboxes need the same file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"

namespace decorum::app {

// Records what is shown from now on. 0: mail was never shown otherwise than it is, and there is no file; so
// it is where no imap listener could annotate.
[[nodiscard]] Result<std::uint32_t> take_imap_epoch(const config::Settings& settings,
                                                    std::string_view seal_key_id);

// What the next start would change, for the administrator; nothing where nothing does. An empty id: the key
// isn't known, and doesn't count. Errors: the file is there and can't be read.
[[nodiscard]] Result<std::optional<std::string>> imap_epoch_change(const config::Settings& settings,
                                                                   std::string_view seal_key_id);

[[nodiscard]] std::filesystem::path imap_epoch_path(const config::Settings& settings);

}  // namespace decorum::app
