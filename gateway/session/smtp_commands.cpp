// What each command of a client does. Syntax and order are judged here, everything else by the upstream.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"
#include "gateway/session/smtp_message.hpp"
#include "gateway/session/smtp_session.hpp"
#include "gateway/smtp/sasl.hpp"

namespace decorum::session {
namespace {

using smtp::Verb;

// A HELO name as it may stand in a field or an XCLIENT command: printable ASCII, not too long.
std::string presentable(std::string_view name) {
    std::string out;
    for (char c : name.substr(0, 255))
        if (c > ' ' && c <= '~' && c != '(' && c != ')' && c != '<' && c != '>' && c != ';') out.push_back(c);
    return out.empty() ? "unknown" : out;
}

// One XCLIENT attribute (Postfix, XCLIENT_README) that `speaker` sent. Those we don't offer are read and
// passed over.
bool take_xclient(const smtp::Parameter& parameter, const net::Peer& speaker, ClientIdentity& identity) {
    const auto decoded = smtp::decode_xtext(parameter.value.value_or(""));
    if (!decoded) return false;
    std::string_view value = *decoded;
    const bool known =
        !ascii::equals_nocase(value, "[UNAVAILABLE]") && !ascii::equals_nocase(value, "[TEMPUNAVAIL]");
    const auto is = [&](std::string_view name) { return ascii::equals_nocase(parameter.keyword, name); };
    if (is("ADDR") && !known) {
        // Not the speaker: that is trusted where this client would not be.
        identity.peer = speaker;
        identity.peer.anonymous = true;
    } else if (is("ADDR")) {
        if (ascii::starts_with_nocase(value, "IPV6:")) value.remove_prefix(5);
        const auto address = IpAddress::parse(value);
        if (!address) return false;
        identity.peer = {.address = *address, .port = identity.peer.port, .local = false, .anonymous = false};
    } else if (is("PORT")) {
        identity.peer.port = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), identity.peer.port);
        return !known || (error == std::errc{} && end == value.data() + value.size());
    } else if (is("NAME")) {
        identity.name = known ? presentable(value) : std::string{};
    } else if (is("HELO")) {
        identity.helo = known ? presentable(value) : std::string{};
        identity.helo_told = known;
    } else if (is("LOGIN")) {
        if (known && !smtp::is_login(value)) return false;
        identity.login = known ? std::string(value) : std::string{};
    } else if (is("PROTO")) {
        identity.extended = !ascii::equals_nocase(value, "SMTP");
    }
    return true;
}

}  // namespace

std::string SmtpSession::greeting() const {
    return fmt::format("220 {} {} Decorum\r\n", settings_.gateway.hostname, lmtp_ ? "LMTP" : "ESMTP");
}

// Nothing where the line is none that can be performed: then it has been answered.
std::optional<smtp::ParsedCommand> SmtpSession::parse(std::string_view line) {
    constexpr std::size_t crlf_octets = 2;
    // Whatever is wrong with it, until on_mail() says otherwise.
    mail_refused_ = mail_refused_ || ascii::starts_with_nocase(line, "MAIL ");
    if (line.size() + crlf_octets > settings_.limits.command_line &&
        !ascii::starts_with_nocase(line, "AUTH ")) {
        tally_.limits[Limit::command_line].add();
        answer_error(500, "5.5.2", "Line too long");
        return std::nullopt;
    }
    auto parsed = smtp::parse_command(line);
    if (parsed) return std::move(*parsed);
    answer_error(501, "5.5.4", parsed.error().detail);
    return std::nullopt;
}

// The commands that wait for nothing; false: it is one of the others, for perform().
bool SmtpSession::perform_at_once(const smtp::Command& command, std::string_view line) {
    switch (command.verb) {
        case Verb::helo:
        case Verb::ehlo:
        case Verb::lhlo:
        case Verb::data:
        case Verb::rset:
        case Verb::noop:
        case Verb::starttls:
        case Verb::auth:
        case Verb::xclient: return false;
        case Verb::mail: on_mail(command, line); break;
        case Verb::rcpt: on_rcpt(command, line); break;
        case Verb::vrfy: answer(252, "2.0.0", "Send mail, and the mail server will say"); break;
        case Verb::help: answer(214, "2.0.0", "See RFC 5321"); break;
        case Verb::expn: answer_error(502, "5.5.1", "EXPN is not offered"); break;
        case Verb::xforward: on_xforward(command, line); break;
        case Verb::quit:
            answer(221, "2.0.0", "Bye");
            closing_ = true;
            break;
        case Verb::bdat:
            // Not offered. Its chunk follows unasked and must not be read as commands.
            answer_error(502, "5.5.1", "CHUNKING is not offered, closing");
            closing_ = true;
            end_reason_ = "bdat";
            break;
        case Verb::unknown: answer_error(500, "5.5.2", "Command not recognised"); break;
    }
    return true;
}

