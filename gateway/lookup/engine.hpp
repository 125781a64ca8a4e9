// The working of the profile service.
//
// Memory decides: a version is appended to the entry in memory, under the shard's lock, with a time after
// every date that was served from it, and is written to the store afterwards with that time as the earliest
// one. So the warm path never waits for the store, and within one process a message that has shown one
// version can't show another. (A crash in the milliseconds between loses the version, not the rule for later
// ones.)
//
// The store is the last member: its destructor runs the callbacks it still holds, which use all the others.
// Connectors may answer later than that; they come through the gate.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/lookup/cache.hpp"
#include "gateway/lookup/flight.hpp"
#include "gateway/lookup/gate.hpp"
#include "gateway/lookup/profile_service.hpp"

namespace decorum::lookup {

class ProfileService::Implementation {
public:
    Implementation(Options options, std::vector<std::shared_ptr<profile::Connector>> connectors,
                   std::unique_ptr<store::Store> store, Secret cache_secret);
    ~Implementation();

    void find(std::string_view address, Instant date, Done done);
    void report(std::string_view address, bool refresh, ReportDone done);
    [[nodiscard]] Counters counters() const;
    void close();

private:
    using FlightPtr = std::shared_ptr<Flight>;
    class Reply;

    // What one asker gets, fixed under the lock and handed over after it.
    struct Ready {
        Done done;
        Found found;
        std::string key;
        Instant date{};
        bool serve = false;  // the date is to be recorded
    };

    [[nodiscard]] std::uint64_t local_generation() const;
    [[nodiscard]] FlightPtr make_flight(std::string address, bool forced) const;
    [[nodiscard]] Ready prepare(Entry& entry, Waiter waiter, bool warm) const;
    void hand_over(Ready ready, Instant now);
    void hand_over(std::vector<Ready> ready, Instant now);

    // The steps of a flight; without a lock.
    void start(const FlightPtr& flight);
    void loaded(const FlightPtr& flight, Result<store::Record> record);
    void answer_from_store(const FlightPtr& flight);
    void ask(const FlightPtr& flight);
    void arrived(const FlightPtr& flight);
    void complete(const FlightPtr& flight);
    void write_failed(const Flight& flight);

    [[nodiscard]] bool is_fresh(const store::Record& record, Instant now) const;
    void adopt(Entry& entry, const Flight& flight) const;

    const Options options_;
    const std::vector<std::shared_ptr<profile::Connector>> connectors_;
    const Secret cache_secret_;
    bool has_outside_ = false;
    Cache cache_;
    std::shared_ptr<Gate<Implementation>> gate_;
    std::atomic<bool> closed_ = false;
    std::atomic<std::size_t> waiting_ = 0;
    std::atomic<std::uint64_t> store_failures_ = 0;
    const std::unique_ptr<store::Store> store_;
};

}  // namespace decorum::lookup
