// What the upstream says once somebody has logged in.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/log.hpp"
#include "gateway/imap/status.hpp"
#include "gateway/session/imap_session.hpp"

namespace decorum::session {
namespace {

// Sent at the latest: bounds what waits for the client.
constexpr std::size_t max_gathered_octets = 64 * 1024;
constexpr Milliseconds no_limit = std::chrono::days(30);  // the client's silence has one

bool changes_mailbox(imap::Verb verb) {
    using imap::Verb;
    return verb == Verb::select || verb == Verb::examine || verb == Verb::close || verb == Verb::unselect;
}

}  // namespace

// UIDs of commands that come now are perhaps another mailbox's.
bool ImapSession::changes_mailbox() const {
    return std::ranges::any_of(pending_, [](const Pending& p) { return session::changes_mailbox(p.verb); });
}

net::Task<> ImapSession::read_upstream() {
    for (;;) {
        co_await tell();
        if (closing_) co_return;
        const bool between = upstream_->responses().between();
        if (between) awaited_ = {};
        const auto limit = upstream_limit();
        const auto began = SteadyClock::now();
        Result<std::size_t> awaited = fail(errc::timed_out, "a response without end");
        if (limit > Milliseconds::zero())
            awaited = co_await upstream_->input().wait(between && idle(), limit);
        heard_ = SteadyClock::now();
        if (!between) awaited_ += heard_ - began;
        if (const auto more = upstream_->input().take(std::move(awaited)))
            upstream_->responses().feed(*more);
        else
            co_await lose_upstream(more.error());
    }
}

// Of the next read. Within a response each piece has a limit, and all of them together have one: the time
// that the client takes for its part doesn't count.
Milliseconds ImapSession::upstream_limit() const {
    if (upstream_->responses().between()) return idle() ? no_limit : settings_.imap.autologout;
    const auto left = std::chrono::ceil<Milliseconds>(settings_.timeouts.data_total - awaited_);
    return std::min<Milliseconds>(settings_.timeouts.data_block, left);
}

// All that was read, to the client. While nothing comes its frame isn't there.
net::Task<> ImapSession::tell() {
    imap::ResponseReader& responses = upstream_->responses();
    while (!closing_) {
        const auto event = responses.next();
        if (const auto* passed = std::get_if<imap::Passed>(&event)) {
            within_ = !passed->ends;
            if (passed->octets.size() >= coalesce_octets)
                co_await relay(passed->octets);
            else
                to_client_.append(passed->octets);
        } else if (const auto* response = std::get_if<imap::Response>(&event)) {
            co_await on_response(*response);
        } else if (const auto* fault = std::get_if<imap::ResponseFault>(&event)) {
            co_await lose_upstream({errc::syntax, std::string(fault->reason)});
        } else if (std::holds_alternative<imap::NeedInput>(event)) {
            if (!to_client_.empty()) co_await relay({});
            co_return;
        } else {
            co_await on_fetched(event);
        }
        if (to_client_.size() >= max_gathered_octets) co_await relay({});
    }
}

net::Task<> ImapSession::relay(std::string_view tail) {
    const std::array<std::string_view, 2> pieces{to_client_, tail};
    octets_ += to_client_.size() + tail.size();
    const auto sent = co_await out_.relay(pieces, !within_);
    if (idle())
        std::string().swap(to_client_);
    else
        to_client_.clear();
    if (!sent) end(name_of(sent.error().code));
    progress();
}

// A client that was told nothing yet of what ails is told so; within a response nothing can be said.
net::Task<> ImapSession::lose_upstream(Error error) {
    if (closing_) co_return;
    const bool orderly = said_bye_ && error.code != errc::syntax;
    if (!orderly) {
        thread_.imap_upstreams.at(listening_.settings.upstream).tally->lost.add();
        log::warning("upstream_lost",
                     {{"session", id_}, {"upstream", listening_.settings.upstream}, {"error", error.text()}});
    }
    if (!to_client_.empty()) co_await relay({});
    if (!said_bye_ && !within_) co_await say("* BYE [UNAVAILABLE] The mail server behind has gone\r\n");
    end(orderly ? "logout" : "upstream");
}

net::Task<> ImapSession::on_response(const imap::Response& response) {
    using Kind = imap::Response::Kind;
    if (response.kind == Kind::continuation) co_return on_continuation(response);
    if (response.is("BYE")) said_bye_ = true;
    // Right before a tagged response: after it some clients take nothing for theirs any more.
    if (response.kind == Kind::tagged && client_->encrypted())
        if (const auto text = thread_.alerts.take(login_, SteadyClock::now()))
            to_client_.append("* OK [ALERT] ").append(*text).append("\r\n");
    if (const auto list = imap::capability_list(response); !list.empty()) upstream_->learn(list);
    imap::StatusRewrite rewrite{rewrite_.epoch, rewrite_.block_octets};
    rewrite.hide_messages =
        std::ranges::any_of(pending_, [](const Pending& command) { return command.adds_messages; });
    to_client_.append(imap::shown(response, capability_policy(), rewrite));
    within_ = !response.complete;
    if (response.complete) to_client_.append("\r\n");
    if (response.kind != Kind::tagged) co_return;
    if (response.is("OK")) errors_ = 0;
    conclude(response.tag);
    if (!admission_.draining() || !idle()) co_return;
    co_await relay({});
    client_->cancel();  // read_client() says good-bye
}

// A piece of a FETCH response. Nothing is read from the upstream while a block is being made.
net::Task<> ImapSession::on_fetched(const imap::ResponseReader::Event& event) {
    using Step = imap::FetchRewriter::Step;
    if (std::holds_alternative<imap::FetchStart>(event)) within_ = true;
    if (const auto author = listed_.see(event)) annotation_.prefetch(*author);
    Step step = fetches().on(event, to_client_);
    while (step == Step::block_wanted) {
        const imap::WantedBlock& wanted = fetches().wanted();
        const bool keep = std::ranges::any_of(pending_, [](const Pending& p) { return p.reads_in_pieces; });
        imap::MessageBlock block = co_await annotation_.block_of(wanted, keep);
        step = fetches().provide(std::move(block), annotation_.header_of(wanted), to_client_);
    }
    if (!std::holds_alternative<imap::FetchEnd>(event)) co_return;
    within_ = false;
    if (idle()) fetches_.reset();
}

// "+" is for whoever has waited longest: a client that idles, or a literal of ours, announced when no idling
// waits any more. Of idling that has ended meanwhile, or for nobody, it isn't shown: it would look like leave
// to send what nobody asked for.
void ImapSession::on_continuation(const imap::Response& response) {
    const auto idling = std::ranges::find(pending_, true, &Pending::awaits_plus);
    if (idling != pending_.end()) {
        idling->awaits_plus = false;
        if (idling->verb == imap::Verb::idle) {
            to_client_.append("+ ").append(response.text).append("\r\n");
            if (idle()) annotation_.forget();
        }
    } else if (literal_ == LiteralState::announced) {
        literal_ = LiteralState::wanted;
    }
    progress();
}

void ImapSession::conclude(std::string_view tag) {
    const auto at = std::ranges::find(pending_, tag, &Pending::tag);
    if (at == pending_.end()) return;
    if (at->verb == imap::Verb::fetch && fetches_) fetches_->end(tag);
    if (at->held_uid) annotation_.release(*at->held_uid);
    if (session::changes_mailbox(at->verb)) annotation_.forget();
    pending_.erase(at);
    ++commands_done_;
    tally_.commands.add();
    if (pending_.empty()) {
        std::vector<Pending>().swap(pending_);
        fetches_.reset();
    }
    progress();
    note_standing();
}

}  // namespace decorum::session
