// Spares, reuse and identity (SMTP.md rule 11), without a session: the pool against an honest mail server.
#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"
#include "tests/support/session/mail_server.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::session::test {
namespace {

using decorum::test::MailServer;
using decorum::test::MailServerOptions;
using decorum::test::Wire;
using decorum::test::World;

struct Make {
    config::Protocol protocol = config::Protocol::smtp;
    std::uint64_t spares = 0;
    std::uint64_t max_idle = 8;
    std::vector<std::string> extensions{"PIPELINING"};
    config::SendProxy send_proxy = config::SendProxy::none;
};

config::Settings settings_of(const Make& make) {
    config::Settings settings = decorum::test::session_settings(make.protocol);
    config::Upstream& upstream = settings.upstreams.at("out");
    upstream.spares = make.spares;
    upstream.max_idle = make.max_idle;
    upstream.send_proxy = make.send_proxy;
    return settings;
}

// A pool whose every connection is served.
class Pool {
public:
    explicit Pool(const Make& make)
        : server_({.lmtp = make.protocol == config::Protocol::lmtp, .extensions = make.extensions}),
          world_(settings_of(make)) {
        identity_.peer = decorum::test::outside_peer();
        identity_.helo = "client.example.net";
        world_.on_dial = [this](std::size_t number) {
            if (serves)
                net::detach(world_.context().get_executor(),
                            server_.serve(*world_.connections()[number - 1].end), "mail server");
        };
    }
    UpstreamPool* operator->() { return &world_.pool(); }
    World& world() { return world_; }

    Result<UpstreamPtr> acquire(bool fresh = false) {
        auto acquired = decorum::test::run_task(world_.context(), world_.pool().acquire(identity_, fresh));
        world_.run_ready();  // what is refilled
        if (!acquired) return std::unexpected(acquired.error());
        return std::get<UpstreamPtr>(std::move(*acquired));
    }
    void names(std::string helo) { identity_.helo = std::move(helo); }
    void release(UpstreamPtr upstream) {
        world_.pool().release(std::move(upstream));
        world_.run_ready();
    }
    void start() {
        world_.pool().start();
        world_.run_ready();
    }
    [[nodiscard]] std::size_t dialled() { return world_.connections().size(); }
    [[nodiscard]] bool is_open(std::size_t number) {
        return world_.connections()[number - 1].watch->stream != nullptr;
    }
    // All that was said on a connection.
    [[nodiscard]] std::string said(std::size_t number) {
        std::string all;
        for (const auto& octets : world_.connections()[number - 1].watch->writes) all += octets;
        return all;
    }

