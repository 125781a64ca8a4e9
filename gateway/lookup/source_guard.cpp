#include "gateway/lookup/source_guard.hpp"

#include <algorithm>
#include <cmath>

namespace decorum::lookup {
namespace {

constexpr std::chrono::hours longest_block{24};  // whatever a source says
constexpr std::chrono::seconds shortest_wait{1};
constexpr double breaker_jitter = 0.1;
constexpr std::chrono::hours longest_paid_pause{1};

std::chrono::seconds seconds_from(double count) {
    return std::chrono::seconds{static_cast<std::int64_t>(std::ceil(count))};
}

double per_second(const config::Rate& rate) {
    return static_cast<double>(rate.requests) / std::chrono::duration<double>(rate.per).count();
}

}  // namespace

SourceGuard::SourceGuard(Options options) : options_(std::move(options)) {
    if (options_.rate) tokens_ = static_cast<double>(options_.rate->requests);
}

void SourceGuard::tune(const Options& options) {
    const std::lock_guard lock(mutex_);
    // What is left of the old rate counts in full; who had no limit begins with a full bucket.
    const double most = options.rate ? static_cast<double>(options.rate->requests) : 0;
    tokens_ = options_.rate ? std::min(tokens_, most) : most;
    options_.rate = options.rate;
    options_.breaker_failures = options.breaker_failures;
    options_.breaker_pause = options.breaker_pause;
    options_.spend_cap = options.spend_cap;
}

// A token bucket: as many as a period grants may go at once, and the bucket fills evenly.
void SourceGuard::refill(Instant now) {
    if (!options_.rate) return;
    const double elapsed = std::chrono::duration<double>(now - filled_).count();
    if (filled_ != Instant{} && elapsed > 0)
        tokens_ = std::min(tokens_ + elapsed * per_second(*options_.rate),
                           static_cast<double>(options_.rate->requests));
    filled_ = now;
}

std::optional<Held> SourceGuard::held(Instant now) const {
    if (open_circuit_ && now >= opened_ && now < next_trial_) return Held{"it failed too often", next_trial_};
    if (open_circuit_ && trying_) return Held{"it is being tried again", now + shortest_wait};
    if (now >= blocked_since_ && now < blocked_until_) return Held{blocked_reason_, blocked_until_};
    if (open_ >= options_.max_open) return Held{"too many questions are under way", now + shortest_wait};
    if (options_.rate && tokens_ < 1)
        return Held{"our rate is used up", now + seconds_from((1 - tokens_) / per_second(*options_.rate))};
    return std::nullopt;
}

std::optional<Held> SourceGuard::admit(Instant now) {
    const std::lock_guard lock(mutex_);
    refill(now);
    if (auto reason = held(now)) return reason;
    if (options_.rate) tokens_ -= 1;
    if (open_circuit_) trying_ = true;
    ++open_;
    return std::nullopt;
}

std::optional<Held> SourceGuard::within_cap(std::uint64_t spent, Instant now) const {
    const std::lock_guard lock(mutex_);
    if (options_.spend_cap == 0 || spent <= options_.spend_cap) return std::nullopt;
    return Held{"the money for today is spent", std::chrono::ceil<std::chrono::days>(now + shortest_wait)};
}

void SourceGuard::settle(const profile::Answer& answer, bool asked, Instant now) {
    const std::lock_guard lock(mutex_);
    --open_;
    if (!asked) {
        if (options_.rate) tokens_ += 1;
        trying_ = false;
        return;
    }
    const auto block = [&](Instant until, std::string_view reason) {
        blocked_since_ = now;
        blocked_until_ = std::max(blocked_until_, std::min(until, now + longest_block));
        blocked_reason_ = reason;
    };
    if (blocked_until_ > now + longest_block) blocked_until_ = {};  // the clock was set back
    if (answer.outcome == profile::Outcome::throttled && answer.retry_at)
        block(*answer.retry_at, "it asked us to wait");
    if (answer.quota) {
        quota_ = answer.quota;
        if (quota_->left == 0 && quota_->resets) block(*quota_->resets, "it grants no more for now");
    }
    if (answer.outcome != profile::Outcome::failed) {
        failures_ = failed_trials_ = 0;
        open_circuit_ = trying_ = false;
        return;
    }
    ++failures_;
    // What was under way when the circuit opened says nothing new; the one trial does.
    if (open_circuit_ ? !trying_ : failures_ < options_.breaker_failures) return;
    if (open_circuit_) ++failed_trials_;
    open_circuit_ = true;
    trying_ = false;
    opened_ = now;
    const double pause = pause_seconds();
    next_trial_ = now + seconds_from(pause * (1 + breaker_jitter * (2 * options_.random() - 1)));
}

// A question that gets lost may have to be paid for: an outage must not use up the money for the day.
double SourceGuard::pause_seconds() const {
    double pause = std::chrono::duration<double>(options_.breaker_pause).count();
    const double longest = std::max(pause, std::chrono::duration<double>(longest_paid_pause).count());
    if (options_.spend_cap == 0) return pause;
    for (std::uint64_t i = 0; i < failed_trials_ && pause < longest; ++i)
        pause = std::min(2 * pause, longest);
    return pause;
}

SourceGuard::State SourceGuard::state(Instant now) {
    const std::lock_guard lock(mutex_);
    refill(now);
    return {quota_, held(now), open_};
}

}  // namespace decorum::lookup