// Command and line are the caller's, who awaits the task.
net::Task<> SmtpSession::perform(const smtp::Command& command, std::string_view line) {
    switch (command.verb) {
        case Verb::data: return on_data(command, line);
        case Verb::rset: return on_rset();
        case Verb::noop: return on_noop();
        case Verb::starttls: return on_starttls(command);
        case Verb::auth: return on_auth(command, line);
        case Verb::xclient: return on_xclient(command);
        default: return on_hello(command.verb, command.argument);
    }
}

bool SmtpSession::may_auth() const {
    return listening_.settings.policy != config::Policy::inbound && login_.empty() &&
           (listening_.settings.tls == config::TlsMode::none || client_->encrypted());
}

std::uint64_t SmtpSession::size_reserve_octets() const {
    constexpr std::uint64_t received_field_octets = 1024;
    const bool inbound = listening_.settings.policy == config::Policy::inbound;
    return (inbound ? message::max_block_octets : 0) + received_field_octets;
}

// EHLO is answered from what the upstream last said, so that a new client costs no round trip; but where
// clients log in and the upstream offers that to some of them alone, it is asked for this one.
net::Task<> SmtpSession::on_hello(Verb verb, std::string_view argument) {
    if (lmtp_ != (verb == Verb::lhlo))
        co_return answer_error(500, "5.5.1", lmtp_ ? "This is LMTP: say LHLO" : "This is not LMTP: say EHLO");
    if (argument.empty()) co_return answer_error(501, "5.5.4", "A host name is missing");
    co_await leave_transaction();
    // Said before the upstream is asked for, which may learn it (XCLIENT, PROXY).
    identity_.extended = verb != Verb::helo;
    if (!identity_.helo_told) identity_.helo = presentable(argument);
    // Postfix offers AUTH to nobody in smtpd_sasl_exceptions_networks, where we may stand and the client not.
    const bool logs_in = listening_.settings.position == config::Position::submission && may_auth();
    const bool ask = logs_in && identity_.extended && clients_see_us() && pool_.tells_of_clients();
    const bool known = pool_.remembered() != nullptr;
    const bool enough = known && (!ask || pool_.remembered()->has("AUTH"));
    const bool reached = enough || upstream_ || co_await reach_upstream();
    begin_batch();
    // Who refuses the client is there, and says so at MAIL.
    if (!reached && !refusal_ && !known) {
        answer(421, "4.4.1", "The mail server behind is out of reach, try again later");
        closing_ = true;
        end_reason_ = "upstream_unreachable";
        co_return;
    }
    // Refused before it ever said what it can do (PROXY).
    if (refusal_ && pool_.remembered() == nullptr) {
        answer_mirrored(*refusal_);
        count_error();
        co_return co_await flush();
    }
    greeted_ = true;
    if (!identity_.extended) {
        pending_.push_back({Pending::Kind::local, fmt::format("250 {}\r\n", settings_.gateway.hostname)});
        co_return;
    }
    const smtp::Capabilities& capabilities = upstream_ ? upstream_->capabilities() : *pool_.remembered();
    if (logs_in && reached && !refusal_ && !capabilities.has("AUTH")) pool_.tell_of_missing_auth();
    const auto extensions = smtp::offered_extensions(
        capabilities,
        {.starttls = listening_.settings.tls == config::TlsMode::starttls && !client_->encrypted(),
         .auth = may_auth(),
         .requiretls = client_->encrypted() && pool_.verified_tls(),
         .xclient = trusted_peer_,
         .xforward = trusted_peer_,
         .size_reserve_octets = size_reserve_octets(),
         .max_size_octets = settings_.limits.message_size});
    std::string reply = fmt::format("250-{}\r\n", settings_.gateway.hostname);
    for (std::size_t i = 0; i < extensions.size(); ++i)
        reply.append(i + 1 == extensions.size() ? "250 " : "250-").append(extensions[i]).append("\r\n");
    if (extensions.empty()) reply[3] = ' ';
    pending_.push_back({Pending::Kind::local, std::move(reply)});
}

