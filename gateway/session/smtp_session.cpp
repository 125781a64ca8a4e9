#include "gateway/session/smtp_session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"

namespace decorum::session {
namespace {

constexpr std::size_t max_xforward = 16;  // lines kept for the next connection
constexpr std::size_t max_batch = 100;    // commands handed on at once: bounds memory and the unread replies

UpstreamPool& pool_of(ThreadContext& thread, const Listening& listening) {
    return *thread.upstreams.at(listening.settings.upstream);
}

Milliseconds since(SteadyClock::time_point begin) {
    return std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin);
}

}  // namespace

std::string ThreadContext::next_session_id() {
    return fmt::format("{}-{:x}", number, ++last_session);
}

SmtpSession::SmtpSession(net::StreamPtr client, net::Admission admission, const Listening& listening,
                         ThreadContext& thread)
    : client_(std::move(client)),
      admission_(std::move(admission)),
      listening_(listening),
      thread_(thread),
      settings_(thread.settings),
      pool_(pool_of(thread, listening)),
      tally_(listening.tally_of(thread.number)),
      lmtp_(listening.settings.protocol == config::Protocol::lmtp),
      id_(thread.next_session_id()),
      trusted_peer_(listening.trusts(client_->peer())),
      lines_(std::max(settings_.limits.command_line, settings_.limits.auth_line)) {
    identity_.peer = client_->peer();
    admission_.set_new(true);  // until its first message has come
}

net::Task<> SmtpSession::run() {
    tally_.sessions.add();
    co_await converse();
    co_await end_upstream();
    log_end();
    client_->close();
}

net::Task<> SmtpSession::converse() {
    if (listening_.settings.tls == config::TlsMode::implicit) {
        const auto secured = co_await start_tls();
        if (!secured) {
            end_reason_ = secured.error().code == errc::closed ? std::string(name_of(errc::closed))
                                                               : "tls: " + secured.error().detail;
            co_return;
        }
    }
    client_out_ = greeting();
    co_await flush();
    line_deadline_ = SteadyClock::now() + settings_.timeouts.command;
    while (!closing_) {
        const auto event = lines_.next();
        if (const auto* line = std::get_if<smtp::Line>(&event)) {
            admission_.spoke();
            if (const auto parsed = parse(line->text);
                parsed && !perform_at_once(parsed->command, line->text))
                co_await perform(parsed->command, line->text);
            line_deadline_ = SteadyClock::now() + settings_.timeouts.command;
            if (pending_.size() >= max_batch || (!to_upstream_.empty() && !upstream_pipelines()))
                co_await settle();
        } else if (const auto* fault = std::get_if<smtp::LineFault>(&event)) {
            answer_spoilt_line(*fault);
        } else if (!pending_.empty()) {
            co_await settle();
            // However long the upstream took: the client's time begins now.
            line_deadline_ = SteadyClock::now() + settings_.timeouts.command;
        } else if (!co_await await_input()) {
            break;
        }
    }
    if (!pending_.empty()) co_await settle();
}

// The rest of a batch of commands, up to a buffer; an error shows at the next wait.
void SmtpSession::read_what_is_there() {
    const auto buffer = scratch();
    if (const auto octets = client_->try_read(buffer)) lines_.feed({buffer.data(), *octets});
}

// The limit holds for a whole command line, so that a client
// that sends an octet now and then is not better off than one that sends none.
net::Task<bool> SmtpSession::await_input() {
    Result<std::size_t> octets = fail(errc::cancelled);
    if (!admission_.draining() || transaction_ != Transaction::none) {
        const auto left = std::chrono::duration_cast<Milliseconds>(line_deadline_ - SteadyClock::now());
        admission_.set_between_commands(transaction_ == Transaction::none);
        std::array<char, small_read_octets> buffer;
        octets = co_await client_->read_some(buffer, std::max(left, Milliseconds{1}));
        admission_.set_between_commands(false);
        if (octets) {
            spoke_ = true;
            begin_batch();
            lines_.feed({buffer.data(), *octets});
            if (*octets == buffer.size()) read_what_is_there();
            co_return true;
        }
    }
    closing_ = true;
    end_reason_ = name_of(octets.error().code);
    if (octets.error().code == errc::timed_out) {
        tally_.limits[Limit::command_time].add();
        client_out_ = smtp::make_reply(421, "4.4.2", "Idle for too long, closing").octets;
        co_await flush();
    } else if (admission_.draining()) {
        client_out_ = smtp::make_reply(421, "4.3.2", "Going down for a moment, try again").octets;
        co_await flush();
    }
    co_return false;
}

