// What the audit log holds of one message: what was said about its author and that it is about to be handed
// over, before the final dot goes on; what became of it, before the client hears so.
//
// Nothing here keeps a message from its way unless audit.required says so.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/audit/trail.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/net/task.hpp"
#include "gateway/pipeline/annotator.hpp"
#include "gateway/pipeline/envelope.hpp"
#include "gateway/session/context.hpp"

namespace decorum::session {

// The members of an annotation event that tell what was said.
void describe(const pipeline::Said& said, audit::Names& names, audit::Event& event);

// What the log calls a message: 32 hex digits of the hash of its Message-ID; empty: it has none.
[[nodiscard]] std::string name_of_message(const message::HeaderSection& header);

class MessageRecord {
public:
    // All references outlive it.
    struct Options {
        audit::Recorder* recorder;  // null: nothing is recorded
        const Listening& listening;
        const std::string& session;
        std::uint64_t number;  // of the message in the session, from 1
        std::string login;     // may be empty
        const pipeline::Envelope& envelope;
        std::size_t own_recipients;  // those that are the gateway itself
    };
    explicit MessageRecord(Options options) : options_(std::move(options)) {}

    [[nodiscard]] bool is_on() const { return options_.recorder != nullptr; }

    // Who finds the message later needs its Message-ID: the log holds a hash of it.
    void read(const message::HeaderSection& header);

    // Before the final dot. `annotation` may be null. False: it can't be recorded, and must not pass.
    [[nodiscard]] bool intend(const pipeline::Annotation* annotation, std::uint64_t octets);
    // What was intended has to reach the disk first (audit.sync = "message").
    [[nodiscard]] bool waits_for_disk() const {
        return intent_ != 0 && options_.recorder->trail.waits_for_disk();
    }
    // False: it does not, and the message must not pass.
    [[nodiscard]] net::Task<bool> reach_disk();

    enum class Result : std::uint8_t { accepted, refused, lost, aborted };  // aborted: the client left
    struct Outcome {
        Result result = Result::lost;  // lost: nobody knows what the mail server did with it
        int code = 0;                  // the gravest reply
        std::uint64_t accepted = 0;    // replies: over LMTP one a recipient
        std::uint64_t refused = 0;
        std::uint64_t octets = 0;
        Milliseconds upstream{};  // that its verdict took

        void count(int reply, bool said);
    };
    void conclude(const Outcome& outcome);

private:
    [[nodiscard]] audit::Event event(audit::Kind kind) const;

    const Options options_;
    std::string message_id_;    // hashed
    std::uint64_t intent_ = 0;  // its line in the chain; 0: there is none
    SteadyClock::time_point begin_ = SteadyClock::now();
};

}  // namespace decorum::session
