// The total is one atomic counter; the counts by address are spread over shards, so that threads seldom
// meet. Invariants: open_ is the number of slots that hold; an address without a slot has no entry.
#include "gateway/net/connection_limits.hpp"

#include <algorithm>
#include <utility>

namespace decorum::net {
namespace {
// What is counted as one client.
IpAddress client_of(const IpAddress& address) {
    if (address.is_v4()) return address;
    auto octets = address.octets();
    std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
    return IpAddress(octets);
}
}  // namespace

std::shared_ptr<ConnectionLimits> ConnectionLimits::make(std::size_t total, std::size_t per_address) {
    std::shared_ptr<ConnectionLimits> out(new ConnectionLimits);
    out->set(total, per_address);
    return out;
}

void ConnectionLimits::set(std::size_t total, std::size_t per_address) noexcept {
    total_.store(total, std::memory_order_relaxed);
    per_address_.store(per_address, std::memory_order_relaxed);
}

std::optional<ConnectionLimits::Slot> ConnectionLimits::take() {
    const std::size_t total = total_.load(std::memory_order_relaxed);
    std::size_t open = open_.load(std::memory_order_relaxed);
    do {
        if (total != 0 && open >= total) return std::nullopt;
    } while (!open_.compare_exchange_weak(open, open + 1, std::memory_order_relaxed));
    Slot slot;
    slot.limits_ = shared_from_this();
    return slot;
}

ConnectionLimits::Slot ConnectionLimits::take_beyond_total() {
    open_.fetch_add(1, std::memory_order_relaxed);
    Slot slot;
    slot.limits_ = shared_from_this();
    return slot;
}

bool ConnectionLimits::exceeded() const noexcept {
    const std::size_t total = total_.load(std::memory_order_relaxed);
    return total != 0 && open() > total;
}

ConnectionLimits::Shard& ConnectionLimits::shard_of(const IpAddress& client) {
    return shards_[std::hash<IpAddress>{}(client) % shards_.size()];
}

ConnectionLimits::Slot& ConnectionLimits::Slot::operator=(Slot&& other) noexcept {
    if (this != &other) {
        release();
        limits_ = std::move(other.limits_);
        counted_for_ = std::exchange(other.counted_for_, std::nullopt);
    }
    return *this;
}

bool ConnectionLimits::Slot::count_for(const IpAddress& address) {
    if (!limits_ || counted_for_) return true;
    const std::size_t most = limits_->per_address_.load(std::memory_order_relaxed);
    const IpAddress client = client_of(address);
    Shard& shard = limits_->shard_of(client);
    const std::scoped_lock lock(shard.mutex);
    const auto [entry, fresh] = shard.counts.try_emplace(client, 0);
    if (most != 0 && entry->second >= most) return false;
    ++entry->second;
    counted_for_ = client;
    return true;
}

void ConnectionLimits::Slot::release() noexcept {
    if (!limits_) return;
    if (counted_for_) {
        Shard& shard = limits_->shard_of(*counted_for_);
        const std::scoped_lock lock(shard.mutex);
        const auto entry = shard.counts.find(*counted_for_);
        if (--entry->second == 0) shard.counts.erase(entry);
    }
    limits_->open_.fetch_sub(1, std::memory_order_relaxed);
    limits_.reset();
    counted_for_.reset();
}

}  // namespace decorum::net