// A transaction that the client leaves without RSET (EHLO, STARTTLS) ends at the upstream too.
net::Task<> SmtpSession::leave_transaction() {
    co_await settle();
    if (upstream_ && transaction_ != Transaction::none) {
        const auto reply = co_await ask_upstream("RSET\r\n");
        if (!reply || !reply->positive()) drop_upstream();
        begin_batch();
    }
    reset_transaction();
}

// Over another connection a message would be a stranger's. True: the client has been told, and the session
// ends.
bool SmtpSession::lost_login() {
    if (login_.empty() || upstream_) return false;
    answer(421, "4.4.2", "The mail server behind has gone, and the login with it, closing");
    closing_ = true;
    end_reason_ = "login_lost";
    return true;
}

void SmtpSession::on_mail(const smtp::Command& command, std::string_view line) {
    mail_refused_ = false;
    if (!greeted_) return answer_error(503, "5.5.1", lmtp_ ? "Say LHLO first" : "Say EHLO first");
    if (transaction_ == Transaction::open || transaction_ == Transaction::opening)
        return answer_error(503, "5.5.1", "A transaction is open already");
    if (lost_login()) return;
    if (thread_.audit && !thread_.audit->may_pass()) {
        mail_refused_ = true;
        return answer(451, "4.3.0", "Mail can't be recorded now, try again later");
    }
    reset_transaction();  // one that was lost with its connection, recipients and all
    transaction_ = Transaction::opening;
    const std::uint64_t limit = settings_.limits.message_size;
    if (const auto size = command.parameter("SIZE"); limit != 0 && size) {
        std::uint64_t octets = 0;
        const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), octets);
        if (error == std::errc::result_out_of_range || (error == std::errc{} && octets > limit)) {
            transaction_ = Transaction::none;
            mail_refused_ = true;
            tally_.limits[Limit::message_size].add();
            return answer(552, "5.3.4", "Message is too large");
        }
    }
    // Where a lookup may follow; in front nobody before us has proved who writes.
    if (listening_.settings.policy == config::Policy::inbound &&
        listening_.settings.position != config::Position::front)
        thread_.annotator.prefetch(command.path);
    if (listening_.settings.policy == config::Policy::outbound && thread_.outbound != nullptr)
        thread_.outbound->expect(submission(), command.path);
    if (!command.parameter("SIZE")) return hand_on(Pending::Kind::mail, line, command.path);
    hand_on(Pending::Kind::mail, smtp::with_size_raised(line, size_reserve_octets()), command.path);
}

// To RCPT and DATA. Who pipelines can't know yet that MAIL was refused (RFC 2920 §3.1): no error of the
// protocol.
void SmtpSession::answer_without_mail() {
    constexpr std::string_view text = "Say MAIL first";
    if (mail_refused_) return answer(503, "5.5.1", text);
    answer_error(503, "5.5.1", text);
}

void SmtpSession::on_rcpt(const smtp::Command& command, std::string_view line) {
    if (transaction_ == Transaction::lost)
        return answer(451, "4.4.2", "The mail server behind has gone, try again later");
    if (transaction_ == Transaction::none) return answer_without_mail();
    const auto waiting = std::ranges::count_if(pending_, [](const Pending& item) {
        return item.kind == Pending::Kind::rcpt || item.kind == Pending::Kind::own_rcpt;
    });
    if (is_own_.size() + static_cast<std::size_t>(waiting) >= settings_.limits.recipients) {
        ++refused_;
        tally_.recipients_refused.add();
        tally_.limits[Limit::recipients].add();
        return answer(452, "4.5.3", "Too many recipients");
    }
    if (thread_.notices != nullptr && on_own_rcpt(command.path)) return;
    hand_on(Pending::Kind::rcpt, line, command.path);
}

// False: it is somebody else, behind us.
bool SmtpSession::on_own_rcpt(std::string_view path) {
    using enum notice::Notices::Recipient;
    switch (thread_.notices->recognise(path)) {
        case other: return false;
        // Without a token only proof of the sender makes anything of it. Who can't have it proved here writes
        // to whoever is behind us, who may know, or say that there is no such address.
        case plain:
            if (!knows_who_writes()) return false;
            [[fallthrough]];
        case own: pending_.push_back({Pending::Kind::own_rcpt, std::string(path)}); break;
        case forged:
            ++refused_;
            answer(550, "5.1.1", "There is no such address: answer the message as it came");
            break;
        case expired:
            ++refused_;
            answer(550, "5.1.1", "This address was good for a time, which is over");
            break;
    }
    return true;
}

