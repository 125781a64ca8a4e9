#include "gateway/session/message_record.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/message/block.hpp"
#include "gateway/net/event.hpp"

namespace decorum::session {
namespace {

constexpr std::size_t id_octets = 16;  // of the hash of a Message-ID
constexpr std::chrono::seconds disk_limit{30};

constexpr auto result_names = std::to_array<std::string_view>({"accepted", "refused", "lost", "aborted"});

struct OnDisk {
    explicit OnDisk(net::Executor executor) : event(std::move(executor)) {}
    net::Event event;
    std::atomic<bool> good = false;
};

std::string_view protocol_of(const config::Listener& listener) {
    return listener.protocol == config::Protocol::lmtp ? "lmtp" : "smtp";
}

std::string_view policy_of(const config::Listener& listener) {
    switch (listener.policy) {
        case config::Policy::inbound: return "inbound";
        case config::Policy::outbound: return "outbound";
        case config::Policy::pass: break;
    }
    return "pass";
}

std::uint64_t count_of(Milliseconds time) {
    return static_cast<std::uint64_t>(std::max<Milliseconds::rep>(time.count(), 0));
}

}  // namespace

void MessageRecord::Outcome::count(int reply, bool said) {
    const bool positive = reply / 100 == 2;
    ++(positive ? accepted : refused);
    code = std::max(code, reply);
    if (positive)
        result = Result::accepted;
    else if (said && result != Result::accepted)
        result = Result::refused;
}

void describe(const pipeline::Said& said, audit::Names& names, audit::Event& event) {
    event.text("status", message::name_of(said.status))
        .text_unless_empty("reason", said.reason)
        .text_unless_empty("author", names.of(said.author))
        .text_unless_empty("sources", said.source)
        .text_unless_empty("tier", said.tier)
        .flag("warm", said.warm)
        .number("lookup_ms", count_of(said.lookup));
}

std::string name_of_message(const message::HeaderSection& header) {
    const message::Field* field = header.first("Message-ID");
    if (field == nullptr) return {};
    const std::string body = message::unfold(field->body);
    std::string_view id = ascii::trim(body);
    if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
    return id.empty() ? std::string() : to_hex(view_of(sha256({id})).substr(0, id_octets));
}

void MessageRecord::read(const message::HeaderSection& header) {
    if (is_on()) message_id_ = name_of_message(header);
}

audit::Event MessageRecord::event(audit::Kind kind) const {
    audit::Event event(kind);
    event.text("session", options_.session).number("message", options_.number);
    return event;
}

bool MessageRecord::intend(const pipeline::Annotation* annotation, std::uint64_t octets) {
    if (!is_on()) return true;
    audit::Recorder& recorder = *options_.recorder;
    const config::Listener& listener = options_.listening.settings;
    if (annotation != nullptr) {
        audit::Event said = event(audit::Kind::annotation);
        describe(*annotation, recorder.names, said);
        recorder.journal.add(said);
    }
    const pipeline::Envelope& envelope = options_.envelope;
    std::vector<std::string> recipients;
    for (const std::string& recipient :
         std::span(envelope.recipients).first(std::min(envelope.recipients.size(), audit::max_listed)))
        recipients.push_back(recorder.names.of(recipient));
    audit::Event intent = event(audit::Kind::intent);
    intent.text("listener", listener.name)
        .text("protocol", protocol_of(listener))
        .text("policy", policy_of(listener))
        .text("sender", recorder.names.of(envelope.reverse_path.value_or("")))
        .texts("recipients", recipients)
        .number("recipient_count", envelope.recipients.size() + options_.own_recipients)
        .text_unless_empty("login", recorder.names.of(options_.login))
        .text_unless_empty("message_id", message_id_)
        .number("octets", octets);
    recorder.journal.add(intent);
    const std::uint64_t seq = recorder.journal.last_seq();
    const bool recorded = recorder.journal.commit();
    if (recorded) intent_ = seq;
    return recorded || !recorder.trail.required();
}

net::Task<bool> MessageRecord::reach_disk() {
    audit::Trail& trail = options_.recorder->trail;
    const auto written = std::make_shared<OnDisk>(co_await net::this_executor());
    trail.when_on_disk([written](bool good) {
        written->good = good;
        written->event.raise();
    });
    const bool reached = co_await written->event.wait(disk_limit) && written->good;
    co_return reached || !trail.required();
}

void MessageRecord::conclude(const Outcome& outcome) {
    if (!is_on()) return;
    audit::Event said = event(audit::Kind::outcome);
    if (intent_ != 0) said.number("intent", intent_);
    said.text("listener", options_.listening.settings.name)
        .text("result", result_names[static_cast<std::size_t>(outcome.result)]);
    if (outcome.code != 0) said.number("code", static_cast<std::uint64_t>(outcome.code));
    said.number("accepted", outcome.accepted)
        .number("refused", outcome.refused)
        .number("octets", outcome.octets)
        .number("upstream_ms", count_of(outcome.upstream))
        .number("total_ms", count_of(std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin_)));
    // What the mail server has taken is taken, whether or not it can be recorded.
    (void)options_.recorder->journal.record(said);
}

}  // namespace decorum::session
