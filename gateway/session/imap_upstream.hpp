// One IMAP connection to the server behind us: opened, greeted, secured, asked for its capabilities, told
// whom it serves. It belongs to one client from its first octet to its last.
//
// Errors name the stage that failed, for the operational log; nothing of them reaches a mail client. Octets
// in clear behind the answer to STARTTLS, and a server that says PREAUTH, are faults: whoever says so is not
// the one that was to be proved, or would let anybody in.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/imap/capabilities.hpp"
#include "gateway/imap/response_reader.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/session/dial.hpp"
#include "gateway/session/stream_input.hpp"
#include "gateway/session/tallies.hpp"

namespace decorum::session {

class ImapUpstream {
public:
    struct Options {
        const config::Upstream& settings;
        const config::Timeouts& timeouts;
        std::shared_ptr<const net::TlsContext> tls;  // where settings.tls is not none
        Dial dial = net::connect;
        std::shared_ptr<UpstreamTally> tally = std::make_shared<UpstreamTally>();
    };

    // All referenced objects stay until the connection goes.
    [[nodiscard]] static net::Task<Result<std::unique_ptr<ImapUpstream>>> open(const Options& options,
                                                                               const net::Peer& client,
                                                                               BufferPool& buffers);

    // What it offers, as it last said: "IMAP4rev1 SASL-IR …".
    [[nodiscard]] const std::string& capabilities() const { return capabilities_; }
    [[nodiscard]] bool offers(std::string_view capability) const {
        return imap::has_capability(capabilities_, capability);
    }
    // A list that came unasked, or with the reply to a login.
    void learn(std::string_view capabilities) { capabilities_ = capabilities; }

    [[nodiscard]] net::ByteStream& stream() { return *stream_; }
    [[nodiscard]] imap::ResponseReader& responses() { return responses_; }
    [[nodiscard]] net::Task<Result<>> send(std::string_view octets, Milliseconds limit) {
        return stream_->write(octets, limit);
    }

    // The next octets come in here, for the reader.
    [[nodiscard]] StreamInput& input() { return input_; }

    // The next response that is looked into; others are passed over. Until a client has logged in: what comes
    // before is the gateway's affair. Its views are valid until the next call. The limit is for all of it,
    // what was passed over too.
    [[nodiscard]] net::Task<Result<imap::Response>> receive(Milliseconds limit);

    // It says nothing and has not ended: fit for a login.
    [[nodiscard]] bool quiet();
    [[nodiscard]] net::Task<Result<>> ask_capabilities();

    // Nobody logged in: LOGOUT without waiting for its answer.
    [[nodiscard]] net::Task<> log_out();

private:
    ImapUpstream(net::StreamPtr stream, const Options& options, BufferPool& buffers);
    [[nodiscard]] static net::Task<Result<std::unique_ptr<ImapUpstream>>> open_one(const Options& options,
                                                                                   const net::Peer& client,
                                                                                   BufferPool& buffers);
    [[nodiscard]] net::Task<Result<>> prepare(const Options& options, const net::Peer& client);
    [[nodiscard]] net::Task<Result<>> secure(const Options& options);
    [[nodiscard]] net::Task<Result<>> identify(const net::Peer& client);
    // A command of our own to its end; NO and BAD are `refused`.
    [[nodiscard]] net::Task<Result<>> ask(std::string_view command);

    net::StreamPtr stream_;
    StreamInput input_;
    imap::ResponseReader responses_;
    std::string capabilities_;
    Milliseconds limit_;
};

using ImapUpstreamPtr = std::unique_ptr<ImapUpstream>;

}  // namespace decorum::session
