#include "gateway/net/io_threads.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>

namespace decorum::net {
namespace {

bool eventually_answer(IoThreads& threads) {
    for (int i = 0; i < 10'000; ++i) {
        if (threads.all_answer()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
}

// What the watchdog is fed by.
TEST(IoThreadsTest, AThreadThatIsStuckDoesNotAnswer) {
    IoThreads threads(2);
    threads.start();
    EXPECT_TRUE(eventually_answer(threads));
    std::promise<void> stuck;
    std::promise<void> release;
    boost::asio::post(threads.executor(1), [&] {
        stuck.set_value();
        release.get_future().wait();
    });
    stuck.get_future().wait();
    (void)threads.all_answer();  // asks
    EXPECT_FALSE(threads.all_answer());
    EXPECT_FALSE(threads.all_answer());
    release.set_value();
    EXPECT_TRUE(eventually_answer(threads));
}

TEST(IoThreadsTest, ThreadsThatNeverStartedDoNotAnswer) {
    IoThreads threads(1);
    (void)threads.all_answer();
    EXPECT_FALSE(threads.all_answer());
}

}  // namespace
}  // namespace decorum::net
