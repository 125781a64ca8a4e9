// An SMTP or LMTP session: a client on one side, the mail server on the other, and between them nothing that
// is not mirrored. RFC 5321, 2033 (LMTP), 2920, 4954, 3207; Postfix XCLIENT and XFORWARD.
//
// Promises: 250 for a message only after the upstream's; each recipient's verdict is the upstream's own; a
// lost upstream is a 451, never silence and never success. The upstream is taken from the pool when the first
// command needs it, so silent clients cost no connection.
//
// Commands that the client sent in one go are handed on in one go (RFC 2920): each becomes a Pending reply,
// and settle() sends the batch, reads the upstream's replies in order and answers the client.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/admission.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/session/context.hpp"
#include "gateway/session/message_record.hpp"
#include "gateway/session/own_mail.hpp"
#include "gateway/smtp/command.hpp"
#include "gateway/smtp/line_splitter.hpp"
#include "gateway/smtp/reply.hpp"

namespace decorum::session {

class SmtpSession {
public:
    SmtpSession(net::StreamPtr client, net::Admission admission, const Listening& listening,
                ThreadContext& thread);
    SmtpSession(const SmtpSession&) = delete;
    SmtpSession& operator=(const SmtpSession&) = delete;

    // The whole session; logs one line at its end.
    [[nodiscard]] net::Task<> run();

private:
    enum class Transaction : std::uint8_t { none, opening, open, lost };

    // One command that is waiting for its reply, in the order of the commands.
    struct Pending {
        enum class Kind : std::uint8_t { local, mail, rcpt, own_rcpt, data, rset, noop, xforward } kind;
        std::string text;  // local: the reply; mail, rcpt, own_rcpt: the path
    };

    // The dialogue (smtp_session.cpp).
    [[nodiscard]] net::Task<> converse();
    [[nodiscard]] net::Task<bool> await_input();
    void read_what_is_there();
    [[nodiscard]] net::Task<> settle();
    [[nodiscard]] net::Task<> send_batch(std::size_t from);
    [[nodiscard]] net::Task<Result<smtp::Reply>> send_batch_anew();
    [[nodiscard]] net::Task<bool> acquire_upstream(bool fresh);
    [[nodiscard]] net::Task<bool> reach_upstream();
    [[nodiscard]] net::Task<Result<smtp::Reply>> ask_upstream(std::string line);
    [[nodiscard]] bool flush_at_once();
    [[nodiscard]] net::Task<> flush();
    [[nodiscard]] net::Task<Result<>> start_tls();
    [[nodiscard]] net::Task<> end_upstream();
    [[nodiscard]] bool upstream_pipelines() const;
    [[nodiscard]] static bool answers(Pending::Kind kind, const smtp::Reply& reply);
    void conclude(Pending& item, Result<smtp::Reply> reply);
    void conclude_own(Pending& item);
    void lose_upstream(const Error& error);
    void count_verdict(MessageVerdict verdict) { tally_.messages[verdict].add(); }
    // Whoever was waited for was not us.
    void begin_batch() { batch_begin_ = SteadyClock::now(); }
    void drop_upstream();
    void reset_transaction();
    void answer(int code, std::string_view enhanced_code, std::string_view text);
    void answer_error(int code, std::string_view enhanced_code, std::string_view text);
    void answer_spoilt_line(const smtp::LineFault& fault);
    void count_error();  // the last one that is allowed ends the session
    void answer_mirrored(const smtp::Reply& reply);
    void hand_on(Pending::Kind kind, std::string_view line, std::string_view text = {});
    void log_end();

