// The rules of the version list. Everything here is pure: whoever keeps a History guards it.
#include "gateway/profile/history.hpp"

#include <algorithm>

namespace decorum::profile {

const Version* History::at(Instant date) const {
    if (versions.empty()) return nullptr;
    const auto after = std::ranges::upper_bound(versions, date, {}, &Version::time);
    return after == versions.begin() ? &versions.front() : &*std::prev(after);
}

Instant History::next_version_time(Instant now) const {
    constexpr std::chrono::seconds step{1};
    Instant time = std::max(now, served + step);
    if (!versions.empty()) time = std::max(time, versions.back().time + step);
    return time;
}

bool append_version(History& history, std::shared_ptr<const Presentation> shown, Instant now,
                    std::size_t max_versions) {
    if (!history.versions.empty() && history.versions.back().shown->same_lines(*shown)) return false;
    history.versions.push_back({history.next_version_time(now), std::move(shown)});
    drop_oldest(history, max_versions);
    return true;
}

void drop_oldest(History& history, std::size_t max_versions) {
    if (max_versions == 0 || history.versions.size() <= max_versions) return;
    history.versions.erase(history.versions.begin(),
                           history.versions.end() - static_cast<std::ptrdiff_t>(max_versions));
}

}  // namespace decorum::profile
