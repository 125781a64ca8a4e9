// The plain stream over real sockets.
#include "gateway/net/socket_stream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "gateway/net/event.hpp"
#include "gateway/net/io_threads.hpp"
#include "tests/unit/net/socket_pair.hpp"

namespace decorum::net {
namespace {
using namespace decorum::test;

class SocketStreamOver : public testing::TestWithParam<int> {
protected:
    void SetUp() override { ignore_sigpipe(); }
    boost::asio::io_context context{1};
    SocketPair pair{context, GetParam()};
    std::array<char, 4096> buffer;
};

TEST_P(SocketStreamOver, CarriesOctetsBothWays) {
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write("EHLO client.example\r\n", ample));
        EXPECT_EQ(co_await read_exactly(*pair.server, 21), "EHLO client.example\r\n");
        EXPECT_TRUE(co_await pair.server->write("250 mx.example.org\r\n", ample));
        EXPECT_EQ(co_await read_exactly(*pair.client, 20), "250 mx.example.org\r\n");
        co_return true;
    }());
}

TEST_P(SocketStreamOver, GathersPiecesInOrderAndSkipsEmptyOnes) {
    run_task(context, [&]() -> Task<bool> {
        const std::string_view pieces[] = {"", "a", "", "bc", "def", ""};
        EXPECT_TRUE(co_await pair.client->write(pieces, ample));
        EXPECT_EQ(co_await read_exactly(*pair.server, 6), "abcdef");
        EXPECT_TRUE(co_await pair.client->write(std::span<const std::string_view>(), ample));
        co_return true;
    }());
}

TEST_P(SocketStreamOver, WritesTwentyMegabytesInManyPiecesToASlowReader) {
    std::string message(20'000'000, '\0');
    for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<char>(i * 31 + i / 251);
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0, size = 1; at < message.size(); at += size, size = size * 7 % 100'003 + 1)
        pieces.push_back(std::string_view(message).substr(at, size = std::min(size, message.size() - at)));
    std::string received;
    run_tasks(
        context,
        [&]() -> Task<> {
            const auto written = co_await pair.client->write(pieces, ample);
            EXPECT_TRUE(written);
            pair.client->close();
        }(),
        [&]() -> Task<> {
            std::string chunk(50'000, '\0');
            for (int reads = 0;; ++reads) {
                const auto got = co_await pair.server->read_some(chunk, ample);
                if (!got) {
                    EXPECT_EQ(got.error().code, errc::closed);
                    break;
                }
                received.append(chunk, 0, *got);
                if (reads % 50 == 0) co_await sleep_for(Milliseconds(1));
            }
        }());
    EXPECT_TRUE(received == message);
}

TEST_P(SocketStreamOver, TryReadGivesNothingWhereNothingIsAndTheEndWhereItIs) {
    run_task(context, [&]() -> Task<bool> {
        EXPECT_EQ(pair.server->try_read(buffer).value(), 0U);
        EXPECT_TRUE(co_await pair.client->write("x", ample));
        EXPECT_TRUE(co_await pair.server->wait_readable(ample));
        EXPECT_EQ(pair.server->try_read(buffer).value(), 1U);
        pair.client->close();
        EXPECT_TRUE(co_await pair.server->wait_readable(ample));
        EXPECT_EQ(pair.server->try_read(buffer).error().code, errc::closed);
        co_return true;
    }());
}

TEST_P(SocketStreamOver, ASilentPeerIsATimeOutNeitherEarlyNorMuchLater) {
    run_task(context, [&]() -> Task<bool> {
        for (const bool reading : {true, false}) {
            const auto start = SteadyClock::now();
            const errc code = reading
                                  ? (co_await pair.server->read_some(buffer, Milliseconds(120))).error().code
                                  : (co_await pair.server->wait_readable(Milliseconds(120))).error().code;
            const auto took = SteadyClock::now() - start;
            EXPECT_EQ(code, errc::timed_out);
            EXPECT_GE(took, Milliseconds(120));
            EXPECT_LT(took, Milliseconds(2000));
        }
        // The stream goes on.
        EXPECT_TRUE(co_await pair.client->write("late", ample));
        EXPECT_EQ(co_await read_exactly(*pair.server, 4), "late");
        co_return true;
    }());
}

TEST_P(SocketStreamOver, APeerThatDoesNotReadIsATimeOut) {
    run_task(context, [&]() -> Task<bool> {
        const std::string much(32 << 20, 'x');
        EXPECT_EQ((co_await pair.client->write(much, brief)).error().code, errc::timed_out);
        co_return true;
    }());
}

TEST_P(SocketStreamOver, AWriteThatRunsOutOfTimeLeavesTheWaitingReadAlone) {
    const std::string much(32 << 20, 'x');
    run_tasks(
        context,
        [&]() -> Task<> {
            EXPECT_EQ((co_await pair.client->write(much, brief)).error().code, errc::timed_out);
            co_await write_all(*pair.server, "still here");
        }(),
        [&]() -> Task<> { EXPECT_EQ(co_await read_exactly(*pair.client, 10), "still here"); }());
}

TEST_P(SocketStreamOver, AnOrderlyEndIsClosedAndOctetsBeforeItAreRead) {
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write("QUIT\r\n", ample));
        pair.client->close();
        Error end{errc::io, {}};
        EXPECT_EQ(co_await read_to_end(*pair.server, end), "QUIT\r\n");
        EXPECT_EQ(end.code, errc::closed);
        co_return true;
    }());
}

