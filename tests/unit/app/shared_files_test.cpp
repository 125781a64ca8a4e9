// Files that gateways with one Redis keep alike.
#include "gateway/app/shared_files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>

#include "connectors/registry_file.hpp"
#include "gateway/app/carry_erasures.hpp"
#include "gateway/app/imap_epoch.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/shared_state.hpp"
#include "gateway/app/stored_people.hpp"
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
    Result<> fetch(const config::Settings& settings, SharedFile file = SharedFile::optout) const {
        const auto store = redis_.open();
        return fetch_shared(settings, file, *store->shared());
    }
    static Result<> opt_out(const config::Settings& settings, const std::string& entry) {
        return edit_shared(settings, SharedFile::optout, [&] {
            return edit_file(lookup::opt_out_path(settings), 1'000'000,
                             [&](std::string_view octets) -> Result<std::string> {
                                 auto list = lookup::OptOutList::parse(octets, "list").value();
                                 list.add(entry);
                                 return list.to_toml();
                             });
        });
    }
    // As `decorum optout` left it before the gateway had others beside it.
    static void opt_out_alone(config::Settings settings, const std::string& entry) {
        settings.store.url = "sqlite:";
        ASSERT_TRUE(opt_out(settings, entry));
    }
    static std::set<std::string, std::less<>> opt_outs(const config::Settings& settings) {
        return lookup::read_opt_out(lookup::opt_out_path(settings)).value().entries();
    }
    static Result<> declare(const config::Settings& settings, const std::string& address) {
        return edit_shared(settings, SharedFile::registry, [&] {
            return connectors::edit_registry(connectors::registry_path(settings),
                                             [&](connectors::RegistryFile& registry) -> Result<> {
                                                 registry.persons.push_back({{address}, {}});
                                                 return {};
                                             });
        });
    }
    static std::vector<std::string> declared(const std::filesystem::path& file) {
        std::vector<std::string> out;
        for (const auto& person : connectors::read_registry(file).value().persons)
            out.insert(out.end(), person.addresses.begin(), person.addresses.end());
        return out;
    }
    static std::vector<std::string> declared(const config::Settings& settings) {
        return declared(connectors::registry_path(settings));
    }
    void lose_everything() {
        redis_.kill();
        redis_.start();  // it kept nothing
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

// Showing somebody who asked not to be shown can't be taken back.
TEST_F(SharedFiles, NoOptOutIsLostWhereAGatewayJoins) {
    const auto one = settings("one");
    const auto two = settings("two");
    ASSERT_TRUE(opt_out(one, "jane@example.org"));
    opt_out_alone(two, "paul@example.org");
    ASSERT_TRUE(fetch(two));
    const std::set<std::string, std::less<>> both{"jane@example.org", "paul@example.org"};
    EXPECT_EQ(opt_outs(two), both);
    ASSERT_TRUE(fetch(one));
    EXPECT_EQ(opt_outs(one), both);
    // From then on it is one list, and who comes off it is off.
    ASSERT_TRUE(edit_shared(one, SharedFile::optout, [&] {
        return edit_file(lookup::opt_out_path(one), 1'000'000,
                         [](std::string_view) { return Result<std::string>("entries = []\n"); });
    }));
    ASSERT_TRUE(fetch(two));
    EXPECT_TRUE(opt_outs(two).empty());
}

TEST_F(SharedFiles, AListThatCantBeReadIsNotReplaced) {
    const auto one = settings("one");
    const auto two = settings("two");
    ASSERT_TRUE(opt_out(one, "jane@example.org"));
    std::filesystem::create_directories(two.gateway.state_dir);
    std::ofstream(lookup::opt_out_path(two)) << "entries = [\"paul@example.org\"";
    EXPECT_FALSE(fetch(two));
    EXPECT_TRUE(content(lookup::opt_out_path(two)).contains("paul"));
}

TEST_F(SharedFiles, WhoeverComesFirstWithAnOlderCopyDoesNotWin) {
    const auto one = settings("one");
    const auto two = settings("two");
    ASSERT_TRUE(opt_out(one, "jane@example.org"));
    ASSERT_TRUE(declare(one, "jane@example.org"));
    for (const SharedFile file : {SharedFile::optout, SharedFile::registry}) ASSERT_TRUE(fetch(two, file));
    ASSERT_TRUE(opt_out(one, "paul@example.org"));
    ASSERT_TRUE(declare(one, "paul@example.org"));
    lose_everything();
    for (const auto* node : {&two, &one, &two})
        for (const SharedFile file : {SharedFile::optout, SharedFile::registry})
            ASSERT_TRUE(fetch(*node, file));
    for (const auto* node : {&one, &two}) {
        EXPECT_EQ(opt_outs(*node).size(), 2U);
        EXPECT_EQ(declared(*node), (std::vector<std::string>{"jane@example.org", "paul@example.org"}));
        EXPECT_TRUE(kept_before_joining(connectors::registry_path(*node)).empty());
    }
    // What was changed after the loss, by somebody who did not know all of it, loses no opt-out either.
    ASSERT_TRUE(opt_out(one, "anna@example.org"));
    lose_everything();
    for (const char* entry : {"b@example.org", "c@example.org", "d@example.org"})
        ASSERT_TRUE(opt_out(two, entry));
    ASSERT_TRUE(fetch(one));
    ASSERT_TRUE(fetch(two));
    EXPECT_EQ(opt_outs(one).size(), 6U);
    EXPECT_EQ(opt_outs(two), opt_outs(one));
}

TEST_F(SharedFiles, ARegistryThatGivesWayIsKeptBesideAndForgetsToo) {
    const auto one = settings("one");
    const auto two = settings("two");
    ASSERT_TRUE(declare(one, "jane@example.org"));
    auto alone = two;
    alone.store.url = "sqlite:";
    ASSERT_TRUE(declare(alone, "paul@example.org"));
    ASSERT_TRUE(declare(alone, "anna@example.org"));
    ASSERT_TRUE(fetch(two, SharedFile::registry));
    EXPECT_EQ(declared(two), std::vector<std::string>{"jane@example.org"});
    const auto kept = kept_before_joining(connectors::registry_path(two));
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].filename(), "registry.toml.before-joining");
    EXPECT_EQ(declared(kept[0]), (std::vector<std::string>{"paul@example.org", "anna@example.org"}));
    ASSERT_TRUE(remove_from_registry(two, "paul@example.org"));
    EXPECT_EQ(declared(kept[0]), std::vector<std::string>{"anna@example.org"});
    const auto three = settings("three");
    auto same = three;
    same.store.url = "sqlite:";
    ASSERT_TRUE(declare(same, "jane@example.org"));
    ASSERT_TRUE(fetch(three, SharedFile::registry));
    EXPECT_TRUE(kept_before_joining(connectors::registry_path(three)).empty()) << "nothing gave way";
}

