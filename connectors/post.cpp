#include "connectors/post.hpp"

#include <algorithm>

#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {

std::optional<Instant> post_time(std::string_view text) {
    text = ascii::trim(text);
    if (auto time = from_rfc3339(text)) return time;
    constexpr std::size_t offset = 5;  // "+0100"
    if (text.size() <= offset) return std::nullopt;
    const std::string_view zone = text.substr(text.size() - offset);
    if ((zone[0] != '+' && zone[0] != '-') || !std::ranges::all_of(zone.substr(1), ascii::is_digit))
        return std::nullopt;
    return from_rfc3339(std::string(text.substr(0, text.size() - 2)).append(":").append(zone.substr(3)));
}

void add_post(profile::Profile& profile, std::string_view network, std::optional<Instant> time,
              std::string text, std::string_view url) {
    if (!time || ascii::trim(text).empty() || profile.activities.size() >= profile::max_activities) return;
    // A date to come would head the line for ever.
    profile.activities.push_back({std::min(*time, wall_clock_now()),
                                  std::string(network),
                                  profile::capped_utf8(text, profile::max_post_octets),
                                  https_url(url).value_or(""),
                                  {}});
}

}  // namespace decorum::connectors
