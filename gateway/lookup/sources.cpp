#include "gateway/lookup/sources.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <iterator>
#include <tuple>

#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/lookup/plan.hpp"
#include "gateway/profile/stable_order.hpp"

namespace decorum::lookup {
namespace {

constexpr std::uint64_t microdollars_a_cent = 10'000;
constexpr int requests_a_question = 8;  // at the most; each has the connector's time-out
constexpr Milliseconds default_timeout{10'000};
constexpr double jitter = 0.1;
constexpr std::ptrdiff_t max_open_a_server = 8;
constexpr std::chrono::seconds crowded_wait{5};
constexpr std::chrono::hours longest_pause{24};  // of one server, whatever it says
constexpr std::size_t max_paused = 10'000;  // servers remembered; what is beyond keeps its words' own time
constexpr double rounding = 1e-6;

std::chrono::sys_days day_of(Instant time) {
    return std::chrono::floor<std::chrono::days>(time);
}

// What the configuration says of a source; one that it does not know has its defaults.
config::Connector settings_of(const Sources::Options& options, const std::string& name) {
    const auto found = options.connectors.find(name);
    config::Connector settings = found == options.connectors.end() ? config::Connector{} : found->second;
    if (settings.timeout == config::Duration::zero()) settings.timeout = default_timeout;
    return settings;
}

SourceGuard::Options guard_options(const Sources::Options& options, const config::Connector& settings,
                                   const profile::Traits& traits) {
    SourceGuard::Options guard;
    guard.rate = config::parse_rate(settings.rate.empty() ? traits.default_rate : settings.rate);
    if (!traits.many_servers) guard.breaker_failures = options.lookup.breaker_failures;
    guard.breaker_pause = options.lookup.breaker_pause;
    guard.spend_cap = settings.spend_cap * microdollars_a_cent;
    guard.random = options.random;
    return guard;
}

// What one of many servers says of its own patience holds for itself alone (pause_server): for the source
// only that it was asked counts.
profile::Answer of_one_server(const profile::Answer& answer) {
    profile::Answer out;
    out.outcome = answer.outcome;
    return out;
}

bool is_within(std::string_view host, const std::vector<std::string>& domains) {
    return std::ranges::any_of(domains, [&](std::string_view domain) {
        return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
    });
}

}  // namespace

struct Sources::Question {
    const Source& source;
    Done done;
    std::string server{};  // of a source with many servers: the domain of the one that is asked
    SteadyClock::time_point started = SteadyClock::now();
    std::chrono::sys_days day{};  // whose money it costs
    std::uint64_t recorded = 0;   // microdollars of it that the store knows of
    std::atomic<bool> answered = false;

    [[nodiscard]] Milliseconds age() const {
        return std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - started);
    }
};

// What a connector holds of a question: called once, or dropped, which is an answer too.
class Sources::Handle {
public:
    Handle(Sources& sources, std::shared_ptr<Question> question)
        : sources_(&sources), gate_(sources.gate_), question_(std::move(question)) {}
    Handle(Handle&&) noexcept = default;
    Handle& operator=(Handle&&) = delete;
    ~Handle() {
        if (!question_) return;
        profile::Answer dropped;
        dropped.detail = "the question was dropped";
        hand_on(std::move(dropped), false);
    }

    void operator()(profile::Answer answer) { hand_on(std::move(answer), true); }

private:
    void hand_on(profile::Answer answer, bool by_source) {
        const auto question = std::exchange(question_, nullptr);
        if (!question) return;
        if (const auto pass = gate_->enter()) sources_->answered(*question, std::move(answer), by_source);
    }