    bool serves = true;  // connections are greeted from now on

private:
    MailServer server_;
    World world_;
    ClientIdentity identity_;
};

TEST(UpstreamPool, RemembersWhatTheUpstreamSaidLast) {
    Pool pool({.extensions = {"PIPELINING", "SIZE 1000"}});
    EXPECT_EQ(pool->remembered(), nullptr);
    ASSERT_TRUE(pool.acquire());
    ASSERT_NE(pool->remembered(), nullptr);
    EXPECT_TRUE(pool->remembered()->has("PIPELINING"));
    EXPECT_EQ(pool->remembered()->size_octets(), 1000U);
    EXPECT_FALSE(pool->verified_tls());
}

TEST(UpstreamPool, StartFillsTheSparesBeforeAnyClientComes) {
    Pool pool({.spares = 2});
    pool.start();
    EXPECT_EQ(pool.dialled(), 2U);
    EXPECT_EQ(pool->tally().spares.value(), 2);
    EXPECT_NE(pool->remembered(), nullptr);
    pool->stop();
    EXPECT_EQ(pool->tally().spares.value(), 0);
}

TEST(UpstreamPool, GivesASpareOutOnceAndReplacesIt) {
    Pool pool({.spares = 1});
    pool.start();
    const auto first = pool.acquire();
    ASSERT_TRUE(first);
    EXPECT_EQ(pool.dialled(), 2U) << "the place was refilled";
    EXPECT_EQ(pool->tally().spares_taken.value(), 1U);
    EXPECT_EQ(pool->tally().spares.value(), 1);
    EXPECT_EQ(pool->tally().opened.value(), 2U);
    EXPECT_TRUE(pool->tally().up);
    const auto second = pool.acquire();
    ASSERT_TRUE(second);
    EXPECT_EQ(pool.dialled(), 3U);
    EXPECT_NE(first->get(), second->get());
    EXPECT_EQ(pool.said(1), "EHLO mx.example.org\r\n");
}

TEST(UpstreamPool, DropsSparesThatEndedOrSpoke) {
    Pool pool({.spares = 2});
    pool.start();
    pool.world().connections()[0].end->close();
    Wire second(*pool.world().connections()[1].end);
    decorum::test::run_task(pool.world().context(), second.send("421 4.4.2 Idle\r\n", Milliseconds{1000}));
    const auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    EXPECT_FALSE(pool.is_open(1));
    EXPECT_FALSE(pool.is_open(2));
    EXPECT_TRUE((*acquired)->quiet());
}

// A balancer may have forgotten it without a word, and the upstream reads new settings for new connections
// alone.
TEST(UpstreamPool, NoClientIsGivenAnOldSpare) {
    Pool pool({.spares = 1});
    pool.start();
    pool->set_max_age({});
    ASSERT_TRUE(pool.acquire());
    EXPECT_EQ(pool.dialled(), 2U);
    EXPECT_EQ(pool.said(1), "EHLO mx.example.org\r\nQUIT\r\n");
    EXPECT_FALSE(pool.is_open(1));
    EXPECT_EQ(pool->tally().spares_taken.value(), 0U);
}

TEST(UpstreamPool, FreshLeavesSparesAside) {
    Pool pool({.spares = 1});
    pool.start();
    const auto acquired = pool.acquire(true);
    ASSERT_TRUE(acquired);
    EXPECT_EQ(pool.dialled(), 2U);
    EXPECT_TRUE(pool.is_open(1)) << "the spare waits for somebody else";
}

TEST(UpstreamPool, SmtpWithoutXclientIsNeverUsedAgain) {
    Pool pool({});
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    pool.release(std::move(*acquired));
    EXPECT_FALSE(pool.is_open(1));
    EXPECT_EQ(pool.said(1), "EHLO mx.example.org\r\nQUIT\r\n");
    ASSERT_TRUE(pool.acquire());
    EXPECT_EQ(pool.dialled(), 2U);
}

TEST(UpstreamPool, LmtpIsUsedAgain) {
    Pool pool({.protocol = config::Protocol::lmtp});
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    pool.release(std::move(*acquired));
    ASSERT_TRUE(pool.acquire());
    EXPECT_EQ(pool.dialled(), 1U);
    EXPECT_EQ(pool.said(1), "LHLO mx.example.org\r\n");
}

TEST(UpstreamPool, KeepsNoMoreIdleConnectionsThanAllowed) {
    Pool pool({.protocol = config::Protocol::lmtp, .max_idle = 1});
    auto first = pool.acquire();
    auto second = pool.acquire();
    ASSERT_TRUE(first && second);
    pool.release(std::move(*first));
    pool.release(std::move(*second));
    EXPECT_TRUE(pool.is_open(1));
    EXPECT_FALSE(pool.is_open(2));
}

TEST(UpstreamPool, DeadIdleConnectionIsNotGivenOut) {
    Pool pool({.protocol = config::Protocol::lmtp});
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    pool.release(std::move(*acquired));
    pool.world().connections()[0].end->close();
    acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    EXPECT_EQ(pool.dialled(), 2U);
}

TEST(UpstreamPool, XclientTellsEachClientAnew) {
    Pool pool({.extensions = {"XCLIENT ADDR HELO"}});
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    pool.release(std::move(*acquired));
    ASSERT_TRUE(pool.acquire());
    EXPECT_EQ(pool.dialled(), 1U);
    const std::string told = "XCLIENT ADDR=192.0.2.7 HELO=client.example.net\r\nEHLO client.example.net\r\n";
    EXPECT_EQ(pool.said(1), "EHLO mx.example.org\r\n" + told + told);
}

// What the last client said of itself is not said for one that has not said its name yet.
TEST(UpstreamPool, XclientForAClientWithoutNameSaysOurs) {
    Pool pool({.extensions = {"XCLIENT HELO"}});
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    pool.release(std::move(*acquired));
    pool.names({});
    ASSERT_TRUE(pool.acquire());
    EXPECT_EQ(pool.dialled(), 1U);
    EXPECT_EQ(pool.said(1),
              "EHLO mx.example.org\r\n"
              "XCLIENT HELO=client.example.net\r\nEHLO client.example.net\r\n"
              "XCLIENT HELO=[UNAVAILABLE]\r\nEHLO mx.example.org\r\n");
}

TEST(UpstreamPool, SpareThatDiesAtXclientIsReplaced) {
    Pool pool({.spares = 1, .extensions = {"XCLIENT ADDR"}});
    pool.world().upstream_plan = [](std::size_t number) {
        // Write and read of the greeting, EHLO and its reply go well; the next write doesn't.
        return number == 1 ? decorum::test::MemoryPlan{.fail_at = 4} : decorum::test::MemoryPlan{};
    };
    pool.start();
    ASSERT_EQ(pool.dialled(), 1U);
    const auto acquired = pool.acquire();
    ASSERT_TRUE(acquired) << acquired.error().text();
    EXPECT_GE(pool.dialled(), 2U);
}

net::Task<> say_hello(decorum::test::MemoryStream& stream) {
    Wire wire(stream);
    (void)co_await wire.send("220 back\r\n250 back\r\n", Milliseconds{1000});
}

TEST(UpstreamPool, ProxyHeaderMeansOneConnectionAClient) {
    Pool pool({.protocol = config::Protocol::lmtp, .spares = 2, .send_proxy = config::SendProxy::v1});
    pool.start();
    EXPECT_EQ(pool.dialled(), 0U) << "a spare has no client to name";
    pool.serves = false;  // an honest server would take the header for a command
    pool.world().on_dial = [&](std::size_t number) {
        auto& end = *pool.world().connections()[number - 1].end;
        net::detach(pool.world().context().get_executor(), say_hello(end), "mail server");
    };
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired) << acquired.error().text();
    EXPECT_TRUE(pool.said(1).starts_with("PROXY TCP4 192.0.2.7 "));
    pool.release(std::move(*acquired));
    EXPECT_FALSE(pool.is_open(1)) << "it names another client";
}

