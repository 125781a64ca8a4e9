// The steps of a flight: load, answer from the store what can be, ask, complete.
//
// Local sources are asked each time (they are free, and their file may have changed while nobody looked);
// outside ones where the stored answer is stale or a refresh is forced. A source that fails keeps its earlier
// word, so that an outage never rewrites what readers see.
#include "gateway/lookup/flight.hpp"

#include <algorithm>

#include "gateway/lookup/engine.hpp"

namespace decorum::lookup {
namespace {

bool has_answer(profile::Outcome outcome) {
    return outcome == profile::Outcome::found || outcome == profile::Outcome::not_found;
}

std::chrono::seconds seconds_of(config::Duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration);
}

}  // namespace

// Brings one connector's answer back. Called once or, where a connector drops it, never: that is a failure
// too.
class ProfileService::Implementation::Reply {
public:
    Reply(std::shared_ptr<Gate<Implementation>> gate, FlightPtr flight, std::size_t connector)
        : gate_(std::move(gate)), flight_(std::move(flight)), connector_(connector) {}
    Reply(Reply&&) noexcept = default;
    Reply& operator=(Reply&&) = delete;
    ~Reply() {
        if (!flight_) return;
        profile::Answer dropped;
        dropped.detail = "the question was dropped";
        deliver(std::move(dropped));
    }

    void operator()(profile::Answer answer) { deliver(std::move(answer)); }

private:
    void deliver(profile::Answer answer) {
        const FlightPtr flight = std::exchange(flight_, nullptr);
        if (!flight) return;
        if (auto engine = gate_->enter()) {
            flight->answers[connector_] = std::move(answer);
            engine->arrived(flight);
        }
    }

    std::shared_ptr<Gate<Implementation>> gate_;
    FlightPtr flight_;
    std::size_t connector_;
};

void ProfileService::Implementation::start(const FlightPtr& flight) {
    if (!flight->load) return ask(flight);
    store_->load(flight->key,
                 [this, flight](Result<store::Record> record) { loaded(flight, std::move(record)); });
}

void ProfileService::Implementation::loaded(const FlightPtr& flight, Result<store::Record> record) {
    if (record) {
        flight->stored = std::move(*record);
    } else {
        flight->load_failed = true;
        ++store_failures_;
    }
    ask(flight);
}

bool ProfileService::Implementation::is_fresh(const store::Record& record, Instant now) const {
    if (record.fetched == Instant{} || now < record.fetched) return false;
    return now - record.fetched < (record.found ? options_.cache.positive : options_.cache.negative);
}

// Under the shard's lock: the store's history becomes the entry's. Versions that were shown while the store
// could not be read stay behind it.
void ProfileService::Implementation::adopt(Entry& entry, const Flight& flight) const {
    entry.key = flight.key;
    if (!flight.stored || entry.loaded) return;
    profile::History history = flight.stored->history;
    history.served = std::max(history.served, entry.history.served);
    for (profile::Version& version : entry.history.versions) {
        const bool is_new =
            history.versions.empty() || (version.time > history.versions.back().time &&
                                         !version.shown->same_lines(*history.versions.back().shown));
        if (is_new) history.versions.push_back(std::move(version));
    }
    entry.history = std::move(history);
    profile::drop_oldest(entry.history, options_.max_versions);
    entry.loaded = true;
}

// Outside sources take their time: where the store knows a version, nobody waits for them.
void ProfileService::Implementation::answer_from_store(const FlightPtr& flight) {
    const Instant now = options_.now();
    std::vector<Ready> ready;
    {
        Shard& shard = cache_.shard_of(flight->address);
        const std::lock_guard lock(shard.mutex);
        Entry& entry = shard.find_or_add(flight->address);
        adopt(entry, *flight);
        for (Waiter& waiter : flight->waiters) ready.push_back(prepare(entry, std::move(waiter), false));
        flight->waiters.clear();
    }
    hand_over(std::move(ready), now);
}

void ProfileService::Implementation::ask(const FlightPtr& flight) {
    const bool outside_due =
        has_outside_ && (flight->forced || !flight->stored || !is_fresh(*flight->stored, options_.now()));
    if (outside_due && flight->stored && !flight->stored->history.versions.empty()) answer_from_store(flight);

    flight->generation = local_generation();
    std::size_t asked = 0;
    for (std::size_t i = 0; i < connectors_.size(); ++i) {
        flight->asked[i] = outside_due || connectors_[i]->local();
        asked += flight->asked[i] ? 1 : 0;
    }
    flight->pending =
        asked + 1;  // the last one ends the asking, so that quick answers don't complete too early
    const profile::Query query{flight->address, std::nullopt};
    for (std::size_t i = 0; i < connectors_.size(); ++i)
        if (flight->asked[i]) connectors_[i]->find(query, Reply(gate_, flight, i));
    arrived(flight);
}

void ProfileService::Implementation::arrived(const FlightPtr& flight) {
    if (flight->pending.fetch_sub(1) == 1) complete(flight);
}

