// Every step of an IMAP session fails in turn, and runs out of time in turn, on either side. Whatever
// happens, the session ends; what the client was given of a message is the block and the message, from its
// beginning, and nothing in its place; OK to an APPEND is the mail server's, which has the whole message.
#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/message/header_section.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/io_threads.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/session/wire.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::session::test {
namespace {

using decorum::test::MemoryPlan;
using decorum::test::patience;
using decorum::test::Wire;
using decorum::test::World;

constexpr std::size_t most_imap_steps = 500;
constexpr std::size_t block_octets = 2048;

const std::string shown_message = "From: Jane <jane@example.net>\r\nSubject: x\r\n\r\nbody\r\n";
const std::string appended_message = "Subject: appended\r\n\r\nbody\r\n";

struct ImapFaults {
    MemoryPlan client = {};
    MemoryPlan upstream = {};
};

// A mail server that knows four commands and keeps what was appended.
class ImapServer {
public:
    net::Task<> serve(decorum::test::MemoryStream& stream) {
        Wire wire(stream);
        bool going = co_await say(wire, "* OK [CAPABILITY IMAP4rev1 LITERAL+ AUTH=PLAIN] back\r\n");
        while (going) {
            const auto line = co_await wire.line(patience);
            if (!line) break;
            const std::string tag = line->substr(0, line->find(' '));
            if (line->find(" LOGIN ") != line->npos) {
                going = co_await say(wire, tag + " OK [CAPABILITY IMAP4rev1 LITERAL+] in\r\n");
            } else if (line->find(" FETCH ") != line->npos) {
                going = co_await say(
                    wire, "* 1 FETCH (UID 1 INTERNALDATE \"23-Nov-2026 10:00:00 +0000\" BODY[] {" +
                              std::to_string(shown_message.size()) + "}\r\n" + shown_message + ")\r\n" + tag +
                              " OK done\r\n");
            } else if (line->find(" APPEND ") != line->npos) {
                std::string octets;
                for (auto next = co_await wire.line(patience); next; next = co_await wire.line(patience)) {
                    octets += *next;
                    if (octets.size() > appended_message.size()) break;
                }
                if (octets != appended_message + "\r\n") break;
                appended = true;
                going = co_await say(wire, tag + " OK done\r\n");
            } else {
                going = co_await say(wire, tag + " OK done\r\n");
            }
        }
        stream.close();
    }

    bool appended = false;

private:
    static net::Task<bool> say(Wire& wire, std::string octets) {
        co_return (co_await wire.send(std::move(octets), patience)).has_value();
    }
};

config::Settings settings(bool tls) {
    config::Settings out = decorum::test::session_settings(config::Protocol::imap);
    out.annotate.require = config::Require::none;
    out.imap.annotate = true;
    out.imap.block = block_octets;
    if (tls) out.listeners.front().tls = config::TlsMode::implicit;
    if (tls) out.upstreams.at("out").tls = config::TlsMode::implicit;
    return out;
}

class ImapExchange {
public:
    ImapExchange(bool tls, const ImapFaults& faults) : faults_(faults), world_(settings(tls)) {
        world_.people().add("jane@example.net",
                            {.name = "Jane Martin", .headline = "HR Director", .organisation = "ACME"});
        world_.upstream_plan = [this](std::size_t) { return faults_.upstream; };
        world_.on_dial = [this](std::size_t number) {
            net::detach(world_.context().get_executor(), server_.serve(*world_.connections()[number - 1].end),
                        "mail server");
        };
    }

    void run() {
        decorum::test::run_tasks(world_.context(), play());
        EXPECT_TRUE(ended_) << "the session goes on";
        for (const World::Connection& connection : world_.connections())
            EXPECT_EQ(connection.watch->stream, nullptr) << "the upstream's side is still there";
        expect_a_beginning();
        if (got_.find("d OK") != got_.npos) EXPECT_TRUE(server_.appended) << "OK for what nobody has";
    }

