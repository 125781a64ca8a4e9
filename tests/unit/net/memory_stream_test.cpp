// The stream that other layers' tests stand on.
#include "tests/support/memory_stream.hpp"

#include <gtest/gtest.h>

#include "gateway/net/event.hpp"
#include "gateway/net/tls.hpp"
#include "tests/unit/net/socket_pair.hpp"

namespace decorum::test {
namespace {
using net::Task;

class MemoryStreamTest : public testing::Test {
protected:
    explicit MemoryStreamTest(std::size_t capacity = 16) {
        std::tie(a, b) = MemoryStream::pair(context.get_executor(), capacity);
    }
    boost::asio::io_context context{1};
    std::unique_ptr<MemoryStream> a, b;
    std::array<char, 64> buffer;
};

TEST_F(MemoryStreamTest, AWriterWaitsForItsReader) {
    std::string got;
    bool written = false;
    run_tasks(
        context,
        [&]() -> Task<> {
            const std::string_view pieces[] = {"0123456789", "", "abcdefghijklmnopqrstuvwxyz"};
            EXPECT_TRUE(co_await a->write(pieces, ample));
            written = true;
            a->close();
        }(),
        [&]() -> Task<> {
            EXPECT_TRUE(co_await b->wait_readable(ample));
            EXPECT_FALSE(written);
            Error end{errc::io, {}};
            got = co_await read_to_end(*b, end);
            EXPECT_EQ(end.code, errc::closed);
        }());
    EXPECT_EQ(got, "0123456789abcdefghijklmnopqrstuvwxyz");
}

TEST_F(MemoryStreamTest, DeliversInPiecesOfThePlannedSizes) {
    b->follow({.read_sizes = {1, 3}});
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await a->write("abcdefg", ample));
        for (const std::string expected : {"a", "bcd", "e", "fg"}) {
            const auto got = co_await b->read_some(buffer, ample);
            EXPECT_EQ(std::string(buffer.data(), got.value()), expected);
        }
        EXPECT_EQ(b->try_read(buffer).value(), 0U);
        co_return true;
    }());
}

TEST_F(MemoryStreamTest, FailsFromThePlannedOperationOnAndStallsAtOne) {
    a->follow({.fail_at = 2, .failure = errc::reset});
    b->follow({.stall_at = 1});
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await a->write("x", ample));
        EXPECT_EQ((co_await a->write("x", Milliseconds(7))).error().code, errc::reset);
        EXPECT_EQ((co_await a->read_some(buffer, ample)).error().code, errc::reset);
        EXPECT_EQ(a->limit_at_fault(), Milliseconds(7));
        EXPECT_EQ(a->operations(), 3U);
        EXPECT_EQ((co_await b->read_some(buffer, std::chrono::hours(1))).error().code, errc::timed_out);
        EXPECT_EQ(b->limit_at_fault(), std::chrono::hours(1));
        EXPECT_TRUE(co_await b->read_some(buffer, ample));
        co_return true;
    }());
}

TEST_F(MemoryStreamTest, TryWriteTakesWhatFitsAndLeavesPlannedFaultsToWrite) {
    a->follow({.stall_at = 2});
    EXPECT_EQ(a->try_write("0123456789"), 10U);
    EXPECT_EQ(a->operations(), 1U);
    EXPECT_EQ(a->try_write("x"), 0U);
    EXPECT_EQ(a->operations(), 1U);
    run_task(context, [&]() -> Task<bool> {
        EXPECT_EQ((co_await a->write("x", ample)).error().code, errc::timed_out);
        EXPECT_EQ(a->try_write("abcdefghij"), 6U);
        EXPECT_EQ(a->operations(), 2U);
        EXPECT_EQ(co_await read_exactly(*b, 16), "0123456789abcdef");
        a->follow({.fail_at = 3});
        EXPECT_EQ(a->try_write("x"), 0U);
        b->close();
        a->follow({});
        EXPECT_EQ(a->try_write("x"), 0U);
        co_return true;
    }());
}

TEST_F(MemoryStreamTest, LimitsCancellationResetAndHalfCloseAreAsOverSockets) {
    bool waits = false;
    run_tasks(
        context,
        [&]() -> Task<> {
            EXPECT_EQ((co_await a->read_some(buffer, Milliseconds(5))).error().code, errc::timed_out);
            EXPECT_EQ((co_await a->write(std::string(40, 'x'), Milliseconds(5))).error().code,
                      errc::timed_out);
            waits = true;
            EXPECT_EQ((co_await a->wait_readable(ample)).error().code, errc::cancelled);
            EXPECT_EQ((co_await a->read_some(buffer, ample)).error().code, errc::closed);
            EXPECT_EQ((co_await a->read_some(buffer, ample)).error().code, errc::closed);
            b->reset();
            EXPECT_EQ((co_await a->read_some(buffer, ample)).error().code, errc::reset);
            a->close();
            EXPECT_EQ((co_await a->read_some(buffer, ample)).error().code, errc::cancelled);
            EXPECT_TRUE(a->closed());
        }(),
        [&]() -> Task<> {
            do {
                co_await net::sleep_for(Milliseconds(1));
            } while (!waits);
            a->cancel();
            co_await net::sleep_for(Milliseconds(5));
            b->shut_down_writing();
        }());
}

TEST_F(MemoryStreamTest, StartingTlsOnlySaysSo) {
    const auto tls = net::TlsContext::client(net::TlsVerify::none, "", "").value();
    a->follow({.verified = true});
    EXPECT_FALSE(a->encrypted() || a->verified());
    EXPECT_TRUE(run_task(context, a->start_tls(*tls, ample)));
    EXPECT_TRUE(a->encrypted() && a->verified());
    EXPECT_FALSE(b->encrypted());
}

TEST(RunTask, ThrowsWhatTheTaskThrewAndWhenItNeverEnds) {
    boost::asio::io_context context(1);
    struct Tasks {
        static Task<int> throws() {
            co_await net::sleep_for(Milliseconds(1));
            throw std::invalid_argument("a bug");
        }
        static Task<int> hangs() {
            co_await net::sleep_for(std::chrono::hours(1));
            co_return 1;
        }
    };
    EXPECT_THROW(run_task(context, Tasks::throws()), std::invalid_argument);
    EXPECT_THROW(run_task(context, Tasks::hangs(), Milliseconds(20)), std::runtime_error);
}

}  // namespace
}  // namespace decorum::test