net::Task<> SmtpSession::on_data(const smtp::Command& command, std::string_view line) {
    if (!command.argument.empty()) co_return answer_error(501, "5.5.4", "DATA takes no argument");
    // Where the gateway itself gets the message, it matters who else does: is the upstream to hear of it?
    if (thread_.notices != nullptr &&
        (!own_recipients_.empty() ||
         std::ranges::find(pending_, Pending::Kind::own_rcpt, &Pending::kind) != pending_.end()))
        co_await settle();
    // What may be held back is read before the upstream hears of it, so that its session outlives a refusal.
    const bool may_refuse = may_hold_back();
    if (may_refuse) co_await settle();
    if (transaction_ == Transaction::lost)
        co_return answer(451, "4.4.2", "The mail server behind has gone, try again later");
    if (transaction_ == Transaction::none) co_return answer_without_mail();
    data_accepted_ = !own_recipients_.empty() && envelope_.recipients.empty();
    data_postponed_ = may_refuse && !envelope_.recipients.empty();
    if (data_postponed_) data_accepted_ = true;
    if (data_accepted_)
        answer(354, "", "End data with <CR><LF>.<CR><LF>");
    else
        hand_on(Pending::Kind::data, line);
    co_await settle();
    if (data_accepted_ && !closing_) co_await relay_message();
}

net::Task<> SmtpSession::on_rset() {
    if (transaction_ == Transaction::opening) co_await settle();
    mail_refused_ = false;
    if (!upstream_ || transaction_ == Transaction::lost) {
        reset_transaction();
        co_return answer(250, "2.0.0", "Ok");
    }
    hand_on(Pending::Kind::rset, "RSET");
    // The next transaction may come in the same batch: this one must have ended by then.
    if (transaction_ != Transaction::none) co_await settle();
}

// Whoever has a login or a transaction behind us asks whether it is still there, or keeps it alive. RFC 2920
// §3.1: nothing may follow in the same batch.
net::Task<> SmtpSession::on_noop() {
    if (upstream_bound_ || transaction_ != Transaction::none) co_await settle();
    if (closing_ || lost_login()) co_return;
    const bool kept = upstream_bound_ || transaction_ == Transaction::open;
    if (!upstream_ || !kept) co_return answer(250, "2.0.0", "Ok");
    hand_on(Pending::Kind::noop, "NOOP");
    co_await settle();
}

// Nothing is left of what was said so far.
void SmtpSession::begin_anew(ClientIdentity identity) {
    login_.clear();
    xforward_.clear();
    identity_ = std::move(identity);
    greeted_ = false;
}

// RFC 3207. What stood in the buffer behind the command came in clear and is forgotten, with all that the
// client has said so far; of a PROXY header, which comes before TLS, the peer itself knows.
net::Task<> SmtpSession::on_starttls(const smtp::Command& command) {
    if (listening_.settings.tls != config::TlsMode::starttls)
        co_return answer_error(502, "5.5.1", "STARTTLS is not offered");
    if (client_->encrypted()) co_return answer_error(503, "5.5.1", "TLS is on already");
    if (!command.argument.empty()) co_return answer_error(501, "5.5.4", "STARTTLS takes no argument");
    co_await leave_transaction();
    if (upstream_bound_ || (upstream_ && upstream_->speaks_for_client())) co_await end_upstream();
    begin_anew({.peer = client_->peer(), .name = {}, .helo = {}, .login = {}});
    lines_.clear();
    client_out_ = smtp::make_reply(220, "2.0.0", "Go ahead").octets;
    co_await flush();
    if (closing_) co_return;
    const auto secured = co_await start_tls();
    begin_batch();
    if (secured) co_return;
    closing_ = true;
    end_reason_ = "tls: " + secured.error().detail;
}

net::Task<std::optional<std::string>> SmtpSession::read_auth_line() {
    line_deadline_ = SteadyClock::now() + settings_.timeouts.command;
    std::optional<std::string> response;
    for (bool waiting = true; waiting;) {
        const auto event = lines_.next();
        if (const auto* line = std::get_if<smtp::Line>(&event)) response = std::string(line->text);
        if (const auto* fault = std::get_if<smtp::LineFault>(&event)) {
            if (fault->kind == smtp::LineFault::Kind::too_long) tally_.limits[Limit::auth_line].add();
            // RFC 4954 §6
            answer(500, "5.5.6", "Authentication exchange line is too long or malformed, closing");
        }
        waiting = std::holds_alternative<smtp::NeedInput>(event) && co_await await_input();
    }
    co_return response;
}

