// What imap listeners show of mail, and how often that has changed: the epoch that UIDVALIDITY is shown with.
//
// A UID promises that its octets never change (RFC 9051 §2.3.1.1). A change of imap.annotate, imap.block,
// annotate.prefix or annotate.face breaks the promise, so it raises the epoch, and clients download anew.
// imap.epoch in the state directory holds one line: the epoch, and what was shown in it. Gateways that serve
// the same mailboxes need the same file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"

namespace decorum::app {

// Records what is shown from now on. 0: mail was never shown otherwise than it is, and there is no file; so
// it is where no imap listener could annotate.
[[nodiscard]] Result<std::uint32_t> take_imap_epoch(const config::Settings& settings);

// What the next start would change, for the administrator; nothing where nothing does. Errors: the file is
// there and can't be read.
[[nodiscard]] Result<std::optional<std::string>> imap_epoch_change(const config::Settings& settings);

[[nodiscard]] std::filesystem::path imap_epoch_path(const config::Settings& settings);

}  // namespace decorum::app
