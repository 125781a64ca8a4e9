#include "gateway/session/imap_upstream.hpp"

#include <fmt/format.h>

#include "gateway/imap/syntax.hpp"

namespace decorum::session {
namespace {

constexpr std::string_view our_tag = "decorum";  // one command at a time
constexpr int max_responses = 100;               // to one of our commands

}  // namespace

ImapUpstream::ImapUpstream(net::StreamPtr stream, const Options& options, BufferPool& buffers)
    : stream_(std::move(stream)), input_(*stream_, buffers), limit_(options.timeouts.command) {
    responses_.set_parse_fetch(false);
}

net::Task<Result<ImapUpstreamPtr>> ImapUpstream::open(const Options& options, const net::Peer& client,
                                                      BufferPool& buffers) {
    const auto begin = SteadyClock::now();
    auto upstream = co_await open_one(options, client, buffers);
    options.tally->note_attempt(upstream.has_value());
    if (upstream) options.tally->opening.record(SteadyClock::now() - begin);
    co_return upstream;
}

net::Task<Result<ImapUpstreamPtr>> ImapUpstream::open_one(const Options& options, const net::Peer& client,
                                                          BufferPool& buffers) {
    auto stream = co_await dial_upstream(options.settings, options.dial, &client, options.timeouts.connect);
    if (!stream) co_return std::unexpected(stream.error());
    ImapUpstreamPtr upstream(new ImapUpstream(std::move(*stream), options, buffers));
    auto ready = co_await upstream->prepare(options, client);
    if (!ready) co_return std::unexpected(ready.error());
    co_return upstream;
}

net::Task<Result<>> ImapUpstream::prepare(const Options& options, const net::Peer& client) {
    if (options.settings.tls == config::TlsMode::implicit) {
        auto secured = co_await stream_->start_tls(*options.tls, options.timeouts.handshake);
        options.tally->tls.note(secured.has_value());
        if (!secured) co_return std::unexpected(at_stage(secured.error(), "tls"));
    }
    const auto greeting = co_await receive(options.timeouts.greeting);
    if (!greeting) co_return std::unexpected(at_stage(greeting.error(), "greeting"));
    if (greeting->kind != imap::Response::Kind::untagged || !greeting->is("OK"))
        co_return fail(errc::refused, fmt::format("greeting: {}", greeting->keyword));
    if (capabilities_.empty())
        if (auto asked = co_await ask_capabilities(); !asked) co_return asked;
    if (options.settings.tls == config::TlsMode::starttls)
        if (auto secured = co_await secure(options); !secured) co_return secured;
    if (options.settings.forward_address && offers("ID")) co_return co_await identify(client);
    co_return Result<>{};
}

// With `opportunistic` a server that does not offer STARTTLS is talked to in clear; with `required` and
// `none` that is an error: the administrator asked for encryption.
net::Task<Result<>> ImapUpstream::secure(const Options& options) {
    if (!offers("STARTTLS")) {
        if (options.settings.verify == config::TlsVerify::opportunistic) co_return Result<>{};
        co_return fail(errc::tls_failed, "the upstream does not offer STARTTLS");
    }
    if (auto asked = co_await ask("STARTTLS"); !asked)
        co_return std::unexpected(at_stage(asked.error(), "starttls"));
    // What came in clear after the reply was not said by whom we are about to prove.
    if (!responses_.remaining().empty())
        co_return fail(errc::tls_failed, "octets in clear after the reply to STARTTLS");
    auto secured = co_await stream_->start_tls(*options.tls, options.timeouts.handshake);
    options.tally->tls.note(secured.has_value());
    if (!secured) co_return std::unexpected(at_stage(secured.error(), "tls"));
    capabilities_.clear();
    co_return co_await ask_capabilities();
}

// Dovecot's names, believed from the addresses in its login_trusted_networks.
net::Task<Result<>> ImapUpstream::identify(const net::Peer& client) {
    if (client.local || client.anonymous) co_return Result<>{};
    const auto told = co_await ask(fmt::format(R"(ID ("x-originating-ip" {} "x-originating-port" "{}"))",
                                               imap::quoted(client.address.text()), client.port));
    // It refused to hear it: a server that is no Dovecot.
    if (!told && told.error().code != errc::refused) co_return std::unexpected(at_stage(told.error(), "id"));
    co_return Result<>{};
}

net::Task<Result<>> ImapUpstream::ask_capabilities() {
    auto asked = co_await ask("CAPABILITY");
    if (!asked) co_return std::unexpected(at_stage(asked.error(), "capability"));
    co_return Result<>{};
}

net::Task<Result<>> ImapUpstream::ask(std::string_view command) {
    const std::string line = fmt::format("{} {}\r\n", our_tag, command);
    if (auto sent = co_await send(line, limit_); !sent) co_return sent;
    const auto until = SteadyClock::now() + limit_;
    for (int i = 0; i < max_responses; ++i) {
        const auto response = co_await receive(std::chrono::ceil<Milliseconds>(until - SteadyClock::now()));
        if (!response) co_return std::unexpected(response.error());
        if (response->kind != imap::Response::Kind::tagged) continue;
        if (response->tag != our_tag) co_return fail(errc::syntax, "a reply to another command");
        if (!response->is("OK")) co_return fail(errc::refused, std::string(response->keyword));
        co_return Result<>{};
    }
    co_return fail(errc::limit, "no end of responses");
}

bool ImapUpstream::quiet() {
    const auto octets = stream_->try_read(scratch());
    return octets && *octets == 0 && responses_.remaining().empty();
}

net::Task<Result<imap::Response>> ImapUpstream::receive(Milliseconds limit) {
    const auto until = SteadyClock::now() + limit;
    for (;;) {
        const auto event = responses_.next();
        if (const auto* response = std::get_if<imap::Response>(&event)) {
            if (const auto list = imap::capability_list(*response); !list.empty()) learn(list);
            co_return *response;
        }
        if (const auto* fault = std::get_if<imap::ResponseFault>(&event))
            co_return fail(errc::syntax, std::string(fault->reason));
        if (!std::holds_alternative<imap::NeedInput>(event)) continue;
        const auto left = std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
        if (left <= Milliseconds::zero()) co_return fail(errc::timed_out, "a response without end");
        const auto octets = co_await input_.read(true, left);
        if (!octets) co_return std::unexpected(octets.error());
        responses_.feed(*octets);
    }
}

net::Task<> ImapUpstream::log_out() {
    constexpr Milliseconds limit{1000};
    (void)co_await send("decorum LOGOUT\r\n", limit);
    stream_->close();
}

}  // namespace decorum::session
