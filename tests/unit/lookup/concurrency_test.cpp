// The service under many threads; meant for ThreadSanitizer.
#include <latch>
#include <map>
#include <thread>

#include "gateway/base/work_queue.hpp"
#include "gateway/lookup/siphash.hpp"
#include "parts.hpp"

namespace decorum::lookup {
namespace {

using namespace test;
using profile::Tier;

// Answers on a thread of its own, each time with another name.
class SlowSource final : public profile::Connector {
public:
    [[nodiscard]] std::string_view name() const override { return "slow"; }
    [[nodiscard]] bool local() const override { return false; }
    void find(const profile::Query&, Done done) override {
        const int call = ++calls_;
        auto shared = std::make_shared<Done>(std::move(done));
        const bool taken = queue_.post([shared, call] {
            (*shared)(person("slow", "name " + std::to_string(call), Tier::a, second(call)));
        });
        EXPECT_TRUE(taken);
    }
    [[nodiscard]] int calls() const { return calls_; }

private:
    std::atomic<int> calls_ = 0;
    WorkQueue queue_{2, 100'000};
};

ProfileService::Options options_of(const Clock& clock) {
    ProfileService::Options options;
    options.cache = {.positive = std::chrono::seconds{2},
                     .negative = std::chrono::seconds{2},
                     .failure = std::chrono::seconds{1},
                     .entries = 128};
    options.now = clock.clock();
    return options;
}

TEST(ProfileServiceConcurrency, ManyThreadsAreOneCall) {
    const Clock clock;
    const auto source = std::make_shared<Source>("gravatar", false);
    source->answer_with(std::nullopt);
    ProfileService service(options_of(clock), {source}, store::make_memory_store(), Secret("secret"));
    constexpr int threads = 8;
    constexpr int each = 125;
    std::atomic<int> answered = 0;
    {
        std::vector<std::jthread> askers;
        for (int t = 0; t < threads; ++t)
            askers.emplace_back([&] {
                for (int i = 0; i < each; ++i)
                    service.find("jane@example.org", second(0), [&](const Found& found) {
                        EXPECT_EQ(found.verdict, Verdict::found);
                        ++answered;
                    });
            });
    }
    EXPECT_EQ(answered, 0);
    EXPECT_EQ(source->calls(), 1);
    source->release(person("gravatar", "Jane", Tier::a, second(0)));
    EXPECT_EQ(answered, threads * each);
}

// The promise of the history, while time passes, versions change and entries are dropped and loaded again.
TEST(ProfileServiceConcurrency, WhatADateHasShownItShowsForEver) {
    Clock clock;
    const auto slow = std::make_shared<SlowSource>();
    const auto directory = std::make_shared<Source>("directory", true);
    ProfileService service(options_of(clock), {directory, slow}, store::make_memory_store(),
                           Secret("secret"));
    constexpr int threads = 4;
    constexpr int rounds = 1500;
    std::mutex mutex;
    std::map<std::pair<int, int>, std::string> seen;
    std::atomic<int> now = 0;
    std::atomic<int> answered = 0;
    {
        std::vector<std::jthread> askers;
        for (int t = 0; t < threads; ++t)
            askers.emplace_back([&, t] {
                unsigned random = static_cast<unsigned>(t) + 1;
                for (int i = 0; i < rounds; ++i) {
                    random = random * 1664525u + 1013904223u;
                    if (random >> 26 == 0) clock.set(++now);
                    if (random >> 27 == 1) directory->changed();
                    const int who = static_cast<int>(random >> 8) % 8;
                    const int date = std::max(0, now - static_cast<int>(random >> 16) % 3);
                    service.find(
                        std::to_string(who) + "@example.org", second(date), [&, who, date](const Found& f) {
                            ++answered;
                            ASSERT_EQ(f.verdict, Verdict::found);
                            const std::lock_guard lock(mutex);
                            const auto& first =
                                seen.emplace(std::pair(who, date), f.shown->display_name).first->second;
                            EXPECT_EQ(first, f.shown->display_name) << who << " at " << date;
                        });
                }
            });
    }
    // Each flight ends by itself.
    while (answered < threads * rounds) std::this_thread::yield();
    EXPECT_GT(slow->calls(), 8);
    EXPECT_GT(seen.size(), 50u);
}

TEST(ProfileServiceConcurrency, TheEndMayComeWhileSourcesAnswer) {
    for (int round = 0; round < 50; ++round) {
        const Clock clock;
        const auto source = std::make_shared<Source>("gravatar", false);
        source->answer_with(std::nullopt);
        auto service = std::make_unique<ProfileService>(
            options_of(clock), std::vector<std::shared_ptr<profile::Connector>>{source},
            store::make_memory_store(), Secret("secret"));
        std::atomic<int> answered = 0;
        for (int i = 0; i < 20; ++i)
            service->find(std::to_string(i) + "@example.org", second(0), [&](const Found&) { ++answered; });
        std::latch both{2};
        std::jthread late([&] {
            both.arrive_and_wait();
            source->release(person("gravatar", "Jane", Tier::a, second(0)));
        });
        both.arrive_and_wait();
        service.reset();
        EXPECT_EQ(answered, 20);
    }
}

// The reference's own vectors: the key 00 01 … 0f, inputs 00 01 … of growing length.
TEST(SipHash, AgreesWithTheReference) {
    const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    std::string input;
    for (char c = 0; c < 15; ++c) input.push_back(c);
    EXPECT_EQ(siphash(key, ""), 0x726fdb47dd0e0e31u);
    EXPECT_EQ(siphash(key, input.substr(0, 1)), 0x74f839c593dc67fdu);
    EXPECT_EQ(siphash(key, input.substr(0, 8)), 0x93f5f5799a932462u);
    EXPECT_EQ(siphash(key, input), 0xa129ca6149be45e5u);
}

}  // namespace
}  // namespace decorum::lookup
