// The warm path, and the entry and end of every question. The steps of a flight: flight.cpp.
#include "gateway/lookup/engine.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::lookup {
namespace {

constexpr std::size_t max_address_octets = 512;  // RFC 5321 §4.5.3.1 allows 320
constexpr std::chrono::hours max_future{24};     // DESIGN, history: later dates get a neutral block
constexpr std::size_t max_waiting = 65'536;      // askers in all flights; more get an answer at once
constexpr std::size_t max_flights_a_shard = 4096;

}  // namespace

ProfileService::Implementation::Implementation(Options options,
                                               std::vector<std::shared_ptr<profile::Connector>> connectors,
                                               std::unique_ptr<store::Store> store, Secret cache_secret)
    : options_(std::move(options)),
      connectors_(std::move(connectors)),
      cache_secret_(std::move(cache_secret)),
      has_outside_(
          !std::ranges::all_of(connectors_, [](const auto& connector) { return connector->local(); })),
      cache_(options_.cache.entries),
      gate_(std::make_shared<Gate<Implementation>>(this)),
      store_(std::move(store)) {}

ProfileService::Implementation::~Implementation() {
    close();
}

// Nobody is left without an answer, and nobody is answered twice or later.
void ProfileService::Implementation::close() {
    closed_ = true;
    gate_->close();
    for (const auto& shard : cache_.shards()) {
        std::vector<FlightPtr> flights;
        {
            const std::lock_guard lock(shard->mutex);
            for (auto& [address, flight] : shard->flights) flights.push_back(std::move(flight));
            shard->flights.clear();
        }
        for (const FlightPtr& flight : flights) {
            std::vector<Waiter> waiters;
            std::vector<ReportDone> reports;
            {
                const std::lock_guard lock(shard->mutex);
                waiters.swap(flight->waiters);
                reports.swap(flight->reports);
                std::ranges::move(flight->forced_reports, std::back_inserter(reports));
                flight->forced_reports.clear();
            }
            for (Waiter& waiter : waiters) waiter.done({});
            for (ReportDone& done : reports) done({});
        }
    }
    store_->flush();
}

std::uint64_t ProfileService::Implementation::local_generation() const {
    std::uint64_t sum = 0;
    for (const auto& connector : connectors_)
        if (connector->local()) sum += connector->generation();
    return sum;
}

ProfileService::Implementation::FlightPtr ProfileService::Implementation::make_flight(std::string address,
                                                                                      bool forced) const {
    const Sha256 key = hmac_sha256(cache_secret_.reveal(), {address});
    return std::make_shared<Flight>(std::move(address), std::string(view_of(key)), connectors_.size(),
                                    forced);
}

void ProfileService::Implementation::find(std::string_view address, Instant date, Done done) {
    const Instant now = options_.now();
    if (closed_ || address.empty() || address.size() > max_address_octets || date > now + max_future)
        return done({});
    // Local parts are told apart by case nowhere; one person, one entry.
    std::string folded;
    if (std::ranges::any_of(address, ascii::is_upper)) address = folded = ascii::lower(address);

    const std::uint64_t generation = local_generation();
    Shard& shard = cache_.shard_of(address);
    std::unique_lock lock(shard.mutex);
    Entry* entry = shard.find(address);
    FlightPtr started;
    if (entry != nullptr) {
        const bool fresh = entry->generation == generation && now >= entry->fetched && now < entry->expires;
        // Local sources answer at once, so where there are no others nothing stale is ever served.
        const bool stale_but_shown = has_outside_ && !entry->history.versions.empty();
        if (fresh || stale_but_shown) {
            Ready ready = prepare(*entry, {date, std::move(done)}, true);
            ++shard.counters.warm;
            if (!fresh && !shard.flights.contains(address) && shard.flights.size() < max_flights_a_shard)
                started =
                    shard.flights.emplace(address, make_flight(std::string(address), false)).first->second;
            lock.unlock();
            hand_over(std::move(ready), now);
            if (started) start(started);
            return;
        }
    }
    auto flight = shard.flights.find(address);
    const bool joins = flight != shard.flights.end();
    if (waiting_.load() >= max_waiting || (!joins && shard.flights.size() >= max_flights_a_shard)) {
        lock.unlock();
        return done({});
    }
    if (!joins) {
        started = make_flight(std::string(address), false);
        started->load = entry == nullptr || !entry->loaded || has_outside_;
        flight = shard.flights.emplace(address, started).first;
    }
    ++(joins ? shard.counters.joined : shard.counters.cold);
    ++waiting_;
    flight->second->waiters.push_back({date, std::move(done)});
    lock.unlock();
    if (started) start(started);
}

void ProfileService::Implementation::report(std::string_view address, bool refresh, ReportDone done) {
    if (closed_ || address.empty() || address.size() > max_address_octets) return done({});
    const std::string folded = ascii::lower(address);
    Shard& shard = cache_.shard_of(folded);
    FlightPtr started;
    {
        const std::lock_guard lock(shard.mutex);
        FlightPtr& flight = shard.flights[folded];
        if (!flight) flight = started = make_flight(folded, refresh);
        auto& list = refresh && !flight->forced ? flight->forced_reports : flight->reports;
        list.push_back(std::move(done));
    }
    if (started) start(started);
}

// Under the shard's lock. What is shown at a date is recorded in memory before anybody sees it.
ProfileService::Implementation::Ready ProfileService::Implementation::prepare(Entry& entry, Waiter waiter,
                                                                              bool warm) const {
    Ready ready{std::move(waiter.done), {entry.verdict, nullptr, warm}, {}, waiter.date, false};
    if (const profile::Version* version = entry.history.at(waiter.date)) {
        // The person was there, and is not any more since this version.
        const bool gone = version->shown->empty();
        ready.found.verdict = gone ? Verdict::none : Verdict::found;
        if (!gone) ready.found.shown = version->shown;
        if (waiter.date > entry.history.served) {
            entry.history.served = waiter.date;
            ready.serve = true;
            ready.key = entry.key;
        }
    }
    return ready;
}

void ProfileService::Implementation::hand_over(Ready ready, Instant now) {
    if (!ready.serve) return ready.done(std::move(ready.found));
    const auto count = [this](const Result<>& served) {
        if (!served) ++store_failures_;
    };
    if (ready.date <= now) {
        store_->serve(std::move(ready.key), ready.date, count);
        return ready.done(std::move(ready.found));
    }
    // A date still to come must be on record before it is shown: after a restart nothing else would tell.
    store_->serve(
        std::move(ready.key), ready.date,
        [count, done = std::move(ready.done), found = std::move(ready.found)](Result<> served) mutable {
            count(served);
            done(std::move(found));
        });
}

void ProfileService::Implementation::hand_over(std::vector<Ready> ready, Instant now) {
    waiting_ -= ready.size();
    for (Ready& one : ready) hand_over(std::move(one), now);
}

ProfileService::Counters ProfileService::Implementation::counters() const {
    Counters sum;
    for (const auto& shard : cache_.shards()) {
        const std::lock_guard lock(shard->mutex);
        sum.warm += shard->counters.warm;
        sum.cold += shard->counters.cold;
        sum.joined += shard->counters.joined;
    }
    sum.store_failures = store_failures_;
    return sum;
}

}  // namespace decorum::lookup