// The replies that are ready, as far as the client takes them without a wait; true: all of them.
bool SmtpSession::flush_at_once() {
    client_out_.erase(0, client_->try_write(client_out_));
    return client_out_.empty();
}

net::Task<> SmtpSession::flush() {
    if (client_out_.empty()) co_return;
    const auto sent = co_await client_->write(client_out_, settings_.timeouts.command);
    client_out_.clear();
    if (sent) co_return;
    // A silence before the last reply is counted already.
    if (sent.error().code == errc::timed_out && !closing_) tally_.limits[Limit::command_time].add();
    closing_ = true;
    end_reason_ = name_of(sent.error().code);
}

net::Task<Result<>> SmtpSession::start_tls() {
    const auto context = listening_.tls.load();  // held until the handshake is done
    auto secured = co_await client_->start_tls(*context, settings_.timeouts.handshake);
    tally_.tls.note_client(secured);
    if (!secured && secured.error().code == errc::timed_out) tally_.limits[Limit::handshake_time].add();
    co_return secured;
}

void SmtpSession::answer(int code, std::string_view enhanced_code, std::string_view text) {
    pending_.push_back({Pending::Kind::local, smtp::make_reply(code, enhanced_code, text).octets});
}

void SmtpSession::answer_error(int code, std::string_view enhanced_code, std::string_view text) {
    answer(code, enhanced_code, text);
    count_error();
}

void SmtpSession::count_error() {
    if (++errors_ < settings_.limits.errors) return;
    tally_.limits[Limit::errors].add();
    answer(421, "4.7.0", "Too many errors, closing");
    closing_ = true;
    end_reason_ = "errors";
}

void SmtpSession::answer_spoilt_line(const smtp::LineFault& fault) {
    if (fault.kind != smtp::LineFault::Kind::too_long)
        return answer_error(500, "5.5.2", "Lines end with CRLF and hold no NUL");
    const bool auth = ascii::starts_with_nocase(fault.begin, "AUTH ");
    tally_.limits[auth ? Limit::auth_line : Limit::command_line].add();
    // RFC 4954 §6 has a code of its own for what is said in an exchange.
    answer_error(500, auth ? "5.5.6" : "5.5.2", "Line too long");
}

void SmtpSession::answer_mirrored(const smtp::Reply& reply) {
    client_out_.append(reply.octets);
    if (reply.code != 421) return;
    // The upstream ends its session with this (RFC 5321 §3.8); so do we.
    drop_upstream();
    closing_ = true;
    end_reason_ = "upstream_421";
}

void SmtpSession::hand_on(Pending::Kind kind, std::string_view line, std::string_view text) {
    pending_.push_back({kind, std::string(text)});
    upstream_took_last_ = false;
    to_upstream_.append(line).append("\r\n");
}

void SmtpSession::reset_transaction() {
    transaction_ = Transaction::none;
    mail_refused_ = false;
    envelope_ = {};
    own_recipients_.clear();
    is_own_.clear();
}

void SmtpSession::drop_upstream() {
    if (upstream_) upstream_->close();
    upstream_.reset();
    upstream_bound_ = false;
}

void SmtpSession::lose_upstream(const Error& error) {
    pool_.tally().lost.add();
    log::warning("upstream_lost",
                 {{"session", id_}, {"upstream", pool_.settings().name}, {"error", error.text()}});
    drop_upstream();
    if (transaction_ != Transaction::none) transaction_ = Transaction::lost;
}

net::Task<bool> SmtpSession::acquire_upstream(bool fresh) {
    refusal_.reset();
    auto acquired = co_await pool_.acquire(identity_, fresh);
    upstream_fresh_ = fresh;
    if (!acquired) co_return false;
    if (auto* refusal = std::get_if<smtp::Reply>(&*acquired)) {
        refusal_ = std::move(*refusal);
        co_return false;
    }
    upstream_ = std::get<UpstreamPtr>(std::move(*acquired));
    // A server that trusts our address relays for anybody then. As a filter before the queue it has judged
    // the client already, and is told by XFORWARD.
    if (clients_see_us() && xforward_.empty()) pool_.warn_of_identity();
    // A new connection learns what a trusted peer told the last one of its client.
    for (const std::string& line : xforward_) {
        if (!co_await upstream_->ask(line)) {
            drop_upstream();
            co_return false;
        }
        upstream_bound_ = true;
    }
    co_return true;
}

