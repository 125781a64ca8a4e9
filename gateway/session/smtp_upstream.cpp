#include "gateway/session/smtp_upstream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/session/scratch.hpp"
#include "gateway/smtp/command.hpp"

namespace decorum::session {
namespace {

constexpr std::size_t max_reply_line_octets = 4096;  // RFC 5321 §4.5.3.1.5 says 512; some servers write more

std::unexpected<Error> refused_at(std::string_view stage, const smtp::Reply& reply) {
    return fail(errc::refused, fmt::format("{}: reply {}", stage, reply.code));
}

// What is said of us is none of the client's business: that a command is not understood (50x), that TLS or a
// login is missing (53x).
bool is_of_client(const smtp::Reply& reply) {
    if (!reply.permanent()) return reply.transient();
    return reply.code >= 510 && reply.code / 10 != 53;
}

// A name that the upstream doesn't take is refused by 501, or by 504 (Postfix's non_fqdn_reject_code).
bool refuses_name(const smtp::Reply& reply) {
    return is_of_client(reply) || reply.code == 501 || reply.code == 504;
}

// The upstream answers XCLIENT as it would have greeted that client, or that we may not use it (550 with
// 5.7.0 from Postfix, 5.7.14 from Dovecot).
bool refuses_client(const smtp::Reply& reply) {
    if (!is_of_client(reply)) return false;
    const std::string_view text = reply.texts().front();
    return reply.code != 550 || !(text.starts_with("5.7.0 ") || text.starts_with("5.7.14 "));
}

}  // namespace

SmtpUpstream::SmtpUpstream(net::StreamPtr stream, const Options& options)
    : stream_(std::move(stream)),
      replies_(max_reply_line_octets, options.limits.reply_lines),
      limit_(options.timeouts.command),
      preparing_limit_(std::min(options.timeouts.command, options.timeouts.greeting)),
      lmtp_(options.settings.protocol == config::Protocol::lmtp),
      hostname_(options.hostname),
      hello_name_(options.hostname) {}

net::Task<Result<Acquired>> SmtpUpstream::open(Options options, const ClientIdentity* client) {
    const auto begin = SteadyClock::now();
    auto upstream = co_await open_one(options, client);
    options.tally->note_attempt(upstream.has_value());
    if (upstream) options.tally->opening.record(SteadyClock::now() - begin);
    co_return upstream;
}

net::Task<Result<Acquired>> SmtpUpstream::open_one(const Options& options, const ClientIdentity* client) {
    auto stream = co_await dial_upstream(options.settings, options.dial, client ? &client->peer : nullptr,
                                         options.timeouts.connect);
    if (!stream) co_return std::unexpected(stream.error());
    UpstreamPtr upstream(new SmtpUpstream(std::move(*stream), options));
    // Who stands for a client says the client's name.
    if (options.settings.send_proxy != config::SendProxy::none && !client->helo.empty())
        upstream->hello_name_ = client->helo;
    auto refusal = co_await upstream->prepare(options);
    if (!refusal) co_return std::unexpected(refusal.error());
    if (*refusal) co_return std::move(**refusal);
    co_return upstream;
}

// What is said to us is a fault of the upstream or of the configuration; what is said to the client is for
// the client.
Result<SmtpUpstream::Refusal> SmtpUpstream::refused(std::string_view stage, smtp::Reply reply) const {
    if (speaks_for_client_ && refuses_name(reply)) return reply;
    return refused_at(stage, reply);
}

net::Task<Result<SmtpUpstream::Refusal>> SmtpUpstream::prepare(const Options& options) {
    // Where TLS is to prove whom we speak with, nobody's word is final for the client before it has.
    const bool proxied = options.settings.send_proxy != config::SendProxy::none;
    const bool unproved = options.settings.tls == config::TlsMode::starttls &&
                          options.settings.verify == config::TlsVerify::required;
    speaks_for_client_ = proxied && !unproved;
    if (options.settings.tls == config::TlsMode::implicit) {
        auto secured = co_await stream_->start_tls(*options.tls, options.timeouts.handshake);
        options.tally->tls.note(secured.has_value());
        if (!secured) co_return std::unexpected(at_stage(secured.error(), "tls"));
    }
    auto greeting = co_await receive(options.timeouts.greeting);
    if (!greeting) co_return std::unexpected(at_stage(greeting.error(), "greeting"));
    if (!greeting->positive()) co_return refused("greeting", std::move(*greeting));
    if (auto greeted = co_await hello(); !greeted || *greeted) co_return greeted;
    if (options.settings.tls != config::TlsMode::starttls) co_return std::nullopt;
    if (auto secured = co_await secure(options); !secured) co_return std::unexpected(secured.error());
    speaks_for_client_ = proxied;
    if (!stream_->encrypted()) co_return std::nullopt;
    co_return co_await hello();
}

net::Task<Result<smtp::Reply>> SmtpUpstream::ask(std::string line) {
    if (auto sent = co_await stream_->write(line, preparing_limit_); !sent)
        co_return std::unexpected(sent.error());
    co_return co_await receive(preparing_limit_);
}

// EHLO or LHLO; HELO for a server that does not know EHLO (RFC 5321 §4.1.4), and not for one that is busy.
net::Task<Result<SmtpUpstream::Refusal>> SmtpUpstream::hello() {
    auto reply = co_await ask(fmt::format("{} {}\r\n", lmtp_ ? "LHLO" : "EHLO", hello_name_));
    const bool knows_no_extensions =
        reply && (reply->code == 500 || reply->code == 502 || reply->code == 504);
    if (knows_no_extensions && !lmtp_) {
        reply = co_await ask(fmt::format("HELO {}\r\n", hello_name_));
        if (reply && reply->positive()) {
            capabilities_ = {};
            co_return std::nullopt;
        }
    }
    if (!reply) co_return std::unexpected(at_stage(reply.error(), "hello"));
    if (!reply->positive()) co_return refused("hello", std::move(*reply));
    capabilities_ = smtp::Capabilities::parse(*reply);
    co_return std::nullopt;
}

// STARTTLS, RFC 3207. With `opportunistic` a server that does not offer it is talked to in clear; with
// `required` and `none` that is an error: the administrator asked for encryption.
net::Task<Result<>> SmtpUpstream::secure(const Options& options) {
    if (!capabilities_.has("STARTTLS")) {
        if (options.settings.verify == config::TlsVerify::opportunistic) co_return Result<>{};
        co_return fail(errc::tls_failed, "the upstream does not offer STARTTLS");
    }
    const auto reply = co_await ask("STARTTLS\r\n");
    if (!reply) co_return std::unexpected(at_stage(reply.error(), "starttls"));
    if (reply->code != 220) co_return refused_at("starttls", *reply);
    // What came in clear after the reply was not said by whom we are about to prove.
    if (replies_.buffered()) co_return fail(errc::tls_failed, "octets in clear after the reply to STARTTLS");
    auto secured = co_await stream_->start_tls(*options.tls, options.timeouts.handshake);
    options.tally->tls.note(secured.has_value());
    if (!secured) co_return std::unexpected(at_stage(secured.error(), "tls"));
    co_return Result<>{};
}

Result<std::optional<smtp::Reply>> SmtpUpstream::parse() {
    auto event = replies_.next();
    if (auto* reply = std::get_if<smtp::Reply>(&event)) return std::move(*reply);
    if (auto* fault = std::get_if<smtp::ReplyFault>(&event))
        return fail(errc::syntax, std::string(fault->reason));
    return std::nullopt;
}

net::Task<Result<smtp::Reply>> SmtpUpstream::receive(Milliseconds limit) {
    const auto until = SteadyClock::now() + limit;
    for (;;) {
        auto reply = parse();
        if (!reply) co_return std::unexpected(reply.error());
        if (*reply) co_return std::move(**reply);
        const auto left = std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
        if (left <= Milliseconds::zero()) co_return fail(errc::timed_out, "a reply without end");
        std::array<char, small_read_octets> buffer;
        const auto octets = co_await stream_->read_some(buffer, left);
        if (!octets) co_return std::unexpected(octets.error());
        replies_.feed({buffer.data(), *octets});
    }
}

std::optional<Result<smtp::Reply>> SmtpUpstream::unasked() {
    const auto buffer = scratch();
    const auto octets = stream_->try_read(buffer);
    if (octets) replies_.feed({buffer.data(), *octets});
    auto reply = parse();
    if (!reply) return std::unexpected(reply.error());
    if (*reply) return std::move(**reply);
    if (!octets) return std::unexpected(octets.error());
    if (replies_.buffered()) return fail(errc::syntax, "a part of a reply that nobody asked for");
    return std::nullopt;
}

net::Task<Result<SmtpUpstream::Refusal>> SmtpUpstream::identify(const ClientIdentity& client) {
    std::string line = "XCLIENT";
    const auto add = [&](std::string_view attribute, std::string_view value) {
        if (capabilities_.has_parameter("XCLIENT", attribute))
            line.append(" ").append(attribute).append("=").append(smtp::encode_xtext(value));
    };
    const bool addressed = !client.peer.local && !client.peer.anonymous;
    add("NAME", client.name.empty() ? "[UNAVAILABLE]" : client.name);
    add("ADDR", !addressed                    ? "[UNAVAILABLE]"
                : client.peer.address.is_v4() ? client.peer.address.text()
                                              : "IPV6:" + client.peer.address.text());
    add("PORT", addressed && client.peer.port != 0 ? std::to_string(client.peer.port) : "[UNAVAILABLE]");
    add("PROTO", client.extended ? "ESMTP" : "SMTP");
    add("HELO", client.helo.empty() ? "[UNAVAILABLE]" : client.helo);
    if (!client.login.empty()) add("LOGIN", client.login);
    line.append("\r\n");
    auto reply = co_await ask(std::move(line));
    if (!reply) co_return std::unexpected(at_stage(reply.error(), "xclient"));
    if (refuses_client(*reply)) co_return std::move(*reply);
    if (!reply->positive()) co_return refused_at("xclient", *reply);  // 220 by the book, 250 from some
    speaks_for_client_ = true;
    hello_name_ = client.helo.empty() ? hostname_ : client.helo;
    co_return co_await hello();
}

net::Task<> SmtpUpstream::quit() {
    constexpr Milliseconds limit{1000};
    static constexpr std::string_view line[] = {"QUIT\r\n"};
    (void)co_await stream_->write(line, limit);
    stream_->close();
}

}  // namespace decorum::session
