// What passes through a session is neither hoarded nor held up.
#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"
#include "tests/support/session/wire.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::session::test {
namespace {

using decorum::test::patience;
using decorum::test::Wire;
using decorum::test::World;

constexpr std::size_t kib = 1024;
constexpr std::size_t message_octets = 4096 * kib;

// Both sides of a session whose message is under way, 354 said. No capacity is left unused by accident: what
// a side can't hold, it waits with.
struct UnderWay {
    explicit UnderWay(World& of_world) : world(of_world), client(world.connect()), wire(*client.end) {}

    World& world;
    World::Client client;
    Wire wire;

    [[nodiscard]] net::Task<> exchange(Wire& from, std::string line, Wire& to) {
        (void)co_await from.send(line, patience);
        const auto came = co_await to.line(patience);
        EXPECT_EQ(came.value_or("nothing"), line);
    }

    [[nodiscard]] net::Task<> begin() {
        (void)co_await wire.reply(patience);
        (void)co_await wire.send("EHLO client\r\n", patience);
        EXPECT_TRUE(co_await world.dialled(1, patience));
        Wire server(*world.connections()[0].end);
        (void)co_await server.send("220 back\r\n", patience);
        (void)co_await server.line(patience);
        (void)co_await server.send("250-back\r\n250 8BITMIME\r\n", patience);
        (void)co_await wire.reply(patience);
        for (const char* command : {"MAIL FROM:<jane@example.net>\r\n", "RCPT TO:<paul@example.org>\r\n"}) {
            co_await exchange(wire, command, server);
            co_await exchange(server, "250 Ok\r\n", wire);
        }
        co_await exchange(wire, "DATA\r\n", server);
        co_await exchange(server, "354 Go on\r\n", wire);
        (void)co_await wire.send("From: jane@example.net\r\n\r\n", patience);
    }
};

config::Settings smtp_settings() {
    config::Settings settings = decorum::test::session_settings(config::Protocol::smtp);
    settings.annotate.require = config::Require::none;
    return settings;
}

net::Task<bool> begin_message(UnderWay& session) {
    co_await session.begin();
    co_return true;
}

// Where a lookup follows, it has begun when the message comes; a stranger's MAIL FROM at the front begins
// nothing.
TEST(MessageFlow, MailFromIsLookedUpAhead) {
    for (const config::Position position : {config::Position::filter, config::Position::front}) {
        config::Settings settings = smtp_settings();
        settings.listeners.front().position = position;
        World world(settings);
        world.people().add("jane@example.net", {.name = "Jane Martin", .headline = {}, .organisation = {}});
        UnderWay session(world);
        EXPECT_TRUE(decorum::test::run_task(world.context(), begin_message(session)));
        const bool front = position == config::Position::front;
        EXPECT_EQ(world.people().asked().size(), front ? 0U : 1U);
    }
}

net::Task<std::size_t> push_while_nobody_reads(UnderWay& session) {
    co_await session.begin();
    const std::string line = std::string(kib - 2, 'x') + "\r\n";
    std::size_t pushed = 0;
    while (pushed < message_octets && co_await session.wire.send(line, Milliseconds{200})) pushed += kib;
    co_return pushed;
}

TEST(MessageFlow, ASessionTakesNoMoreThanItCanPassOn) {
    World world(smtp_settings());
    world.capacity_octets = 4 * kib;
    UnderWay session(world);
    const std::size_t pushed = decorum::test::run_task(world.context(), push_while_nobody_reads(session));
    EXPECT_GT(pushed, 0U);
    EXPECT_LT(pushed, 256 * kib) << "the rest must wait with the client";
}

net::Task<> drip(UnderWay& session, std::size_t& dripped) {
    (void)co_await session.wire.reply(patience);
    while (co_await session.wire.send("N", Milliseconds{1000})) {
        ++dripped;
        co_await net::sleep_for(Milliseconds{10});
    }
}

// RFC 5321 §4.5.3.2 limits the wait for a command, not for an octet of it.
TEST(CommandFlow, AnOctetNowAndThenBuysNoTime) {
    config::Settings settings = smtp_settings();
    settings.timeouts.command = Milliseconds{100};
    World world(std::move(settings));
    UnderWay session(world);
    std::size_t dripped = 0;
    decorum::test::run_tasks(world.context(), drip(session, dripped));
    EXPECT_LT(dripped, 1000U);
    EXPECT_EQ(session.wire.unread(), "421 4.4.2 Idle for too long, closing\r\n");
}

net::Task<> drip_message(UnderWay& session) {
    co_await session.begin();
    while (co_await session.wire.send("x", Milliseconds{1000})) co_await net::sleep_for(Milliseconds{10});
}

// Rule 9: total slow-read protection.
TEST(MessageFlow, AnOctetNowAndThenDoesNotHoldAMessageOpenForEver) {
    config::Settings settings = smtp_settings();
    settings.timeouts.data_total = Milliseconds{150};
    World world(std::move(settings));
    UnderWay session(world);
    decorum::test::run_tasks(world.context(), drip_message(session));
    EXPECT_EQ(session.wire.unread(), "421 4.4.2 The message takes too long, closing\r\n");
    EXPECT_EQ(world.connections()[0].watch->stream, nullptr) << "the upstream was let go";
    EXPECT_EQ(world.listening().tally_of(0).limits[Limit::data_total_time].value(), 1U);
}

net::Task<> ask_and_never_read(UnderWay& session) {
    std::string batch;
    while (batch.size() < 16 * kib) batch += "NOOP\r\n";
    (void)co_await session.wire.send(std::move(batch), patience);
    EXPECT_TRUE(co_await session.client.ended->wait(patience));
}

// Rule 9: whoever leaves the replies unread holds the session as one who says nothing does.
TEST(CommandFlow, RepliesThatNobodyReadsAreLimitedAndCounted) {
    config::Settings settings = smtp_settings();
    settings.timeouts.command = Milliseconds{100};
    World world(std::move(settings));
    world.capacity_octets = 4 * kib;
    UnderWay session(world);
    decorum::test::run_tasks(world.context(), ask_and_never_read(session));
    EXPECT_EQ(world.listening().tally_of(0).limits[Limit::command_time].value(), 1U);
}

net::Task<> begin_and_look(UnderWay& session, std::string& seen) {
    co_await session.begin();
    // More than is gathered for one write (16 KiB), and no end in sight.
    std::string begun;
    while (begun.size() < 20'000) begun += "first lines\r\n";
    (void)co_await session.wire.send(begun, patience);
    co_await World::quiesce();
    seen = Wire(*session.world.connections()[0].end).unread();
}

TEST(MessageFlow, TheBodyIsPassedOnAsItComes) {
    World world(smtp_settings());
    UnderWay session(world);
    std::string seen;
    decorum::test::run_tasks(world.context(), begin_and_look(session, seen));
    EXPECT_TRUE(seen.contains("\r\n\r\nfirst lines\r\n")) << seen;
}

}  // namespace
}  // namespace decorum::session::test
