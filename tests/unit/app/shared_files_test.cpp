// Files that gateways with one Redis keep alike.
#include "gateway/app/shared_files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "gateway/app/imap_epoch.hpp"
#include "gateway/app/shared_state.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "tests/support/redis_server.hpp"

namespace decorum::app {
namespace {

using store::test::RedisServer;
using store::test::Scratch;

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class SharedFiles : public testing::Test {
protected:
    config::Settings settings(const std::string& name) const {
        config::Settings settings;
        settings.gateway.state_dir = scratch_ / name;
        settings.store.url = "redis+unix:" + redis_.path().native();
        settings.store.timeout = std::chrono::seconds{20};
        return settings;
    }
    static Result<> add_line(const config::Settings& settings, const std::string& line) {
        return edit_shared(settings, SharedFile::optout, [&] {
            return edit_file(lookup::opt_out_path(settings), 1'000'000,
                             [&](std::string_view octets) -> Result<std::string> {
                                 return std::string(octets) + line + "\n";
                             });
        });
    }
    Result<> fetch(const config::Settings& settings) const {
        const auto store = redis_.open();
        return fetch_shared(settings, SharedFile::optout, *store->shared());
    }

    RedisServer redis_;
    Scratch scratch_;
};

TEST_F(SharedFiles, WhatOneChangesTheOtherFetches) {
    const auto one = settings("one");
    const auto two = settings("two");
    ASSERT_TRUE(add_line(one, "a"));
    ASSERT_TRUE(add_line(two, "b")) << "begins with what the other wrote";
    EXPECT_EQ(content(lookup::opt_out_path(two)), "a\nb\n");
    ASSERT_TRUE(fetch(one));
    EXPECT_EQ(content(lookup::opt_out_path(one)), "a\nb\n");
    ASSERT_TRUE(fetch(one)) << "nothing new";
    EXPECT_EQ(content(lookup::opt_out_path(one)), "a\nb\n");
}

TEST_F(SharedFiles, OfChangesAtTheSameTimeNoneIsLost) {
    constexpr int rounds = 10;
    {
        std::vector<std::jthread> threads;
        for (const char* name : {"one", "two", "three"})
            threads.emplace_back([this, name] {
                const auto node = settings(name);
                for (int i = 0; i < rounds; ++i) EXPECT_TRUE(add_line(node, name + std::to_string(i)));
            });
    }
    const auto node = settings("four");
    ASSERT_TRUE(fetch(node));
    const std::string all = content(lookup::opt_out_path(node));
    EXPECT_EQ(std::ranges::count(all, '\n'), 3 * rounds) << all;
}

TEST_F(SharedFiles, WhileTheStoreIsAwayNothingChangesAndAfterItLostAllItIsBroughtBack) {
    const auto one = settings("one");
    ASSERT_TRUE(add_line(one, "a"));
    redis_.kill();
    const auto refused = add_line(one, "b");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_EQ(content(lookup::opt_out_path(one)), "a\n");
    redis_.start();  // it kept nothing
    ASSERT_TRUE(fetch(one));
    const auto two = settings("two");
    ASSERT_TRUE(fetch(two));
    EXPECT_EQ(content(lookup::opt_out_path(two)), "a\n");
}

TEST_F(SharedFiles, AnErrorOfTheChangeIsTheAnswer) {
    const auto one = settings("one");
    const auto edited = edit_shared(one, SharedFile::registry, [] { return fail(errc::invalid, "no"); });
    ASSERT_FALSE(edited);
    EXPECT_TRUE(edited.error().detail.ends_with("no")) << edited.error().detail;
}

TEST_F(SharedFiles, TheImapEpochIsOneForAll) {
    auto one = settings("one");
    auto two = settings("two");
    for (auto* node : {&one, &two}) {
        config::Listener listener;
        listener.protocol = config::Protocol::imap;
        listener.policy = config::Policy::inbound;
        node->listeners.push_back(listener);
        node->imap.annotate = true;
        node->imap.block = 2048;
        node->annotate.prefix = "Sender-Profile";
    }
    EXPECT_EQ(take_imap_epoch(one, "key"), 1U);
    EXPECT_EQ(take_imap_epoch(two, "key"), 1U);
    one.imap.block = two.imap.block = 4096;
    EXPECT_EQ(take_imap_epoch(two, "key"), 2U);
    EXPECT_EQ(take_imap_epoch(one, "key"), 2U);
    redis_.kill();
    EXPECT_EQ(take_imap_epoch(one, "key"), 2U) << "mail is to be read all the same";
}

TEST_F(SharedFiles, AMessageThatOneRefusedMayPassAtTheOther) {
    const auto one = settings("one");
    const auto two = settings("two");
    const auto first = redis_.open();
    const auto second = redis_.open();
    pipeline::Confirmations here(Secret("shared"));
    pipeline::Confirmations there(Secret("shared"));
    const SharedState at_one(one, *first->shared(), &here, Milliseconds{10});
    const SharedState at_two(two, *second->shared(), &there, Milliseconds{10});
    const Instant now = wall_clock_now();
    EXPECT_FALSE(here.may_pass("message", now));
    const auto later = now + pipeline::Confirmations::soonest + std::chrono::minutes{1};
    const auto until = SteadyClock::now() + std::chrono::seconds{60};
    // A question of one who has not heard of it counts as a first try, so it asks for another message then.
    while (!there.may_pass("message", later) && SteadyClock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    EXPECT_TRUE(there.may_pass("message", later));
    there.passed("message");
    while (here.may_pass("message", later) && SteadyClock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    EXPECT_FALSE(here.may_pass("message", later)) << "it went out there";
}

}  // namespace
}  // namespace decorum::app
