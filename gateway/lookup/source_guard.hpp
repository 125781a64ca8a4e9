// What keeps us from asking a source too often: its rate, its own word on our allowance, a circuit breaker,
// the money it costs a day, and how many questions are under way.
//
// A question that is held back counts as throttled and waits for nothing, so a source that is down or has had
// enough of us costs a lookup no time. Thread-safe; no call takes longer than a few memory accesses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>

#include "config/checks.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::lookup {

// Between 0 and 1; called from any thread.
using Random = std::function<double()>;

struct Held {
    std::string_view reason;  // static text
    Instant until{};          // no sooner than that it can be otherwise
};

class SourceGuard {
public:
    struct Options {
        std::optional<config::Rate> rate;  // nothing: no limit of ours
        std::uint64_t breaker_failures = std::numeric_limits<std::uint64_t>::max();  // in a row
        Milliseconds breaker_pause{};
        std::uint64_t spend_cap = 0;  // microdollars a day (UTC); 0: no limit
        std::size_t max_open = 256;   // questions under way
        Random random;
    };

    explicit SourceGuard(Options options);

    // Another rate, other patience, another cap; what was used up of them stays used up.
    void tune(const Options& options);

    // Nothing: the question may be asked, and settle() must follow once, whatever becomes of it.
    [[nodiscard]] std::optional<Held> admit(Instant now);

    // The source answered; else (`asked` false) it was not asked after all, and what admit() took is given
    // back.
    void settle(const profile::Answer& answer, bool asked, Instant now);

    // Nothing: `spent` microdollars on the day of `now`, with all that the next question can cost, are within
    // the cap.
    [[nodiscard]] std::optional<Held> within_cap(std::uint64_t spent, Instant now) const;
    [[nodiscard]] bool capped() const {
        const std::lock_guard lock(mutex_);
        return options_.spend_cap != 0;
    }

    struct State {
        std::optional<profile::Quota> quota;  // the source's latest word
        std::optional<Held> held;             // what would hold the next question back
        std::size_t open = 0;
    };
    [[nodiscard]] State state(Instant now);

private:
    [[nodiscard]] std::optional<Held> held(Instant now) const;
    void refill(Instant now);
    [[nodiscard]] double pause_seconds() const;

    Options options_;
    mutable std::mutex mutex_;
    std::size_t open_ = 0;

    double tokens_ = 0;
    Instant filled_{};

    Instant blocked_until_{};  // by the source's own word
    Instant blocked_since_{};  // a clock that was set back blocks nothing for ever
    std::string_view blocked_reason_;
    std::optional<profile::Quota> quota_;

    std::uint64_t failures_ = 0;       // in a row
    std::uint64_t failed_trials_ = 0;  // since the circuit opened
    bool open_circuit_ = false;
    bool trying_ = false;  // one question is under way to see whether it can be closed
    Instant next_trial_{};
    Instant opened_{};
};

}  // namespace decorum::lookup
