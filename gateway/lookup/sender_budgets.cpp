#include "gateway/lookup/sender_budgets.hpp"

#include <algorithm>

namespace decorum::lookup {
namespace {

constexpr std::chrono::hours window{1};

// At most `limit` times in any span of `lifetime`. A time to come was noted before the clock was set back.
std::optional<Instant> take(std::vector<Instant>& times, std::uint64_t limit, Instant now,
                            std::chrono::seconds lifetime) {
    std::erase_if(times, [&](Instant time) { return time > now || now - time >= lifetime; });
    if (times.size() >= limit) return times.front() + lifetime;
    times.push_back(now);
    return std::nullopt;
}

}  // namespace

SenderBudgets::Used& SenderBudgets::Table::of(std::string key, std::size_t max_entries) {
    if (const auto found = index_.find(key); found != index_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        return entries_.front();
    }
    if (entries_.size() >= max_entries) {
        index_.erase(entries_.back().key);
        entries_.pop_back();
    }
    entries_.push_front({std::move(key), {}});
    index_.emplace(entries_.front().key, entries_.begin());
    return entries_.front();
}

std::optional<Instant> SenderBudgets::take_new_address(std::string_view domain, Instant now) {
    const std::lock_guard lock(mutex_);
    return take(new_.of(std::string(domain), max_domains_).times, new_addresses_, now, window);
}

std::optional<Instant> SenderBudgets::take_fetch(std::string_view source, std::string_view domain,
                                                 Instant now, std::chrono::seconds lifetime) {
    std::string key(domain);
    key.append(1, ' ').append(source);
    const std::lock_guard lock(mutex_);
    return take(fetched_.of(std::move(key), max_domains_).times, 1, now, lifetime);
}

}  // namespace decorum::lookup
