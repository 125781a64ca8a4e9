// An IMAP session: a client on one side, its own connection to the mail server on the other. RFC 9051, 3501,
// 2177, 2971, 4959, 7888, 8314; what is shown of messages: imap_annotation.hpp.
//
// Promises: a command goes upstream whole and understood, or not at all; every reply is the upstream's own,
// but those to commands that are ours alone (ID, STARTTLS, CAPABILITY before login) or that were refused
// here; what isn't on the list of capabilities is neither shown nor let through; no credential is kept.
//
// Until the client has logged in the dialogue is one coroutine's (imap_login.cpp). Then there are two, which
// end together: one reads the client (imap_commands.cpp), one reads the upstream (imap_responses.cpp).
// Neither holds a buffer while nothing comes.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/secret.hpp"
#include "gateway/imap/capabilities.hpp"
#include "gateway/imap/command_reader.hpp"
#include "gateway/imap/response_reader.hpp"
#include "gateway/net/admission.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/event.hpp"
#include "gateway/session/context.hpp"
#include "gateway/session/imap_annotation.hpp"
#include "gateway/session/imap_client_out.hpp"
#include "gateway/session/imap_listing.hpp"
#include "gateway/session/imap_upstream.hpp"
#include "gateway/session/stream_input.hpp"
#include "gateway/smtp/sasl.hpp"

namespace decorum::session {

class ImapSession {
public:
    ImapSession(net::StreamPtr client, net::Admission admission, const Listening& listening,
                ThreadContext& thread);
    ImapSession(const ImapSession&) = delete;
    ImapSession& operator=(const ImapSession&) = delete;

    // The whole session; logs one line at its end. Both arguments live as long as it does.
    [[nodiscard]] net::Task<> run(std::shared_ptr<const void> owner, std::unique_ptr<ImapSession> self);

private:
    [[nodiscard]] net::Task<> guarded(net::Task<> side);
    void on_throw(const std::exception_ptr& thrown) noexcept;

    // One LOGIN or AUTHENTICATE on its way.
    struct LoginAttempt {
        std::string tag;
        Secret line{};                                 // what begins it, upstream
        std::string user{};                            // LOGIN
        std::optional<smtp::SaslObserver> observer{};  // AUTHENTICATE
        std::optional<Secret> response{};              // to the first challenge, known before it comes
        std::string capabilities{};                    // before it
    };

    static constexpr std::size_t max_pending = 64;  // commands that the upstream has not answered
    // What is held of them until they are answered; one command alone may be more.
    static constexpr std::size_t max_held_octets = 256 * 1024;
    // What is shorter is gathered, what is longer is sent as it stands.
    static constexpr std::size_t coalesce_octets = 16 * 1024;
    static constexpr std::string_view own_identity = "* ID (\"name\" \"Decorum\")\r\n";

    // A literal that the upstream is asked for.
    enum class LiteralState : std::uint8_t { none, announced, wanted };

    // A command that the upstream has and has not answered.
    struct Pending {
        std::string tag;
        imap::Verb verb = imap::Verb::noop;
        bool awaits_plus = false;                    // IDLE, until the upstream idles
        bool adds_messages = false;                  // to the items of STATUS
        bool reads_in_pieces = false;                // one message, whose header is worth keeping
        std::optional<std::uint64_t> held_uid = {};  // of the message whose header is kept for this
    };

    // Before and at login (imap_login.cpp).
    [[nodiscard]] net::Task<> log_in();
    [[nodiscard]] net::Task<bool> open_upstream();
    [[nodiscard]] net::Task<std::optional<imap::CommandReader::Event>> next_event();
    [[nodiscard]] net::Task<> on_login_command(const imap::Command& command);
    [[nodiscard]] net::Task<> on_starttls(std::string_view tag);
    [[nodiscard]] net::Task<> on_login(const imap::Command& command);
    [[nodiscard]] net::Task<> on_authenticate(const imap::Command& command);
    [[nodiscard]] net::Task<> relay_login(LoginAttempt attempt);
    [[nodiscard]] net::Task<Result<>> answer_challenge(std::string_view response);
    [[nodiscard]] net::Task<> conclude_login(const LoginAttempt& attempt, imap::Response response);
    [[nodiscard]] bool may_log_in() const;
    [[nodiscard]] imap::CapabilityPolicy capability_policy() const;
    [[nodiscard]] std::string offered_capabilities() const;

