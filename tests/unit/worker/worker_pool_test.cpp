// The pool with a real keeper and real children: what jobs do, and what becomes of those that do what they
// must not. The keeper of these tests knows a job more (keeper/main.cpp), which does as it is told.
#include "gateway/worker/worker_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "gateway/profile/face.hpp"
#include "tests/unit/worker/pictures.hpp"
#include "tests/unit/worker/processes.hpp"

namespace decorum::worker {
namespace {

using namespace decorum::test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Job trial{'!'};

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

class WorkerPoolTest : public testing::Test {
protected:
    static WorkerPool::Options options() {
        return {.program = DECORUM_TEST_KEEPER, .deadline = std::chrono::seconds(30)};
    }
    void start(WorkerPool::Options options) { pool_ = std::make_unique<WorkerPool>(std::move(options)); }

    std::future<Result<std::string>> begin(Job job, std::string input) {
        std::promise<Result<std::string>> promise;
        auto future = promise.get_future();
        pool_->run(job, std::move(input), [promise = std::move(promise)](Result<std::string> result) mutable {
            promise.set_value(std::move(result));
        });
        return future;
    }
    Result<std::string> run(Job job, std::string input) { return begin(job, std::move(input)).get(); }
    Result<std::string> run(std::string deed) { return run(trial, std::move(deed)); }

    static pid_t keeper() {
        const auto children = child_processes_of(::getpid());
        EXPECT_THAT(children, SizeIs(1));
        return children.empty() ? -1 : children.front();
    }

