// Posts as networks give them: one text, one time, one URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

inline constexpr std::size_t max_posts_asked = 5;  // of one account; annotate.activities is 5 at the most

// RFC 3339, with an offset as ISO 8601 has it ("+0000") too.
[[nodiscard]] std::optional<Instant> post_time(std::string_view text);

// Adds it unless it has no time or no text; a URL that is not https is left out.
void add_post(profile::Profile& profile, std::string_view network, std::optional<Instant> time,
              std::string text, std::string_view url);

}  // namespace decorum::connectors