TEST_F(SharedFiles, WhoWasErasedAtAGatewayOfItsOwnStaysSoWhereItJoins) {
    auto node = settings("one");
    auto alone = node;
    alone.store.url = "sqlite:";
    const std::string key = store::record_key(cache_secret(alone).value(), "jane@example.org");
    const Instant then = *from_rfc3339("2026-11-24T12:00:00Z");
    const auto erase_alone = [&](const config::Settings& settings) {
        const auto store = store::open_store(settings).value();
        EXPECT_TRUE(store::test::erase(*store, key, then));
        EXPECT_TRUE(store::test::erase(*store, std::string(32, 'x'), then));
        EXPECT_TRUE(store::test::revive(*store, std::string(32, 'x')).value());
    };
    erase_alone(alone);
    // With the key of before, which all share then.
    node.store.key_file = node.gateway.state_dir / "cache.key";
    const auto shared = redis_.open();
    ASSERT_TRUE(carry_erasures(node, *shared));
    EXPECT_EQ(store::test::load(*shared, key)->forgotten, then);
    EXPECT_FALSE(store::test::load(*shared, std::string(32, 'x'))->forgotten);
    ASSERT_TRUE(store::test::revive(*shared, key).value());
    ASSERT_TRUE(carry_erasures(node, *shared)) << "once";
    EXPECT_FALSE(store::test::load(*shared, key)->forgotten);
    // What was laid under another key can't be found under the shared one.
    auto other = settings("two");
    auto other_alone = other;
    other_alone.store.url = "sqlite:";
    ASSERT_TRUE(cache_secret(other_alone));
    erase_alone(other_alone);
    other.store.key_file = node.store.key_file;
    ASSERT_TRUE(carry_erasures(other, *shared));
    EXPECT_FALSE(store::test::load(*shared, key)->forgotten);
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
    const SharedState at_one(one, *first, &here, Milliseconds{10});
    const SharedState at_two(two, *second, &there, Milliseconds{10});
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
