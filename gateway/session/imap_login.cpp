// A session until somebody has logged in: greeting, STARTTLS, ID, LOGIN, AUTHENTICATE. RFC 9051 §6.1, §6.2.
//
// One coroutine, one command at a time. The upstream is opened before the greeting, because what we offer is
// what it offers; a connection that it ended meanwhile is opened anew.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/imap/status.hpp"
#include "gateway/imap/syntax.hpp"
#include "gateway/session/imap_session.hpp"
#include "gateway/smtp/sasl.hpp"

namespace decorum::session {

net::Task<bool> ImapSession::open_upstream() {
    const auto& options = thread_.imap_upstreams.at(listening_.settings.upstream);
    auto opened = co_await ImapUpstream::open(options, peer_, thread_.buffers);
    if (opened) {
        upstream_ = std::move(*opened);
        co_return true;
    }
    log::warning("upstream_lost",
                 {{"session", id_}, {"upstream", options.settings.name}, {"error", opened.error().text()}});
    co_await say("* BYE [UNAVAILABLE] The mail server behind is out of reach, try again later\r\n");
    end("upstream");
    co_return false;
}

net::Task<> ImapSession::log_in() {
    if (listening_.settings.tls == config::TlsMode::implicit) {
        const auto context = listening_.tls.load();
        const auto secured = co_await client_->start_tls(*context, settings_.timeouts.handshake);
        note_tls(secured);
        if (!secured)
            co_return end(secured.error().code == errc::closed ? name_of(errc::closed)
                                                               : std::string_view("tls"));
    }
    if (!co_await open_upstream()) co_return;
    co_await say(
        fmt::format("* OK [CAPABILITY {}] {} ready\r\n", offered_capabilities(), settings_.gateway.hostname));
    login_deadline_ = SteadyClock::now() + settings_.timeouts.command;
    while (!closing_ && !authenticated_) {
        const auto event = co_await next_event();
        if (!event) co_return;
        admission_.spoke();
        if (const auto* text = std::get_if<imap::CommandText>(&*event)) {
            const auto command = imap::parse_command(text->wire);
            if (command)
                co_await on_login_command(*command);
            else
                co_await refuse({.tag = imap::tag_of(text->wire), .reason = command.error().detail});
        } else if (const auto* refused = std::get_if<imap::Refused>(&*event)) {
            co_await refuse(*refused);
        } else if (const auto* append = std::get_if<imap::Append>(&*event)) {
            co_await say(fmt::format("{} NO Log in first\r\n", append->head.tag));
            commands_.refuse();
        } else if (std::holds_alternative<imap::GoAhead>(*event)) {
            co_await say("+ go ahead\r\n");
        }
    }
}

// What the client says next; nothing where it is gone, or too slow.
net::Task<std::optional<imap::CommandReader::Event>> ImapSession::next_event() {
    for (;;) {
        auto event = commands_.next();
        if (!std::holds_alternative<imap::NeedInput>(event)) co_return std::move(event);
        const Milliseconds left =
            std::max(std::chrono::ceil<Milliseconds>(login_deadline_ - SteadyClock::now()), Milliseconds{1});
        Result<std::string_view> octets = fail(errc::cancelled);
        if (!admission_.draining()) {
            admission_.set_between_commands(true);
            octets = co_await input_.read(true, left);
            admission_.set_between_commands(false);
        }
        if (!octets) {
            if (octets.error().code == errc::timed_out) {
                tally_.limits[Limit::command_time].add();
                co_await say("* BYE Too slow to log in\r\n");
            } else if (admission_.draining()) {
                co_await say("* BYE Going down for a moment, try again\r\n");
            }
            end(name_of(octets.error().code));
            co_return std::nullopt;
        }
        spoke_ = true;
        commands_.feed(*octets);
    }
}

bool ImapSession::may_log_in() const {
    return listening_.settings.tls == config::TlsMode::none || client_->encrypted();
}

imap::CapabilityPolicy ImapSession::capability_policy() const {
    return {.offers_starttls = !may_log_in(), .may_log_in = may_log_in(), .authenticated = authenticated_};
}

std::string ImapSession::offered_capabilities() const {
    return imap::filter_capabilities(upstream_->capabilities(), capability_policy());
}

net::Task<> ImapSession::on_login_command(const imap::Command& command) {
    using imap::Verb;
    const std::string tag(command.tag);
    switch (command.verb) {
        case Verb::capability:
            co_return co_await say(
                fmt::format("* CAPABILITY {}\r\n{} OK That is all\r\n", offered_capabilities(), tag));
        case Verb::noop: co_return co_await say(fmt::format("{} OK Nothing done\r\n", tag));
        case Verb::id:
            co_return co_await say(fmt::format("{}{} OK Pleased to meet you\r\n", own_identity, tag));
        case Verb::logout:
            co_await say(fmt::format("* BYE Until next time\r\n{} OK Bye\r\n", tag));
            co_return end("logout");
        case Verb::starttls: co_return co_await on_starttls(tag);
        case Verb::login:
        case Verb::authenticate:
            if (!may_log_in())
                co_return co_await say(fmt::format("{} NO [PRIVACYREQUIRED] Say STARTTLS first\r\n", tag));
            if (command.verb == Verb::login) co_return co_await on_login(command);
            co_return co_await on_authenticate(command);
        default: co_return co_await refuse({.tag = tag, .reason = "Log in first"});
    }
}

// RFC 9051 §6.2.1. What came in clear behind the command is forgotten: nobody knows who said it.
net::Task<> ImapSession::on_starttls(std::string_view tag) {
    if (listening_.settings.tls != config::TlsMode::starttls || client_->encrypted())
        co_return co_await refuse({.tag = tag, .reason = "STARTTLS is not offered"});
    co_await say(fmt::format("{} OK Begin TLS now\r\n", tag));
    commands_.discard();
    const auto context = listening_.tls.load();  // held until the handshake is done
    const auto secured = co_await client_->start_tls(*context, settings_.timeouts.handshake);
    note_tls(secured);
    if (!secured) end("tls");
}

net::Task<> ImapSession::on_login(const imap::Command& command) {
    const auto& login = std::get<imap::Login>(command.detail);
    const auto fits_quotes = [](std::string_view text) {
        return ascii::is_ascii(text) && text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
    };
    LoginAttempt attempt{.tag = std::string(command.tag), .user = login.user};
    const std::string_view password = login.password.reveal();
    if (fits_quotes(login.user) && fits_quotes(password)) {
        attempt.line = Secret(
            fmt::format("{} LOGIN {} {}\r\n", attempt.tag, imap::quoted(login.user), imap::quoted(password)));
    } else {
        // What no quoted string holds goes by the mechanism that takes any text.
        const Secret response(std::string(1, '\0').append(login.user).append(1, '\0').append(password));
        attempt.line = Secret(fmt::format("{} AUTHENTICATE PLAIN\r\n", attempt.tag));
        attempt.response = Secret(to_base64(response.reveal()));
    }
    co_await relay_login(std::move(attempt));
}

net::Task<> ImapSession::on_authenticate(const imap::Command& command) {
    const auto& authenticate = std::get<imap::Authenticate>(command.detail);
    if (!smtp::SaslObserver::supports(authenticate.mechanism) || authenticate.mechanism == "CRAM-MD5")
        co_return co_await say(fmt::format("{} NO [CANNOT] This mechanism is not offered\r\n", command.tag));
    LoginAttempt attempt{.tag = std::string(command.tag)};
    attempt.observer.emplace(authenticate.mechanism);
    std::string line = fmt::format("{} AUTHENTICATE {}", attempt.tag, authenticate.mechanism);
    if (const auto& response = authenticate.initial_response) {
        attempt.observer->client_response(response->reveal());
        // RFC 4959: a server that doesn't know of initial responses gets it as the answer to its challenge.
        if (upstream_->offers("SASL-IR"))
            line.append(" ").append(response->reveal());
        else
            attempt.response = Secret(std::string(response->reveal() == "=" ? "" : response->reveal()));
    }
    attempt.line = Secret(line.append("\r\n"));
    co_await relay_login(std::move(attempt));
}

// One LOGIN or AUTHENTICATE, to its tagged response.
net::Task<> ImapSession::relay_login(LoginAttempt attempt) {
    // Servers end a connection that doesn't log in for some minutes.
    if (!upstream_->quiet() && !co_await open_upstream()) co_return;
    auto sent = co_await upstream_->send(attempt.line.reveal(), settings_.timeouts.command);
    attempt.capabilities = upstream_->capabilities();
    upstream_->learn({});
    auto until = SteadyClock::now() + settings_.timeouts.command;
    while (sent && !closing_) {
        const auto response =
            co_await upstream_->receive(std::chrono::ceil<Milliseconds>(until - SteadyClock::now()));
        if (!response) {
            sent = std::unexpected(response.error());
        } else if (response->kind == imap::Response::Kind::continuation) {
            if (attempt.response) {
                sent = co_await answer_challenge(attempt.response->reveal());
                attempt.response.reset();
                continue;  // in the time of the attempt
            }
            co_await say(fmt::format("+ {}\r\n", response->text));
            commands_.set_plain_lines(true);
            const auto event = co_await next_event();
            commands_.set_plain_lines(false);
            if (!event) co_return;
            const auto* text = std::get_if<imap::CommandText>(&*event);
            if (attempt.observer && text) attempt.observer->client_response(text->wire);
            // "*" takes it back (RFC 9051 §6.2.2), and so does what is no line.
            sent = co_await answer_challenge(text ? text->wire : "*");
            until = SteadyClock::now() + settings_.timeouts.command;
        } else if (response->kind == imap::Response::Kind::tagged) {
            co_return co_await conclude_login(attempt, *response);
        } else if (response->is_status() && !response->is("BYE")) {
            co_await say(imap::shown(*response, capability_policy(), {}) + "\r\n");
        }
    }
    if (closing_) co_return;
    thread_.imap_upstreams.at(listening_.settings.upstream).tally->lost.add();
    log::warning("upstream_lost", {{"session", id_}, {"error", sent.error().text()}});
    co_await say(
        fmt::format("{} NO [UNAVAILABLE] The mail server behind has gone\r\n"
                    "* BYE Try again later\r\n",
                    attempt.tag));
    end("upstream");
}

net::Task<Result<>> ImapSession::answer_challenge(std::string_view response) {
    const Secret line(fmt::format("{}\r\n", response));
    co_return co_await upstream_->send(line.reveal(), settings_.timeouts.command);
}

net::Task<> ImapSession::conclude_login(const LoginAttempt& attempt, imap::Response response) {
    if (response.tag != attempt.tag || !response.is("OK")) {
        upstream_->learn(attempt.capabilities);
        co_await say(imap::shown(response, capability_policy(), {}) + "\r\n");
        if (++errors_ < settings_.limits.errors) co_return;
        tally_.limits[Limit::errors].add();
        co_await say("* BYE Too many errors\r\n");
        co_return end("errors");
    }
    if (const auto list = imap::capability_list(response); !list.empty()) upstream_->learn(list);
    if (upstream_->capabilities().empty())
        if (const auto asked = co_await upstream_->ask_capabilities(); !asked) {
            co_await say("* BYE [UNAVAILABLE] The mail server behind has gone, try again later\r\n");
            co_return end("upstream");
        }
    authenticated_ = true;
    errors_ = 0;
    login_ = attempt.observer ? attempt.observer->login().value_or("unknown") : attempt.user;
    co_await say(fmt::format("{} OK [CAPABILITY {}] Logged in\r\n", attempt.tag, offered_capabilities()));
}

}  // namespace decorum::session
