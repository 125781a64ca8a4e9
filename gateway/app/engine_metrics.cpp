#include "gateway/app/engine_metrics.hpp"

#include <array>
#include <utility>

#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

void collect_cache(Families& out, const lookup::ProfileService& profiles) {
    const auto counters = profiles.counters();
    constexpr auto name = "decorum_cache_requests_total";
    constexpr auto help =
        "Questions for a profile: answered from memory (hit), likewise and asked for again (stale), looked "
        "up (miss), "
        "or joined to a lookup under way (joined).";
    out.counter(name, help, number(counters.warm - counters.stale), {{"result", "hit"}});
    out.counter(name, help, number(counters.stale), {{"result", "stale"}});
    out.counter(name, help, number(counters.cold), {{"result", "miss"}});
    out.counter(name, help, number(counters.joined), {{"result", "joined"}});
    out.gauge("decorum_cache_entries", "Addresses in memory.", number(counters.entries));
}

void collect_sources(Families& out, const lookup::ProfileService& profiles) {
    constexpr std::array outcomes{profile::Outcome::found, profile::Outcome::not_found,
                                  profile::Outcome::throttled, profile::Outcome::forbidden,
                                  profile::Outcome::failed};
    for (const auto& source : profiles.sources()) {
        constexpr auto name = "decorum_source_questions_total";
        constexpr auto help =
            "Questions to a source, by how they ended; held: kept back by a rate or a budget of ours, "
            "by the source's word, or because it failed too often.";
        for (const auto outcome : outcomes)
            out.counter(name, help, number(source.tally.answers[outcome].value()),
                        {{"source", source.name}, {"outcome", profile::name_of(outcome)}});
        out.counter(name, help, number(source.tally.held.value()),
                    {{"source", source.name}, {"outcome", "held"}});
        out.histogram("decorum_source_answer_seconds", "What a source took to answer.",
                      source.tally.latency.snapshot(), {{"source", source.name}});
        out.gauge("decorum_source_held", "1 while the next question to the source would be kept back.",
                  source.held ? 1 : 0, {{"source", source.name}});
        out.gauge("decorum_source_open_questions", "Questions that an outside source has not answered yet.",
                  number(source.open), {{"source", source.name}});
        if (!source.quota) continue;
        if (source.quota->left)
            out.gauge("decorum_source_quota_left",
                      "Questions that the source still grants us, by its latest word.",
                      number(*source.quota->left), {{"source", source.name}});
        if (source.quota->limit)
            out.gauge("decorum_source_quota_limit",
                      "Questions that the source grants us in a period of its own.",
                      number(*source.quota->limit), {{"source", source.name}});
    }
}

void collect_store(Families& out, const Engine& engine) {
    const auto& tally = engine.store().tally();
    out.counter("decorum_store_failures_total", "What the store could not read or write.",
                number(tally.failures.value()));
    out.histogram("decorum_store_seconds", "From a call of the store to its end, with the time in its queue.",
                  tally.latency.snapshot());
    out.gauge("decorum_store_stands_in",
              "1 where the configured store could not be opened: what is learnt is forgotten at the end.",
              engine.store_stands_in() ? 1 : 0);
}

void collect_audit(Families& out, const audit::Trail& trail) {
    out.counter("decorum_audit_lost_total", "Events that could not be recorded, or not be synchronised.",
                number(trail.lost()));
    out.gauge("decorum_audit_failing", "1 while the audit log can't be written, or not be synchronised.",
              trail.failing() ? 1 : 0);
    if (const auto* pseudonyms = trail.pseudonyms()) {
        out.gauge("decorum_audit_pseudonyms", "People who have a pseudonym in the audit log.",
                  number(pseudonyms->used()));
        out.gauge("decorum_audit_pseudonyms_limit", "How many people may have one.",
                  number(audit::Pseudonyms::max_records));
    }
}

void collect_notices(Families& out, const notice::NoticeTally& tally) {
    const std::pair<const char*, const Tally&> letters[] = {{"queued", tally.queued},
                                                            {"sent", tally.sent},
                                                            {"refused", tally.refused},
                                                            {"expired", tally.expired},
                                                            {"delayed", tally.delayed}};
    for (const auto& [event, count] : letters)
        out.counter(
            "decorum_notices_total",
            "Letters of the gateway: notices that were queued, and what became of letters of any kind.",
            number(count.value()), {{"event", event}});
    const std::pair<const char*, const Tally&> replies[] = {{"obeyed", tally.replies_obeyed},
                                                            {"not_theirs", tally.replies_not_theirs},
                                                            {"unavailable", tally.replies_unavailable}};
    for (const auto& [outcome, count] : replies)
        out.counter("decorum_notice_replies_total", "Mail to the gateway's own address.",
                    number(count.value()), {{"outcome", outcome}});
}

// Actions and outcomes that can't go together are no series.
void collect_outbound(Families& out, const pipeline::OutboundTally& tally) {
    for (std::size_t action = 1; action < conduct::action_names.size(); ++action)
        for (std::size_t outcome = 0; outcome < pipeline::OutboundTally::outcomes.size(); ++outcome) {
            const auto count = tally.value(static_cast<conduct::Action>(action), outcome);
            const bool ever = pipeline::OutboundTally::outcomes[outcome] != "other";
            if (ever || count != 0)
                out.counter("decorum_outbound_total",
                            "Mail that leaves, of authors whom the charter has something to say to, by the "
                            "charter's action and by what came of it.",
                            number(count),
                            {{"action", conduct::action_names[action]},
                             {"outcome", pipeline::OutboundTally::outcomes[outcome]}});
        }
}

}  // namespace

void collect_engine(Families& out, Engine& engine) {
    collect_cache(out, engine.profiles());
    collect_sources(out, engine.profiles());
    collect_store(out, engine);
    if (engine.audit() != nullptr) collect_audit(out, *engine.audit());
    if (engine.notices() != nullptr) collect_notices(out, engine.notices()->tally());
    if (engine.outbound() != nullptr) collect_outbound(out, engine.outbound()->decisions().tally());
}

}  // namespace decorum::app