void ProfileService::Implementation::write_failed(const Flight& flight) {
    ++store_failures_;
    Shard& shard = cache_.shard_of(flight.address);
    const std::lock_guard lock(shard.mutex);
    if (Entry* entry = shard.find(flight.address)) entry->unwritten = true;
}

void ProfileService::Implementation::complete(const FlightPtr& flight) {
    const Instant now = options_.now();
    std::vector<profile::SourceProfile> earlier;
    // What can't be read back is asked for again in time; it is no reason to fail.
    if (flight->stored)
        if (auto read = profile::answers_from_json(flight->stored->profile_json)) earlier = std::move(*read);

    Report report;
    std::vector<profile::SourceProfile> answers;
    bool complete = true;
    bool outside_asked = false;
    Instant retry = now + seconds_of(options_.cache.failure);
    for (std::size_t i = 0; i < connectors_.size(); ++i) {
        const std::string_view source = connectors_[i]->name();
        std::optional<profile::Answer>& answer = flight->answers[i];
        if (answer) {
            report.sources.push_back({std::string(source), answer->outcome, answer->detail});
            complete = complete && has_answer(answer->outcome);
            outside_asked = outside_asked || !connectors_[i]->local();
            if (answer->outcome == profile::Outcome::throttled && answer->retry_at)
                retry =
                    std::max(retry, std::min(*answer->retry_at, now + seconds_of(options_.cache.positive)));
        }
        if (answer && answer->outcome == profile::Outcome::found) {
            answers.push_back({std::string(source), std::move(answer->profile)});
        } else if (!answer || !has_answer(answer->outcome)) {
            const auto said = std::ranges::find(earlier, source, &profile::SourceProfile::source);
            if (said != earlier.end()) answers.push_back(std::move(*said));
        }
    }

    std::vector<profile::Profile> profiles;
    for (const profile::SourceProfile& answer : answers) profiles.push_back(answer.profile);
    profile::Profile merged = profile::merge(std::move(profiles));
    auto shown = std::make_shared<const profile::Presentation>(
        profile::present(merged, flight->address, options_.presentation));
    const bool found = !answers.empty() && !shown->empty();
    report.verdict = found ? Verdict::found : complete ? Verdict::none : Verdict::unavailable;
    report.from_store = has_outside_ && !outside_asked;
    if (!answers.empty()) report.profile = std::move(merged);

    // When the outside sources' word was taken: now, or when the stored one was.
    Instant fetched = now;
    if (report.from_store && flight->stored) fetched = flight->stored->fetched;
    const auto lifetime = seconds_of(found ? options_.cache.positive : options_.cache.negative);

    store::Update update;
    update.found = found;
    update.max_versions = options_.max_versions;
    bool write = false;
    bool appended = false;
    std::vector<Ready> ready;
    std::vector<ReportDone> reports;
    FlightPtr next;
    {
        Shard& shard = cache_.shard_of(flight->address);
        const std::lock_guard lock(shard.mutex);
        Entry& entry = shard.find_or_add(flight->address);
        adopt(entry, *flight);
        // Who was found and is not any more gets a version without lines: mail to come shows nobody, and what
        // an earlier message has shown stays.
        const bool gone = report.verdict == Verdict::none && !entry.history.versions.empty();
        if (gone) shown = std::make_shared<const profile::Presentation>();
        appended =
            (found || gone) && profile::append_version(entry.history, shown, now, options_.max_versions);
        if (appended) update.not_before = entry.history.versions.back().time;
        // Where all sources are local their word is not kept: it is asked for each time.
        const bool differs = flight->stored && flight->stored->found != found;
        write = appended || (complete && (outside_asked || differs)) || (found && entry.unwritten);
        if (write) entry.unwritten = false;
        entry.verdict = report.verdict;
        entry.fetched = now;
        entry.expires = complete ? fetched + lifetime : retry;
        if (flight->load_failed) entry.expires = std::min(entry.expires, retry);
        entry.generation = flight->generation;

        for (Waiter& waiter : flight->waiters) ready.push_back(prepare(entry, std::move(waiter), false));
        flight->waiters.clear();
        reports.swap(flight->reports);
        if (flight->forced_reports.empty()) {
            shard.flights.erase(flight->address);
        } else {
            next = make_flight(flight->address, true);
            next->reports.swap(flight->forced_reports);
            shard.flights[flight->address] = next;
        }
    }
    if (write) {
        // An incomplete answer is no answer that the store could call fresh.
        update.fetched = complete ? fetched : flight->stored ? flight->stored->fetched : Instant{};
        update.not_before = std::max(update.not_before, now);
        update.profile_json = profile::to_json(answers);
        if (appended || found) update.shown = shown;
        store_->update(flight->key, std::move(update), [this, flight](const Result<store::Record>& written) {
            if (!written) write_failed(*flight);
        });
    }
    hand_over(std::move(ready), now);
    for (std::size_t i = 0; i < reports.size(); ++i) {
        if (i + 1 < reports.size())
            reports[i](report);
        else
            reports[i](std::move(report));
    }
    if (next) start(next);
}

}  // namespace decorum::lookup
