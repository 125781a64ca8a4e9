// What listeners, sessions, upstreams and annotators count, under the names that Prometheus reads.
#include <optional>

#include "gateway/app/gateway.hpp"

namespace decorum::app {
namespace {

using session::ListenerTally;

std::string_view name_of(config::Protocol protocol) {
    switch (protocol) {
        case config::Protocol::smtp: return "smtp";
        case config::Protocol::lmtp: return "lmtp";
        case config::Protocol::imap: break;
    }
    return "imap";
}

// One number, or one histogram, of all threads' sessions of a listener.
template <class Read>
std::uint64_t sum(const session::Listening& listening, Read read) {
    std::uint64_t out = 0;
    for (const ListenerTally& tally : *listening.tallies) out += read(tally).value();
    return out;
}

template <class Read>
LatencyTally::Snapshot sum_of_times(const session::Listening& listening, Read read) {
    LatencyTally::Snapshot out;
    for (const ListenerTally& tally : *listening.tallies) out += read(tally).snapshot();
    return out;
}

void collect_tls(Families& out, std::string_view side, std::string_view name, std::uint64_t done,
                 std::uint64_t failed) {
    constexpr auto family = "decorum_tls_handshakes_total";
    constexpr auto help = "TLS handshakes with clients of a listener, and with upstreams.";
    out.counter(family, help, number(done), {{"side", side}, {"name", name}, {"outcome", "done"}});
    out.counter(family, help, number(failed), {{"side", side}, {"name", name}, {"outcome", "failed"}});
}

void collect_mail(Families& out, const session::Listening& listening, std::string_view listener,
                  std::string_view protocol) {
    for (std::size_t i = 0; i < session::message_verdict_names.size(); ++i)
        out.counter(
            "decorum_messages_total",
            "Messages whose content came, by what became of them: accepted (250 to at least one "
            "recipient), refused (5xx), deferred (4xx), aborted (the client was gone or too slow).",
            number(sum(listening,
                       [i](const auto& t) -> const Tally& {
                           return t.messages[static_cast<session::MessageVerdict>(i)];
                       })),
            {{"listener", listener}, {"protocol", protocol}, {"verdict", session::message_verdict_names[i]}});
    out.counter("decorum_message_bytes_total", "Octets of messages from clients.",
                number(sum(listening, [](const auto& t) -> const Tally& { return t.octets; })),
                {{"listener", listener}, {"protocol", protocol}});
    constexpr auto recipients = "decorum_recipients_total";
    constexpr auto recipients_help = "Recipients, by the reply to RCPT.";
    out.counter(recipients, recipients_help,
                number(sum(listening, [](const auto& t) -> const Tally& { return t.recipients_accepted; })),
                {{"listener", listener}, {"protocol", protocol}, {"verdict", "accepted"}});
    out.counter(recipients, recipients_help,
                number(sum(listening, [](const auto& t) -> const Tally& { return t.recipients_refused; })),
                {{"listener", listener}, {"protocol", protocol}, {"verdict", "refused"}});
    out.histogram(
        "decorum_command_seconds",
        "What the gateway adds: from a client's commands to the replies, less what the upstream took.",
        sum_of_times(listening, [](const auto& t) -> const LatencyTally& { return t.added; }),
        {{"listener", listener}, {"protocol", protocol}});
    constexpr auto upstream = "decorum_upstream_reply_seconds";
    constexpr auto upstream_help =
        "What the upstream took to answer: a batch of commands, or a message from its end to the last "
        "verdict.";
    out.histogram(upstream, upstream_help,
                  sum_of_times(listening, [](const auto& t) -> const LatencyTally& { return t.upstream; }),
                  {{"listener", listener}, {"protocol", protocol}, {"to", "commands"}});
    out.histogram(upstream, upstream_help,
                  sum_of_times(listening, [](const auto& t) -> const LatencyTally& { return t.verdict; }),
                  {{"listener", listener}, {"protocol", protocol}, {"to", "message"}});
}

void collect_reading(Families& out, const session::Listening& listening, std::string_view listener) {
    out.counter("decorum_imap_commands_total", "Commands of IMAP clients that the upstream has answered.",
                number(sum(listening, [](const auto& t) -> const Tally& { return t.commands; })),
                {{"listener", listener}});
    constexpr auto blocks = "decorum_imap_blocks_total";
    constexpr auto help =
        "Messages that IMAP clients fetched: with a person shown (annotated), with a block that shows nobody "
        "(neutral), with the block that they came with (kept).";
    out.counter(blocks, help,
                number(sum(listening, [](const auto& t) -> const Tally& { return t.blocks_annotated; })),
                {{"listener", listener}, {"block", "annotated"}});
    out.counter(blocks, help,
                number(sum(listening, [](const auto& t) -> const Tally& { return t.blocks_neutral; })),
                {{"listener", listener}, {"block", "neutral"}});
    out.counter(blocks, help,
                number(sum(listening, [](const auto& t) -> const Tally& { return t.blocks_kept; })),
                {{"listener", listener}, {"block", "kept"}});
}

void collect_sessions(Families& out, const session::Listening& listening, std::string_view listener,
                      std::string_view protocol) {
    out.counter("decorum_sessions_total", "Sessions that began.",
                number(sum(listening, [](const auto& t) -> const Tally& { return t.sessions; })),
                {{"listener", listener}, {"protocol", protocol}});
    std::int64_t open = 0;
    for (const ListenerTally& tally : *listening.tallies) open += tally.open.value();
    out.gauge("decorum_sessions", "Sessions that are open.", static_cast<double>(open),
              {{"listener", listener}, {"protocol", protocol}});
    out.gauge("decorum_lookups_waiting", "Sessions that wait for a lookup.",
              number(listening.waiting.load(std::memory_order_relaxed)), {{"listener", listener}});
    for (std::size_t i = 0; i < session::limit_names.size(); ++i)
        out.counter(
            "decorum_limits_hit_total", "How often a limit ended or refused something, by the setting.",
            number(
                sum(listening,
                    [i](const auto& t) -> const Tally& { return t.limits[static_cast<session::Limit>(i)]; })),
            {{"listener", listener}, {"limit", session::limit_names[i]}});
    if (listening.settings.policy == config::Policy::inbound)
        for (std::size_t i = 0; i < session::status_count; ++i) {
            const auto status = static_cast<message::Status>(i);
            out.counter(
                "decorum_annotations_total", "Annotations, by the status that they tell.",
                number(
                    sum(listening, [status](const auto& t) -> const Tally& { return t.statuses[status]; })),
                {{"listener", listener}, {"protocol", protocol}, {"status", message::name_of(status)}});
        }
}

}  // namespace

void Gateway::collect_listeners(Families& out) const {
    const auto generation = latest_.load();
    for (std::size_t i = 0; i < generation->listening.size(); ++i) {
        const session::Listening& listening = generation->listening[i];
        const std::string& name = listening.settings.name;
        const std::string_view protocol = name_of(listening.settings.protocol);
        collect_sessions(out, listening, name, protocol);
        if (listening.settings.protocol == config::Protocol::imap)
            collect_reading(out, listening, name);
        else
            collect_mail(out, listening, name, protocol);
        net::Listener::Counters counters{};
        for (const auto& listener : doors_[i].listeners) {
            const auto one = listener->counters();
            counters.accepted += one.accepted;
            counters.refused += one.refused;
            counters.evicted += one.evicted;
            counters.refused_by_address += one.refused_by_address;
            counters.proxy_faults += one.proxy_faults;
        }
        out.counter("decorum_connections_total", "Connections that were let in.", number(counters.accepted),
                    {{"listener", name}, {"protocol", protocol}});
        constexpr auto limits = "decorum_connections_refused_total";
        constexpr auto limits_help =
            "Connections that were refused or ended: by max_connections, by max_connections_per_address, "
            "silent "
            "ones to make room, those of trusted peers without a PROXY header.";
        out.counter(limits, limits_help, number(counters.refused - counters.refused_by_address),
                    {{"listener", name}, {"reason", "max_connections"}});
        out.counter(limits, limits_help, number(counters.refused_by_address),
                    {{"listener", name}, {"reason", "max_connections_per_address"}});
        out.counter(limits, limits_help, number(counters.evicted),
                    {{"listener", name}, {"reason", "silent"}});
        out.counter(limits, limits_help, number(counters.proxy_faults),
                    {{"listener", name}, {"reason", "proxy_header"}});
        const auto tls = listening.tls.load();
        if (!tls) continue;
        collect_tls(out, "listener", name,
                    sum(listening, [](const auto& t) -> const Tally& { return t.tls.done; }),
                    sum(listening, [](const auto& t) -> const Tally& { return t.tls.failed; }));
        if (const auto expiry = tls->expiry())
            out.gauge("decorum_tls_certificate_expiry_timestamp_seconds",
                      "When the listener's certificate ends, in seconds since 1970.",
                      static_cast<double>(expiry->time_since_epoch().count()), {{"listener", name}});
    }
}

void Gateway::collect_upstreams(Families& out) const {
    const auto settings = latest_.load()->settings;
    const std::lock_guard lock(tallies_mutex_);
    for (const auto& [name, tally] : upstream_tallies_) {
        const auto found = settings->upstreams.find(name);
        if (found == settings->upstreams.end()) continue;  // gone with a SIGHUP
        const config::Upstream& upstream = found->second;
        constexpr auto connections = "decorum_upstream_connections_total";
        constexpr auto help = "Connections to an upstream that were made ready, or failed to be.";
        out.counter(connections, help, number(tally->opened.value()),
                    {{"upstream", name}, {"outcome", "opened"}});
        out.counter(connections, help, number(tally->failed.value()),
                    {{"upstream", name}, {"outcome", "failed"}});
        out.counter("decorum_upstream_lost_total", "Connections to an upstream that broke under a session.",
                    number(tally->lost.value()), {{"upstream", name}});
        out.histogram("decorum_upstream_connect_seconds", "What it took until a connection was ready.",
                      tally->opening.snapshot(), {{"upstream", name}});
        if (tally->known.load(std::memory_order_relaxed))
            out.gauge("decorum_upstream_up", "Whether the latest attempt to connect went well.",
                      tally->up.load(std::memory_order_relaxed) ? 1 : 0, {{"upstream", name}});
        if (upstream.tls != config::TlsMode::none)
            collect_tls(out, "upstream", name, tally->tls.done.value(), tally->tls.failed.value());
        if (upstream.protocol == config::Protocol::imap) continue;
        constexpr auto taken = "decorum_upstream_reused_total";
        constexpr auto taken_help = "Sessions and messages that took a connection that was there already.";
        out.counter(taken, taken_help, number(tally->spares_taken.value()),
                    {{"upstream", name}, {"kind", "spare"}});
        out.counter(taken, taken_help, number(tally->idle_taken.value()),
                    {{"upstream", name}, {"kind", "idle"}});
        constexpr auto kept = "decorum_upstream_connections_ready";
        constexpr auto kept_help =
            "Connections that wait for a client: new ones (spare), and those that served one before (idle).";
        out.gauge(kept, kept_help, static_cast<double>(tally->spares.value()),
                  {{"upstream", name}, {"kind", "spare"}});
        out.gauge(kept, kept_help, static_cast<double>(tally->idle.value()),
                  {{"upstream", name}, {"kind", "idle"}});
    }
}

void Gateway::collect_annotators(Families& out) const {
    LatencyTally::Snapshot lookup, annotation;
    std::uint64_t crowded = 0;
    for (const auto& tally : annotator_tallies_) {
        lookup += tally->lookup.snapshot();
        annotation += tally->annotation.snapshot();
        crowded += tally->crowded.value();
    }
    out.histogram("decorum_lookup_wait_seconds", "How long messages waited for a profile.", lookup);
    out.histogram("decorum_annotation_seconds", "What an annotation took besides.", annotation);
    out.counter("decorum_lookups_not_awaited_total",
                "Lookups that nobody waited for, because too many sessions were waiting.", number(crowded));
}

void Gateway::collect(Families& out) const {
    out.gauge("decorum_draining", "1 once no more mail is accepted, because the gateway goes down.",
              draining_ ? 1 : 0);
    collect_listeners(out);
    collect_annotators(out);
    collect_upstreams(out);
}

}  // namespace decorum::app