// RFC 4954: an opaque exchange between the client and the upstream; the login is read from it and believed
// after 235.
net::Task<> SmtpSession::on_auth(const smtp::Command& command, std::string_view line) {
    const auto& [mechanism, initial_response] = command.parameters.front();
    if (listening_.settings.policy == config::Policy::inbound)
        co_return answer_error(502, "5.5.1", "AUTH is not offered");
    if (!login_.empty()) co_return answer_error(503, "5.5.1", "Authenticated already");
    if (!may_auth()) co_return answer_error(538, "5.7.11", "Say STARTTLS first");
    if (transaction_ != Transaction::none || !greeted_)
        co_return answer_error(503, "5.5.1", "AUTH is not for now");
    if (!smtp::SaslObserver::supports(mechanism))
        co_return answer_error(504, "5.5.4", "This mechanism is not offered");
    smtp::SaslObserver observer(mechanism);
    if (initial_response) observer.client_response(*initial_response);

    co_await settle();
    if (!upstream_ && !co_await reach_upstream()) {
        if (!refusal_)
            co_return answer(454, "4.7.0", "The mail server behind is out of reach, try again later");
        answer_mirrored(*refusal_);
        co_return co_await flush();
    }
    upstream_bound_ = true;
    std::string said(line);
    for (;;) {
        const auto reply = co_await ask_upstream(said + "\r\n");
        if (!reply) {
            lose_upstream(reply.error());
            co_return answer(454, "4.7.0", "The mail server behind has gone, try again later");
        }
        const bool accepted = reply->code == 235;
        if ((reply->positive() && !accepted) || (reply->intermediate() && reply->code != 334)) {
            lose_upstream({errc::syntax, fmt::format("unexpected reply {} to AUTH", reply->code)});
            co_return answer(454, "4.7.0", "The mail server behind does not make sense");
        }
        answer_mirrored(*reply);
        co_await flush();
        begin_batch();
        if (accepted) login_ = observer.login().value_or("unknown");
        if (accepted && listening_.settings.policy == config::Policy::outbound && thread_.outbound != nullptr)
            thread_.outbound->expect(submission());
        if (reply->permanent()) count_error();
        if (reply->code != 334 || closing_) break;
        auto response = co_await read_auth_line();
        if (!response) {
            closing_ = true;
            co_return;
        }
        observer.client_response(*response);
        said = std::move(*response);
    }
}

// XCLIENT of a trusted peer names the client that it stands for; the session begins anew.
net::Task<> SmtpSession::on_xclient(const smtp::Command& command) {
    if (!trusted_peer_) co_return answer_error(550, "5.7.0", "XCLIENT is not for you");
    if (transaction_ != Transaction::none) co_return answer_error(503, "5.5.1", "A transaction is open");
    ClientIdentity identity = identity_;
    for (const auto& parameter : command.parameters)
        if (!take_xclient(parameter, client_->peer(), identity))
            co_return answer_error(501, "5.5.4", "XCLIENT: bad value");
    co_await settle();
    co_await end_upstream();
    begin_anew(std::move(identity));
    pending_.push_back({Pending::Kind::local, greeting()});
}

// XFORWARD of a trusted peer goes on to the upstream, where it takes it: identity for its log.
void SmtpSession::on_xforward(const smtp::Command& command, std::string_view line) {
    if (!trusted_peer_) return answer_error(550, "5.7.0", "XFORWARD is not for you");
    if (transaction_ != Transaction::none) return answer_error(503, "5.5.1", "A transaction is open");
    if (command.parameters.empty()) return answer_error(501, "5.5.4", "XFORWARD: attributes are missing");
    for (const auto& parameter : command.parameters)
        if (!smtp::decode_xtext(parameter.value.value_or("")))
            return answer_error(501, "5.5.4", "XFORWARD: bad value");
    const smtp::Capabilities* capabilities = upstream_ ? &upstream_->capabilities() : pool_.remembered();
    if (capabilities == nullptr || !capabilities->has("XFORWARD")) return answer(250, "2.0.0", "Ok");
    hand_on(Pending::Kind::xforward, line, line);
}

}  // namespace decorum::session