    // What the client says (imap_commands.cpp).
    [[nodiscard]] net::Task<> read_client();
    [[nodiscard]] net::Task<> obey();
    [[nodiscard]] net::Task<> say_goodbye(errc why);
    bool end_idling();
    [[nodiscard]] net::Task<> on_command(std::string_view wire);
    [[nodiscard]] net::Task<> on_fetch(const imap::Command& command, std::string_view wire);
    [[nodiscard]] net::Task<> on_enable(const imap::Command& command);
    [[nodiscard]] net::Task<> perform(const imap::Command& command, std::string_view wire);
    [[nodiscard]] net::Task<> hand_on(Pending command, std::string_view wire);
    [[nodiscard]] net::Task<bool> announce(const std::string& tag, std::uint64_t octets);
    [[nodiscard]] bool is_pending(std::string_view tag) const;
    [[nodiscard]] bool has_room_for(std::string_view tag, std::size_t held_octets) const;
    [[nodiscard]] bool changes_mailbox() const;
    [[nodiscard]] net::Task<> flush_upstream();
    [[nodiscard]] net::Task<> await_progress();
    [[nodiscard]] net::Task<> finish_pending();

    // A message on its way into a mailbox (imap_append.cpp).
    [[nodiscard]] net::Task<> on_append(imap::Append append);
    [[nodiscard]] net::Task<bool> open_append(const imap::Append& append, std::string_view held);
    [[nodiscard]] net::Task<> pass_append(std::string_view octets);
    [[nodiscard]] std::uint64_t max_append_octets() const;

    // What the upstream says (imap_responses.cpp).
    [[nodiscard]] net::Task<> read_upstream();
    [[nodiscard]] net::Task<> tell();
    [[nodiscard]] Milliseconds upstream_limit() const;
    [[nodiscard]] net::Task<> on_response(const imap::Response& response);
    [[nodiscard]] net::Task<> on_fetched(const imap::ResponseReader::Event& event);
    void on_continuation(const imap::Response& response);
    [[nodiscard]] net::Task<> relay(std::string_view tail);
    [[nodiscard]] net::Task<> lose_upstream(Error error);
    void conclude(std::string_view tag);
    void progress();
    void note_standing();
    [[nodiscard]] bool idle() const;
    [[nodiscard]] bool annotates() const { return rewrite_.block_octets != 0; }
    [[nodiscard]] imap::FetchRewriter& fetches();

    [[nodiscard]] net::Task<> say(std::string_view lines);
    [[nodiscard]] net::Task<> refuse(const imap::Refused& refused);
    void end(std::string_view reason);
    // After a handshake: counts it.
    void note_tls(const Result<>& secured);
    void log_end() const;

    net::StreamPtr client_;
    net::Admission admission_;
    const Listening& listening_;
    ThreadContext& thread_;
    const config::Settings& settings_;
    ListenerTally& tally_;
    const Counted counted_{tally_.open};
    std::string id_;
    net::Peer peer_;

    StreamInput input_;
    imap::CommandReader commands_;
    ImapClientOut out_;
    ImapUpstreamPtr upstream_;
    bool authenticated_ = false;
    bool closing_ = false;
    std::uint64_t errors_ = 0;  // since the login, and since the upstream last did what it was asked to
    std::string login_;
    SteadyClock::time_point login_deadline_;

    imap::Rewrite rewrite_;
    std::unique_ptr<imap::FetchRewriter> fetches_;  // while messages are read
    ImapAnnotation annotation_;
    ListedAuthor listed_;
    std::vector<Pending> pending_;        // in the order of the commands
    std::string to_upstream_;             // commands that are ready
    std::string to_client_;               // responses that are ready
    std::optional<net::Event> progress_;  // raised when the upstream has answered something
    LiteralState literal_ = LiteralState::none;
    bool said_bye_ = false;            // the upstream did
    bool within_ = false;              // a response to the client is under way
    SteadyClock::duration awaited_{};  // from the upstream, of the response under way
    SteadyClock::time_point heard_{};  // when the upstream last said something

    // For the log line.
    SteadyClock::time_point begin_ = SteadyClock::now();
    std::uint64_t commands_done_ = 0;
    std::uint64_t octets_ = 0;  // to the client
    bool spoke_ = false;        // the client
    std::string_view end_reason_ = "logout";
};

// Detached for each accepted connection. `owner` holds what the references point at.
[[nodiscard]] net::Task<> serve_imap(net::StreamPtr client, net::Admission admission,
                                     const Listening& listening, ThreadContext& thread,
                                     std::shared_ptr<const void> owner);

}  // namespace decorum::session
