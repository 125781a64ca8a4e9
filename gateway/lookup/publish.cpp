// What was heard becomes a version and the answer: merge, present, append to the history, tell the store,
// hand over. Done at the end of a flight, before its delayed part, and earlier for whoever can't wait any
// longer.
//
// Whatever is published later knows at least as much, and its version comes after the earlier one, in memory
// and in the store.
#include <algorithm>

#include "gateway/lookup/engine.hpp"
#include "gateway/profile/face.hpp"

namespace decorum::lookup {
namespace {

bool has_answer(profile::Outcome outcome) {
    return outcome == profile::Outcome::found || outcome == profile::Outcome::not_found;
}

Said said(const profile::SourceWord& word, const profile::Origin& tie, const Person& person) {
    Said out{word.source, word.account, {}, tie.tier, *word.profile};
    const auto account = std::ranges::find(person.accounts, word.account, &LinkedAccount::key);
    if (!word.account.empty() && account != person.accounts.end()) out.link = account->link;
    return out;
}

bool is_among(const std::vector<Question>& questions, const profile::SourceWord& word,
              const Sources& sources) {
    return std::ranges::any_of(questions, [&](const Question& question) {
        return sources[question.source].name == word.source && question.account == word.account;
    });
}

}  // namespace

ProfileService::Implementation::Outlook ProfileService::Implementation::outlook(Flight& flight,
                                                                                Instant now) const {
    Outlook out;
    out.person = person_of(flight);
    out.profile = out.person->profile;
    const auto& portrait = flight.words.portrait;
    if (portrait && out.profile.photo_png.empty() && !portrait->png.empty() &&
        portrait->url == out.profile.photo_url.value)
        out.profile.photo_png = {portrait->png, out.profile.photo_url.origin};
    // Of the posts only those that were found clean, where that is asked for.
    std::vector<profile::Activity> posts;
    if (options_.posts) posts = std::exchange(out.profile.activities, flight.clean_posts);
    out.shown =
        std::make_shared<const profile::Presentation>(profile::present(out.profile, options_.presentation));
    if (options_.posts) out.profile.activities.swap(posts);
    out.found = !out.shown->empty();

    for (const Scope scope : {Scope::ours, Scope::all}) {
        Situation known = situation(flight, *out.person, now);
        known.forced = known.ask_local = false;
        known.was_asked = [](const Question&) { return false; };
        Plan next = plan(known, scope);
        Instant due = now + seconds_of(out.found ? options_.cache.positive : options_.cache.negative);
        if (!next.questions.empty()) due = now;
        bool complete = next.questions.empty() && !next.later;
        const bool settled = complete;
        bool ended = false;
        for (const Question& question : next.known) {
            const Source& source = sources_[question.source];
            if (scope == Scope::ours && source.outside()) continue;
            const auto* word = flight.words.find(source.name, question.account);
            if (word == nullptr) continue;
            due = std::min(due, word->due);
            complete = complete && has_answer(word->outcome);
            ended = ended || word->ended;
        }
        out.due[static_cast<std::size_t>(scope)] = due;
        if (scope == flight.scope) {
            out.complete = complete;
            out.over = complete || (settled && ended);
        }
        if (scope != Scope::all) continue;
        out.settled = next.questions.empty();
        out.known = std::move(next.known);
    }
    // A face that only a lookup of greater scope may fetch is due to that one.
    if (flight.scope == Scope::ours && wanted_portrait(flight, *out.person, now)) out.due.back() = now;
    return out;
}

// Under the shard's lock: the store's history becomes the entry's. Versions that were shown while the store
// could not be read stay behind it.
void ProfileService::Implementation::adopt(Entry& entry, const Flight& flight) const {
    entry.key = flight.key;
    if (shared_ != nullptr) {
        if (flight.stored && take_record(entry, *flight.stored))
            entry.confirmed = std::max(entry.confirmed, flight.connection);
        return;
    }
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

// What was heard so far.
std::optional<ProfileService::Implementation::Draft> ProfileService::Implementation::draft(Flight& flight,
                                                                                           Instant now,
                                                                                           bool early) const {
    Draft draft;
    draft.forgotten = flight.stored && flight.stored->forgotten;
    if (draft.forgotten) return draft;
    const std::lock_guard lock(flight.mutex);
    draft.out = outlook(flight, now);
    if (early && !draft.out.found) return std::nullopt;
    draft.unwritten = std::exchange(flight.unwritten, false);
    draft.words = flight.words;
    // What was an account of it once is forgotten; so is what never came to be asked.
    std::erase_if(draft.words.words, [&](const profile::SourceWord& word) {
        return word.asked == Instant{} || (draft.out.settled && !is_among(draft.out.known, word, sources_));
    });
    return draft;
}

bool ProfileService::Implementation::may_publish(Shard& shard, const FlightPtr& flight,
                                                 const Draft& draft) const {
    const auto current = shard.flights.find(flight->address);
    const bool ended = current == shard.flights.end() || current->second != flight;
    if (flight->overtaken || ended) return false;  // another has begun, or said more
    const bool known = draft.out.found || draft.forgotten || !flight->waiters.empty() ||
                       !flight->reports.empty() ||
                       (flight->stored &&
                        (flight->stored->fetched != Instant{} || !flight->stored->history.versions.empty()));
    return !flight->ahead || known || shard.find(flight->address) != nullptr;
}

void ProfileService::Implementation::settle(Entry& entry, const Flight& flight, const Outlook& out,
                                            Instant now) const {
    entry.generation = flight.generation;
    entry.fetched = now;
    entry.verdict = out.found ? Verdict::found : out.complete ? Verdict::none : Verdict::unavailable;
    entry.expires = out.due;
    if (flight.load_failed)
        for (Instant& due : entry.expires) due = std::min(due, now + seconds_of(options_.cache.failure));
}

void ProfileService::Implementation::settle_forgotten(Entry& entry, const Flight& flight, Instant now) const {
    entry.generation = flight.generation;
    entry.fetched = now;
    entry.history = {};
    entry.verdict = Verdict::opted_out;
    entry.loaded = false;  // looked up again in time: a tombstone can be lifted
    entry.expires.fill(now + seconds_of(options_.cache.negative));
}

void ProfileService::Implementation::publish(const FlightPtr& flight, bool early) {
    std::vector<Ready> ready;
    const Instant now = options_.now();
    {
        const std::lock_guard publishing(flight->publishing);
        auto drafted = draft(*flight, now, early);
        if (!drafted) return;
        Outlook& out = drafted->out;
        const bool unwritten = drafted->unwritten;
        store::Update update;
        bool write = false;
        {
            Shard& shard = cache_.shard_of(flight->address);
            const std::lock_guard lock(shard.mutex);
            if (!may_publish(shard, flight, *drafted)) return;
            Entry& entry = shard.find_or_add(flight->address);
            adopt(entry, *flight);
            if (drafted->forgotten) {
                settle_forgotten(entry, *flight, now);
            } else {
                settle(entry, *flight, out, now);
                // Who was found and is not any more, or can't be confirmed for too long, gets a version
                // without lines: mail to come shows nobody, and what an earlier message has shown stays.
                const bool gone = !out.found && out.over && !entry.history.versions.empty();
                if (gone) out.shown = std::make_shared<const profile::Presentation>();
                const bool appended =
                    (out.found || gone) &&
                    profile::append_version(entry.history, out.shown, now, options_.max_versions);
                if (appended) update.not_before = entry.history.versions.back().time;
                // Where all sources are local their word is not kept: it is asked for each time.
                const bool differs = out.over && flight->stored && flight->stored->found != out.found;
                write = appended || unwritten || differs || (out.found && entry.unwritten);
                if (write) entry.unwritten = false;
                if (appended || out.found) update.shown = out.shown;
            }
            if (!early) ready = prepare_all(entry, *flight);
        }
        if (write) {
            update.found = out.found;
            update.max_versions = options_.max_versions;
            update.fetched = now;
            if (!unwritten && !all_local_ && flight->stored && flight->stored->fetched != Instant{})
                update.fetched = flight->stored->fetched;
            update.not_before = std::max(update.not_before, now);
            update.profile_json = profile::to_json(drafted->words);
            this->write(flight, std::move(update));
        }
    }
    hand_over(std::move(ready), now);
}

void ProfileService::Implementation::write(const FlightPtr& flight, store::Update update) {
    store_->update(flight->key, std::move(update), [this, flight](const Result<store::Record>& written) {
        if (!written) ++store_failures_;
        if (written && !written->forgotten) return;
        Shard& shard = cache_.shard_of(flight->address);
        const std::lock_guard lock(shard.mutex);
        if (written)
            shard.erase(flight->address);  // erased by somebody else, just now
        else if (Entry* entry = shard.find(flight->address))
            entry->unwritten = true;
    });
}

// The end: who came after the last publication is answered from it; who wants more gets another flight.
void ProfileService::Implementation::conclude(const FlightPtr& flight) {
    const Instant now = options_.now();
    if (shared_ != nullptr) release(*flight);
    std::vector<Ready> ready;
    std::vector<ReportDone> reports;
    Verdict verdict = Verdict::unavailable;
    FlightPtr next;
    bool overtaken = false;
    {
        Shard& shard = cache_.shard_of(flight->address);
        const std::lock_guard lock(shard.mutex);
        const auto current = shard.flights.find(flight->address);
        if (current == shard.flights.end() || current->second != flight) return;  // the service ended
        overtaken = flight->overtaken;
        Entry* entry = overtaken ? nullptr : shard.find(flight->address);
        if (entry != nullptr) {
            verdict = entry->verdict;
            ready = prepare_all(*entry, *flight);
            reports.swap(flight->reports);
        }
        const bool more_reports = !flight->later_reports.empty() || !flight->reports.empty();
        if (flight->ahead) --ahead_;
        if (flight->waiters.empty() && !more_reports) {
            shard.flights.erase(current);
        } else {
            Scope scope = more_reports ? Scope::all : Scope::ours;
            for (const Waiter& waiter : flight->waiters) scope = std::max(scope, waiter.scope);
            next = make_flight(flight->address, scope, !flight->later_reports.empty());
            next->waiters.swap(flight->waiters);
            next->reports.swap(flight->later_reports);
            std::ranges::move(flight->reports, std::back_inserter(next->reports));
            current->second = next;
        }
    }
    hand_over(std::move(ready), now);
    if (!reports.empty()) {
        const Report report = make_report(*flight, verdict);
        for (ReportDone& done : reports) done(report);
    }
    if (!next) return;
    if (!overtaken) {
        profile::SourceWords heard;
        {
            const std::lock_guard lock(flight->mutex);
            heard = flight->words;
        }
        const std::lock_guard lock(next->mutex);
        next->words = std::move(heard);
    }
    start(next);
}

Report ProfileService::Implementation::make_report(Flight& flight, Verdict verdict) {
    Report report;
    report.verdict = verdict;
    report.from_store = !all_local_;
    const Instant now = options_.now();
    const std::lock_guard lock(flight.mutex);
    Outlook out = outlook(flight, now);
    if (verdict == Verdict::opted_out) return report;
    if (!out.profile.empty()) report.profile = std::move(out.profile);
    for (std::size_t i = 0; i < flight.words.words.size(); ++i) {
        const profile::SourceWord& word = flight.words.words[i];
        const Source& source = *sources_.find(word.source);
        const auto heard = std::ranges::find_if(flight.heard, [&](const Heard& one) {
            return &sources_[one.question.source] == &source && one.question.account == word.account;
        });
        if (heard == flight.heard.end() && !is_among(out.known, word, sources_)) continue;
        SourceReport& line = report.sources.emplace_back();
        line.source = word.source;
        line.account = word.account;
        line.outcome = word.outcome;
        line.fetched = word.fetched;
        line.due = word.due;
        line.hidden = word.hidden;
        if (const auto& tie = out.person->ties[i]) {
            line.reason = tie->reason;
            if (word.profile) report.said.push_back(said(word, *tie, *out.person));
        }
        if (source.guard) line.quota = source.guard->state(now).quota;
        if (heard == flight.heard.end()) continue;
        line.detail = heard->detail;
        line.held = heard->held.has_value();
        line.asked = !line.held;
        line.latency = heard->latency;
        if (line.asked && !source.local()) report.from_store = false;
    }
    return report;
}

}  // namespace decorum::lookup
