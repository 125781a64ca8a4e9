// A mail server that keeps what it took: SMTP or LMTP, honest and simple, and silent from a given step on
// where a test wants it so.
#pragma once

#include <string>
#include <vector>

#include "tests/support/session/wire.hpp"

namespace decorum::test {

struct MailServerOptions {
    bool lmtp = false;
    std::vector<std::string> extensions{"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"};
    std::size_t silent_from = 0;  // this reply, and all after it, are never sent; counted from 1; 0: none
    bool reads_on = true;         // while it is silent
    std::string to_rcpt = "250 2.1.5 Ok";
};

class MailServer {
public:
    explicit MailServer(MailServerOptions options) : options_(std::move(options)) {}

    struct Mail {
        std::string reverse_path;
        std::vector<std::string> recipients;
        std::string content;        // stuffed dots taken out, without the final dot
        std::size_t confirmed = 0;  // how often it was said to have been taken: over LMTP once a recipient
    };
    // Everything that came with its final dot.
    [[nodiscard]] const std::vector<Mail>& accepted() const { return accepted_; }
    [[nodiscard]] std::size_t replies() const { return replies_; }

    // One connection, to its end. `stream` must stay.
    [[nodiscard]] net::Task<> serve(MemoryStream& stream);

private:
    [[nodiscard]] net::Task<bool> answer(Wire& wire, std::string reply);
    [[nodiscard]] net::Task<bool> take_content(Wire& wire, Mail& mail);
    [[nodiscard]] std::string greeting_of(std::string_view verb) const;

    MailServerOptions options_;
    std::vector<Mail> accepted_;
    std::size_t replies_ = 0;
};

}  // namespace decorum::test
