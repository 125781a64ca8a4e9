// One whole exchange under faults: a client that sends messages through a session to a mail server, with a
// plan for what goes wrong, and the promises that hold whatever goes wrong.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/session/mail_server.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::session::test {

using decorum::test::MailServer;
using decorum::test::MailServerOptions;
using decorum::test::MemoryPlan;
using decorum::test::World;

struct Faults {
    MemoryPlan client = {};                                // of the session's end
    std::function<MemoryPlan(std::size_t)> upstream = {};  // by number of the connection, from 1
    std::size_t client_silent_from = 0;  // the client's step (write or reply) it never takes
    std::size_t server_silent_from = 0;  // the server's reply it never sends
    bool server_reads_on = true;
};

struct Setting {
    bool lmtp = false;
    bool pipelined = true;       // client and server
    bool tls = false;            // STARTTLS on both sides
    bool silent_people = false;  // every lookup ends at its deadline
    // The client logs in and submits, under a charter that holds mail back: DATA is said to the server once
    // the header section has passed. The first message leaves the house and is refused, the second passes.
    bool held_back = false;
    std::size_t capacity_octets = 65536;  // between the session and either side
    Milliseconds patience{10000};         // every limit of the session
    std::size_t content_octets = 2000;    // of each message
};

class Exchange {
public:
    Exchange(const Setting& setting, const Faults& faults);

    // Runs it, and expects the promises to be kept: the session ends; 2yz for a message only where the server
    // took it with its final dot; what the server took is block (or what a submission gets on top) and
    // original, octet by octet, once; and it never took what was held back.
    void run();

    // Verdicts on the messages that the client sent to their end, in order; over LMTP one a recipient.
    [[nodiscard]] const std::vector<std::vector<int>>& verdicts() const { return verdicts_; }
    [[nodiscard]] const std::vector<int>& replies() const { return replies_; }  // all that the client got
    [[nodiscard]] std::size_t delivered() const { return server_.accepted().size(); }
    [[nodiscard]] std::size_t client_operations() const { return client_operations_; }
    [[nodiscard]] std::size_t upstream_operations() const;  // of the first connection
    [[nodiscard]] std::size_t client_steps() const { return client_steps_; }
    [[nodiscard]] std::size_t server_replies() const { return server_.replies(); }

    static constexpr std::size_t messages = 2;
    [[nodiscard]] std::size_t deliverable() const { return setting_.held_back ? 1 : messages; }

private:
    [[nodiscard]] net::Task<> play();
    [[nodiscard]] net::Task<bool> talk(decorum::test::Wire wire);
    [[nodiscard]] net::Task<bool> send(decorum::test::Wire& wire, std::string octets);
    [[nodiscard]] net::Task<int> reply(decorum::test::Wire& wire);  // 0: none came
    [[nodiscard]] net::Task<bool> send_message(decorum::test::Wire& wire, std::size_t number);
    [[nodiscard]] std::string message(std::size_t number) const;
    [[nodiscard]] bool is_held_back(std::size_t number) const { return setting_.held_back && number == 1; }
    [[nodiscard]] std::string sender() const {
        return setting_.held_back ? "jane@example.org" : "jane@example.net";
    }
    [[nodiscard]] std::vector<std::string> recipients(std::size_t number) const;
    // The message without what the session put on top of it.
    [[nodiscard]] std::string original_of(const MailServer::Mail& mail) const;
    [[nodiscard]] bool is_silent();
    // The number of the message that the server took; 0, and a failure, where nobody sent it like that.
    [[nodiscard]] std::size_t number_of(const MailServer::Mail& mail) const;

    Setting setting_;
    Faults faults_;
    MailServer server_;
    World world_;
    std::vector<std::vector<int>> verdicts_;
    std::vector<std::size_t> sent_;  // numbers of the messages that verdicts_ are on
    std::vector<int> replies_;
    std::size_t client_steps_ = 0;
    std::size_t client_operations_ = 0;
    bool ended_ = false;
};

}  // namespace decorum::session::test
