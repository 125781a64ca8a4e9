// APPEND: a message that streams into a mailbox (RFC 9051 §6.3.12, RFC 7888, RFC 6855).
//
// What we once put above it is taken off again, else a message that a client copies from one server to
// another would be shown with two blocks. For that its header section is held, up to the limit, before the
// upstream hears of the message; everything after it streams. Where the upstream doesn't ask for the message
// its octets are read and dropped, because the client is already sending them. Once they were announced as
// sent unasked, or asked for, it gets all of them, even if it has answered before: it counts on them, and
// would take what comes in their place for commands.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/session/imap_session.hpp"

namespace decorum::session {
namespace {

// Beyond it servers and clients of IMAP4rev1 have no numbers (RFC 3501 §9).
constexpr std::uint64_t most_octets = 0xffffffff;

}  // namespace

std::uint64_t ImapSession::max_append_octets() const {
    std::uint64_t most = most_octets;
    if (settings_.limits.message_size != 0) most = std::min(most, settings_.limits.message_size);
    // RFC 7889
    constexpr std::string_view name = "APPENDLIMIT=";
    for (std::string_view rest = upstream_->capabilities(); !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        std::uint64_t limit = 0;
        if (ascii::starts_with_nocase(word, name) &&
            std::from_chars(word.data() + name.size(), word.data() + word.size(), limit).ec == std::errc{})
            most = std::min(most, limit);
    }
    return most;
}

net::Task<> ImapSession::on_append(imap::Append append) {
    const std::string tag(append.head.tag);
    const std::string head(append.head.before_literal);
    append.head.tag = tag;
    append.head.before_literal = head;
    end_idling();
    if (append.message.octets > max_append_octets()) {
        commands_.refuse();
        co_return co_await say(fmt::format("{} NO [TOOBIG] Message is too large\r\n", tag));
    }
    while (!closing_ && !has_room_for(tag, 0)) co_await await_progress();
    if (closing_) co_return;
    pending_.push_back({tag, imap::Verb::append});
    if (append.message.synchronising) co_await say("+ go ahead\r\n");
    commands_.accept();

    std::string held;
    message::HeaderEndFinder header_end;
    std::optional<bool> wanted;  // known once it was announced
    while (!closing_) {
        const auto event = commands_.next();
        if (const auto* octets = std::get_if<imap::AppendOctets>(&event)) {
            if (wanted) {
                if (*wanted) co_await pass_append(octets->octets);
                continue;
            }
            held.append(octets->octets);
            const bool complete = header_end.feed(octets->octets) != message::HeaderEndFinder::npos;
            if (complete || !annotates() || held.size() > settings_.limits.header) {
                wanted = co_await open_append(append, held);
                std::string().swap(held);
            }
        } else if (const auto* end_of_message = std::get_if<imap::AppendEnd>(&event)) {
            if (!wanted) wanted = co_await open_append(append, held);
            if (end_of_message->valid) {
                if (*wanted) to_upstream_.append(append.head.utf8 ? ")\r\n" : "\r\n");
                co_return;
            }
            // The upstream has the message and waits for the command's end, which never comes.
            co_await say(fmt::format("{} BAD One message at a time\r\n* BYE Try again\r\n", tag));
            co_return end("append");
        } else {
            co_await flush_upstream();
            const auto more = co_await input_.read(false, settings_.timeouts.data_block);
            if (!more) co_return end(name_of(more.error().code));
            commands_.feed(*more);
        }
    }
}

// Announces the message, less what is ours of its top, and sends what was held; false where the upstream
// wants none of it.
net::Task<bool> ImapSession::open_append(const imap::Append& append, std::string_view held) {
    const std::string tag(append.head.tag);
    std::size_t ours = 0;
    if (annotates()) ours = thread_.annotator.own_top_octets(held, message::scan_header(held));
    to_upstream_.append(append.head.before_literal);
    to_upstream_.append(append.message.binary ? "~{" : "{");
    if (!co_await announce(tag, append.message.octets - ours)) co_return false;
    co_await pass_append(held.substr(ours));
    co_return true;
}

net::Task<> ImapSession::pass_append(std::string_view octets) {
    if (octets.size() < coalesce_octets) {
        to_upstream_.append(octets);
        if (to_upstream_.size() >= coalesce_octets) co_await flush_upstream();
        co_return;
    }
    co_await flush_upstream();
    if (closing_) co_return;
    const auto sent = co_await upstream_->send(octets, settings_.timeouts.data_block);
    if (!sent) end("upstream");
}

}  // namespace decorum::session