    // The commands (smtp_commands.cpp).
    [[nodiscard]] std::optional<smtp::ParsedCommand> parse(std::string_view line);
    [[nodiscard]] bool perform_at_once(const smtp::Command& command, std::string_view line);
    [[nodiscard]] net::Task<> perform(const smtp::Command& command, std::string_view line);
    [[nodiscard]] net::Task<> on_hello(smtp::Verb verb, std::string_view argument);
    [[nodiscard]] bool lost_login();
    void on_mail(const smtp::Command& command, std::string_view line);
    void answer_without_mail();
    void on_rcpt(const smtp::Command& command, std::string_view line);
    [[nodiscard]] bool on_own_rcpt(std::string_view path);
    [[nodiscard]] net::Task<> on_data(const smtp::Command& command, std::string_view line);
    [[nodiscard]] net::Task<> on_rset();
    [[nodiscard]] net::Task<> on_noop();
    [[nodiscard]] net::Task<> leave_transaction();
    void begin_anew(ClientIdentity identity);
    [[nodiscard]] net::Task<> on_starttls(const smtp::Command& command);
    [[nodiscard]] net::Task<> on_auth(const smtp::Command& command, std::string_view line);
    [[nodiscard]] net::Task<std::optional<std::string>> read_auth_line();
    [[nodiscard]] net::Task<> on_xclient(const smtp::Command& command);
    void on_xforward(const smtp::Command& command, std::string_view line);
    [[nodiscard]] std::string greeting() const;
    [[nodiscard]] bool may_auth() const;
    [[nodiscard]] std::uint64_t size_reserve_octets() const;

    // The message (smtp_relay.cpp).
    [[nodiscard]] net::Task<> relay_message();
    [[nodiscard]] net::Task<bool> conclude_message(
        const OwnMail* own,
        MessageRecord::Outcome& outcome);  // true: somebody gets it
    [[nodiscard]] OwnMail own_mail() const;
    [[nodiscard]] pipeline::Submission submission() const;
    [[nodiscard]] bool may_hold_back() const;
    [[nodiscard]] bool knows_who_writes() const;
    [[nodiscard]] bool clients_see_us() const;
    [[nodiscard]] std::string received_field() const;

    net::StreamPtr client_;
    net::Admission admission_;
    const Listening& listening_;
    ThreadContext& thread_;
    const config::Settings& settings_;
    UpstreamPool& pool_;
    ListenerTally& tally_;
    const Counted counted_{tally_.open};
    const bool lmtp_;
    std::string id_;
    bool trusted_peer_;

    smtp::LineSplitter lines_;
    std::string client_out_;  // replies that are ready
    std::vector<Pending> pending_;
    std::string to_upstream_;  // commands of this batch
    bool closing_ = false;
    std::uint64_t errors_ = 0;
    SteadyClock::time_point line_deadline_;  // for the command line that is coming in
    SteadyClock::time_point batch_begin_;    // since when we, and nobody else, keep the client waiting

    ClientIdentity identity_;
    bool greeted_ = false;               // HELO, EHLO or LHLO was said
    std::string login_;                  // after 235
    std::vector<std::string> xforward_;  // lines that the upstream accepted
    UpstreamPtr upstream_;
    std::optional<smtp::Reply> refusal_;  // what the upstream said of this client, in place of upstream_
    bool upstream_fresh_ = false;         // opened for this batch: no second try
    bool upstream_bound_ = false;         // it knows something of this client: AUTH, XFORWARD
    bool upstream_took_last_ = false;     // a message was the last thing that it heard, and it took it
    Transaction transaction_ = Transaction::none;
    bool mail_refused_ = false;                // and neither MAIL, RSET nor EHLO has come since
    bool data_accepted_ = false;               // the upstream said 354, or we did
    bool data_postponed_ = false;              // the upstream has not heard of DATA
    pipeline::Envelope envelope_;              // with the recipients that the upstream accepted
    std::vector<std::string> own_recipients_;  // those that are the gateway itself, which it never hears of
    std::vector<bool> is_own_;                 // of each accepted recipient, in their order

    // For the log line.
    SteadyClock::time_point begin_ = SteadyClock::now();
    std::uint64_t relayed_ = 0;   // that came to their end, or to ours
    std::uint64_t messages_ = 0;  // that the upstream accepted
    std::uint64_t recipients_ = 0;
    std::uint64_t refused_ = 0;  // recipients or messages
    std::uint64_t octets_ = 0;
    Milliseconds lookup_{};
    SteadyClock::duration upstream_time_{};
    std::map<std::string, std::uint64_t> statuses_;
    std::string sources_;
    bool spoke_ = false;  // the client
    std::string end_reason_ = "quit";
};

// Detached for each accepted connection.
[[nodiscard]] net::Task<> serve_smtp(net::StreamPtr client, net::Admission admission,
                                     const Listening& listening, ThreadContext& thread);

}  // namespace decorum::session
