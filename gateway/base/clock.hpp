// The two clocks of the gateway, and the text forms of a point in time.
//
// Deadlines are measured on the steady clock; whatever is shown, stored or compared with a message's
// date is wall-clock time in whole seconds, UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace decorum {

using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using Instant = std::chrono::sys_seconds;

// Where the present comes from; tests hand in their own.
using WallClock = std::function<Instant()>;

[[nodiscard]] inline Instant wall_clock_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Times as numbers: seconds since the epoch.
[[nodiscard]] inline std::int64_t seconds_of(Instant time) {
    return time.time_since_epoch().count();
}
[[nodiscard]] inline Instant instant_of(std::int64_t seconds) {
    return Instant{std::chrono::seconds{seconds}};
}

[[nodiscard]] std::string to_rfc3339(Instant time);                        // 2026-11-23T06:00:00Z
[[nodiscard]] std::string to_date(Instant time);                           // 2026-11-23
[[nodiscard]] std::string to_rfc5322(Instant time);                        // Mon, 23 Nov 2026 06:00:00 +0000
[[nodiscard]] std::optional<Instant> from_rfc3339(std::string_view text);  // with Z or an offset

}  // namespace decorum
