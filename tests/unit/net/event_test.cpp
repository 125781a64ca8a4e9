// Waiting: events across threads, sleeping, deadlines.
#include "gateway/net/event.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "gateway/net/deadline.hpp"
#include "gateway/net/io_threads.hpp"
#include "tests/support/run_task.hpp"

namespace decorum::net {
namespace {
using decorum::test::run_task;

TEST(Event, RaisedBeforeIsSeenAtOnce) {
    boost::asio::io_context context(1);
    const Event event(context.get_executor());
    EXPECT_FALSE(event.raised());
    event.raise();
    event.raise();
    EXPECT_TRUE(event.raised());
    EXPECT_TRUE(run_task(context, event.wait(Milliseconds(0))));
}

TEST(Event, RaisedFromAnotherThreadWakesTheWaiter) {
    for (int i = 0; i < 200; ++i) {
        boost::asio::io_context context(1);
        const Event event(context.get_executor());
        std::jthread other([event] { event.raise(); });
        EXPECT_TRUE(run_task(context, event.wait(Milliseconds(10000))));
    }
}

TEST(Event, NotRaisedGivesFalseAtItsLimitWithinMilliseconds) {
    boost::asio::io_context context(1);
    const Event event(context.get_executor());
    const auto start = SteadyClock::now();
    EXPECT_FALSE(run_task(context, event.wait(Milliseconds(20))));
    EXPECT_GE(SteadyClock::now() - start, Milliseconds(20));
}

TEST(Event, RaisedAfterTheWaiterGaveUpDoesNothing) {
    boost::asio::io_context context(1);
    const Event event(context.get_executor());
    EXPECT_FALSE(run_task(context, event.wait(Milliseconds(1))));
    event.raise();
    context.restart();
    context.poll();
    EXPECT_TRUE(event.raised());
}

TEST(Event, AnEndlessLimitIsNoOverflow) {
    boost::asio::io_context context(1);
    const Event event(context.get_executor());
    std::jthread other([event] {
        std::this_thread::sleep_for(Milliseconds(5));
        event.raise();
    });
    EXPECT_TRUE(run_task(context, event.wait(Milliseconds::max())));
}

// What a Deadline needs of its object.
struct Target {
    int cancelled = 0;
    void cancel(boost::system::error_code&) { ++cancelled; }
};

TEST(Deadline, ExpiresInOrderAndNeverEarly) {
    boost::asio::io_context context(1);
    DeadlineWheel& wheel = DeadlineWheel::of(context.get_executor());
    Target near, far, gone;
    const auto start = SteadyClock::now();
    const Deadline far_deadline(wheel, Milliseconds(220), far);
    const Deadline near_deadline(wheel, Milliseconds(60), near);
    {
        const Deadline gone_deadline(wheel, Milliseconds(10), gone);
    }
    while (near.cancelled == 0) context.run_one();
    EXPECT_GE(SteadyClock::now() - start, Milliseconds(60));
    EXPECT_TRUE(near_deadline.expired());
    EXPECT_FALSE(far_deadline.expired());
    while (far.cancelled == 0) context.run_one();
    EXPECT_GE(SteadyClock::now() - start, Milliseconds(220));
    EXPECT_EQ(near.cancelled, 1);
    EXPECT_EQ(far.cancelled, 1);
    EXPECT_EQ(gone.cancelled, 0);
}

TEST(Deadline, ALimitOfManyRoundsOutlivesTheRoundsBefore) {
    boost::asio::io_context context(1);
    DeadlineWheel& wheel = DeadlineWheel::of(context.get_executor());
    Target late, soon;
    // One round and a tick later, so that both are in neighbouring slots.
    const Deadline late_deadline(wheel, Milliseconds(2048 * 50 + 50), late);
    const Deadline soon_deadline(wheel, Milliseconds(50), soon);
    const auto start = SteadyClock::now();
    while (SteadyClock::now() - start < Milliseconds(300)) context.run_one_for(Milliseconds(50));
    EXPECT_TRUE(soon_deadline.expired());
    EXPECT_FALSE(late_deadline.expired());
}

TEST(Deadline, TenThousandOnTheirWayAreEachCancelledOnce) {
    boost::asio::io_context context(1);
    DeadlineWheel& wheel = DeadlineWheel::of(context.get_executor());
    std::vector<Target> targets(10'000);
    std::vector<std::unique_ptr<Deadline>> deadlines;
    for (std::size_t i = 0; i < targets.size(); ++i)
        deadlines.push_back(std::make_unique<Deadline>(wheel, Milliseconds(i % 170), targets[i]));
    const auto last = [&] {
        return std::ranges::all_of(targets, [](const Target& t) { return t.cancelled == 1; });
    };
    const auto start = SteadyClock::now();
    while (!last() && SteadyClock::now() - start < Milliseconds(5000)) context.run_one_for(Milliseconds(100));
    EXPECT_TRUE(last());
}

TEST(IoThreads, AnExceptionOutOfADetachedTaskIsNotFatal) {
    IoThreads threads(2);
    threads.start();
    std::atomic<int> ran{0};
    struct Tasks {
        static Task<> throws() {
            co_await sleep_for(Milliseconds(1));
            throw std::runtime_error("a bug");
        }
        static Task<> counts(std::atomic<int>* ran) {
            co_await sleep_for(Milliseconds(10));
            ran->fetch_add(1);
        }
    };
    for (std::size_t i = 0; i < 2; ++i) {
        detach(threads.executor(i), Tasks::throws(), "test");
        boost::asio::post(threads.executor(i), [] { throw 1; });
        detach(threads.executor(i), Tasks::counts(&ran), "test");
    }
    const auto start = SteadyClock::now();
    while (ran < 2 && SteadyClock::now() - start < Milliseconds(10000)) std::this_thread::yield();
    EXPECT_EQ(ran, 2);
}

TEST(IoThreads, StoppingDestroysTasksThatWait) {
    struct Witness {
        std::shared_ptr<int> held;
        static Task<> wait(std::shared_ptr<int> held) {
            co_await sleep_for(std::chrono::hours(1));
            *held = 1;
        }
    };
    const auto held = std::make_shared<int>(0);
    {
        IoThreads threads(1);
        threads.start();
        detach(threads.executor(0), Witness::wait(held), "test");
    }
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 0);
}

}  // namespace
}  // namespace decorum::net
