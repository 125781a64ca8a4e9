// Gateways that share a Redis: one history for all, one lookup for all, and no mail that waits for either.
#include <gmock/gmock.h>

#include <future>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "parts.hpp"
#include "tests/support/redis_server.hpp"

namespace decorum::lookup {
namespace {

using namespace test;
using namespace std::chrono_literals;
using store::test::RedisServer;

constexpr auto patience = 60s;

// A gateway with a clock of its own, which is wrong by `skew`.
struct GatewayNode {
    GatewayNode(const RedisServer& server, std::chrono::seconds skew_,
                std::chrono::milliseconds positive = 1h)
        : skew(skew_), source(std::make_shared<Source>("gravatar", false)) {
        store::RedisOptions options = server.options();
        options.redis_time = true;
        service = std::make_unique<ProfileService>(
            ProfileService::Options{.cache = {.positive = positive,
                                              .activities = positive,
                                              .negative = 1h,
                                              .failure = 1s,
                                              .entries = 1000},
                                    .lookup = {.new_addresses = 1000,
                                               .accounts = 5,
                                               .breaker_failures = 1000,
                                               .breaker_pause = 1s},
                                    .max_versions = 10'000,
                                    .now = [this] { return now(); },
                                    .tick = 20ms},
            std::vector<std::shared_ptr<profile::Connector>>{source}, store::make_redis_store(options),
            Secret("the same on every node"));
    }

    [[nodiscard]] Instant now() const { return wall_clock_now() + skew; }

    Found find(std::string_view address, Instant date) {
        const auto promise = std::make_shared<std::promise<Found>>();
        auto answer = promise->get_future();
        service->find(address, date, Scope::all,
                      [promise](Found found) { promise->set_value(std::move(found)); });
        return answer.get();
    }

