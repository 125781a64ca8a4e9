#include "gateway/session/imap_session.hpp"

#include <fmt/format.h>

#include "gateway/base/log.hpp"
#include "gateway/net/both.hpp"
#include "gateway/net/frames.hpp"

namespace decorum::session {
namespace {

// Before somebody has logged in: LOGIN with two literals, a token of OAUTHBEARER, ID with thirty pairs.
constexpr std::size_t max_login_octets = 16 * 1024;

}  // namespace

ImapSession::ImapSession(net::StreamPtr client, net::Admission admission, const Listening& listening,
                         ThreadContext& thread)
    : client_(std::move(client)),
      admission_(std::move(admission)),
      listening_(listening),
      thread_(thread),
      settings_(thread.settings),
      tally_(listening.tally_of(thread.number)),
      id_(thread.next_session_id()),
      peer_(client_->peer()),
      input_(*client_, thread.buffers),
      commands_({.max_command_octets = max_login_octets, .max_nonsynchronising_octets = max_login_octets}),
      out_(*client_, settings_.timeouts.data_block),
      annotation_(listening, thread, id_, login_),
      listed_(thread.recent_authors) {
    if (listening.settings.policy != config::Policy::inbound) return;
    // Once mail was annotated, its UIDs have other octets than those without.
    rewrite_.epoch = imap::Epoch(thread.imap_epoch);
    if (!settings_.imap.annotate) return;
    rewrite_.block_octets = settings_.imap.block;
    rewrite_.names = {settings_.annotate.prefix, settings_.annotate.face};
    rewrite_.max_header_octets = settings_.limits.header;
}

// What leaves it as an exception is a bug, or memory that ran out: it ends this session, on both sides, and
// nothing else.
void ImapSession::on_throw(const std::exception_ptr& thrown) noexcept {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
        log::error("session_failed", {{"session", id_}, {"error", exception.what()}});
    } catch (...) {
        log::error("session_failed", {{"session", id_}, {"error", "unknown"}});
    }
    end("fault");
}

net::Task<> ImapSession::guarded(net::Task<> side) {
    try {
        co_await std::move(side);
    } catch (...) {
        on_throw(std::current_exception());
    }
}

void ImapSession::note_tls(const Result<>& secured) {
    tally_.tls.note_client(secured);
    if (!secured && secured.error().code == errc::timed_out) tally_.limits[Limit::handshake_time].add();
}

// The arguments go in reverse order, once all is done.
net::Task<> ImapSession::run(std::shared_ptr<const void>, std::unique_ptr<ImapSession>) {
    tally_.sessions.add();
    co_await guarded(log_in());
    if (authenticated_ && !closing_) {
        annotation_.set_reader(login_);
        upstream_->responses().set_parse_fetch(annotates());
        admission_.set_between_commands(true);
        net::drop_spare_frames();
        co_await net::both(read_client(), read_upstream(),
                           [this](const std::exception_ptr& thrown) { on_throw(thrown); });
        admission_.set_between_commands(false);
    } else if (upstream_) {
        co_await guarded(upstream_->log_out());
    }
    log_end();
    if (upstream_) upstream_->stream().close();
    client_->close();
}

imap::FetchRewriter& ImapSession::fetches() {
    if (!fetches_) fetches_ = std::make_unique<imap::FetchRewriter>(rewrite_);
    return *fetches_;
}

// Both coroutines see it: whoever ends first ends the other one.
void ImapSession::end(std::string_view reason) {
    if (closing_) return;
    closing_ = true;
    end_reason_ = reason;
    client_->cancel();
    if (upstream_) upstream_->stream().cancel();
    progress();
}

net::Task<> ImapSession::say(std::string_view lines) {
    const auto sent = co_await out_.interject(lines);
    if (!sent) end(name_of(sent.error().code));
}

net::Task<> ImapSession::refuse(const imap::Refused& refused) {
    const std::string tag(refused.tag.empty() ? "*" : refused.tag);
    const std::string_view reason = refused.reason;  // a fixed text
    const bool lost = refused.lost;
    if (refused.too_large && !refused.tag.empty())
        co_await say(fmt::format("{} NO [LIMIT] {}\r\n", tag, reason));
    else
        co_await say(fmt::format("{} BAD {}\r\n", tag, reason));
    if (refused.too_large) tally_.limits[Limit::command_line].add();
    if (lost || ++errors_ >= settings_.limits.errors) {
        if (!lost) tally_.limits[Limit::errors].add();
        co_await finish_pending();
        if (closing_) co_return;
        co_await say(fmt::format("* BYE {}\r\n", lost ? reason : "Too many errors"));
        end("errors");
    }
}

void ImapSession::log_end() const {
    const log::Level level = level_of_end(spoke_, *client_, end_reason_);
    if (!log::enabled(level)) return;
    log::write(level, "session",
               {{"session", id_},
                {"listener", listening_.settings.name},
                {"client", peer_.text()},
                {"tls", client_->encrypted() ? "yes" : "no"},
                {"login", login_.empty() ? std::string_view("none") : std::string_view(login_)},
                {"commands", commands_done_},
                {"octets", octets_},
                {"total_ms", std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin_).count()},
                {"end", end_reason_}});
}

// No coroutine: its frame would be there as long as the session.
net::Task<> serve_imap(net::StreamPtr client, net::Admission admission, const Listening& listening,
                       ThreadContext& thread, std::shared_ptr<const void> owner) {
    auto session = std::make_unique<ImapSession>(std::move(client), std::move(admission), listening, thread);
    ImapSession& serving = *session;
    return serving.run(std::move(owner), std::move(session));
}

}  // namespace decorum::session
