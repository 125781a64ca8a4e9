// One lookup of one address, however many ask: load from the store, ask the sources, complete.
//
// The steps follow one another, each on whatever thread the one before ended on; only the lists of those who
// wait are shared, under the lock of the address's shard.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "gateway/lookup/profile_service.hpp"

namespace decorum::lookup {

struct Waiter {
    Instant date{};
    ProfileService::Done done;
};

using ReportDone = std::move_only_function<void(Report)>;

struct Flight {
    Flight(std::string of_address, std::string of_key, std::size_t sources, bool force)
        : address(std::move(of_address)),
          key(std::move(of_key)),
          forced(force),
          answers(sources),
          asked(sources) {}

    const std::string address;
    const std::string key;
    const bool forced;  // outside sources are asked even where the stored answer is fresh
    bool load = true;

    std::vector<Waiter> waiters;             // under the shard's lock
    std::vector<ReportDone> reports;         // under the shard's lock
    std::vector<ReportDone> forced_reports;  // under the shard's lock: want a forced flight after this one

    std::optional<store::Record> stored;  // nothing: not loaded
    bool load_failed = false;
    std::uint64_t generation = 0;                         // of the local connectors, before they were asked
    std::vector<std::optional<profile::Answer>> answers;  // by connector; each slot written once
    std::vector<bool> asked;
    std::atomic<std::size_t> pending = 0;  // answers still to come, and one for the asking itself
};

}  // namespace decorum::lookup
