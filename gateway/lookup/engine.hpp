// The working of the profile service.
//
// Memory decides: a version is appended to the entry in memory, under the shard's lock, with a time after
// every date that was served from it, and is written to the store afterwards with that time as the earliest
// one. So the warm path never waits for the store, and within one process a message that has shown one
// version can't show another. (A crash in the milliseconds between loses the version, not the rule for later
// ones.)
//
// Where several gateways share a store, memory does not decide but the store: see shared.cpp.
//
// The store is the last member: its destructor runs the callbacks it still holds, which use all the others.
// Connectors may answer later than that; they come through the gate.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/lookup/alarm.hpp"
#include "gateway/lookup/cache.hpp"
#include "gateway/lookup/flight.hpp"
#include "gateway/lookup/gate.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/lookup/sender_budgets.hpp"
#include "gateway/lookup/sources.hpp"

namespace decorum::lookup {

// With a shared store: dates so far ahead are recorded as served together with the one that is, so that mail
// to come need not wait for the store; a new version begins so much later at the most.
inline constexpr std::chrono::seconds served_ahead{60};

class ProfileService::Implementation {
public:
    Implementation(Options options, std::vector<std::shared_ptr<profile::Connector>> connectors,
                   std::unique_ptr<store::Store> store, Secret cache_secret);
    ~Implementation();

    // engine.cpp: the ways in and out.
    void find(std::string_view address, Instant date, Scope scope, Done done);
    [[nodiscard]] std::optional<Found> found_so_far(std::string_view address, Instant date);
    void prefetch(std::string_view address);
    void report(std::string_view address, bool refresh, ReportDone done);
    [[nodiscard]] Counters counters() const;
    void tune(const config::Lookup& lookup, const std::map<std::string, config::Connector>& connectors);
    [[nodiscard]] std::vector<SourceState> sources() const;
    void close();

private:
    using FlightPtr = std::shared_ptr<Flight>;

    // What one asker gets, fixed under the lock and handed over after it.
    struct Ready {
        Done done = {};
        Found found = {};
        std::string key = {};
        Instant date{};
        bool serve = false;  // the date is to be recorded
        // With a shared store:
        std::string address = {};
        Instant latest{};        // version that is known
        bool on_record = false;  // the date is, as far as we know: where the store is away it is shown
        bool extend = false;     // later dates are to be recorded, too
    };
    // What the words heard so far amount to.
    struct Outlook {
        std::shared_ptr<const Person> person;
        profile::Profile profile;  // the person's, with the face
        std::shared_ptr<const profile::Presentation> shown;
        bool found = false;
        bool complete = false;  // every source that may be asked has answered
        bool over = false;      // the same, or what was known has ended: nobody found is nobody to show
        std::array<Instant, 2> due{};  // by Scope: when somebody is to be asked again
        std::vector<Question> known;   // what the address is made of, and,
        bool settled = false;          // if so, all of it: nobody is to be asked now
    };

    // What is to be published.
    struct Draft {
        Outlook out;
        profile::SourceWords words;
        bool unwritten = false;
        bool forgotten = false;
    };

    struct WantedPortrait {
        std::string url;
        const Source* source = nullptr;
        bool at_senders = false;  // the sender's own domain would learn of it
    };

    [[nodiscard]] bool opted_out(std::string_view address) const;
    [[nodiscard]] std::uint64_t local_generation() const;
    [[nodiscard]] FlightPtr make_flight(std::string address, Scope scope, bool forced) const;
    [[nodiscard]] bool fresh(Entry& entry, Scope scope, std::uint64_t generation, Instant now) const;
    [[nodiscard]] Ready prepare(Entry& entry, Waiter waiter, bool warm) const;
    // Of those who wait for no more than the flight's scope.
    [[nodiscard]] std::vector<Ready> prepare_all(Entry& entry, Flight& flight) const;
    void hand_over(Ready ready, Instant now);
    void hand_over(std::vector<Ready> ready, Instant now);
    void follow_erasures();

