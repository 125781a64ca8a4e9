// What the profile service holds in memory: entries by address, in shards, each with a lock of its own and
// the least recently used dropped first; and the flights under way.
//
// A lock is held for a few memory accesses only, never while a callback runs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/lookup/profile_service.hpp"
#include "gateway/lookup/siphash.hpp"
#include "gateway/profile/history.hpp"

namespace decorum::lookup {

struct Flight;

struct Entry {
    std::string address;
    std::string key;  // the store's
    profile::History history;
    Verdict verdict = Verdict::none;  // of the last lookup
    Instant fetched{};
    // Stale from then on, by Scope: our own sources are to be asked again, or any.
    std::array<Instant, 2> expires{};
    std::uint64_t generation = 0;  // of the local connectors, when they were asked
    bool loaded = false;           // the store's history is in here
    bool unwritten = false;        // the store refused the latest version: the next answer writes it
    std::uint64_t confirmed = 0;   // with a shared store: of which connection's time the history is known
    bool extending = false;        // with a shared store: it is asked to record later dates as served

    [[nodiscard]] Instant& expires_for(Scope scope) { return expires[static_cast<std::size_t>(scope)]; }
};

class Shard {
public:
    using Hash = struct HashOf {
        using is_transparent = void;
        const SipKey* key;
        std::size_t operator()(std::string_view address) const noexcept { return siphash(*key, address); }
    };

    Shard(const SipKey& hash_key, std::size_t max_entries)
        : flights(0, HashOf{&hash_key}), max_entries_(max_entries), index_(0, HashOf{&hash_key}) {}

    std::mutex mutex;  // guards all of what follows
    std::unordered_map<std::string, std::shared_ptr<Flight>, Hash, std::equal_to<>> flights;
    ProfileService::Counters counters;

    // Null: not in memory. What is found becomes the most recently used.
    [[nodiscard]] Entry* find(std::string_view address);
    // Makes an entry where there is none, and drops the oldest where there is no room.
    [[nodiscard]] Entry& find_or_add(std::string_view address);
    void erase(std::string_view address);
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    // Drops every entry with such a key.
    void erase_keys(const std::function<bool(const std::string& key)>& is_erased);

private:
    std::size_t max_entries_;
    std::list<Entry> entries_;  // most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator, Hash> index_;  // views into entries_
};

class Cache {
public:
    explicit Cache(std::uint64_t max_entries);

    [[nodiscard]] Shard& shard_of(std::string_view address) {
        // The map inside a shard uses the low bits.
        return *shards_[(siphash(hash_key_, address) >> 48) & (shards_.size() - 1)];
    }
    [[nodiscard]] const std::vector<std::unique_ptr<Shard>>& shards() const { return shards_; }

private:
    SipKey hash_key_;
    std::vector<std::unique_ptr<Shard>> shards_;  // a power of two
};

}  // namespace decorum::lookup