    std::unique_ptr<WorkerPool> pool_ = std::make_unique<WorkerPool>(options());
};

TEST_F(WorkerPoolTest, APictureBecomesAFace) {
    for (const Encoding encoding : {Encoding::png, Encoding::jpeg, Encoding::webp}) {
        const auto face = run(Job::face, picture(encoding, 400, 300, portrait));
        ASSERT_TRUE(face) << face.error().text();
        EXPECT_TRUE(profile::is_face(*face));
    }
}

TEST_F(WorkerPoolTest, AFullSizedPictureKeepsWithinTheLimits) {
    const auto face = run(Job::face, picture(Encoding::jpeg, 4096, 4096, quarters));
    ASSERT_TRUE(face) << face.error().text();
    EXPECT_TRUE(profile::is_face(*face));
}

// libpng says so on standard error, which is forbidden and must not end the child.
TEST_F(WorkerPoolTest, APictureThatTheDecoderWarnsOfBecomesAFace) {
    std::string png = picture(Encoding::png, 100, 100, portrait);
    constexpr std::size_t after_header = 8 + 25;
    png.insert(after_header, png_chunk("sRGB", "\x09"));  // there are intents 0 to 3
    const auto face = run(Job::face, png);
    ASSERT_TRUE(face) << face.error().text();
    EXPECT_TRUE(profile::is_face(*face));
}

TEST_F(WorkerPoolTest, WhatIsNoPictureGivesNoFace) {
    for (const std::string& octets :
         {picture(Encoding::gif, 60, 60, quarters), std::string("<svg/>"), std::string(),
          picture(Encoding::png, 300, 300, noise).substr(0, 20'000)}) {
        const auto face = run(Job::face, octets);
        ASSERT_FALSE(face);
        EXPECT_EQ(face.error().code, errc::syntax);
    }
    EXPECT_EQ(run(Job::face, png_of(30'000, 30'000, "x")).error().code, errc::limit);
}

TEST_F(WorkerPoolTest, HtmlBecomesText) {
    const auto text = run(Job::text, "<p>Nous <b>recrutons</b></p><p>Jane &amp; Paul</p>");
    ASSERT_TRUE(text) << text.error().text();
    EXPECT_THAT(*text, HasSubstr("Nous recrutons\n"));
    EXPECT_THAT(*text, HasSubstr("Jane & Paul"));
}

TEST_F(WorkerPoolTest, APageBecomesFacts) {
    const auto facts = run(Job::page, "<title>Jane</title>");
    ASSERT_TRUE(facts) << facts.error().text();
    EXPECT_THAT(*facts, HasSubstr("Jane"));
}

TEST_F(WorkerPoolTest, LongInputsAndAnswersPassWhole) {
    const std::string octets(1'000'000, 'x');
    const auto echoed = run(octets);
    ASSERT_TRUE(echoed);
    EXPECT_EQ(*echoed, octets);
}

TEST_F(WorkerPoolTest, TooLongAnInputIsRefused) {
    auto few = options();
    few.max_picture = 10;
    few.max_html = 20;
    start(few);
    EXPECT_EQ(run(Job::face, std::string(11, 'x')).error().code, errc::limit);
    EXPECT_EQ(run(Job::text, std::string(21, 'x')).error().code, errc::limit);
    EXPECT_TRUE(run(Job::text, std::string(20, 'x')));
}

TEST_F(WorkerPoolTest, WhateverNeedsARightEndsTheChild) {
    for (const char* deed :
         {"open", "socket", "fork", "execve", "kill", "executable memory", "other descriptor"}) {
        const auto result = run(deed);
        ASSERT_FALSE(result) << deed << " answered " << *result;
        EXPECT_EQ(result.error().code, errc::syntax) << deed;
        EXPECT_THAT(result.error().detail, HasSubstr(std::to_string(SIGSYS))) << deed;
    }
    EXPECT_EQ(run("still here").value(), "still here");
}

TEST_F(WorkerPoolTest, NothingOfTheEnvironmentIsInherited) {
    ASSERT_EQ(::setenv("DECORUM_TEST_SECRET", "hunter2", 1), 0);
    EXPECT_EQ(run("environment").value(), "");
}

TEST_F(WorkerPoolTest, ALoopEndsAtTheDeadline) {
    auto hasty = options();
    hasty.deadline = Milliseconds(200);
    start(hasty);
    const auto result = run("spin");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, errc::timed_out);
}

TEST_F(WorkerPoolTest, ACrashCostsItsJobAlone) {
    EXPECT_EQ(run("abort").error().code, errc::syntax);
    EXPECT_EQ(run("throw").error().code, errc::syntax);
    EXPECT_EQ(run("no answer").error().code, errc::syntax);
    EXPECT_EQ(run("long answer").error().code, errc::limit);
    EXPECT_EQ(run("next").value(), "next");
}

TEST_F(WorkerPoolTest, MemoryIsLimited) {
    if (sanitized) GTEST_SKIP() << "a sanitizer's shadow needs all of the address space";
    EXPECT_EQ(run("hoard").error().code, errc::limit);
    EXPECT_EQ(run("hoard a little").value(), "held 2");
}

TEST_F(WorkerPoolTest, AKilledKeeperIsReplaced) {
    EXPECT_EQ(run("first").value(), "first");
    const pid_t first = keeper();
    auto under_way = begin(trial, "spin");
    ASSERT_TRUE(becomes_true([&] { return !child_processes_of(first).empty(); }));
    const pid_t child = child_processes_of(first).front();
    ASSERT_EQ(::kill(first, SIGKILL), 0);
    EXPECT_EQ(under_way.get().error().code, errc::unavailable);
    EXPECT_EQ(run("second").value(), "second");
    EXPECT_NE(keeper(), first);
    EXPECT_TRUE(becomes_true([&] { return !exists(child); })) << "children die with their keeper";
}

TEST_F(WorkerPoolTest, AKeeperThatStopsAnsweringIsReplaced) {
    auto hasty = options();
    hasty.deadline = Milliseconds(200);
    start(hasty);
    EXPECT_EQ(run("first").value(), "first");
    const pid_t first = keeper();
    ASSERT_EQ(::kill(first, SIGSTOP), 0);
    EXPECT_EQ(run("into the void").error().code, errc::unavailable);
    EXPECT_FALSE(exists(first));
    EXPECT_EQ(run("second").value(), "second");
}

TEST_F(WorkerPoolTest, AProgramThatEndsAtOnceIsNotStartedForEachJob) {
    auto wrong = options();
    wrong.program = "/bin/false";
    start(wrong);
    int paused = 0;
    for (int i = 0; i < 20; ++i) {
        const auto result = run("hello");
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, errc::unavailable);
        paused += result.error().detail.contains("started again") ? 1 : 0;
    }
    EXPECT_GE(paused, 10);
}

TEST_F(WorkerPoolTest, JobsComeFromManyThreads) {
    std::atomic<int> good = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([this, &good, i] {
            for (int turn = 0; turn < 10; ++turn) {
                const std::string word = std::to_string(i) + "-" + std::to_string(turn);
                if (run(Job::text, "<p>" + word) == word) ++good;
            }
        });
    threads.clear();
    EXPECT_EQ(good, 40);
}

TEST(WorkerPool, ADeadGatewayTakesKeeperAndChildrenWithIt) {
    std::string program = DECORUM_TEST_KEEPER;
    std::string argument = "host";
    std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
    pid_t host = 0;
    ASSERT_EQ(::posix_spawn(&host, program.c_str(), nullptr, nullptr, arguments.data(), environ), 0);
    pid_t parent = 0;
    pid_t child = 0;
    const bool started = becomes_true([&] {
        const auto keepers = child_processes_of(host);
        const auto children = keepers.empty() ? std::vector<pid_t>{} : child_processes_of(keepers.front());
        if (children.empty()) return false;
        parent = keepers.front();
        child = children.front();
        return true;
    });
    ASSERT_EQ(::kill(host, SIGKILL), 0);
    ASSERT_EQ(::waitpid(host, nullptr, 0), host);
    ASSERT_TRUE(started);
    EXPECT_TRUE(becomes_true([&] { return !exists(parent) && !exists(child); }));
}

TEST_F(WorkerPoolTest, AProgramThatIsNoKeeperMakesJobsUnavailable) {
    for (const char* program : {"/nonexistent", "/bin/true"}) {
        auto wrong = options();
        wrong.program = program;
        start(wrong);
        for (int i = 0; i < 3; ++i) EXPECT_EQ(run("hello").error().code, errc::unavailable) << program;
    }
}

TEST_F(WorkerPoolTest, JobsBeyondTheQueueAreUnavailable) {
    auto narrow = options();
    narrow.processes = 1;
    narrow.max_waiting = 2;
    start(narrow);
    auto running = begin(trial, "spin");
    ASSERT_TRUE(becomes_true([] {
        const auto keepers = child_processes_of(::getpid());
        return !keepers.empty() && !child_processes_of(keepers.front()).empty();
    }));
    auto second = begin(trial, "second");
    auto third = begin(trial, "third");
    EXPECT_EQ(run("fourth").error().code, errc::unavailable);
    pool_.reset();
    for (auto* job : {&running, &second, &third}) EXPECT_EQ(job->get().error().code, errc::cancelled);
}

TEST_F(WorkerPoolTest, NoProcessOutlivesThePool) {
    auto running = begin(trial, "spin");
    ASSERT_TRUE(becomes_true([] {
        const auto keepers = child_processes_of(::getpid());
        return !keepers.empty() && !child_processes_of(keepers.front()).empty();
    }));
    const pid_t child = child_processes_of(keeper()).front();
    pool_.reset();
    EXPECT_EQ(running.get().error().code, errc::cancelled);
    EXPECT_THAT(child_processes_of(::getpid()), IsEmpty());
    EXPECT_TRUE(becomes_true([&] { return !exists(child); }));
}

TEST_F(WorkerPoolTest, TwoHundredJobsLeaveNeitherProcessNorDescriptor) {
    ASSERT_TRUE(run("warm"));
    const pid_t parent = keeper();
    ASSERT_TRUE(becomes_true([&] { return child_processes_of(parent).empty(); }));
    const std::size_t ours = open_descriptors(::getpid());
    const std::size_t keepers = open_descriptors(parent);
    std::vector<std::future<Result<std::string>>> jobs;
    jobs.reserve(200);
    for (int i = 0; i < 200; ++i) jobs.push_back(begin(trial, i % 10 == 0 ? "throw" : std::to_string(i)));
    for (int i = 0; i < 200; ++i) {
        const auto result = jobs[static_cast<std::size_t>(i)].get();
        EXPECT_EQ(result.has_value(), i % 10 != 0);
        if (result) EXPECT_EQ(*result, std::to_string(i));
    }
    EXPECT_TRUE(becomes_true([&] { return child_processes_of(parent).empty(); }));
    EXPECT_TRUE(becomes_true([&] { return open_descriptors(::getpid()) == ours; }));
    EXPECT_EQ(open_descriptors(parent), keepers);
    EXPECT_EQ(keeper(), parent);
}

}  // namespace
}  // namespace decorum::worker
