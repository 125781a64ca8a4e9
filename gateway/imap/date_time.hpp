// INTERNALDATE.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/base/clock.hpp"

namespace decorum::imap {

// " 5-Nov-2026 10:00:00 +0100", without its quotation marks. Nothing where it isn't exactly so, or no date.
// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE  RFC 9051 §9
[[nodiscard]] std::optional<Instant> parse_date_time(std::string_view text);

}  // namespace decorum::imap
