// For lines of the log that would come as often as clients do.
#pragma once

#include <atomic>

#include "gateway/base/clock.hpp"

namespace decorum {

// True once a minute at most, whichever thread asks.
class OnceAMinute {
public:
    [[nodiscard]] bool operator()() noexcept {
        const auto now = SteadyClock::now().time_since_epoch();
        auto next = next_.load(std::memory_order_relaxed);
        if (now.count() < next) return false;
        const auto after = (now + std::chrono::minutes(1)).count();
        return next_.compare_exchange_strong(next, after, std::memory_order_relaxed);
    }

private:
    std::atomic<SteadyClock::rep> next_{SteadyClock::time_point::min().time_since_epoch().count()};
};

}  // namespace decorum
