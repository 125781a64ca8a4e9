// Certificates that end soon, or have ended: mail flows all the same, clients that verify don't come.
#pragma once

#include <optional>
#include <string>

#include "gateway/base/clock.hpp"

namespace decorum::app {

// "expired on 2026-11-23", "expires in 3 days" where there are fewer than 14 (as in config/alerts.yml); else
// empty.
[[nodiscard]] std::string expiry_warning(std::optional<Instant> expiry, Instant now);

}  // namespace decorum::app