TEST(UpstreamPool, KeepsNoneReadyWhileAnotherThreadsClientWaits) {
    Pool pool({.protocol = config::Protocol::lmtp, .spares = 1});
    pool.start();
    pool->tally().note_waiting();
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    EXPECT_EQ(pool.dialled(), 1U) << "the spare was given out, and no other one asked for";
    pool.release(std::move(*acquired));
    EXPECT_FALSE(pool.is_open(1));
}

TEST(UpstreamPool, OpensNoneWhereAnotherThreadsClientHasWaited) {
    Pool pool({.spares = 2});
    pool->tally().note_waiting();
    pool.start();
    EXPECT_EQ(pool.dialled(), 0U);
    EXPECT_TRUE(pool.acquire()) << "the client's own";
    pool->stop();
}

TEST(UpstreamPool, UnreachableUpstreamIsAnErrorAndRemembersNothing) {
    Pool pool({});
    pool.world().reachable = false;
    const auto acquired = pool.acquire();
    ASSERT_FALSE(acquired);
    EXPECT_EQ(acquired.error().code, errc::refused);
    EXPECT_EQ(pool->remembered(), nullptr);
}

TEST(UpstreamPool, StoppedPoolOpensAndKeepsNothing) {
    Pool pool({.protocol = config::Protocol::lmtp, .spares = 1});
    pool.start();
    auto acquired = pool.acquire();
    ASSERT_TRUE(acquired);
    const std::size_t dialled = pool.dialled();
    pool->stop();
    pool.release(std::move(*acquired));
    for (std::size_t number = 1; number <= dialled; ++number) EXPECT_FALSE(pool.is_open(number));
    EXPECT_EQ(pool.dialled(), dialled);
}

}  // namespace
}  // namespace decorum::session::test