    // flight.cpp: the steps of a flight, without a lock.
    void start(const FlightPtr& flight);
    void load(const FlightPtr& flight);
    void loaded(const FlightPtr& flight, Result<store::Record> record);
    void begin(const FlightPtr& flight);
    [[nodiscard]] bool anybody_due(Flight& flight) const;
    void answer_from_store(const FlightPtr& flight);
    void next_stage(const FlightPtr& flight);
    void arrived(const FlightPtr& flight);
    void fetch_portrait(const FlightPtr& flight, bool later);
    void judge_posts(const FlightPtr& flight, bool later);
    void stages_over(const FlightPtr& flight, bool later);
    // Under the flight's lock.
    [[nodiscard]] std::shared_ptr<const Person> person_of(Flight& flight) const;
    [[nodiscard]] Situation situation(const Flight& flight, const Person& person, Instant now) const;
    [[nodiscard]] std::optional<Held> over_budget(Flight& flight, const Question& question, Instant now);
    void note(Flight& flight, const Question& question, Reply reply);
    [[nodiscard]] std::optional<WantedPortrait> wanted_portrait(const Flight& flight, const Person& person,
                                                                Instant now) const;
    [[nodiscard]] std::vector<profile::Activity> posts_to_judge(Flight& flight) const;
    [[nodiscard]] std::optional<std::string> take_portrait(Flight& flight, bool& later);
    void note_portrait(Flight& flight, std::string png, Instant due);

    // publish.cpp: what was heard becomes a version and the answer.
    [[nodiscard]] Outlook outlook(Flight& flight, Instant now) const;  // under the flight's lock
    void publish(const FlightPtr& flight,
                 bool early = false);  // early: only if somebody was found; nobody is answered
    void conclude(const FlightPtr& flight);
    [[nodiscard]] Report make_report(Flight& flight, Verdict verdict);
    void adopt(Entry& entry, const Flight& flight) const;
    void write(const FlightPtr& flight, store::Update update);
    // Under the flight's `publishing`. Nothing: there is nothing to be said early.
    [[nodiscard]] std::optional<Draft> draft(Flight& flight, Instant now, bool early) const;
    // Under the shard's lock.
    [[nodiscard]] bool may_publish(Shard& shard, const FlightPtr& flight, const Draft& draft) const;
    void settle(Entry& entry, const Flight& flight, const Outlook& out, Instant now) const;
    void settle_forgotten(Entry& entry, const Flight& flight, Instant now) const;

    // shared.cpp: where the store decides, and memory follows.
    using Then = std::move_only_function<void()>;
    using WithRecord = std::move_only_function<void(Result<store::Record>)>;
    void publish_then(const FlightPtr& flight, Then then);
    void publish_shared(const FlightPtr& flight, bool early, Then then);
    void published(const FlightPtr& flight, const Outlook& out, Instant now, bool early,
                   Result<store::Record> written);
    void give_up(const FlightPtr& flight);
    void load_shared(const FlightPtr& flight, WithRecord then);
    void take_flight(const FlightPtr& flight);
    void look_again(const FlightPtr& flight);
    void release(Flight& flight);
    void hear(Flight& flight, const store::Record& record) const;  // what the store knows
    [[nodiscard]] static bool take_record(Entry& entry, const store::Record& record);
    [[nodiscard]] bool is_confirmed(const Entry& entry) const;
    void bring_back(const std::string& address, std::string key, Instant until, Result<store::Record> record,
                    WithRecord then);
    void shown(const std::shared_ptr<Ready>& asked, std::uint64_t connection, Result<store::Record> answer);
    void record_first(Ready ready);

    const Options options_;
    const Secret cache_secret_;
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    Sources sources_;
    bool all_local_ = true;    // every connector answers at once
    bool needs_words_ = true;  // what the store keeps of them spares questions
    SenderBudgets budgets_;
    Cache cache_;
    std::atomic<bool> closed_ = false;
    std::atomic<std::size_t> waiting_ = 0;
    std::atomic<std::size_t> ahead_ = 0;  // prefetches under way
    std::atomic<std::uint64_t> store_failures_ = 0;
    std::atomic<bool> following_ = false;  // the store was asked for erasures and has not answered
    std::uint64_t erasures_ = 0;           // its cursor: of whoever set `following_`
    bool following_begun_ = false;         // likewise
    std::unique_ptr<Alarm> alarm_;
    store::SharedStore* const shared_;  // the store's; null: memory decides
    const std::unique_ptr<store::Store> store_;
};

}  // namespace decorum::lookup