// Outside of a batch, which counts its own wait.
net::Task<bool> SmtpSession::reach_upstream() {
    const auto begin = SteadyClock::now();
    const bool reached = co_await acquire_upstream(false);
    upstream_time_ += SteadyClock::now() - begin;
    co_return reached;
}

// Likewise a command by itself.
net::Task<Result<smtp::Reply>> SmtpSession::ask_upstream(std::string line) {
    const auto begin = SteadyClock::now();
    upstream_took_last_ = false;
    Result<smtp::Reply> reply = fail(errc::reset);
    if (co_await upstream_->send(line)) reply = co_await upstream_->receive();
    upstream_time_ += SteadyClock::now() - begin;
    co_return reply;
}

bool SmtpSession::upstream_pipelines() const {
    const smtp::Capabilities* capabilities = upstream_ ? &upstream_->capabilities() : pool_.remembered();
    return capabilities != nullptr && capabilities->has("PIPELINING");
}

// The batch from this octet on.
net::Task<> SmtpSession::send_batch(std::size_t from) {
    if (!upstream_ && !co_await acquire_upstream(false)) co_return;
    // A failure shows when the first reply is read; but who takes no command in time says nothing either.
    const auto sent = co_await upstream_->send(std::string_view(to_upstream_).substr(from));
    if (!sent && sent.error().code == errc::timed_out) lose_upstream(sent.error());
}

// The batch once more, over a new connection, and its first reply.
net::Task<Result<smtp::Reply>> SmtpSession::send_batch_anew() {
    drop_upstream();
    if (!co_await acquire_upstream(true)) co_return fail(errc::unavailable);
    if (auto sent = co_await upstream_->send(to_upstream_); !sent) co_return std::unexpected(sent.error());
    co_return co_await upstream_->receive();
}

net::Task<> SmtpSession::settle() {
    const auto begin = SteadyClock::now();
    // A pooled connection may have died while nobody looked: as long as the upstream has said nothing and
    // knows nothing of this client, a second try harms nobody.
    bool may_retry = !upstream_bound_ && transaction_ != Transaction::open;
    const std::size_t sent = upstream_ ? upstream_->try_send(to_upstream_) : 0;
    if (sent < to_upstream_.size()) co_await send_batch(sent);
    for (Pending& item : pending_) {
        if (item.kind == Pending::Kind::local) {
            client_out_.append(item.text);
            continue;
        }
        if (item.kind == Pending::Kind::own_rcpt) {
            conclude_own(item);
            continue;
        }
        Result<smtp::Reply> reply = fail(errc::unavailable);
        if (upstream_) {
            reply = co_await upstream_->receive();
            const bool dead = reply ? reply->code == 421 : reply.error().code != errc::timed_out;
            if (dead && may_retry && !upstream_fresh_) reply = co_await send_batch_anew();
        }
        may_retry = false;
        // No command of the batch was heard, and each would have met with this.
        if (refusal_) reply = *refusal_;
        conclude(item, std::move(reply));
    }
    SteadyClock::duration waited{};
    if (!to_upstream_.empty()) {
        waited = SteadyClock::now() - begin;
        upstream_time_ += waited;
        tally_.upstream.record(waited);
    }
    if (transaction_ == Transaction::opening) {
        reset_transaction();
        mail_refused_ = true;
    }
    pending_.clear();
    to_upstream_.clear();
    upstream_fresh_ = false;
    const bool said_something = !client_out_.empty();
    if (!flush_at_once()) co_await flush();
    const auto end = SteadyClock::now();
    if (said_something) tally_.added.record(end - batch_begin_ - waited);
    batch_begin_ = end;
}

// What a server may say to a command (RFC 5321 §4.3.2); a refusal it may always be.
bool SmtpSession::answers(Pending::Kind kind, const smtp::Reply& reply) {
    if (reply.transient() || reply.permanent()) return true;
    if (kind == Pending::Kind::data) return reply.code == 354;
    return reply.code == 250 || (kind == Pending::Kind::rcpt && (reply.code == 251 || reply.code == 252));
}

