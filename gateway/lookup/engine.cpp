// The warm path, and the entry and end of every question. The steps of a flight: flight.cpp.
#include "gateway/lookup/engine.hpp"

#include <algorithm>
#include <random>
#include <unordered_set>
#include <utility>

#include "gateway/base/canonical.hpp"

namespace decorum::lookup {
namespace {

constexpr std::size_t max_address_octets = 512;  // RFC 5321 §4.5.3.1 allows 320
constexpr std::chrono::hours max_future{24};     // DESIGN, history: later dates get a neutral block
constexpr std::size_t max_waiting = 65'536;      // askers in all flights; more get an answer at once
constexpr std::size_t max_flights_a_shard = 4096;
constexpr std::size_t max_ahead = 64;  // prefetches at a time; more are not made

double random_fraction() {
    thread_local std::minstd_rand generator = [] {
        std::random_device seed;
        return std::minstd_rand(seed());
    }();
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

ProfileService::Options completed(ProfileService::Options options) {
    if (!options.random) options.random = random_fraction;
    return options;
}

Sources::Options source_options(const ProfileService::Options& options) {
    return {.cache = options.cache,
            .lookup = options.lookup,
            .connectors = options.connectors,
            .own_domains = options.own_domains,
            .now = options.now,
            .random = options.random};
}

}  // namespace

ProfileService::Implementation::Implementation(Options options,
                                               std::vector<std::shared_ptr<profile::Connector>> connectors,
                                               std::unique_ptr<store::Store> store, Secret cache_secret)
    : options_(completed(std::move(options))),
      cache_secret_(std::move(cache_secret)),
      sources_(source_options(options_), std::move(connectors), *store, gate_),
      all_local_(std::ranges::all_of(sources_.all(), &Source::local)),
      needs_words_(!all_local_ || options_.portraits),
      budgets_(options_.lookup.new_addresses),
      cache_(options_.cache.entries),
      erasures_(options_.erasures_from.value_or(0)),
      following_begun_(options_.erasures_from.has_value()),
      shared_(store->shared()),
      store_(std::move(store)) {
    follow_erasures();
    // Not before all the others are there: it calls back from a thread of its own.
    alarm_ = std::make_unique<Alarm>(options_.tick, [this] {
        sources_.give_up_overdue();
        follow_erasures();
    });
}

ProfileService::Implementation::~Implementation() {
    close();
}

// Nobody is left without an answer, and nobody is answered twice or later.
void ProfileService::Implementation::close() {
    closed_ = true;
    alarm_->stop();
    gate_->close();
    std::vector<FlightPtr> ended;
    for (const auto& shard : cache_.shards()) {
        std::vector<Waiter> waiters;
        std::vector<ReportDone> reports;
        {
            const std::lock_guard lock(shard->mutex);
            for (auto& [address, flight] : shard->flights) {
                std::ranges::move(flight->waiters, std::back_inserter(waiters));
                std::ranges::move(flight->reports, std::back_inserter(reports));
                std::ranges::move(flight->later_reports, std::back_inserter(reports));
                ended.push_back(flight);
                flight->waiters.clear();
                flight->reports.clear();
                flight->later_reports.clear();
            }
            shard->flights.clear();
        }
        for (Waiter& waiter : waiters) waiter.done({});
        for (ReportDone& done : reports) done({});
    }
    // Other gateways need not wait for what nobody looks up any more.
    if (shared_ != nullptr)
        for (const FlightPtr& flight : ended) release(*flight);
    store_->flush();
}

bool ProfileService::Implementation::opted_out(std::string_view address) const {
    return options_.opted_out && options_.opted_out(address);
}

std::uint64_t ProfileService::Implementation::local_generation() const {
    std::uint64_t sum = 0;
    for (const Source& source : sources_.all())
        if (source.local()) sum += source.connector->generation();
    return sum;
}

ProfileService::Implementation::FlightPtr ProfileService::Implementation::make_flight(std::string address,
                                                                                      Scope scope,
                                                                                      bool forced) const {
    std::string key = store::record_key(cache_secret_, address);
    std::string older_key = store::older_record_key(cache_secret_, address);
    return std::make_shared<Flight>(std::move(address), std::move(key), std::move(older_key), scope, forced);
}

bool ProfileService::Implementation::fresh(Entry& entry, Scope scope, std::uint64_t generation,
                                           Instant now) const {
    return entry.generation == generation && now >= entry.fetched && now < entry.expires_for(scope);
}

void ProfileService::Implementation::find(std::string_view address, Instant date, Scope scope, Done done) {
    const Instant now = options_.now();
    if (closed_ || address.empty() || address.size() > max_address_octets || date > now + max_future)
        return done({});
    // Local parts are told apart by case nowhere; one person, one entry.
    std::string folded;
    if (!is_plainly_canonical(address)) address = folded = canonical_address(address);
    if (opted_out(address)) return done({Verdict::opted_out, nullptr, true});

    const std::uint64_t generation = local_generation();
    Shard& shard = cache_.shard_of(address);
    std::unique_lock lock(shard.mutex);
    Entry* entry = shard.find(address);
    FlightPtr started;
    if (entry != nullptr) {
        const bool is_fresh = fresh(*entry, scope, generation, now);
        // Local sources answer at once, so where there are no others nothing stale is ever served.
        const bool stale_but_shown = !all_local_ && !entry->history.versions.empty();
        if (is_fresh || stale_but_shown) {
            Ready ready = prepare(*entry, {date, scope, std::move(done)}, true);
            ++shard.counters.warm;
            if (!is_fresh) ++shard.counters.stale;
            if (!is_fresh && !shard.flights.contains(address) && shard.flights.size() < max_flights_a_shard)
                started = shard.flights.emplace(address, make_flight(std::string(address), scope, false))
                              .first->second;
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
        started = make_flight(std::string(address), scope, false);
        started->load = entry == nullptr || !entry->loaded || needs_words_ || shared_ != nullptr;
        flight = shard.flights.emplace(address, started).first;
    } else if (!flight->second->asking) {
        flight->second->scope = std::max(flight->second->scope, scope);
    }
    ++(joins ? shard.counters.joined : shard.counters.cold);
    ++waiting_;
    flight->second->waiters.push_back({date, scope, std::move(done)});
    lock.unlock();
    if (started) start(started);
}

// The version made of it stays, and a complete one comes after it: so a message that was shown the one never
// shows the other (DESIGN, history).
std::optional<Found> ProfileService::Implementation::found_so_far(std::string_view address, Instant date) {
    const Instant now = options_.now();
    if (closed_ || date > now) return std::nullopt;  // a date to come must be on record before it is shown
    const std::string folded = canonical_address(address);
    if (options_.opted_out && options_.opted_out(folded)) return Found{Verdict::opted_out, nullptr, false};
    Shard& shard = cache_.shard_of(folded);
    FlightPtr flight;
    {
        const std::lock_guard lock(shard.mutex);
        const auto found = shard.flights.find(folded);
        if (found != shard.flights.end() && found->second->asking) flight = found->second;
    }
    if (flight && shared_ != nullptr)
        publish_shared(flight, true, [] {});
    else if (flight)
        publish(flight, true);
    std::optional<Found> found;
    Ready ready;
    {
        const std::lock_guard lock(shard.mutex);
        Entry* entry = shard.find(folded);
        if (entry == nullptr || entry->history.versions.empty()) return std::nullopt;
        // What the store has not on record yet can't be shown without asking it.
        if (shared_ != nullptr && (date > entry->history.served || !is_confirmed(*entry)))
            return std::nullopt;
        ready =
            prepare(*entry, {date, Scope::all, [&found](Found shown) { found = std::move(shown); }}, false);
    }
    hand_over(std::move(ready), now);
    return found;
}

void ProfileService::Implementation::prefetch(std::string_view address) {
    if (closed_ || address.empty() || address.size() > max_address_octets) return;
    std::string folded;
    if (!is_plainly_canonical(address)) address = folded = canonical_address(address);
    if (opted_out(address)) return;
    const Instant now = options_.now();
    const std::uint64_t generation = local_generation();
    Shard& shard = cache_.shard_of(address);
    FlightPtr started;
    {
        const std::lock_guard lock(shard.mutex);
        Entry* entry = shard.find(address);
        if (entry != nullptr && fresh(*entry, Scope::ours, generation, now)) return;
        if (ahead_ >= max_ahead || shard.flights.contains(address) ||
            shard.flights.size() >= max_flights_a_shard)
            return;
        ++ahead_;
        started = make_flight(std::string(address), Scope::ours, false);
        started->load = entry == nullptr || !entry->loaded || needs_words_ || shared_ != nullptr;
        started->ahead = true;
        shard.flights.emplace(address, started);
    }
    start(started);
}

void ProfileService::Implementation::report(std::string_view address, bool refresh, ReportDone done) {
    if (closed_ || address.empty() || address.size() > max_address_octets) return done({});
    const std::string folded = canonical_address(address);
    if (opted_out(folded)) {
        Report none;
        none.verdict = Verdict::opted_out;
        return done(std::move(none));
    }
    Shard& shard = cache_.shard_of(folded);
    FlightPtr started;
    {
        const std::lock_guard lock(shard.mutex);
        FlightPtr& flight = shard.flights[folded];
        if (!flight) flight = started = make_flight(folded, Scope::all, refresh);
        if (!flight->asking) flight->scope = Scope::all;
        const bool suffices = flight->scope == Scope::all && (flight->forced || !refresh);
        (suffices ? flight->reports : flight->later_reports).push_back(std::move(done));
    }
    if (started) start(started);
}

// Under the shard's lock. What is shown at a date is recorded in memory before anybody sees it.
ProfileService::Implementation::Ready ProfileService::Implementation::prepare(Entry& entry, Waiter waiter,
                                                                              bool warm) const {
    Ready ready{.done = std::move(waiter.done),
                .found = {entry.verdict, nullptr, warm},
                .key = {},
                .date = waiter.date};
    if (const profile::Version* version = entry.history.at(waiter.date)) {
        // The person was there, and is not any more since this version.
        const bool gone = version->shown->empty();
        ready.found.verdict = gone ? Verdict::none : Verdict::found;
        if (!gone) ready.found.shown = version->shown;
        if (shared_ != nullptr) {
            ready.on_record = waiter.date <= entry.history.served;
            ready.serve = !ready.on_record || !is_confirmed(entry);
            ready.extend =
                !ready.serve && !entry.extending && waiter.date > entry.history.served - served_ahead / 2;
            entry.extending = entry.extending || ready.extend;
            if (ready.serve || ready.extend) {
                ready.key = entry.key;
                ready.address = entry.address;
                ready.latest = entry.history.versions.back().time;
            }
        } else if (waiter.date > entry.history.served) {
            entry.history.served = waiter.date;
            ready.serve = true;
            ready.key = entry.key;
        }
    }
    return ready;
}

std::vector<ProfileService::Implementation::Ready> ProfileService::Implementation::prepare_all(
    Entry& entry, Flight& flight) const {
    std::vector<Ready> ready;
    std::vector<Waiter> left;
    for (Waiter& waiter : flight.waiters) {
        if (waiter.scope <= flight.scope)
            ready.push_back(prepare(entry, std::move(waiter), false));
        else
            left.push_back(std::move(waiter));
    }
    flight.waiters.swap(left);
    return ready;
}

void ProfileService::Implementation::hand_over(Ready ready, Instant now) {
    if (shared_ != nullptr && (ready.serve || ready.extend)) return record_first(std::move(ready));
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

// What another process erased or revived goes from memory; a lookup under way begins anew and finds the
// tombstone. Whatever was erased before the service began nobody has seen here: it follows from then on, or,
// where something is kept elsewhere, from where that was told last. Where it can't be told what is new, all
// is.
void ProfileService::Implementation::follow_erasures() {
    if (following_.exchange(true)) return;
    const bool began = std::exchange(following_begun_, true);
    const auto cursor = began ? std::optional(erasures_) : std::nullopt;
    store_->erased_since(cursor, [this](Result<store::Erasures> erasures) {
        if (erasures) erasures_ = erasures->cursor;
        following_ = false;
        if (!erasures) {
            ++store_failures_;
            return;
        }
        if (erasures->keys.empty()) return;
        const std::unordered_set<std::string> keys(erasures->keys.begin(), erasures->keys.end());
        const auto is_erased = [&keys](const std::string& key) {
            return keys.contains(key) || keys.contains(std::string(store::plain_key(key)));
        };
        for (const auto& shard : cache_.shards()) {
            const std::lock_guard lock(shard->mutex);
            shard->erase_keys(is_erased);
            for (auto& [address, flight] : shard->flights)
                if (is_erased(flight->key)) flight->overtaken = true;
        }
        if (closed_) return;
        if (options_.on_erasure) options_.on_erasure(erasures->keys, erasures->cursor);
        follow_erasures();  // there may be more
    });
}

void ProfileService::Implementation::tune(const config::Lookup& lookup,
                                          const std::map<std::string, config::Connector>& connectors) {
    sources_.tune(lookup, connectors);
    budgets_.set_new_addresses(lookup.new_addresses);
}

ProfileService::Counters ProfileService::Implementation::counters() const {
    Counters sum;
    for (const auto& shard : cache_.shards()) {
        const std::lock_guard lock(shard->mutex);
        sum.warm += shard->counters.warm;
        sum.cold += shard->counters.cold;
        sum.joined += shard->counters.joined;
        sum.stale += shard->counters.stale;
        sum.entries += shard->size();
    }
    sum.store_failures = store_failures_;
    return sum;
}

std::vector<ProfileService::SourceState> ProfileService::Implementation::sources() const {
    std::vector<SourceState> out;
    const Instant now = options_.now();
    for (const Source& source : sources_.all()) {
        SourceState& state = out.emplace_back(source.name, *source.tally);
        if (!source.guard) continue;
        const auto guarded = source.guard->state(now);
        state.quota = guarded.quota;
        state.held = guarded.held.has_value();
        state.open = guarded.open;
    }
    return out;
}

}  // namespace decorum::lookup
