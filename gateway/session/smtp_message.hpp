// One message on its way through: content from the client, header section held and annotated, everything else
// streamed to the upstream as it came.
//
// Memory: the header section (limits.header) and one read buffer, whatever the message's size. The client
// always reads to its real end of data, even where the message is refused or the upstream is lost, because
// SMTP has no earlier place for the verdict.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/message/forged_filter.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/pipeline/annotator.hpp"
#include "gateway/session/context.hpp"
#include "gateway/session/message_record.hpp"
#include "gateway/session/own_mail.hpp"
#include "gateway/session/smtp_upstream.hpp"
#include "gateway/smtp/data.hpp"
#include "gateway/smtp/line_splitter.hpp"

namespace decorum::session {

class SmtpMessage {
public:
    // All referenced objects belong to the session that awaits run().
    struct Route {
        net::ByteStream& client;
        SmtpUpstream* upstream;  // null: the message is for the gateway alone
        OwnMail* own;            // null: none of it is
        ThreadContext& thread;
        const Listening& listening;
        const pipeline::Envelope& envelope;
        const pipeline::Submission& submission;
        std::string received_field;  // empty: none is added
        MessageRecord* record;       // of the message; never null
        bool data_said = true;       // false: the upstream hears of DATA once the header section has passed
    };

    explicit SmtpMessage(Route route);

    // From after 354 to after the final dot was sent upstream. What `lines` holds is read first; commands
    // that follow the end stay in there. An error: the client is gone or too slow.
    [[nodiscard]] net::Task<Result<>> run(smtp::LineSplitter& lines);

    // Why the message was not handed over whole; where DATA was said the upstream connection is of no use
    // then.
    [[nodiscard]] const std::optional<smtp::Reply>& refusal() const { return refusal_; }
    [[nodiscard]] bool data_said() const { return route_.data_said; }

    [[nodiscard]] const pipeline::Annotation& annotation() const { return annotation_; }
    // What was decided of a message that leaves the house; else it names no author.
    [[nodiscard]] const pipeline::Decision& decision() const { return decision_; }
    [[nodiscard]] std::uint64_t octets() const { return decoder_.octets_seen(); }
    // What the upstream took to answer DATA, where it heard of it from here.
    [[nodiscard]] SteadyClock::duration upstream_time() const { return upstream_time_; }

private:
    enum class Stage : std::uint8_t { header, long_header, body };

    [[nodiscard]] net::Task<bool> feed(std::string_view octets);  // true: the end was reached
    [[nodiscard]] net::Task<> accept(std::string_view content);
    [[nodiscard]] bool record_intent();
    void refuse_unrecorded();
    [[nodiscard]] net::Task<> take_own();
    [[nodiscard]] net::Task<> pass_header();
    [[nodiscard]] net::Task<> pass_long_header();
    [[nodiscard]] net::Task<bool> say_data();
    [[nodiscard]] bool is_held_back(const message::HeaderSection& header);
    void end_last_line();
    void note_end(std::string_view sent);
    [[nodiscard]] bool send_at_once();
    [[nodiscard]] net::Task<> send(std::string_view tail);
    void check(std::string_view content);
    void hit(Limit limit) const;
    void refuse(int code, std::string_view enhanced_code, std::string_view text);
    void refuse(smtp::Reply reply);
    void hear_upstream();
    [[nodiscard]] bool is_loop(const message::HeaderSection& header);

    Route route_;
    const config::Settings& settings_;
    smtp::DataDecoder decoder_;
    Stage stage_ = Stage::header;
    std::string held_;  // the header section, and what came with it
    message::HeaderEndFinder header_end_;
    std::optional<message::ForgedFilter> filter_;
    std::string out_;  // ready for the upstream
    static constexpr std::array crlf{'\r', '\n'};
    std::array<char, 2> last_octets_ = crlf;  // of what has left out_; before anything: DATA's own
    std::optional<smtp::Reply> refusal_;
    pipeline::Annotation annotation_;
    pipeline::Decision decision_;
    SteadyClock::time_point deadline_;
    SteadyClock::time_point last_sent_ = SteadyClock::now();
    SteadyClock::duration upstream_time_{};
};

}  // namespace decorum::session