TEST_P(SocketStreamOver, WritingToAPeerThatHasGoneIsAReset) {
    run_task(context, [&]() -> Task<bool> {
        pair.server->close();
        Result<> written;
        for (int i = 0; i < 100 && written; ++i) written = co_await pair.client->write("250 ok\r\n", ample);
        EXPECT_EQ(written.error().code, errc::reset);
        co_return true;
    }());
}

TEST_P(SocketStreamOver, CancelEndsAWaitAndLeavesTheStreamUsable) {
    run_tasks(
        context,
        [&]() -> Task<> {
            EXPECT_EQ((co_await pair.server->wait_readable(ample)).error().code, errc::cancelled);
            EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::cancelled);
            EXPECT_TRUE(co_await pair.server->write("421 closing\r\n", ample));
        }(),
        [&]() -> Task<> {
            co_await sleep_for(Milliseconds(5));
            pair.server->cancel();
            co_await sleep_for(Milliseconds(5));
            pair.server->cancel();
            EXPECT_EQ(co_await read_exactly(*pair.client, 13), "421 closing\r\n");
        }());
}

TEST_P(SocketStreamOver, CloseEndsAWaitAndEveryLaterOperation) {
    run_tasks(
        context,
        [&]() -> Task<> {
            EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::cancelled);
            EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::cancelled);
            EXPECT_EQ((co_await pair.server->wait_readable(ample)).error().code, errc::cancelled);
            EXPECT_EQ((co_await pair.server->write("x", ample)).error().code, errc::cancelled);
            EXPECT_EQ(pair.server->try_read(buffer).error().code, errc::cancelled);
        }(),
        [&]() -> Task<> {
            co_await sleep_for(Milliseconds(5));
            pair.server->close();
            pair.server->close();
            pair.server->cancel();
        }());
}

TEST_P(SocketStreamOver, ALastReplyIsNotLostWhereTheClientsOctetsWereNotRead) {
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write(std::string(20'000, 'x'), ample));
        co_await sleep_for(Milliseconds(10));
        EXPECT_TRUE(co_await pair.server->write("421 too many errors\r\n", ample));
        pair.server->close();
        Error end{errc::io, {}};
        EXPECT_EQ(co_await read_to_end(*pair.client, end), "421 too many errors\r\n");
        EXPECT_EQ(end.code, errc::closed);
        co_return true;
    }());
}

TEST_P(SocketStreamOver, APeerThatAlwaysHasMoreDoesNotKeepItsThreadFromOthers) {
    bool other_ran = false;
    std::size_t reads_before = 0;
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write(std::string(50'000, 'x'), ample));
        EXPECT_TRUE(co_await pair.server->wait_readable(ample));
        boost::asio::post(context, [&] { other_ran = true; });
        std::array<char, 100> little;
        while (!other_ran && ++reads_before < 400)
            EXPECT_TRUE(co_await pair.server->read_some(little, ample));
        co_return true;
    }());
    EXPECT_LT(reads_before, 50U);
}

// The reactor tells once of octets and an end that came together.
TEST_P(SocketStreamOver, AnEndThatCameInWithTheLastOctetsIsToldSoonAfterThem) {
    run_task(context, [&]() -> Task<bool> {
        EXPECT_EQ(pair.client->try_write("QUIT\r\n"), 6U);
        EXPECT_EQ(::shutdown(pair.client->descriptor(), SHUT_WR), 0);
        EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).value(), 6U);
        // Our writing does not disturb a peer that has only ended its side.
        EXPECT_TRUE(co_await pair.server->write("221 2.0.0 Bye\r\n", ample));
        for (int i = 0; i < 2; ++i) {
            const auto start = SteadyClock::now();
            EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::closed);
            EXPECT_LT(SteadyClock::now() - start, Milliseconds(1000));
        }
        co_return true;
    }());
}

