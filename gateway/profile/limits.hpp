// How much of a profile is kept: octets a text, entries a list. A source may send anything; what is beyond a
// limit is cut (never an error), so that one long field does not cost the rest of an answer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/profile/profile.hpp"

namespace decorum::profile {

inline constexpr std::size_t max_name_octets = 400;  // display name, author, title, organisation, location
inline constexpr std::size_t max_headline_octets = 600;
inline constexpr std::size_t max_summary_octets = 8000;  // also a recommendation's text
inline constexpr std::size_t max_post_octets = 5000;     // an activity's text
inline constexpr std::size_t max_url_octets = 2000;
inline constexpr std::size_t max_token_octets = 64;    // source, network, a position's dates
inline constexpr std::size_t max_handle_octets = 300;  // also a link's reason
inline constexpr std::size_t max_photo_octets = 4096;
inline constexpr std::size_t max_links = 50;
inline constexpr std::size_t max_activities = 100;
inline constexpr std::size_t max_positions = 50;
inline constexpr std::size_t max_recommendations = 100;

// Times outside the years 1 to 9999 have no text form; they are moved to its ends.
inline constexpr Instant earliest_time = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
inline constexpr Instant latest_time =
    std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + std::chrono::seconds{86399};

// Valid UTF-8 of at most `max_octets`, cut between code points; each octet that is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string capped_utf8(std::string_view text, std::size_t max_octets);

void cap(Profile& profile);

}  // namespace decorum::profile
