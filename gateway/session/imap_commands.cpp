// What a client says once it has logged in. The only coroutine that writes to the upstream.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/imap/framer.hpp"
#include "gateway/imap/rewrite_command.hpp"
#include "gateway/session/imap_session.hpp"

namespace decorum::session {
namespace {

constexpr std::uint64_t max_literal_minus_octets = 4096;  // RFC 7888 §5

// The one UID that the command is about.
std::optional<std::uint64_t> single_uid(const imap::Command& command) {
    if (!command.uid) return std::nullopt;
    imap::Cursor cursor(std::get<imap::Fetch>(command.detail).set);
    const auto uid = cursor.take_number();
    return cursor.at_end() ? uid : std::nullopt;
}

}  // namespace

net::Task<> ImapSession::read_client() {
    commands_.set_limits({});
    for (;;) {
        co_await obey();
        if (closing_) co_return;
        note_standing();
        const auto since = SteadyClock::now();
        Result<std::size_t> awaited = fail(errc::cancelled);
        if (!admission_.draining() || !idle())
            awaited = co_await input_.wait(true, settings_.imap.autologout);
        admission_.set_between_commands(false);
        if (const auto octets = input_.take(std::move(awaited)))
            commands_.feed(*octets);
        else if (octets.error().code != errc::timed_out || idle())
            co_await say_goodbye(octets.error().code);
        // It waits for what the upstream owes. One that says nothing for so long is given up, as in
        // await_progress().
        else if (heard_ < since)
            upstream_->stream().close();
    }
}

// All that was read, and what it makes us say upstream. While nothing comes its frame isn't there.
net::Task<> ImapSession::obey() {
    while (!closing_) {
        const auto event = commands_.next();
        if (std::holds_alternative<imap::NeedInput>(event)) {
            co_return co_await flush_upstream();
        } else if (const auto* text = std::get_if<imap::CommandText>(&event)) {
            co_await on_command(text->wire);
        } else if (const auto* refused = std::get_if<imap::Refused>(&event)) {
            co_await refuse(*refused);
        } else if (const auto* append = std::get_if<imap::Append>(&event)) {
            co_await on_append(*append);
        } else if (std::holds_alternative<imap::GoAhead>(event)) {
            co_await say("+ go ahead\r\n");
        }
    }
}

// Nothing is under way but what may be so for hours.
bool ImapSession::idle() const {
    return pending_.empty() || (pending_.size() == 1 && pending_.front().verb == imap::Verb::idle);
}

void ImapSession::note_standing() {
    admission_.set_between_commands(idle());
}

// Nothing more comes from the client.
net::Task<> ImapSession::say_goodbye(errc why) {
    if (closing_) co_return;
    if (why == errc::timed_out)
        co_await say("* BYE Idle for too long\r\n");
    else if (admission_.draining())
        co_await say("* BYE Going down for a moment, try again\r\n");
    end(name_of(why));
}

// RFC 2177: nothing but DONE may follow. Whatever does follow ends the idling. False: there was none.
bool ImapSession::end_idling() {
    if (pending_.empty() || pending_.back().verb != imap::Verb::idle) return false;
    pending_.back().verb = imap::Verb::noop;
    to_upstream_.append("DONE\r\n");
    return true;
}

net::Task<> ImapSession::on_command(std::string_view wire) {
    if (end_idling() && ascii::equals_nocase(wire, "DONE")) co_return;
    const auto command = imap::parse_command(wire);
    if (!command) co_return co_await refuse({.tag = imap::tag_of(wire), .reason = command.error().detail});
    co_await perform(*command, wire);
}

net::Task<> ImapSession::perform(const imap::Command& command, std::string_view wire) {
    using imap::Verb;
    switch (command.verb) {
        case Verb::id:
            co_return co_await say(fmt::format("{}{} OK Pleased to meet you\r\n", own_identity, command.tag));
        case Verb::capability:
            co_return co_await say(
                fmt::format("* CAPABILITY {}\r\n{} OK That is all\r\n", offered_capabilities(), command.tag));
        case Verb::login:
        case Verb::authenticate:
        case Verb::starttls: co_return co_await refuse({.tag = command.tag, .reason = "Logged in already"});
        case Verb::enable: co_return co_await on_enable(command);
        case Verb::fetch:
            if (annotates()) co_return co_await on_fetch(command, wire);
            break;
        default: break;
    }
    Pending pending{std::string(command.tag), command.verb};
    pending.awaits_plus = command.verb == Verb::idle;
    pending.adds_messages = imap::adds_messages(command, rewrite_);
    // What is taken out of a response depends on which command it answers.
    const std::string upstream_wire = imap::upstream_command(command, wire, rewrite_);
    if (command.verb == Verb::status || command.verb == Verb::list)
        while (!closing_ && std::ranges::any_of(pending_, [&](const Pending& other) {
            return (other.verb == Verb::status || other.verb == Verb::list) &&
                   other.adds_messages != pending.adds_messages;
        }))
            co_await await_progress();
    co_await hand_on(std::move(pending), upstream_wire);
}

// Only what we know how to live with; the rest is not known here (RFC 5161 §3.1).
net::Task<> ImapSession::on_enable(const imap::Command& command) {
    std::string line = fmt::format("{} ENABLE", command.tag);
    const std::size_t nothing = line.size();
    for (const std::string_view capability : std::get<imap::Enable>(command.detail).capabilities)
        if (imap::may_enable(capability)) line.append(" ").append(capability);
    if (line.size() == nothing)
        co_return co_await say(fmt::format("* ENABLED\r\n{} OK Nothing enabled\r\n", command.tag));
    co_await hand_on({std::string(command.tag), command.verb}, line);
}

// Reads of one message that ask for the same octets, or for what another one has hidden, take turns.
net::Task<> ImapSession::on_fetch(const imap::Command& command, std::string_view wire) {
    const std::string tag(command.tag);
    const auto uid = changes_mailbox() ? std::nullopt : single_uid(command);
    Pending pending{tag, command.verb};
    if (uid && annotation_.hold(*uid)) pending.held_uid = uid;
    imap::FetchPlan plan = imap::plan_fetch(command, wire, rewrite_, pending.held_uid.has_value());
    pending.reads_in_pieces = uid && plan.hides_header;
    while (!closing_ && (fetches().conflicts(plan) || !has_room_for(tag, plan.held_octets())))
        co_await await_progress();
    if (closing_) co_return;
    if (std::ranges::find(pending_, imap::Verb::fetch, &Pending::verb) == pending_.end())
        annotation_.begin_command();
    const std::string upstream_wire = std::move(plan.wire);
    fetches().begin(tag, std::move(plan));
    co_await hand_on(std::move(pending), upstream_wire);
}

// For what only the upstream can bring on. One that owes answers and gives none is given up: read_upstream()
// sees its end and says so.
net::Task<> ImapSession::await_progress() {
    progress_.emplace(thread_.executor);  // first: the answer may come while the commands are being sent
    co_await flush_upstream();
    if (!closing_ && !co_await progress_->wait(settings_.imap.autologout)) upstream_->stream().close();
    progress_.reset();
}

// Before a good-bye of ours: what the client asked for before is done and answered, in the time that a reply
// may take.
net::Task<> ImapSession::finish_pending() {
    end_idling();
    const auto until = SteadyClock::now() + settings_.timeouts.command;
    while (!closing_ && (!pending_.empty() || !to_client_.empty() || within_)) {
        progress_.emplace(thread_.executor);
        co_await flush_upstream();
        const auto left = std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
        const bool goes_on = !closing_ && left > Milliseconds::zero() && co_await progress_->wait(left);
        progress_.reset();
        if (!goes_on) co_return;
    }
}

void ImapSession::progress() {
    if (progress_) progress_->raise();
}

net::Task<> ImapSession::hand_on(Pending command, std::string_view wire) {
    while (!closing_ && !has_room_for(command.tag, 0)) co_await await_progress();
    if (closing_) co_return;
    const std::string tag = command.tag;
    pending_.push_back(std::move(command));
    if (wire.find('{') == std::string_view::npos) {
        to_upstream_.append(wire).append("\r\n");
    } else {
        // Each literal in the form that the upstream takes.
        imap::Framer framer(imap::Direction::command);
        const std::string line = fmt::format("{}\r\n", wire);
        framer.feed(line);
        bool wanted = true;
        for (bool going = true; going && !closing_;) {
            const auto event = framer.next();
            if (const auto* text = std::get_if<imap::Text>(&event))
                to_upstream_.append(text->octets);
            else if (const auto* octets = std::get_if<imap::LiteralOctets>(&event))
                to_upstream_.append(octets->octets);
            else if (const auto* literal = std::get_if<imap::Literal>(&event))
                going = wanted = co_await announce(tag, literal->octets);
            else
                going = false;
        }
        if (wanted) to_upstream_.append("\r\n");
    }
    if (to_upstream_.size() >= coalesce_octets) co_await flush_upstream();
}

bool ImapSession::is_pending(std::string_view tag) const {
    return std::ranges::find(pending_, tag, &Pending::tag) != pending_.end();
}

// A command may join those under way. Replies are told apart by their tags.
bool ImapSession::has_room_for(std::string_view tag, std::size_t held_octets) const {
    if (pending_.empty()) return true;
    if (pending_.size() >= max_pending || is_pending(tag)) return false;
    held_octets += tag.size();
    for (const Pending& pending : pending_) held_octets += sizeof pending + pending.tag.size();
    if (fetches_) held_octets += fetches_->held_octets();
    return held_octets <= max_held_octets;
}

// What is ready ends with the announcement of a literal, as the client made it: now as the upstream takes it,
// and where that means to wait for its "+", so be it. False: it answered instead, and wants none of it. True:
// it gets all the octets and the command's end, whatever it answers meanwhile (RFC 7888 §4).
net::Task<bool> ImapSession::announce(const std::string& tag, std::uint64_t octets) {
    to_upstream_.erase(to_upstream_.rfind('{') + 1);
    const bool at_once = upstream_->offers("LITERAL+") ||
                         (upstream_->offers("LITERAL-") && octets <= max_literal_minus_octets);
    if (at_once) {
        to_upstream_.append(fmt::format("{}+}}\r\n", octets));
        co_return true;
    }
    // A "+" that comes before is not for this literal.
    while (!closing_ && std::ranges::any_of(pending_, &Pending::awaits_plus)) co_await await_progress();
    to_upstream_.append(fmt::format("{}}}\r\n", octets));
    literal_ = LiteralState::announced;
    co_await flush_upstream();
    while (literal_ == LiteralState::announced && is_pending(tag) && !closing_) co_await await_progress();
    const bool wanted = std::exchange(literal_, LiteralState::none) == LiteralState::wanted;
    if (!wanted && is_pending(tag)) end("upstream");  // it says nothing
    co_return wanted && !closing_;
}

net::Task<> ImapSession::flush_upstream() {
    if (to_upstream_.empty() || closing_) co_return;
    const auto sent = co_await upstream_->send(to_upstream_, settings_.timeouts.command);
    std::string().swap(to_upstream_);
    if (!sent) end("upstream");
}

}  // namespace decorum::session