TEST_P(SocketStreamOver, AnEndThatCameInWithTheLastOctetsIsToldWithinAShortLimit) {
    run_task(context, [&]() -> Task<bool> {
        EXPECT_EQ(pair.client->try_write("QUIT\r\n"), 6U);
        EXPECT_EQ(::shutdown(pair.client->descriptor(), SHUT_WR), 0);
        EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).value(), 6U);
        EXPECT_EQ((co_await pair.server->read_some(buffer, Milliseconds(1))).error().code, errc::closed);
        co_return true;
    }());
}

// What follows a read that left room in its buffer: first a short wait with a second look, then a long one.
TEST_P(SocketStreamOver, AfterAShortReadSilenceIsATimeOutNeitherEarlyNorMuchLater) {
    run_task(context, [&]() -> Task<bool> {
        for (const Milliseconds limit :
             {Milliseconds(0), Milliseconds(60), Milliseconds(100), Milliseconds(250)}) {
            EXPECT_TRUE(co_await pair.client->write("NOOP\r\n", ample));
            EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).value(), 6U);
            for (int i = 0; i < 2; ++i) {
                const auto start = SteadyClock::now();
                EXPECT_EQ((co_await pair.server->read_some(buffer, limit)).error().code, errc::timed_out);
                EXPECT_GE(SteadyClock::now() - start, limit);
                EXPECT_LT(SteadyClock::now() - start, limit + Milliseconds(1000));
            }
        }
        co_return true;
    }());
}

TEST_P(SocketStreamOver, AReadIsCancelledBeforeAndAfterItsSecondLook) {
    for (const Milliseconds moment : {Milliseconds(5), Milliseconds(300)}) {
        run_tasks(
            context,
            [&]() -> Task<> {
                EXPECT_TRUE(co_await pair.client->write("NOOP\r\n", ample));
                EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).value(), 6U);
                EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::cancelled);
                // Nothing that comes later is missed.
                EXPECT_TRUE(co_await pair.client->write("RSET\r\n", ample));
                EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).value(), 6U);
            }(),
            [&]() -> Task<> {
                co_await sleep_for(moment);
                pair.server->cancel();
            }());
    }
}

TEST_P(SocketStreamOver, CancelReachesAReadThatGivesWayToOthers) {
    bool cancelled = false;
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write(std::string(50'000, 'x'), ample));
        std::array<char, 100> little;
        EXPECT_EQ((co_await pair.server->read_some(little, ample)).value(), little.size());
        boost::asio::post(context, [&] { pair.server->cancel(); });
        for (int reads = 0; reads < 400 && !cancelled; ++reads) {
            const auto got = co_await pair.server->read_some(little, ample);
            cancelled = !got && got.error().code == errc::cancelled;
        }
        co_return true;
    }());
    EXPECT_TRUE(cancelled);
}

// Each way of reading leaves the others what is there, and the news of what comes.
TEST_P(SocketStreamOver, NothingIsMissedHoweverReadsAndWaitsFollowEachOther) {
    constexpr std::size_t total = 200'000;
    std::string received;
    run_tasks(
        context,
        [&]() -> Task<> {
            std::string sent(total, '\0');
            for (std::size_t i = 0; i < total; ++i) sent[i] = static_cast<char>(i * 31 + i / 251);
            for (std::size_t at = 0, step = 1; at < total; at += step, step = step * 7 % 997 + 1) {
                const auto piece = std::string_view(sent).substr(at, step);
                const std::size_t taken = pair.client->try_write(piece);
                EXPECT_TRUE(co_await pair.client->write(piece.substr(taken), ample));
                if (step % 3 == 0) co_await sleep_for(Milliseconds(0));
            }
        }(),
        [&]() -> Task<> {
            std::array<char, 700> chunk;
            for (unsigned turn = 0; received.size() < total; ++turn) {
                const auto room = std::span(chunk).first(turn % chunk.size() + 1);
                if (turn % 5 == 1) EXPECT_TRUE(co_await pair.server->wait_readable(ample));
                const auto got = turn % 3 == 1 ? pair.server->try_read(room)
                                               : co_await pair.server->read_some(room, ample);
                if (!got) {
                    ADD_FAILURE() << got.error().text();
                    break;
                }
                received.append(chunk.data(), *got);
            }
        }());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < received.size(); ++i)
        wrong += received[i] != static_cast<char>(i * 31 + i / 251) ? 1 : 0;
    EXPECT_EQ(received.size(), total);
    EXPECT_EQ(wrong, 0U);
}