    const std::chrono::seconds skew;
    const std::shared_ptr<Source> source;
    std::unique_ptr<ProfileService> service;
};

template <class Condition>
bool comes(Condition condition) {
    const auto until = SteadyClock::now() + patience;
    while (!condition()) {
        if (SteadyClock::now() > until) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

// What was shown of a date is shown of it for ever, at each of them.
TEST(SeveralNodes, ShowTheSameForEachDateWhateverTheirClocksSay) {
    const RedisServer server;
    GatewayNode ahead(server, 2h, 1ms);
    GatewayNode right(server, 0s, 1ms);
    GatewayNode behind(server, -2h, 1ms);
    const std::vector<GatewayNode*> nodes{&ahead, &right, &behind};
    std::mutex mutex;
    std::map<Instant, std::string> shown;
    int versions = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < 6; ++t)
            threads.emplace_back([&, t] {
                std::minstd_rand random(static_cast<unsigned>(t));
                GatewayNode& node = *nodes[t % nodes.size()];
                for (int i = 0; i < 30; ++i) {
                    node.source->say("Jane " + std::to_string(t) + "." + std::to_string(i), profile::Tier::a);
                    const std::chrono::seconds ago{random() % 3 == 0 ? random() % 20'000 : 0};
                    const Instant date = node.now() - ago;
                    const Found found = node.find("jane@example.org", date);
                    if (found.verdict != Verdict::found) continue;
                    const std::lock_guard lock(mutex);
                    const auto [known, is_new] = shown.try_emplace(date, found.shown->profile);
                    EXPECT_EQ(known->second, found.shown->profile) << to_rfc3339(date);
                    versions += is_new ? 1 : 0;
                }
            });
    }
    ASSERT_GT(versions, 0);
    std::set<std::string> different;
    for (const auto& [date, profile] : shown) {
        different.insert(profile);
        for (GatewayNode* node : nodes) {
            const Found again = node->find("jane@example.org", date);
            ASSERT_EQ(again.verdict, Verdict::found);
            EXPECT_EQ(again.shown->profile, profile) << to_rfc3339(date) << " at skew " << node->skew.count();
        }
    }
    GatewayNode late(server, 0s);
    for (const auto& [date, profile] : shown)
        EXPECT_EQ(late.find("jane@example.org", date).shown->profile, profile);
}

TEST(SeveralNodes, OneAsksTheOtherWaitsAndBothKnow) {
    const RedisServer server;
    GatewayNode one(server, 0s);
    GatewayNode two(server, 0s);
    one.source->answer_with(std::nullopt);  // takes its time
    two.source->say("Jane Two", profile::Tier::a);
    auto first = std::async(std::launch::async, [&] { return one.find("jane@example.org", one.now()); });
    ASSERT_TRUE(comes([&] { return one.source->calls() == 1; }));
    std::vector<std::future<Found>> others;
    for (int i = 0; i < 4; ++i)
        others.push_back(
            std::async(std::launch::async, [&] { return two.find("jane@example.org", two.now()); }));
    ASSERT_TRUE(comes([&] { return two.service->counters().cold + two.service->counters().joined == 4; }));
    one.source->release(person("gravatar", "Jane One", profile::Tier::a, one.now()));
    EXPECT_EQ(first.get().verdict, Verdict::found);
    for (auto& other : others) {
        const Found found = other.get();
        ASSERT_EQ(found.verdict, Verdict::found);
        EXPECT_THAT(found.shown->profile, testing::HasSubstr("Jane One"));
    }
    EXPECT_EQ(two.source->calls(), 0);
    // That there is nobody is known to both, too.
    one.source->answer_with(nothing(profile::Outcome::not_found));
    EXPECT_EQ(one.find("paul@example.org", one.now()).verdict, Verdict::none);
    EXPECT_EQ(two.find("paul@example.org", two.now()).verdict, Verdict::none);
    EXPECT_EQ(two.source->calls(), 0);
}

TEST(SeveralNodes, WithoutRedisWhatIsOnRecordIsShownNobodyIsAskedAndNobodyWaits) {
    RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
    GatewayNode one(server, 0s);
    GatewayNode two(server, 0s);
    one.source->say("Jane Martin", profile::Tier::a);
    two.source->say("Jane Martin", profile::Tier::a);
    const Instant date = one.now();
    ASSERT_EQ(one.find("jane@example.org", date).verdict, Verdict::found);
    server.kill();
    EXPECT_EQ(one.find("jane@example.org", date).verdict, Verdict::found) << "on record, and in memory";
    EXPECT_EQ(one.find("jane@example.org", date + 1h).verdict, Verdict::unavailable) << "not on record";
    EXPECT_EQ(two.find("jane@example.org", date).verdict, Verdict::unavailable);
    EXPECT_EQ(two.find("paul@example.org", date).verdict, Verdict::unavailable);
    EXPECT_EQ(one.source->calls(), 1);
    EXPECT_EQ(two.source->calls(), 0);
    server.start();
    ASSERT_TRUE(comes([&] { return two.find("jane@example.org", date).verdict == Verdict::found; }));
    ASSERT_TRUE(comes([&] { return one.find("jane@example.org", date + 1h).verdict == Verdict::found; }));
    EXPECT_EQ(two.source->calls(), 0);
    EXPECT_EQ(one.source->calls(), 1);
}

TEST(SeveralNodes, AHistoryThatRedisHasLostIsBroughtBack) {
    RedisServer server;
    GatewayNode one(server, 0s);
    one.source->say("Jane Martin", profile::Tier::a);
    ASSERT_EQ(one.find("jane@example.org", one.now()).verdict, Verdict::found);
    server.kill();
    server.start();  // it kept nothing
    GatewayNode two(server, 0s);
    two.source->say("Jane Martin", profile::Tier::a);
    ASSERT_TRUE(
        comes([&] { return one.find("jane@example.org", one.now() + 2h).verdict == Verdict::found; }));
    EXPECT_EQ(two.find("jane@example.org", two.now()).verdict, Verdict::found);
    EXPECT_EQ(one.source->calls(), 1) << "it was in memory, with all the dates that it was shown for";
}

// A replica that was behind took over: a version that was shown is not there any more.
TEST(SeveralNodes, AVersionThatAFailoverLostIsBroughtBackOrGivenUpByAll) {
    for (const bool shown_since : {false, true}) {
        const RedisServer server;
        const auto versions = [&] {
            return server.cli(
                "EVAL \"return redis.call('LLEN', redis.call('KEYS', 'decorum:versions:*')[1])\" 0");
        };
        GatewayNode one(server, 0s, 1ms);
        GatewayNode two(server, 0s, 1ms);
        for (const GatewayNode* node : {&one, &two}) node->source->say("Jane One", profile::Tier::a);
        ASSERT_EQ(one.find("jane@example.org", one.now()).verdict, Verdict::found);
        for (const char* part : {"state", "versions"})
            server.cli("EVAL \"return redis.call('COPY', redis.call('KEYS', 'decorum:" + std::string(part) +
                       ":*')[1], 'behind:" + part + "')\" 0");
        for (const GatewayNode* node : {&one, &two}) node->source->say("Jane Two", profile::Tier::a);
        const Instant date = one.now() + 10min;
        const auto shows = [&](GatewayNode& node, const std::string& name) {
            const Found found = node.find("jane@example.org", date);
            return found.verdict == Verdict::found && found.shown->profile.contains(name);
        };
        ASSERT_TRUE(comes([&] {
            return one.find("jane@example.org", one.now() + 5min).verdict == Verdict::found &&
                   versions() == "2\n";
        }));
        ASSERT_TRUE(shows(one, "Jane Two"));
        ASSERT_TRUE(shows(two, "Jane Two"));
        for (const char* part : {"state", "versions"})
            server.cli("EVAL \"return redis.call('RENAME', 'behind:" + std::string(part) +
                       "', redis.call('KEYS', 'decorum:" + part + ":*')[1])\" 0");
        ASSERT_EQ(versions(), "1\n");
        if (shown_since) {
            GatewayNode other(server, 0s);
            other.source->say("Jane One", profile::Tier::a);
            ASSERT_TRUE(shows(other, "Jane One"));
        }
        for (const GatewayNode* node : {&one, &two})
            node->source->answer_with(nothing(profile::Outcome::failed));
        server.cli("CLIENT KILL TYPE normal");
        const std::string held = shown_since ? "Jane One" : "Jane Two";
        for (GatewayNode* node : {&one, &two})
            ASSERT_TRUE(comes([&] { return shows(*node, held); })) << shown_since;
        ASSERT_TRUE(comes([&] { return shows(one, held) && (shown_since || versions() != "1\n"); }))
            << "it is there again";
        GatewayNode late(server, 0s);
        late.source->say("Jane One", profile::Tier::a);
        for (GatewayNode* node : {&one, &two, &late}) {
            const Found found = node->find("jane@example.org", date);
            ASSERT_EQ(found.verdict, Verdict::found) << shown_since << (node == &late);
            EXPECT_THAT(found.shown->profile, testing::HasSubstr(held)) << shown_since << (node == &late);
        }
    }
}

}  // namespace
}  // namespace decorum::lookup