void SmtpSession::conclude(Pending& item, Result<smtp::Reply> reply) {
    if (!reply) {
        if (upstream_) lose_upstream(reply.error());
        // The transaction has ended as it should, and RSET is never refused (RFC 5321 §4.1.1.5).
        if (item.kind == Pending::Kind::rset) {
            reset_transaction();
            client_out_.append(smtp::make_reply(250, "2.0.0", "Ok").octets);
            return;
        }
        if (transaction_ != Transaction::none || item.kind == Pending::Kind::mail)
            transaction_ = Transaction::lost;
        client_out_.append(
            smtp::make_reply(451, "4.4.2", "The mail server behind is out of reach, try again later").octets);
        return;
    }
    // LMTP has no verdict for a message without recipients, so 354 is none of its answers then (RFC 2033
    // §4.2).
    const bool go_ahead_for_none = lmtp_ && envelope_.recipients.empty() && reply->intermediate();
    // Nor can there be recipients where MAIL was refused in the same batch.
    const bool without_mail = (item.kind == Pending::Kind::rcpt || item.kind == Pending::Kind::data) &&
                              transaction_ != Transaction::open && !reply->transient() && !reply->permanent();
    if (!answers(item.kind, *reply) || go_ahead_for_none || without_mail) {
        // Whatever it meant, it must not look like success.
        lose_upstream({errc::syntax, fmt::format("unexpected reply {}", reply->code)});
        client_out_.append(
            smtp::make_reply(451, "4.3.0", "The mail server behind does not make sense").octets);
        return;
    }
    switch (item.kind) {
        case Pending::Kind::mail:
            if (reply->positive()) {
                transaction_ = Transaction::open;
                envelope_.reverse_path = std::move(item.text);
            } else {
                mail_refused_ = true;
            }
            break;
        case Pending::Kind::rcpt:
            if (reply->positive()) {
                tally_.recipients_accepted.add();
                envelope_.recipients.push_back(std::move(item.text));
                is_own_.push_back(false);
            } else {
                tally_.recipients_refused.add();
                ++refused_;
            }
            break;
        case Pending::Kind::data:
            data_accepted_ = reply->intermediate();
            break;  // SmtpMessage hears what follows
        case Pending::Kind::rset: reset_transaction(); break;
        case Pending::Kind::xforward:
            if (reply->positive()) {
                if (xforward_.size() == max_xforward)
                    xforward_.erase(xforward_.begin());  // later ones replace it
                xforward_.push_back(item.text + "\r\n");
            }
            upstream_bound_ = upstream_ != nullptr;
            break;
        case Pending::Kind::own_rcpt:
        case Pending::Kind::noop:
        case Pending::Kind::local: break;
    }
    answer_mirrored(*reply);
}

// A recipient that is the gateway itself stands in the upstream's transaction, which must be open for it.
void SmtpSession::conclude_own(Pending& item) {
    smtp::Reply reply = smtp::make_reply(250, "2.1.5", "Ok");
    if (transaction_ == Transaction::open) {
        own_recipients_.push_back(std::move(item.text));
        is_own_.push_back(true);
    } else if (transaction_ == Transaction::lost) {
        reply = smtp::make_reply(451, "4.4.2", "The mail server behind has gone, try again later");
    } else {
        reply = smtp::make_reply(503, "5.5.1", "Say MAIL first");
    }
    client_out_.append(reply.octets);
}

net::Task<> SmtpSession::end_upstream() {
    if (!upstream_) co_return;
    const bool clean = transaction_ == Transaction::none && !upstream_bound_;
    // Over SMTP a server counts a client's errors and idle commands until it takes a message, whatever
    // XCLIENT says in between: the next client would wait, or be shut out, for them.
    if (clean && (lmtp_ || upstream_took_last_))
        pool_.release(std::move(upstream_));
    else
        co_await upstream_->quit();
    upstream_.reset();
    upstream_bound_ = false;
}

void SmtpSession::log_end() {
    const log::Level level = level_of_end(spoke_, *client_, end_reason_);
    if (!log::enabled(level)) return;
    std::string statuses;
    for (const auto& [status, count] : statuses_)
        statuses.append(statuses.empty() ? "" : ",").append(status).append(":").append(std::to_string(count));
    log::write(level, "session",
               {{"session", id_},
                {"listener", listening_.settings.name},
                {"client", identity_.peer.text()},
                {"tls", client_->encrypted() ? "yes" : "no"},
                {"messages", messages_},
                {"recipients", recipients_},
                {"refused", refused_},
                {"status", statuses},
                {"source", sources_},
                {"octets", octets_},
                {"total_ms", since(begin_).count()},
                {"lookup_ms", lookup_.count()},
                {"upstream_ms", std::chrono::duration_cast<Milliseconds>(upstream_time_).count()},
                {"end", end_reason_}});
}

net::Task<> serve_smtp(net::StreamPtr client, net::Admission admission, const Listening& listening,
                       ThreadContext& thread) {
    SmtpSession session(std::move(client), std::move(admission), listening, thread);
    co_await session.run();
}

}  // namespace decorum::session