TEST_P(SocketStreamOver, TryWriteTakesWhatGoesAtOnceAndWriteTheRest) {
    const std::string much(4 << 20, 'x');
    run_tasks(
        context,
        [&]() -> Task<> {
            EXPECT_EQ(pair.client->try_write({}), 0U);
            const std::size_t taken = pair.client->try_write(much);
            EXPECT_GT(taken, 0U);
            EXPECT_LT(taken, much.size());
            EXPECT_TRUE(co_await pair.client->write(std::string_view(much).substr(taken), ample));
        }(),
        [&]() -> Task<> { EXPECT_TRUE(co_await read_exactly(*pair.server, much.size()) == much); }());
}

TEST_P(SocketStreamOver, TryWriteToAPeerThatHasGoneTakesNothingAndWriteSaysWhy) {
    run_task(context, [&]() -> Task<bool> {
        pair.server->close();
        std::size_t taken = 1;
        for (int i = 0; i < 100 && taken > 0; ++i) taken = pair.client->try_write("250 ok\r\n");
        EXPECT_EQ(taken, 0U);
        EXPECT_EQ((co_await pair.client->write("250 ok\r\n", ample)).error().code, errc::reset);
        pair.client->close();
        EXPECT_EQ(pair.client->try_write("250 ok\r\n"), 0U);
        co_return true;
    }());
}

INSTANTIATE_TEST_SUITE_P(Family, SocketStreamOver, testing::Values(AF_INET, AF_INET6, AF_UNIX),
                         [](const auto& info) -> std::string {
                             return info.param == AF_INET ? "Tcp4" : info.param == AF_INET6 ? "Tcp6" : "Unix";
                         });

TEST(SocketStream, ResetByThePeerIsReset) {
    boost::asio::io_context context(1);
    SocketPair pair(context);
    run_task(context, [&]() -> Task<bool> {
        std::array<char, 16> buffer;
        EXPECT_TRUE(co_await pair.client->write("unread", ample));
        co_await sleep_for(Milliseconds(5));
        // An end that closes hard: SO_LINGER of nothing sends RST.
        EXPECT_TRUE(co_await pair.server->wait_readable(ample));
        const linger hard{.l_onoff = 1, .l_linger = 0};
        EXPECT_EQ(setsockopt(pair.server->descriptor(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
        pair.server->close();
        EXPECT_EQ((co_await pair.client->read_some(buffer, ample)).error().code, errc::reset);
        co_return true;
    }());
}

TEST(SocketStream, AResetThatCameInWithTheLastOctetsIsToldSoonAfterThem) {
    boost::asio::io_context context(1);
    SocketPair pair(context);
    run_task(context, [&]() -> Task<bool> {
        std::array<char, 16> buffer;
        EXPECT_EQ(pair.server->try_write("250-half"), 8U);
        const linger hard{.l_onoff = 1, .l_linger = 0};
        EXPECT_EQ(setsockopt(pair.server->descriptor(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
        pair.server->close();
        EXPECT_EQ((co_await pair.client->read_some(buffer, ample)).value(), 8U);
        const auto start = SteadyClock::now();
        EXPECT_EQ((co_await pair.client->read_some(buffer, ample)).error().code, errc::reset);
        EXPECT_LT(SteadyClock::now() - start, Milliseconds(1000));
        co_return true;
    }());
}

TEST(SocketStream, AnIdleConnectionCostsLittle) {
    // The socket object, the deadline and TLS pointers, the peer: what a session pays for one end.
    EXPECT_LE(sizeof(SocketStream), 256U);
}

TEST(Peer, SaysWhoItIs) {
    Peer peer{.address = *IpAddress::parse("192.0.2.1"), .port = 4711, .local = false};
    EXPECT_EQ(peer.text(), "192.0.2.1:4711");
    peer.address = *IpAddress::parse("2001:db8::1");
    EXPECT_EQ(peer.text(), "[2001:db8::1]:4711");
    peer.local = true;
    EXPECT_EQ(peer.text(), "unix");
}

}  // namespace
}  // namespace decorum::net
