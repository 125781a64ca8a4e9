// The append-only list of found versions of one address (DESIGN, history): a message dated d shows the latest
// version with time <= d, else the first. Serving d first records served = max(served, d); a new version's
// time is max(now, served + 1 s, last + 1 s). So what a message has shown it shows for ever.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/profile/presentation.hpp"

namespace decorum::profile {

struct Version {
    Instant time{};
    std::shared_ptr<const Presentation> shown;
};

struct History {
    Instant served{};               // the latest date that was served
    std::vector<Version> versions;  // ascending in time

    // Null before any version exists.
    [[nodiscard]] const Version* at(Instant date) const;
    [[nodiscard]] Instant next_version_time(Instant now) const;
};

// Appends `shown` where its lines differ from the latest version's, then drops the oldest beyond
// `max_versions` (0: no limit). True: appended.
bool append_version(History& history, std::shared_ptr<const Presentation> shown, Instant now,
                    std::size_t max_versions);
void drop_oldest(History& history, std::size_t max_versions);

}  // namespace decorum::profile
