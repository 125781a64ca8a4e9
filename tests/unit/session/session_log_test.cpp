// What sessions and their upstreams say in the operational log.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gateway/base/log.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/session/wire.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::session::test {
namespace {

using decorum::test::MemoryStream;
using decorum::test::Wire;
using decorum::test::World;

constexpr Milliseconds patience{10000};

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

}  // namespace
}  // namespace decorum::session::test
