// A message's way through its session: what is said about it on top, handed over, and its verdict told.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"
#include "gateway/session/message_record.hpp"
#include "gateway/session/own_mail.hpp"
#include "gateway/session/smtp_message.hpp"
#include "gateway/session/smtp_session.hpp"

namespace decorum::session {

// As a hop of their mail, not within a delivery.
bool SmtpSession::clients_see_us() const {
    const config::Position position = listening_.settings.position;
    return position == config::Position::front || position == config::Position::submission;
}

// Received, RFC 5321 §4.4.
std::string SmtpSession::received_field() const {
    if (!clients_see_us()) return {};
    const net::Peer& peer = identity_.peer;
    const std::string address = peer.anonymous         ? "unknown"
                                : peer.local           ? "unix"
                                : peer.address.is_v4() ? fmt::format("[{}]", peer.address.text())
                                                       : fmt::format("[IPv6:{}]", peer.address.text());
    const std::string_view protocol = !identity_.extended ? "SMTP" : "ESMTP";
    return fmt::format("Received: from {} ({})\r\n\tby {} with {}{}{} id {};\r\n\t{}\r\n", identity_.helo,
                       address, settings_.gateway.hostname, protocol, client_->encrypted() ? "S" : "",
                       login_.empty() ? "" : "A", id_, to_rfc5322(wall_clock_now()));
}

// Who submits, as far as the upstream or a trusted peer has proved it.
pipeline::Submission SmtpSession::submission() const {
    pipeline::Submission out;
    if (listening_.settings.policy != config::Policy::outbound) return out;
    out.session = id_;
    out.login = login_.empty() ? identity_.login : login_;
    const smtp::Capabilities* capabilities = upstream_ ? &upstream_->capabilities() : pool_.remembered();
    out.has_logins = capabilities != nullptr && capabilities->has("AUTH");
    out.may_refuse = !out.login.empty() && listening_.settings.position == config::Position::submission;
    return out;
}

bool SmtpSession::may_hold_back() const {
    return listening_.settings.policy == config::Policy::outbound && thread_.outbound != nullptr &&
           thread_.outbound->may_hold_back(submission());
}

// By a login, or by the word of a mail server of ours.
bool SmtpSession::knows_who_writes() const {
    const config::Position position = listening_.settings.position;
    return position == config::Position::delivery || position == config::Position::filter ||
           !login_.empty() || !identity_.login.empty();
}

// What comes to us behind a mail server of ours bears its word on who wrote it; elsewhere a client may have
// written that itself, and only its login counts.
OwnMail SmtpSession::own_mail() const {
    const config::Position position = listening_.settings.position;
    return {
        *thread_.notices,
        {.recipients = own_recipients_,
         .reverse_path = envelope_.reverse_path.value_or(""),
         .octets = {},
         .login = login_.empty() ? identity_.login : login_,
         .results_trusted = position == config::Position::delivery || position == config::Position::filter}};
}

net::Task<> SmtpSession::relay_message() {
    admission_.set_new(false);
    envelope_.received = wall_clock_now();
    envelope_.keep_sealed = trusted_peer_;
    const pipeline::Submission submitted = submission();
    std::optional<OwnMail> own;
    if (!own_recipients_.empty()) own.emplace(own_mail());
    const bool ours_alone = own && envelope_.recipients.empty();
    MessageRecord record({.recorder = thread_.audit ? &*thread_.audit : nullptr,
                          .listening = listening_,
                          .session = id_,
                          .number = ++relayed_,
                          .login = login_.empty() ? identity_.login : login_,
                          .envelope = envelope_,
                          .own_recipients = own_recipients_.size()});
    SmtpMessage message({.client = *client_,
                         .upstream = ours_alone ? nullptr : upstream_.get(),
                         .own = own ? &*own : nullptr,
                         .thread = thread_,
                         .listening = listening_,
                         .envelope = envelope_,
                         .submission = submitted,
                         .received_field = received_field(),
                         .record = &record,
                         .data_said = !data_postponed_});
    const auto read = co_await message.run(lines_);
    octets_ += message.octets();
    tally_.octets.add(message.octets());
    lookup_ += message.annotation().lookup;
    upstream_time_ += message.upstream_time();
    if (!read) {
        // The client is gone in the middle: the upstream must not take half a message for a whole one.
        drop_upstream();
        count_verdict(MessageVerdict::aborted);
        closing_ = true;
        end_reason_ = fmt::format("data_{}", name_of(read.error().code));
        if (read.error().code == errc::timed_out) {
            client_out_ = smtp::make_reply(421, "4.4.2", "The message takes too long, closing").octets;
            co_await flush();
        } else if (read.error().code == errc::cancelled && admission_.draining()) {
            client_out_ = smtp::make_reply(421, "4.3.2", "Going down for a moment, try again").octets;
            co_await flush();
        }
        record.conclude({.result = MessageRecord::Result::aborted, .octets = message.octets()});
        reset_transaction();
        co_return;
    }
    MessageRecord::Outcome outcome{.octets = message.octets()};
    if (message.refusal()) {
        if (!ours_alone && message.data_said()) drop_upstream();
        count_verdict(message.refusal()->permanent() ? MessageVerdict::refused : MessageVerdict::deferred);
        const std::size_t replies = lmtp_ ? is_own_.size() : 1;
        for (std::size_t i = 0; i < replies; ++i) answer_mirrored(*message.refusal());
        ++refused_;
        outcome.result = MessageRecord::Result::refused;
        outcome.code = message.refusal()->code;
        outcome.refused = lmtp_ ? is_own_.size() : 1;
        // Of what was held back the upstream knows the recipients alone: the session, and the login with it,
        // goes on.
        if (!message.data_said()) co_await leave_transaction();
    } else {
        const bool accepted = co_await conclude_message(own ? &*own : nullptr, outcome);
        upstream_took_last_ = accepted;
        if (accepted && thread_.outbound != nullptr) thread_.outbound->sent(message.decision());
        if (listening_.settings.policy == config::Policy::inbound && !ours_alone) {
            ++statuses_[std::string(message::name_of(message.annotation().status))];
            tally_.statuses[message.annotation().status].add();
            if (!message.annotation().source.empty()) sources_ = message.annotation().source;
        }
    }
    // Before the client hears of it.
    record.conclude(outcome);
    // The upstream still waits for recipients.
    if (ours_alone) co_await leave_transaction();
    reset_transaction();
    // Over LMTP the connection knows nothing of this client any more: it may serve the next.
    if (lmtp_ && upstream_ && !upstream_bound_) pool_.release(std::move(upstream_));
    if (!flush_at_once()) co_await flush();
    begin_batch();
    line_deadline_ = batch_begin_ + settings_.timeouts.command;
}

// The verdict after the final dot: one reply, or over LMTP one for each accepted recipient (RFC 2033 §4.2).
net::Task<bool> SmtpSession::conclude_message(const OwnMail* own, MessageRecord::Outcome& outcome) {
    const auto begin = SteadyClock::now();
    const std::size_t verdicts = lmtp_ ? is_own_.size() : 1;
    bool accepted = false;
    bool taken_by_us = false;
    bool permanent = true;
    for (std::size_t i = 0; i < verdicts; ++i) {
        if (own != nullptr && (lmtp_ ? is_own_[i] : envelope_.recipients.empty())) {
            const smtp::Reply reply = own->reply();
            outcome.count(reply.code, true);
            client_out_.append(reply.octets);
            taken_by_us = taken_by_us || reply.positive();
            permanent = permanent && reply.permanent();
            continue;
        }
        Result<smtp::Reply> reply = fail(errc::closed);
        if (upstream_) reply = co_await upstream_->receive(settings_.timeouts.data_end);
        if (reply && (reply->intermediate() || (reply->positive() && reply->code != 250)))
            reply = fail(errc::syntax, fmt::format("unexpected reply {} after data", reply->code));
        if (!reply) {
            if (upstream_) lose_upstream(reply.error());
            client_out_.append(
                smtp::make_reply(451, "4.4.2", "The mail server behind has gone, try again later").octets);
            ++refused_;
            outcome.count(451, false);
            permanent = false;
            continue;
        }
        outcome.count(reply->code, true);
        if (reply->positive()) {
            accepted = true;
            recipients_ += lmtp_ ? 1 : envelope_.recipients.size();
        } else {
            ++refused_;
            permanent = permanent && reply->permanent();
        }
        answer_mirrored(*reply);
    }
    if (accepted) ++messages_;
    count_verdict(accepted || taken_by_us ? MessageVerdict::accepted
                  : permanent             ? MessageVerdict::refused
                                          : MessageVerdict::deferred);
    const auto waited = SteadyClock::now() - begin;
    outcome.upstream = std::chrono::duration_cast<Milliseconds>(waited);
    upstream_time_ += waited;
    tally_.verdict.record(waited);
    co_return accepted;
}

}  // namespace decorum::session