    [[nodiscard]] bool complete() const { return got_.find("e OK") != got_.npos; }
    [[nodiscard]] std::size_t client_operations() const { return client_operations_; }
    [[nodiscard]] std::size_t upstream_operations() {
        return world_.connections().empty() ? 0 : world_.connections().front().watch->operations;
    }

private:
    // Everything up to and with the line that begins so.
    net::Task<bool> read_to(Wire& wire, std::string_view beginning) {
        for (auto line = co_await wire.line(patience); line; line = co_await wire.line(patience)) {
            got_ += *line;
            if (line->starts_with(beginning)) co_return true;
        }
        got_ += wire.unread();
        co_return false;
    }
    net::Task<bool> command(Wire& wire, std::string text, std::string_view end) {
        if (!co_await wire.send(std::move(text), patience)) co_return false;
        co_return co_await read_to(wire, end);
    }
    net::Task<> talk(Wire wire) {
        if (!co_await read_to(wire, "* OK")) co_return;
        if (!co_await command(wire, "a LOGIN paul secret\r\n", "a OK")) co_return;
        if (!co_await command(wire, "b SELECT INBOX\r\n", "b OK")) co_return;
        if (!co_await command(wire, "c UID FETCH 1 (BODY.PEEK[])\r\n", "c OK")) co_return;
        const std::string size = std::to_string(appended_message.size());
        if (!co_await command(wire, "d APPEND INBOX {" + size + "}\r\n", "+")) co_return;
        if (!co_await command(wire, appended_message + "\r\n", "d OK")) co_return;
        (void)co_await command(wire, "e NOOP\r\n", "e OK");
    }
    net::Task<> play() {
        MemoryPlan plan = faults_.client;
        plan.peer = decorum::test::outside_peer();
        World::Client client = world_.connect(std::move(plan));
        co_await talk(Wire(*client.end));
        client.end->close();
        ended_ = co_await client.ended->wait(patience);
        client_operations_ = client.watch->operations;
        co_await World::quiesce();
    }
    void expect_a_beginning() const {
        const std::string announced =
            " BODY[] {" + std::to_string(block_octets + shown_message.size()) + "}\r\n";
        const std::size_t at = got_.find(announced);
        if (at == got_.npos) return;
        const std::string shown = got_.substr(at + announced.size());
        EXPECT_TRUE(shown.starts_with(std::string("Sender-Profile").substr(0, shown.size())));
        if (shown.size() <= block_octets) return;
        const std::string rest = shown.substr(block_octets, shown_message.size());
        EXPECT_EQ(rest, shown_message.substr(0, rest.size()));
    }

    ImapFaults faults_;
    ImapServer server_;
    World world_;
    std::string got_;
    std::size_t client_operations_ = 0;
    bool ended_ = false;
};

class ImapFaulty : public testing::TestWithParam<bool> {
protected:
    template <class Make, class Reached>
    void sweep(Make make, Reached reached) {
        for (std::size_t step = 1;; ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            ASSERT_LT(step, most_imap_steps);
            ImapExchange exchange(GetParam(), make(step));
            exchange.run();
            if (HasFailure()) return;
            if (reached(exchange) < step) {
                EXPECT_TRUE(exchange.complete()) << "the last run has no fault";
                EXPECT_GT(step, 8U);
                return;
            }
        }
    }
};

constexpr auto imap_client_operations = [](ImapExchange& exchange) { return exchange.client_operations(); };
constexpr auto imap_upstream_operations = [](ImapExchange& exchange) {
    return exchange.upstream_operations();
};

TEST_P(ImapFaulty, NothingGoesWrongByItself) {
    ImapExchange exchange(GetParam(), {});
    exchange.run();
    EXPECT_TRUE(exchange.complete());
}

TEST_P(ImapFaulty, ClientSideFailsAtEachStep) {
    for (const errc failure : {errc::reset, errc::closed, errc::tls_failed})
        sweep([failure](
                  std::size_t step) { return ImapFaults{.client = {.fail_at = step, .failure = failure}}; },
              imap_client_operations);
}

TEST_P(ImapFaulty, ClientSideRunsOutOfTimeAtEachStep) {
    sweep([](std::size_t step) { return ImapFaults{.client = {.stall_at = step}}; }, imap_client_operations);
}

TEST_P(ImapFaulty, UpstreamSideFailsAtEachStep) {
    for (const errc failure : {errc::reset, errc::closed, errc::tls_failed})
        sweep([failure](
                  std::size_t step) { return ImapFaults{.upstream = {.fail_at = step, .failure = failure}}; },
              imap_upstream_operations);
}

TEST_P(ImapFaulty, UpstreamSideRunsOutOfTimeAtEachStep) {
    sweep([](std::size_t step) { return ImapFaults{.upstream = {.stall_at = step}}; },
          imap_upstream_operations);
}

// A bug on one side ends the session, on both sides, and no other.
TEST_P(ImapFaulty, ClientSideThrowsAtEachStep) {
    sweep([](std::size_t step) { return ImapFaults{.client = {.throw_at = step}}; }, imap_client_operations);
}

TEST_P(ImapFaulty, UpstreamSideThrowsAtEachStep) {
    sweep([](std::size_t step) { return ImapFaults{.upstream = {.throw_at = step}}; },
          imap_upstream_operations);
}

INSTANTIATE_TEST_SUITE_P(Imap, ImapFaulty, testing::Values(false, true),
                         [](const auto& tested) { return tested.param ? "Tls" : "Clear"; });

}  // namespace
}  // namespace decorum::session::test
