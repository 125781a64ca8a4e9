// What sessions and their upstreams say in the operational log.
#include <gtest/gtest.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include "gateway/base/log.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/session/wire.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::session::test {
namespace {

using decorum::test::MemoryStream;
using decorum::test::patience;
using decorum::test::Wire;
using decorum::test::World;

// What is logged from now on. After the World, which turns the log off.
class LogLines {
public:
    LogLines() { EXPECT_TRUE(log::start({.format = log::Format::text, .target = file_})); }
    ~LogLines() {
        EXPECT_TRUE(log::start({}));
        std::filesystem::remove(file_);
    }
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;

    [[nodiscard]] std::vector<std::string> with(std::string_view words) const {
        log::flush();
        std::ifstream in(file_);
        std::vector<std::string> found;
        for (std::string line; std::getline(in, line);)
            if (line.contains(words)) found.push_back(line);
        return found;
    }

private:
    std::string file_ =
        std::filesystem::temp_directory_path() / ("session_log_test." + std::to_string(::getpid()) + ".log");
};

net::Task<> refuse(MemoryStream& stream, bool by_greeting) {
    Wire wire(stream);
    (void)co_await wire.line(patience);  // PROXY
    if (!by_greeting) {
        (void)co_await wire.send("220 back\r\n", patience);
        (void)co_await wire.line(patience);
    }
    (void)co_await wire.send("554 5.7.1 Listed\r\n", patience);
}

// Clients come often; that the upstream refuses them may be a fault of the configuration.
TEST(SessionLog, AnUpstreamThatRejectsClientsIsToldOnceAMinute) {
    for (const bool by_greeting : {true, false}) {
        config::Settings settings = decorum::test::session_settings(config::Protocol::smtp);
        settings.upstreams.at("out").send_proxy = config::SendProxy::v1;
        World world(std::move(settings));
        const LogLines lines;
        world.on_dial = [&](std::size_t number) {
            net::detach(world.context().get_executor(),
                        refuse(*world.connections()[number - 1].end, by_greeting), "mail server");
        };
        const ClientIdentity client{
            .peer = decorum::test::outside_peer(), .name = {}, .helo = "client.example.net", .login = {}};
        for (int i = 0; i < 2; ++i) {
            const auto acquired =
                decorum::test::run_task(world.context(), world.pool().acquire(client, false));
            ASSERT_TRUE(acquired);
            EXPECT_TRUE(std::holds_alternative<smtp::Reply>(*acquired));
        }
        const auto told = lines.with("upstream_rejects");
        ASSERT_EQ(told.size(), 1U) << by_greeting;
        EXPECT_TRUE(told.front().contains("upstream=out")) << told.front();
        EXPECT_TRUE(told.front().contains("reply=554")) << told.front();
    }
}

std::int64_t number_after(const std::string& line, std::string_view key) {
    std::int64_t number = -1;
    if (const auto at = line.find(key); at != std::string::npos)
        std::from_chars(line.data() + at + key.size(), line.data() + line.size(), number);
    return number;
}

// A mail server that takes its time to greet, for a login, and to answer DATA.
net::Task<> serve_slowly(MemoryStream& stream, Milliseconds pause) {
    Wire wire(stream);
    co_await net::sleep_for(pause);
    (void)co_await wire.send("220 back\r\n", patience);
    for (auto line = co_await wire.line(patience); line; line = co_await wire.line(patience)) {
        std::string reply = "250 Ok\r\n";
        if (line->starts_with("EHLO")) reply = "250-back\r\n250 AUTH PLAIN\r\n";
        if (line->starts_with("AUTH")) reply = "235 Welcome\r\n";
        if (line->starts_with("DATA")) reply = "354 Go on\r\n";
        if (line->starts_with("AUTH") || line->starts_with("DATA")) co_await net::sleep_for(pause);
        if (line->starts_with("DATA")) {
            (void)co_await wire.send(reply, patience);
            while (line && *line != ".\r\n") line = co_await wire.line(patience);
            reply = "250 Ok\r\n";
        }
        (void)co_await wire.send(reply, patience);
    }
}

net::Task<> submit(World::Client& client) {
    Wire wire(*client.end);
    EXPECT_EQ((co_await wire.reply(patience)).value_or(0), 220);
    for (const auto& [said, code] : std::initializer_list<std::pair<const char*, int>>{
             {"EHLO client\r\n", 250},
             {"AUTH PLAIN AGphbmVAZXhhbXBsZS5vcmcAc2VjcmV0\r\n", 235},
             {"MAIL FROM:<jane@example.org>\r\n", 250},
             {"RCPT TO:<paul@example.org>\r\n", 250},
             {"DATA\r\n", 354},
             {"From: jane@example.org\r\n\r\n.\r\n", 250},
             {"QUIT\r\n", 221}}) {
        (void)co_await wire.send(said, patience);
        EXPECT_EQ((co_await wire.reply(patience)).value_or(0), code) << said;
    }
    EXPECT_TRUE(co_await client.ended->wait(patience));
}

// Where the charter may hold mail back, DATA is said once the header section has passed.
TEST(SessionLog, UpstreamTimeHoldsEachWaitForIt) {
    constexpr Milliseconds pause{150};
    config::Settings settings = decorum::test::session_settings(config::Protocol::smtp);
    settings.listeners.front().policy = config::Policy::outbound;
    settings.listeners.front().position = config::Position::submission;
    settings.outbound.domains = {"example.org"};
    World world(std::move(settings), 0, decorum::test::charter_toml("block"));
    const LogLines lines;
    world.on_dial = [&](std::size_t number) {
        net::detach(world.context().get_executor(), serve_slowly(*world.connections()[number - 1].end, pause),
                    "mail server");
    };
    World::Client client = world.connect();
    decorum::test::run_tasks(world.context(), submit(client));
    const auto ended = lines.with("upstream_ms=");
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_GE(number_after(ended.front(), "upstream_ms="), 3 * pause.count()) << ended.front();
}

}  // namespace
}  // namespace decorum::session::test
