// The steps of a flight: load, answer from the store what can be, ask in stages, fetch the portrait, have the
// posts judged, publish, conclude.
//
// Local sources are asked each time (they are free, and their file may have changed while nobody looked), all
// others where their word is stale or a refresh is forced. Sources on the sender's own domain come last,
// after a random delay that nobody waits for: what was found without them is published before.
#include "gateway/lookup/flight.hpp"

#include <algorithm>

#include "gateway/base/registrable_domain.hpp"
#include "gateway/lookup/engine.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/face.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::lookup {
namespace {

constexpr Milliseconds portrait_patience{60'000};
constexpr std::size_t max_judged_posts = 20;              // where the latest so many won't do, none is shown
constexpr std::string_view portrait_source = "portrait";  // in the budget of the sender's domain

}  // namespace

void ProfileService::Implementation::start(const FlightPtr& flight) {
    if (!flight->load) return begin(flight);
    if (flight->older_key.empty()) return load(flight);
    store_->move(flight->older_key, flight->key, [this, flight](Result<> moved) {
        if (!moved) return loaded(flight, std::unexpected(std::move(moved.error())));
        load(flight);
    });
}

void ProfileService::Implementation::load(const FlightPtr& flight) {
    if (shared_ == nullptr)
        return store_->load(
            flight->key, [this, flight](Result<store::Record> record) { loaded(flight, std::move(record)); });
    load_shared(flight, [this, flight](Result<store::Record> record) { loaded(flight, std::move(record)); });
}

void ProfileService::Implementation::loaded(const FlightPtr& flight, Result<store::Record> record) {
    if (!record) {
        flight->load_failed = true;
        ++store_failures_;
        return shared_ != nullptr ? give_up(flight) : begin(flight);
    }
    flight->stored = std::move(*record);
    if (flight->stored->forgotten) return publish_then(flight, [this, flight] { conclude(flight); });
    hear(*flight, *flight->stored);
    begin(flight);
}

// What can't be read back is asked for again; it is no reason to fail.
void ProfileService::Implementation::hear(Flight& flight, const store::Record& record) const {
    auto words = profile::source_words_from_json(record.profile_json);
    if (!words) return;
    const std::lock_guard lock(flight.mutex);
    // What the flight before this one heard, and the store perhaps does not know.
    for (profile::SourceWord& heard : std::exchange(flight.words, std::move(*words)).words) {
        auto* known = flight.words.find(heard.source, heard.account);
        if (known == nullptr)
            flight.words.words.push_back(std::move(heard));
        else if (heard.asked >= known->asked)
            *known = std::move(heard);
    }
    flight.person = nullptr;
    sources_.arrange(flight.words);
}

void ProfileService::Implementation::begin(const FlightPtr& flight) {
    if (closed_) return;
    flight->generation = local_generation();
    {
        const std::lock_guard lock(cache_.shard_of(flight->address).mutex);
        flight->asking = true;
        flight->unhurried = !flight->reports.empty();  // no mail came: there is nothing to hide
    }
    if (flight->stored && !flight->stored->history.versions.empty() && anybody_due(*flight))
        answer_from_store(flight);
    if (shared_ != nullptr) return take_flight(flight);
    next_stage(flight);
}

// Somebody who does not answer at once is to be asked.
bool ProfileService::Implementation::anybody_due(Flight& flight) const {
    const Instant now = options_.now();
    const std::lock_guard lock(flight.mutex);
    const auto person = person_of(flight);
    Situation known = situation(flight, *person, now);
    known.ask_local = false;
    return std::ranges::any_of(plan(known, flight.scope).questions,
                               [this](const Question& q) { return !sources_[q.source].local(); });
}

// Sources that are not local take their time: where the store knows a version, nobody waits for them.
void ProfileService::Implementation::answer_from_store(const FlightPtr& flight) {
    const Instant now = options_.now();
    std::vector<Ready> ready;
    {
        Shard& shard = cache_.shard_of(flight->address);
        const std::lock_guard lock(shard.mutex);
        if (flight->overtaken) return;
        Entry& entry = shard.find_or_add(flight->address);
        adopt(entry, *flight);
        ready = prepare_all(entry, *flight);
    }
    hand_over(std::move(ready), now);
}

std::shared_ptr<const Person> ProfileService::Implementation::person_of(Flight& flight) const {
    if (!flight.person)
        flight.person = std::make_shared<const Person>(assemble(flight.words, flight.address, sources_));
    return flight.person;
}

Situation ProfileService::Implementation::situation(const Flight& flight, const Person& person,
                                                    Instant now) const {
    return {.sources = sources_,
            .words = flight.words,
            .person = person,
            .address = flight.address,
            .senders_domain = flight.domain,
            .max_accounts = options_.lookup.accounts,
            .now = now,
            .forced = flight.forced,
            .ask_local = true,
            .ask_at_senders = flight.unhurried,
            .was_asked = [&flight](const Question& question) {
                return std::ranges::any_of(flight.heard, [&](const Heard& heard) {
                    return heard.question.source == question.source &&
                           heard.question.account == question.account;
                });
            }};
}

std::optional<Held> ProfileService::Implementation::over_budget(Flight& flight, const Question& question,
                                                                Instant now) {
    const Source& source = sources_[question.source];
    if (!source.outside()) return std::nullopt;
    // What would be held back anyhow uses no budget up.
    if (auto held = source.guard->state(now).held) return held;
    if (!flight.may_ask_outside) {
        const bool known = std::ranges::any_of(flight.words.words, [this](const profile::SourceWord& word) {
            return sources_.find(word.source)->outside() && word.asked != Instant{};
        });
        std::optional<Instant> again;
        if (!known) again = budgets_.take_new_address(flight.domain, now);
        flight.may_ask_outside = !again;
        flight.outside_again = again.value_or(Instant{});
    }
    if (!*flight.may_ask_outside) return Held{"too many new addresses of this domain", flight.outside_again};
    if (question.senders_domain.empty()) return std::nullopt;
    const auto again = budgets_.take_fetch(source.name, question.senders_domain, now, source.lifetime);
    if (again) return Held{"the sender's domain was asked a while ago", *again};
    return std::nullopt;
}

void ProfileService::Implementation::next_stage(const FlightPtr& flight) {
    std::vector<Question> stage;
    bool later = false;
    {
        const Instant now = options_.now();
        const std::lock_guard lock(flight->mutex);
        // What a budget forbids is answered here, which may open the next stage.
        for (bool held = true; stage.empty() && held;) {
            held = false;
            const auto person = person_of(*flight);
            Plan next = plan(situation(*flight, *person, now), flight->scope);
            later = next.later;
            for (Question& question : next.questions) {
                Heard& heard = flight->heard.emplace_back();
                heard.question = question;
                if (const auto hold = over_budget(*flight, question, now)) {
                    sources_[question.source].tally->held.add();
                    Reply reply;
                    reply.answer.outcome = profile::Outcome::throttled;
                    reply.answer.detail = hold->reason;
                    reply.held = hold;
                    note(*flight, question, std::move(reply));
                    held = true;
                } else {
                    stage.push_back(std::move(question));
                }
            }
        }
    }
    if (stage.empty()) return fetch_portrait(flight, later);
    flight->pending = stage.size() + 1;  // the last one ends the asking: quick answers don't come too early
    for (Question& question : stage) {
        const std::size_t source = question.source;
        profile::Query query{question.handle ? std::string{} : flight->address, question.handle};
        sources_.ask(source, std::move(query), [this, flight, question = std::move(question)](Reply reply) {
            {
                const std::lock_guard lock(flight->mutex);
                note(*flight, question, std::move(reply));
            }
            arrived(flight);
        });
    }
    arrived(flight);
}

void ProfileService::Implementation::arrived(const FlightPtr& flight) {
    if (flight->pending.fetch_sub(1) == 1) next_stage(flight);
}

// A source that could not answer keeps its earlier word, so that an outage does not rewrite what readers see;
// but not for ever: what nobody could confirm for cache.stale may long be taken back there.
void ProfileService::Implementation::note(Flight& flight, const Question& question, Reply reply) {
    const Instant now = options_.now();
    const Source& source = sources_[question.source];
    const auto heard = std::ranges::find_if(flight.heard, [&](const Heard& one) {
        return one.question.source == question.source && one.question.account == question.account;
    });
    profile::SourceWord* word = flight.words.find(source.name, question.account);
    if (word == nullptr) {
        word = &flight.words.words.emplace_back();
        word->source = source.name;
        word->account = question.account;
        sources_.arrange(flight.words);
        word = flight.words.find(source.name, question.account);
    }
    flight.person = nullptr;
    profile::Answer& answer = reply.answer;
    word->due = sources_.due(source, reply, now);
    word->outcome = answer.outcome;
    if (!reply.held) word->asked = now;
    // That a server of ours does not know somebody costs little to learn again: strangers without end write
    // mail, and leave no trace in the store by that.
    const bool teaches =
        source.outside() || answer.outcome == profile::Outcome::found || word->fetched != Instant{};
    if (!reply.held && !source.local() && teaches) flight.unwritten = true;
    if (answer.outcome == profile::Outcome::found || answer.outcome == profile::Outcome::not_found) {
        word->fetched = now;
        word->reason = std::move(answer.reason);
        word->hidden = answer.hidden;
        word->ended = false;
        word->profile.reset();
        if (answer.outcome == profile::Outcome::found && !answer.hidden) {
            profile::cap(answer.profile);
            word->profile = std::move(answer.profile);
        }
    } else if (word->fetched != Instant{} && now - word->fetched > options_.cache.stale) {
        word->profile.reset();
        word->fetched = {};
        word->ended = true;
        flight.unwritten = true;
    }
    heard->detail = std::move(answer.detail);
    heard->held = reply.held;
    heard->latency = reply.latency;
}

// The picture that is to be fetched, by whoever may ask outside.
std::optional<ProfileService::Implementation::WantedPortrait> ProfileService::Implementation::wanted_portrait(
    const Flight& flight, const Person& person, Instant now) const {
    const profile::Text& photo = person.profile.photo_url;
    if (!options_.portraits || photo.empty() || photo.origin.tier > profile::Tier::b ||
        !person.profile.photo_png.empty() || photo.value == flight.portrait)
        return std::nullopt;
    const auto& have = flight.words.portrait;
    if (have && have->url == photo.value && now < have->due && !flight.forced) return std::nullopt;
    const auto page = profile::account_of(photo.value);
    const Source* source = sources_.find(photo.origin.source);
    if (!page || source == nullptr) return std::nullopt;
    WantedPortrait wanted{photo.value, source, false};
    const std::string host = host_of(page->url);
    wanted.at_senders = registrable_domain(host) == flight.domain && !source->is_ours(host);
    if (wanted.at_senders && !source->may_ask_at(host)) return std::nullopt;
    return wanted;
}

// Nothing: none is to be fetched now; `later` is raised where it waits like all at the sender's own domain.
std::optional<std::string> ProfileService::Implementation::take_portrait(Flight& flight, bool& later) {
    if (flight.scope == Scope::ours || flight.may_ask_outside == false) return std::nullopt;
    const Instant now = options_.now();
    const auto wanted = wanted_portrait(flight, *person_of(flight), now);
    if (!wanted) return std::nullopt;
    if (wanted->at_senders && !flight.unhurried) {
        later = true;
        return std::nullopt;
    }
    flight.portrait = wanted->url;
    if (!wanted->at_senders) return wanted->url;
    const auto again = budgets_.take_fetch(portrait_source, flight.domain, now, wanted->source->lifetime);
    if (!again) return wanted->url;
    note_portrait(flight, {}, *again);
    return std::nullopt;
}

// A picture that can't be had leaves the one that was made of it earlier. One at another URL does not: who
// has put up another may have taken the old one down.
void ProfileService::Implementation::note_portrait(Flight& flight, std::string png, Instant due) {
    auto& have = flight.words.portrait;
    if (!have || have->url != flight.portrait) have = profile::PortraitWord{flight.portrait, {}, {}};
    if (!png.empty()) have->png = std::move(png);
    have->due = due;
    flight.unwritten = true;
}

// The last of the stages, so whoever can wait for it gets the face with the rest; who can't is told what was
// found so far (found_so_far), and the face belongs to the version after that.
void ProfileService::Implementation::fetch_portrait(const FlightPtr& flight, bool later) {
    std::optional<std::string> url;
    {
        const std::lock_guard lock(flight->mutex);
        url = take_portrait(*flight, later);
    }
    if (!url) return judge_posts(flight, later);
    const auto first = std::make_shared<std::atomic<bool>>(true);
    const auto arrived = [this, first, later](const FlightPtr& with, Result<std::string> png) {
        if (!first->exchange(false)) return;
        {
            const Instant now = options_.now();
            const std::lock_guard lock(with->mutex);
            const bool made = png && profile::is_face(*png);
            note_portrait(*with, made ? std::move(*png) : std::string{},
                          now + sources_.jittered(made ? options_.cache.positive : options_.cache.failure));
        }
        judge_posts(with, later);
    };
    alarm_->after(portrait_patience, [arrived, weak = std::weak_ptr(flight)] {
        if (const auto with = weak.lock()) arrived(with, fail(errc::timed_out));
    });
    options_.portraits->fetch(*url, [gate = gate_, arrived, flight](Result<std::string> png) {
        if (const auto pass = gate->enter()) arrived(flight, std::move(png));
    });
}

// Those that could be shown, the latest first.
std::vector<profile::Activity> ProfileService::Implementation::posts_to_judge(Flight& flight) const {
    std::vector<profile::Activity> posts;
    if (!options_.posts || !options_.presentation.activity) return posts;
    for (const profile::Activity& post : person_of(flight)->profile.activities) {
        if (post.origin.tier > profile::Tier::b || post.text.empty()) continue;
        posts.push_back(post);
        if (posts.size() == max_judged_posts) break;
    }
    return posts;
}

// Off the thread that asks, which may be a session's. Whoever can't wait for it is shown no post.
void ProfileService::Implementation::judge_posts(const FlightPtr& flight, bool later) {
    std::vector<profile::Activity> posts;
    {
        const std::lock_guard lock(flight->mutex);
        flight->clean_posts.clear();
        posts = posts_to_judge(*flight);
    }
    if (posts.empty()) return stages_over(flight, later);
    auto candidates = posts;
    options_.posts->find_clean(std::move(candidates), options_.presentation.activities,
                               [this, gate = gate_, flight, later,
                                posts = std::move(posts)](const std::vector<std::size_t>& clean) mutable {
                                   const auto pass = gate->enter();
                                   if (!pass) return;
                                   {
                                       const std::lock_guard lock(flight->mutex);
                                       for (const std::size_t place : clean)
                                           flight->clean_posts.push_back(std::move(posts[place]));
                                   }
                                   stages_over(flight, later);
                               });
}

void ProfileService::Implementation::stages_over(const FlightPtr& flight, bool later) {
    publish_then(flight, [this, flight, later] {
        if (!later) return conclude(flight);
        flight->unhurried = true;
        const auto delay = std::chrono::duration_cast<Milliseconds>(options_.random() * options_.max_delay);
        if (delay == Milliseconds::zero()) return next_stage(flight);
        alarm_->after(delay, [this, flight] { next_stage(flight); });
    });
}

}  // namespace decorum::lookup
