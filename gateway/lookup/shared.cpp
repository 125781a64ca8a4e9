// With a store that several gateways share (store/shared.hpp), the store decides and memory follows:
//
// - A version gets its time from the store, and is in memory only once it is there.
// - A date is shown only once the store has it on record as served, with the latest version that we know;
//   where another gateway has added one, it comes with the answer. Some time ahead is recorded with it
//   (served_ahead), so mail of somebody who writes again need not wait.
// - One gateway asks the sources, the others wait for what it writes: a lease, given back at the end.
//
// So two gateways never show two versions for one date, whatever their clocks say. While the store can't be
// reached, dates that are on record are shown from memory, others get a neutral block, and nobody is asked:
// what they would say could not be shown.
//
// What the store loses (its files, or to a replica that was behind) it gets back from whoever still knows it,
// see bring_back(): after each new connection what memory knows of an address is compared at its first
// question.
#include <algorithm>

#include "gateway/base/digest.hpp"
#include "gateway/lookup/engine.hpp"

namespace decorum::lookup {
namespace {

constexpr Milliseconds flight_lease{60'000};  // longer than the stages of a lookup take
constexpr Milliseconds look_pause{150};       // between two looks at what another gateway has written
constexpr std::size_t token_octets = 16;

Instant latest_of(const profile::History& history) {
    return history.versions.empty() ? Instant{} : history.versions.back().time;
}

}  // namespace

// False: the store has lost versions that we have shown. (Its answers come in the order of what it did, so
// what is older than what we know is no old news.)
bool ProfileService::Implementation::take_record(Entry& entry, const store::Record& record) {
    const Instant theirs = latest_of(record.history);
    const Instant ours = latest_of(entry.history);
    entry.loaded = true;
    if (theirs > ours)
        entry.history = record.history;
    else if (theirs == ours)
        entry.history.served = std::max(entry.history.served, record.history.served);
    return theirs >= ours;
}

// Since that connection was made nothing was lost. After another one, which may be to a replica that was
// behind, or to a server that has lost its files, even what is on record is shown after a question only.
bool ProfileService::Implementation::is_confirmed(const Entry& entry) const {
    return entry.confirmed == shared_->connections();
}

// Where `record` has not all that we have shown, it goes back to the store, which then says what holds for
// everybody: all of it again, or, where others have shown something else of those dates since, what they
// have. Dates up to `until` are recorded as served with it.
void ProfileService::Implementation::bring_back(const std::string& address, std::string key, Instant until,
                                                Result<store::Record> record, WithRecord then) {
    profile::History ours;
    if (record && !record->forgotten) {
        Shard& shard = cache_.shard_of(address);
        const std::lock_guard lock(shard.mutex);
        const Entry* entry = shard.find(address);
        if (entry != nullptr && latest_of(entry->history) > latest_of(record->history)) ours = entry->history;
    }
    if (ours.versions.empty()) return then(std::move(record));
    ours.served = std::max(ours.served, until);
    shared_->restore(std::move(key), std::move(ours),
                     [this, address, then = std::move(then)](Result<store::Record> restored) mutable {
                         if (restored && !restored->forgotten) {
                             Shard& shard = cache_.shard_of(address);
                             const std::lock_guard lock(shard.mutex);
                             if (Entry* entry = shard.find(address)) entry->history = restored->history;
                         }
                         then(std::move(restored));
                     });
}

void ProfileService::Implementation::record_first(Ready ready) {
    if (ready.extend) {
        // Nobody waits for this one.
        Done done = std::exchange(ready.done, [](Found) {});
        done(std::exchange(ready.found, {}));
    }
    const Instant until = ready.date + served_ahead;
    const std::uint64_t connection = shared_->connections();
    const auto asked = std::make_shared<Ready>(std::move(ready));
    shared_->show(asked->key, until, asked->latest,
                  [this, asked, until, connection](Result<std::optional<store::Record>> answer) {
                      if (!answer) return shown(asked, connection, std::unexpected(answer.error()));
                      if (*answer)
                          return bring_back(asked->address, asked->key, until, std::move(**answer),
                                            [this, asked, connection](Result<store::Record> record) {
                                                shown(asked, connection, std::move(record));
                                            });
                      {
                          Shard& shard = cache_.shard_of(asked->address);
                          const std::lock_guard lock(shard.mutex);
                          Entry* entry = shard.find(asked->address);
                          if (entry != nullptr) entry->extending = false;
                          if (entry != nullptr && latest_of(entry->history) == asked->latest) {
                              entry->history.served = std::max(entry->history.served, until);
                              entry->confirmed = std::max(entry->confirmed, connection);
                          }
                      }
                      asked->done(std::move(asked->found));
                  });
}

// What is not as we knew it: there is more, or less, or the store is away.
void ProfileService::Implementation::shown(const std::shared_ptr<Ready>& asked, std::uint64_t connection,
                                           Result<store::Record> answer) {
    Found& found = asked->found;
    {
        Shard& shard = cache_.shard_of(asked->address);
        const std::lock_guard lock(shard.mutex);
        Entry* entry = shard.find(asked->address);
        if (entry != nullptr) entry->extending = false;
        if (!answer) {
            if (!asked->on_record) found = {Verdict::unavailable, nullptr, false};
        } else if (answer->forgotten) {
            found = {Verdict::opted_out, nullptr, false};
            shard.erase(asked->address);
        } else if (const profile::Version* version = answer->history.at(asked->date)) {
            const bool gone = version->shown->empty();
            found.verdict = gone ? Verdict::none : Verdict::found;
            found.shown = gone ? nullptr : version->shown;
            if (entry != nullptr && take_record(*entry, *answer))
                entry->confirmed = std::max(entry->confirmed, connection);
        } else {
            // The store has lost its history, and memory, too: the next question looks everything up anew.
            found = {Verdict::unavailable, nullptr, false};
            shard.erase(asked->address);
        }
    }
    if (!answer) ++store_failures_;
    asked->done(std::move(found));
}

void ProfileService::Implementation::publish_then(const FlightPtr& flight, Then then) {
    if (shared_ != nullptr) return publish_shared(flight, false, std::move(then));
    publish(flight);
    then();
}

void ProfileService::Implementation::publish_shared(const FlightPtr& flight, bool early, Then then) {
    std::vector<Ready> ready;
    const Instant now = options_.now();
    {
        const std::lock_guard publishing(flight->publishing);
        auto drafted = draft(*flight, now, early);
        if (!drafted) return;  // said early, and nobody waits for the end of it
        Outlook& out = drafted->out;
        store::Update update;
        bool write = false;
        {
            Shard& shard = cache_.shard_of(flight->address);
            const std::lock_guard lock(shard.mutex);
            const bool current = flight->stored && may_publish(shard, flight, *drafted);
            Entry* entry = current ? &shard.find_or_add(flight->address) : nullptr;
            if (current) adopt(*entry, *flight);
            if (current && drafted->forgotten) {
                settle_forgotten(*entry, *flight, now);
            } else if (current) {
                const auto& versions = flight->stored->history.versions;
                const bool gone = !out.found && out.over && !versions.empty();
                if (gone) out.shown = std::make_shared<const profile::Presentation>();
                const bool differs_in_lines =
                    (out.found || gone) &&
                    (versions.empty() || !versions.back().shown->same_lines(*out.shown));
                if (differs_in_lines || out.found) update.shown = out.shown;
                write = differs_in_lines || drafted->unwritten ||
                        (out.complete && flight->stored->found != out.found);
                if (!write) settle(*entry, *flight, out, now);
            }
            if (current && !write && !early) ready = prepare_all(*entry, *flight);
        }
        if (write) {
            update.found = out.found;
            update.max_versions = options_.max_versions;
            update.fetched = now;
            if (!drafted->unwritten && !all_local_ && flight->stored->fetched != Instant{})
                update.fetched = flight->stored->fetched;
            update.not_before = now;
            update.profile_json = profile::to_json(drafted->words);
            store_->update(flight->key, std::move(update),
                           [this, flight, out = std::move(out), now, early,
                            then = std::move(then)](Result<store::Record> written) mutable {
                               published(flight, out, now, early, std::move(written));
                               then();
                           });
            return;
        }
    }
    hand_over(std::move(ready), now);
    then();
}

void ProfileService::Implementation::published(const FlightPtr& flight, const Outlook& out, Instant now,
                                               bool early, Result<store::Record> written) {
    std::vector<Ready> ready;
    if (written) {
        const std::lock_guard publishing(flight->publishing);
        flight->stored = *written;
    }
    {
        Shard& shard = cache_.shard_of(flight->address);
        const std::lock_guard lock(shard.mutex);
        const auto current = shard.flights.find(flight->address);
        const bool ended = current == shard.flights.end() || current->second != flight;
        if (flight->overtaken || ended) return;
        Entry* entry = shard.find(flight->address);
        if (written) {
            if (entry == nullptr) entry = &shard.find_or_add(flight->address);
            adopt(*entry, *flight);
            if (written->forgotten)
                settle_forgotten(*entry, *flight, now);
            else
                settle(*entry, *flight, out, now);
            if (!early) ready = prepare_all(*entry, *flight);
        } else if (!early) {
            // What can't be kept can't be shown, but for what is on record; and is not asked for again at
            // once.
            if (entry == nullptr) entry = &shard.find_or_add(flight->address);
            if (entry->history.versions.empty()) {
                settle(*entry, *flight, out, now);
                entry->verdict = Verdict::unavailable;
                entry->expires.fill(now + std::chrono::ceil<std::chrono::seconds>(options_.cache.failure));
            }
            ready = prepare_all(*entry, *flight);
        }
    }
    if (!written) ++store_failures_;
    hand_over(std::move(ready), now);
}

// Nobody can be told anything but what memory has on record.
void ProfileService::Implementation::give_up(const FlightPtr& flight) {
    release(*flight);
    std::vector<Ready> ready;
    std::vector<ReportDone> reports;
    {
        Shard& shard = cache_.shard_of(flight->address);
        const std::lock_guard lock(shard.mutex);
        const auto current = shard.flights.find(flight->address);
        if (current == shard.flights.end() || current->second != flight) return;  // the service ended
        Entry* entry = shard.find(flight->address);
        const bool known = entry != nullptr && !entry->history.versions.empty();
        for (Waiter& waiter : flight->waiters) {
            if (known)
                ready.push_back(prepare(*entry, std::move(waiter), false));
            else
                ready.push_back({.done = std::move(waiter.done)});
        }
        flight->waiters.clear();
        reports.swap(flight->reports);
        std::ranges::move(flight->later_reports, std::back_inserter(reports));
        flight->later_reports.clear();
        if (flight->ahead) --ahead_;
        shard.flights.erase(current);
    }
    hand_over(std::move(ready), options_.now());
    for (ReportDone& done : reports) done({});
}

void ProfileService::Implementation::load_shared(const FlightPtr& flight, WithRecord then) {
    const std::uint64_t connection = shared_->connections();
    store_->load(flight->key, [this, flight, connection,
                               then = std::move(then)](Result<store::Record> record) mutable {
        bring_back(flight->address, flight->key, Instant{}, std::move(record),
                   [flight, connection, then = std::move(then)](Result<store::Record> whole) mutable {
                       {
                           const std::lock_guard publishing(flight->publishing);
                           flight->connection = connection;
                       }
                       then(std::move(whole));
                   });
    });
}

// What answers at once is asked without: it costs nobody anything.
void ProfileService::Implementation::take_flight(const FlightPtr& flight) {
    if (closed_) return;
    if (flight->forced || !anybody_due(*flight)) return next_stage(flight);
    std::string token = to_hex(random_octets(token_octets));
    shared_->take_flight(flight->key, token, flight_lease, [this, flight, token](const Result<bool>& taken) {
        if (!taken) {
            ++store_failures_;
            return give_up(flight);
        }
        if (*taken) {
            {
                const std::lock_guard lock(flight->mutex);
                flight->lease = token;
            }
            if (closed_) return release(*flight);
            return look_again(flight);
        }
        alarm_->after(look_pause, [this, flight] { look_again(flight); });
    });
}

// Between our look and the lease another gateway may have written what it heard.
void ProfileService::Implementation::look_again(const FlightPtr& flight) {
    if (closed_) return;
    load_shared(flight, [this, flight](Result<store::Record> record) {
        if (!record) {
            ++store_failures_;
            return give_up(flight);
        }
        {
            const std::lock_guard publishing(flight->publishing);
            flight->stored = std::move(*record);
        }
        if (flight->stored->forgotten) return publish_then(flight, [this, flight] { conclude(flight); });
        hear(*flight, *flight->stored);
        bool ours = false;
        {
            const std::lock_guard lock(flight->mutex);
            ours = !flight->lease.empty();
        }
        if (ours || !anybody_due(*flight)) return next_stage(flight);
        take_flight(flight);
    });
}

void ProfileService::Implementation::release(Flight& flight) {
    std::string token;
    {
        const std::lock_guard lock(flight.mutex);
        token = std::exchange(flight.lease, {});
    }
    if (!token.empty()) shared_->end_flight(flight.key, std::move(token));
}

}  // namespace decorum::lookup
