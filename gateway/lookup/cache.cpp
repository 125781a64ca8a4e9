// Shards and their order of use. All but shard_of() is called under the shard's lock.
#include "gateway/lookup/cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gateway/base/digest.hpp"

namespace decorum::lookup {
namespace {

constexpr std::uint64_t max_shards = 64;
constexpr std::uint64_t min_shard_entries = 64;

}  // namespace

Entry* Shard::find(std::string_view address) {
    const auto found = index_.find(address);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &*found->second;
}

Entry& Shard::find_or_add(std::string_view address) {
    if (Entry* entry = find(address)) return *entry;
    if (entries_.size() >= max_entries_) {
        index_.erase(entries_.back().address);
        entries_.pop_back();
    }
    entries_.emplace_front().address = address;
    index_.emplace(entries_.front().address, entries_.begin());
    return entries_.front();
}

void Shard::erase(std::string_view address) {
    const auto found = index_.find(address);
    if (found == index_.end()) return;
    const auto entry = found->second;
    index_.erase(found);
    entries_.erase(entry);
}

void Shard::erase_keys(const std::function<bool(const std::string& key)>& is_erased) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (is_erased(entry->key)) {
            index_.erase(entry->address);
            entry = entries_.erase(entry);
        } else {
            ++entry;
        }
    }
}

Cache::Cache(std::uint64_t max_entries) {
    const std::string random = random_octets(sizeof hash_key_);
    std::memcpy(hash_key_.data(), random.data(), sizeof hash_key_);
    max_entries = std::max<std::uint64_t>(max_entries, 1);
    const auto shards =
        std::bit_floor(std::clamp<std::uint64_t>(max_entries / min_shard_entries, 1, max_shards));
    for (std::uint64_t i = 0; i < shards; ++i)
        shards_.push_back(std::make_unique<Shard>(hash_key_, max_entries / shards));
}

}  // namespace decorum::lookup