    Sources* sources_;
    std::shared_ptr<Gate> gate_;
    std::shared_ptr<Question> question_;
};

bool Source::may_ask_at(std::string_view host) const {
    return is_within(host, domains) || is_ours(host);
}

bool Source::is_ours(std::string_view host) const {
    return is_within(host, own);
}

Sources::Sources(Options options, std::vector<std::shared_ptr<profile::Connector>> connectors,
                 store::Store& store, std::shared_ptr<Gate> gate)
    : options_(std::move(options)), store_(store), gate_(std::move(gate)) {
    for (auto& connector : connectors) {
        const profile::Traits& traits = connector->traits();
        Source source;
        source.name = traits.name;
        source.reach = traits.reach;
        source.many_servers = traits.many_servers;
        const config::Connector settings = settings_of(options_, source.name);
        const profile::Tier believed = profile::tier_from(settings.tier).value_or(profile::Tier::s);
        source.address_tier = std::max(traits.tier, believed);
        source.account_tier = source.outside() ? std::max(profile::Tier::a, believed) : believed;
        source.lifetime = seconds_of(settings.ttl != config::Duration::zero() ? settings.ttl
                                     : traits.gives_activities                ? options_.cache.activities
                                                                              : options_.cache.positive);
        std::ranges::transform(settings.domains, std::back_inserter(source.domains), ascii::lower);
        std::ranges::transform(settings.personal_domains, std::back_inserter(source.domains), ascii::lower);
        std::ranges::transform(options_.own_domains, std::back_inserter(source.own), ascii::lower);
        source.patience = settings.timeout * requests_a_question;
        if (!source.local())
            source.guard = std::make_unique<SourceGuard>(guard_options(options_, settings, traits));
        source.connector = std::move(connector);
        sources_.push_back(std::move(source));
    }
}

Sources::~Sources() = default;

const Source* Sources::find(std::string_view name) const {
    const auto at = std::ranges::find(sources_, name, &Source::name);
    return at == sources_.end() ? nullptr : &*at;
}

void Sources::arrange(profile::SourceWords& words) const {
    std::erase_if(words.words,
                  [this](const profile::SourceWord& word) { return find(word.source) == nullptr; });
    profile::sort_stably(words.words, std::less{}, [this](const profile::SourceWord& word) {
        return std::tuple(!word.account.empty(), find(word.source) - sources_.data(),
                          std::string(word.account));
    });
}

void Sources::tune(const config::Lookup& lookup, const std::map<std::string, config::Connector>& connectors) {
    Options tuned = options_;
    tuned.lookup = lookup;
    tuned.connectors = connectors;
    for (const Source& source : sources_)
        if (source.guard)
            source.guard->tune(
                guard_options(tuned, settings_of(tuned, source.name), source.connector->traits()));
}

void Sources::ask(std::size_t i, profile::Query query, Done done) {
    const Source& source = sources_[i];
    auto question = std::make_shared<Question>(source, std::move(done));
    if (source.local()) return send(question, query);
    question->day = day_of(options_.now());
    if (source.many_servers)
        question->server =
            query.handle ? registrable_domain(host_of(query.handle->url)) : senders_domain(query.address);
    if (const auto held = held_by_server(*question, options_.now())) return hold(*question, *held);
    if (const auto held = source.guard->admit(options_.now())) return hold(*question, *held);
    const std::uint64_t cost = source.guard->capped() ? source.connector->max_microdollars() : 0;
    if (cost == 0) return send(question, query);
    ask_paid(question, std::move(query), cost);
}

// One server that lets everybody wait must not take up what there is for all, and one that asked us to wait
// must not be asked for the next account of its own.
std::optional<Held> Sources::held_by_server(const Question& question, Instant now) {
    if (question.server.empty()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (const auto paused = paused_.find(question.server); paused != paused_.end()) {
        // Beyond the longest pause: the clock was set back.
        if (now < paused->second && paused->second <= now + longest_pause)
            return Held{"the server asked us to wait", paused->second};
        paused_.erase(paused);
    }
    const auto to_this_one = std::ranges::count_if(
        open_, [&](const auto& open) { return open.second->server == question.server; });
    if (to_this_one < max_open_a_server) return std::nullopt;
    return Held{"too many questions to this server are under way", now + crowded_wait};
}

void Sources::pause_server(const Question& question, const profile::Answer& answer, Instant now) {
    std::optional<Instant> until;
    if (answer.outcome == profile::Outcome::throttled)
        until = answer.retry_at.value_or(now + seconds_of(options_.cache.failure));
    if (answer.quota && answer.quota->left == 0U && answer.quota->resets) until = answer.quota->resets;
    if (question.server.empty() || !until || *until <= now) return;
    const std::lock_guard lock(mutex_);
    if (paused_.size() >= max_paused)
        std::erase_if(paused_, [now](const auto& paused) { return paused.second <= now; });
    if (paused_.size() < max_paused) paused_[question.server] = std::min(*until, now + longest_pause);
}

// What was spent today, by all gateways, is the store's to say. Where it can't, nothing more is spent. All
// that the question can cost is on record before it is asked, so that whatever ends before the answer (this
// process, our patience) leaves an account that is too high rather than too low.
void Sources::ask_paid(const std::shared_ptr<Question>& question, profile::Query query, std::uint64_t cost) {
    const Instant now = options_.now();
    auto decide = [this, gate = gate_, question, query = std::move(query), cost,
                   now](const Result<std::uint64_t>& spent) {
        const auto pass = gate->enter();
        if (!pass) return;
        if (spent) question->recorded = cost;
        SourceGuard& guard = *question->source.guard;
        const auto held = spent ? guard.within_cap(*spent, now)
                                : Held{"what it has cost is not known", now + std::chrono::seconds{1}};
        if (held) {
            guard.settle({}, false, now);
            record_cost(*question, 0);
            return hold(*question, *held);
        }
        send(question, query);
    };
    store_.spend(question->source.name, question->day, store::change_of_cost(0, cost), std::move(decide));
}

void Sources::send(const std::shared_ptr<Question>& question, const profile::Query& query) {
    if (!question->source.local()) {
        const std::lock_guard lock(mutex_);
        open_.emplace(question.get(), question);
    }
    question->source.connector->find(query, Handle(*this, question));
}

void Sources::hold(Question& question, Held held) {
    question.source.tally->held.add();
    Reply reply;
    reply.answer.outcome = profile::Outcome::throttled;
    reply.answer.detail = held.reason;
    reply.held = held;
    question.done(std::move(reply));
}

void Sources::answered(Question& question, profile::Answer answer, bool by_source) {
    if (question.answered.exchange(true)) return;
    const Source& source = question.source;
    if (source.guard) {
        {
            const std::lock_guard lock(mutex_);
            open_.erase(&question);
        }
        const Instant now = options_.now();
        source.guard->settle(source.many_servers ? of_one_server(answer) : answer, true, now);
        if (source.many_servers) pause_server(question, answer, now);
        // What a question cost that its source has not answered nobody knows.
        if (by_source) record_cost(question, answer.microdollars);
    }
    source.tally->answers[answer.outcome].add();
    source.tally->latency.record(SteadyClock::now() - question.started);
    Reply reply{std::move(answer), std::nullopt, question.age()};
    question.done(std::move(reply));
}

// Once a question: in place of what was recorded for it.
void Sources::record_cost(Question& question, std::uint64_t cost) {
    const std::int64_t change = store::change_of_cost(question.recorded, cost);
    if (change == 0) return;
    store_.spend(question.source.name, question.day, change,
                 [name = question.source.name](const Result<std::uint64_t>& spent) {
                     if (!spent)
                         log::warning("cost_not_recorded",
                                      {{"source", name}, {"error", spent.error().text()}});
                 });
}

void Sources::give_up_overdue() {
    std::vector<std::shared_ptr<Question>> overdue;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, question] : open_)
            if (question->age() >= question->source.patience) overdue.push_back(question);
    }
    for (const auto& question : overdue) {
        profile::Answer none;
        none.detail = "no answer in time";
        answered(*question, std::move(none), false);
    }
}

std::chrono::seconds Sources::jittered(config::Duration lifetime) const {
    const double seconds = std::chrono::duration<double>(lifetime).count();
    const double chosen = seconds * (1 + jitter * (2 * options_.random() - 1));
    return std::chrono::seconds{static_cast<std::int64_t>(std::ceil(chosen - rounding))};
}

Instant Sources::due(const Source& source, const Reply& reply, Instant now) const {
    const config::Cache& cache = options_.cache;
    const Instant latest = now + seconds_of(cache.positive);
    if (reply.held) return std::clamp(reply.held->until, now + std::chrono::seconds{1}, latest);
    switch (reply.answer.outcome) {
        case profile::Outcome::found: return now + jittered(source.lifetime);
        case profile::Outcome::not_found: return now + jittered(cache.negative);
        case profile::Outcome::throttled:
            return std::max(now + jittered(cache.failure),
                            std::min(reply.answer.retry_at.value_or(now), latest));
        case profile::Outcome::forbidden:
        case profile::Outcome::failed: break;
    }
    return now + jittered(cache.failure);
}

}  // namespace decorum::lookup
