#include "gateway/base/work_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace decorum {
namespace {

TEST(WorkQueue, OneThreadRunsJobsInOrder) {
    std::vector<int> order;
    {
        WorkQueue queue(1, 1000);
        for (int i = 0; i < 1000; ++i) ASSERT_TRUE(queue.post([&order, i] { order.push_back(i); }));
    }
    ASSERT_EQ(order.size(), 1000U);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(WorkQueue, AFullQueueRefusesTheJobAndTakesAnotherLater) {
    std::promise<void> release, started, done;
    WorkQueue queue(1, 2);
    ASSERT_TRUE(queue.post([&] {
        started.set_value();
        release.get_future().wait();
    }));
    started.get_future().wait();  // out of the queue, and running
    int ran = 0;
    EXPECT_TRUE(queue.post([&ran] { ++ran; }));
    EXPECT_TRUE(queue.post([&] {
        ++ran;
        done.set_value();
    }));
    EXPECT_FALSE(queue.post([&ran] { ran += 100; }));
    release.set_value();
    done.get_future().wait();
    EXPECT_EQ(ran, 2);
    EXPECT_TRUE(queue.post([] {}));
}

TEST(WorkQueue, TheDestructorRunsWhatIsQueued) {
    std::promise<void> release;
    std::atomic<int> ran = 0;
    {
        WorkQueue queue(2, 100);
        auto gate = release.get_future().share();
        for (int i = 0; i < 50; ++i)
            ASSERT_TRUE(queue.post([&ran, gate] {
                gate.wait();
                ++ran;
            }));
        EXPECT_EQ(ran, 0);
        release.set_value();
    }
    EXPECT_EQ(ran, 50);
}

TEST(WorkQueue, WithoutAThreadOfItsOwnItTakesOne) {
    std::promise<void> ran;
    WorkQueue queue(0, 1);
    ASSERT_TRUE(queue.post([&] { ran.set_value(); }));
    ran.get_future().wait();
}

TEST(WorkQueue, JobsOfSeveralThreadsAllRunOnce) {
    std::atomic<int> ran = 0;
    int taken = 0;
    {
        WorkQueue queue(4, 10'000);
        std::vector<std::future<int>> posters;
        for (int i = 0; i < 4; ++i)
            posters.push_back(std::async(std::launch::async, [&] {
                int count = 0;
                for (int j = 0; j < 500; ++j) count += queue.post([&ran] { ++ran; }) ? 1 : 0;
                return count;
            }));
        for (auto& poster : posters) taken += poster.get();
    }
    EXPECT_EQ(taken, 2000);
    EXPECT_EQ(ran, taken);
}

TEST(WorkQueue, AJobDiesOnceItRanNotWhenTheNextComes) {
    auto held = std::make_shared<int>(1);
    std::weak_ptr<int> watch = held;
    std::promise<void> next;
    WorkQueue queue(1, 10);
    ASSERT_TRUE(queue.post([held = std::move(held)] {}));
    ASSERT_TRUE(queue.post([&] { next.set_value(); }));
    next.get_future().wait();
    EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace decorum
