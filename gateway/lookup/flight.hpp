// One lookup of one address, however many ask: load from the store, ask the sources in stages, fetch the
// portrait, have the posts judged, publish, conclude.
//
// The steps follow one another, each on whatever thread the one before ended on. What others see while they
// run is guarded: the lists of those who wait by the lock of the address's shard, what was heard so far by
// the flight's own. Locks are taken in the order publishing, shard or heard; never both of the latter.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/lookup/plan.hpp"
#include "gateway/lookup/profile_service.hpp"

namespace decorum::lookup {

struct Waiter {
    Instant date{};
    Scope scope{};
    ProfileService::Done done;
};

using ReportDone = std::move_only_function<void(Report)>;

// How a question of this flight went; its word is among `words`.
struct Heard {
    Question question;
    std::string detail;
    std::optional<Held> held;
    Milliseconds latency{};
};

struct Flight {
    Flight(std::string of_address, std::string of_key, std::string of_older_key, Scope whom, bool force)
        : address(std::move(of_address)),
          key(std::move(of_key)),
          older_key(std::move(of_older_key)),
          domain(senders_domain(address)),
          scope(whom),
          forced(force) {}

    const std::string address;
    const std::string key;
    const std::string older_key;  // what it may be kept under since an older version; mostly empty
    const std::string domain;     // registrable, of the address

    // Under the shard's lock.
    Scope scope;        // of those who are asked; fixed from `asking` on
    const bool forced;  // what is fresh is asked for too
    bool asking = false;
    bool ahead = false;      // nobody asked for it yet: where there is nobody it leaves no trace
    bool overtaken = false;  // the record was erased or revived meanwhile: all begins anew
    std::vector<Waiter> waiters;
    std::vector<ReportDone> reports;
    std::vector<ReportDone> later_reports;  // want more than this flight asks for

    // Of the steps; those that publishing reads are fixed from `asking` on.
    bool load = true;
    std::optional<store::Record> stored;  // nothing: not loaded. From `asking` on under `publishing`
    bool load_failed = false;
    std::uint64_t connection = 0;  // with a shared store: the one that `stored` came by, or an earlier one
    std::uint64_t generation = 0;  // of the local connectors, before they were asked
    std::optional<bool> may_ask_outside;  // by the budget of the sender's domain, once it was asked for
    Instant outside_again{};
    std::atomic<bool> unhurried = false;   // the sender's own domain may be asked now
    std::atomic<std::size_t> pending = 0;  // answers still to come, and one for the asking itself

    std::mutex mutex;  // guards what was heard so far
    profile::SourceWords words;
    std::shared_ptr<const Person> person;  // of the words; null: they have changed since
    std::vector<Heard> heard;
    std::string portrait;                        // the URL that was fetched
    std::vector<profile::Activity> clean_posts;  // the latest that may be shown; none: not known
    std::string lease;                           // with a shared store: our token, where it is us who ask
    bool unwritten = false;                      // a source was asked, and the store does not know its word

    std::mutex publishing;  // what is published later reaches the store later
};

}  // namespace decorum::lookup
