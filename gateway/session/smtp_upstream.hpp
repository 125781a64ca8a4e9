// One SMTP or LMTP connection to the server behind us: opened, greeted, secured, asked for its capabilities.
//
// It speaks only what the session hands it; a fault in a reply is final. Errors name the stage that failed,
// for the operational log; nothing of them reaches a mail client, to whom only refusals go.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/task.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/session/dial.hpp"
#include "gateway/session/tallies.hpp"
#include "gateway/smtp/reply.hpp"

namespace decorum::session {

// Whom the upstream should take for its client, where it lets us say so (XCLIENT, PROXY).
struct ClientIdentity {
    net::Peer peer;
    std::string name;  // from XCLIENT of a trusted peer; empty: unknown
    std::string helo;
    bool helo_told = false;  // by XCLIENT of a trusted peer: no EHLO says another
    std::string login;       // from XCLIENT of a trusted peer
    bool extended = true;    // EHLO or LHLO
};

class SmtpUpstream;
using UpstreamPtr = std::unique_ptr<SmtpUpstream>;

// A connection, or what the upstream says of the client, whom it refuses.
using Acquired = std::variant<UpstreamPtr, smtp::Reply>;

class SmtpUpstream {
public:
    struct Options {
        const config::Upstream& settings;
        const config::Timeouts& timeouts;
        const config::Limits& limits;
        std::string hostname;                        // ours, for EHLO
        std::shared_ptr<const net::TlsContext> tls;  // where settings.tls is not none
        Dial dial = net::connect;
        std::shared_ptr<UpstreamTally> tally = std::make_shared<UpstreamTally>();
    };

    // Connects, sends a PROXY header where settings ask for one, reads the greeting, says EHLO or LHLO,
    // upgrades to TLS. `client` is only used for PROXY (null where none is sent) and must stay until the task
    // is done. Nobody is refused but a client whom PROXY names.
    [[nodiscard]] static net::Task<Result<Acquired>> open(Options options, const ClientIdentity* client);

    // Octets of commands or of a message.
    [[nodiscard]] net::Task<Result<>> send(std::span<const std::string_view> pieces, Milliseconds limit) {
        return stream_->write(pieces, limit);
    }
    [[nodiscard]] net::Task<Result<>> send(std::string_view octets) { return stream_->write(octets, limit_); }

    // A command by itself, while the connection is made ready for its client, who waits: the limit is that of
    // the greeting where it is the smaller one.
    [[nodiscard]] net::Task<Result<smtp::Reply>> ask(std::string line);

    // How many of the octets went at once: see ByteStream::try_write.
    [[nodiscard]] std::size_t try_send(std::string_view octets) { return stream_->try_write(octets); }

    // The next reply, whole: however many octets at a time it comes in, the limit is that of all of it.
    [[nodiscard]] net::Task<Result<smtp::Reply>> receive(Milliseconds limit);
    [[nodiscard]] net::Task<Result<smtp::Reply>> receive() { return receive(limit_); }

    // What has come in unasked, without waiting: a reply (a 421, an early refusal in the middle of data), or
    // an Error (the end, a part of a reply). Nothing: the upstream is there and silent.
    [[nodiscard]] std::optional<Result<smtp::Reply>> unasked();

    // Nothing unread and not ended: fit for another client, and for a command of this one.
    [[nodiscard]] bool quiet() { return !unasked(); }

    // A reply (4yz or 5yz) by which the upstream refuses the client for whom we speak; the connection is of
    // no more use.
    using Refusal = std::optional<smtp::Reply>;

    // XCLIENT with what the upstream takes of it, then EHLO again. Only where it offers XCLIENT.
    [[nodiscard]] net::Task<Result<Refusal>> identify(const ClientIdentity& client);

    // It was told of a client (XCLIENT, PROXY).
    [[nodiscard]] bool speaks_for_client() const { return speaks_for_client_; }

    [[nodiscard]] const smtp::Capabilities& capabilities() const { return capabilities_; }
    [[nodiscard]] bool verified_tls() const { return stream_->encrypted() && stream_->verified(); }

    [[nodiscard]] SteadyClock::duration age() const { return SteadyClock::now() - begin_; }

    // QUIT without waiting for its reply.
    [[nodiscard]] net::Task<> quit();
    void close() { stream_->close(); }

private:
    SmtpUpstream(net::StreamPtr stream, const Options& options);
    [[nodiscard]] static net::Task<Result<Acquired>> open_one(const Options& options,
                                                              const ClientIdentity* client);
    [[nodiscard]] net::Task<Result<Refusal>> prepare(const Options& options);
    [[nodiscard]] net::Task<Result<Refusal>> hello();
    [[nodiscard]] net::Task<Result<>> secure(const Options& options);
    [[nodiscard]] Result<Refusal> refused(std::string_view stage, smtp::Reply reply) const;
    [[nodiscard]] Result<std::optional<smtp::Reply>> parse();

    net::StreamPtr stream_;
    smtp::ReplyParser replies_;
    smtp::Capabilities capabilities_;
    Milliseconds limit_;
    Milliseconds preparing_limit_;
    bool lmtp_;
    std::string hostname_;    // ours
    std::string hello_name_;  // ours, or that of the client for whom we speak
    bool speaks_for_client_ = false;
    SteadyClock::time_point begin_ = SteadyClock::now();
};

}  // namespace decorum::session
