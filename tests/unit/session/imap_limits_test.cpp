// What an IMAP session holds of commands that the upstream hasn't answered is bounded: the client waits.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "gateway/imap/section.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/session/wire.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::session::test {
namespace {

using decorum::test::patience;
using decorum::test::Wire;
using decorum::test::World;

constexpr std::size_t max_held_octets = 256 * 1024;
constexpr std::size_t commands = 30;

net::Task<> expect_line(Wire& wire, std::string_view beginning) {
    const auto line = co_await wire.line(patience);
    EXPECT_TRUE(line && line->starts_with(beginning))
        << beginning << ": " << (line ? *line : line.error().text());
}

net::Task<> log_in(Wire& client, Wire& server) {
    EXPECT_TRUE(co_await server.send("* OK [CAPABILITY IMAP4rev1 LITERAL+ AUTH=PLAIN] back\r\n", patience));
    co_await expect_line(client, "* OK");
    EXPECT_TRUE(co_await client.send("l LOGIN paul secret\r\n", patience));
    co_await expect_line(server, "l LOGIN");
    EXPECT_TRUE(co_await server.send("l OK [CAPABILITY IMAP4rev1 LITERAL+] in\r\n", patience));
    co_await expect_line(client, "l OK");
}

// A thousand names, a piece of what they select: no two of these can be mistaken for each other.
std::string large_fetch(std::size_t number) {
    std::string names = fmt::format("Face n{}", number);
    for (std::size_t i = 2; i < imap::max_field_names; ++i) names += " a";
    return fmt::format("a{} UID FETCH {} BODY.PEEK[HEADER.FIELDS ({})]<0.5>\r\n", number, number, names);
}

TEST(ImapLimits, CommandsThatWouldHoldTooMuchWaitForThoseBeforeThem) {
    config::Settings settings = decorum::test::session_settings(config::Protocol::imap);
    settings.imap.annotate = true;
    World world(std::move(settings));
    const auto play = [](World& in) -> net::Task<> {
        World::Client connection = in.connect();
        Wire client(*connection.end);
        EXPECT_TRUE(co_await in.dialled(1, patience));
        Wire server(*in.connections().front().end);
        co_await log_in(client, server);
        std::string all;
        for (std::size_t i = 0; i < commands; ++i) all += large_fetch(i);
        EXPECT_TRUE(co_await client.send(all, patience));

        std::size_t held = 0;
        for (std::size_t before = 1; held != before;) {
            before = held;
            co_await World::quiesce();
            held = static_cast<std::size_t>(std::ranges::count(server.unread(), '\n'));
        }
        EXPECT_GE(held, 2U);
        EXPECT_LE(held * imap::max_field_names * sizeof(std::string), max_held_octets);
        // Nothing is lost: each goes on as room is made.
        for (std::size_t i = 0; i < commands; ++i) {
            co_await expect_line(server, fmt::format("a{} UID FETCH", i));
            EXPECT_TRUE(co_await server.send(fmt::format("a{} OK done\r\n", i), patience));
            co_await expect_line(client, fmt::format("a{} OK", i));
        }
        connection.end->close();
        EXPECT_TRUE(co_await connection.ended->wait(patience));
    };
    decorum::test::run_tasks(world.context(), play(world));
}

}  // namespace
}  // namespace decorum::session::test
