// The service under many threads; meant for ThreadSanitizer.
#include <malloc.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif

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
    [[nodiscard]] const profile::Traits& traits() const override {
        static constexpr profile::Traits traits{.name = "slow", .by_address = true, .tier = Tier::a};
        return traits;
    }
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
                     .stale = std::chrono::hours{24},
                     .entries = 128};
    options.lookup = {.new_addresses = 1'000'000,
                      .accounts = 5,
                      .breaker_failures = 5,
                      .breaker_pause = std::chrono::seconds{60}};
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
                    service.find("jane@example.org", second(0), Scope::all, [&](const Found& found) {
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
                        std::to_string(who) + "@example.org", second(date), Scope::all,
                        [&, who, date](const Found& f) {
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
    EXPECT_GE(slow->calls(), 8);
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
            service->find(std::to_string(i) + "@example.org", second(0), Scope::all,
                          [&](const Found&) { ++answered; });
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

// However many ask while the stages follow one another, and those who can't wait look at what is there: each
// source is asked once, and each asker answered once.
TEST(ProfileServiceConcurrency, ManyThreadsAreOneCallInEachStage) {
    for (int round = 0; round < 20; ++round) {
        const Clock clock;
        const auto registry = std::make_shared<Source>("registry", true);
        const auto gravatar = std::make_shared<Source>("gravatar", false);
        const auto networks = std::make_shared<Source>(
            "github", profile::Reach::outside, [](profile::Traits& traits) { traits.by_address = false; });
        networks->serves("github");
        registry->say("Jane");
        gravatar->answer_with(std::nullopt);
        networks->answer_with(std::nullopt);
        ProfileService service(options_of(clock), {registry, gravatar, networks}, store::make_memory_store(),
                               Secret("secret"));
        constexpr int threads = 4;
        constexpr int each = 25;
        std::atomic<int> answered = 0;
        std::latch all{threads + 1};
        {
            std::vector<std::jthread> askers;
            for (int t = 0; t < threads; ++t)
                askers.emplace_back([&] {
                    all.arrive_and_wait();
                    for (int i = 0; i < each; ++i) {
                        service.prefetch("jane@example.org");
                        service.find("jane@example.org", second(0), Scope::all, [&](const Found& found) {
                            EXPECT_EQ(found.verdict, Verdict::found);
                            ++answered;
                        });
                        if (const auto found = service.found_so_far("jane@example.org", second(0))) {
                            EXPECT_EQ(found->shown->display_name, "Jane");
                        }
                    }
                });
            all.arrive_and_wait();
            profile::Answer links = person("gravatar", "Jane", Tier::a, second(0));
            links.profile.links = {link_to("https://github.com/janem", Tier::a)};
            while (gravatar->calls() == 0) std::this_thread::yield();
            gravatar->release(links);
            while (networks->calls() == 0) std::this_thread::yield();
            networks->release(nothing(profile::Outcome::not_found));
        }
        while (answered < threads * each) std::this_thread::yield();
        EXPECT_EQ(gravatar->calls(), 1);
        EXPECT_EQ(networks->calls(), 1);
    }
}

// In whatever stage: who waits is answered, and whoever answers later finds the gate closed.
TEST(ProfileServiceConcurrency, TheEndMayComeInEachStage) {
    for (int stage = 0; stage < 4; ++stage) {
        Desk desk;
        desk.options.tick = Milliseconds{1};
        desk.options.max_delay = Milliseconds{stage == 3 ? 60'000 : 0};
        desk.options.connectors["web"].domains = {"example.org"};
        const auto gravatar = desk.add("gravatar", false);
        const auto networks = desk.add_network("github");
        const auto fediverse = desk.add_network("mastodon");
        const auto pages = desk.add_network("web");
        profile::Answer links = person("gravatar", "Jane", Tier::a, second(0));
        links.profile.links = {link_to("https://github.com/janem", Tier::a),
                               link_to("https://piaille.example/@jane", Tier::c),
                               link_to("https://www.example.org/jane", Tier::a)};
        for (const auto& source : {gravatar, networks, fediverse, pages}) source->answer_with(std::nullopt);
        const auto asked = desk.ask(0);
        if (stage > 0) gravatar->release(links);
        if (stage > 1) networks->release(nothing(profile::Outcome::failed));
        if (stage > 2) fediverse->release(nothing(profile::Outcome::not_found));
        EXPECT_EQ(networks->calls(), stage > 0 ? 1 : 0);
        EXPECT_EQ(fediverse->calls(), stage > 1 ? 1 : 0);
        EXPECT_EQ(Desk::text(asked), stage > 2 ? "Jane" : "pending");
        std::latch both{5};
        std::vector<std::jthread> late;
        for (const auto& source : {gravatar, networks, fediverse, pages})
            late.emplace_back([&both, source, links] {
                both.arrive_and_wait();
                source->release(links);
            });
        both.arrive_and_wait();
        desk.restart();
        EXPECT_TRUE(Desk::text(asked) == "Jane" || Desk::text(asked) == "unavailable");
    }
}

// A store that keeps nothing, so that what grows is the service's.
class NoStore final : public store::Store {
public:
    void load(std::string, Done<store::Record> done) override { done(store::Record{}); }
    void update(std::string, store::Update, Done<store::Record> done) override { done(store::Record{}); }
    void serve(std::string, Instant, Done<void> done) override { done({}); }
    void erase(std::string, Instant, Done<store::Erased> done) override { done(store::Erased{}); }
    void wipe(Done<void> done) override { done({}); }
    void revive(std::string, Done<bool> done) override { done(false); }
    void erased_since(std::optional<std::uint64_t>, Done<store::Erasures> done) override {
        done(store::Erasures{});
    }
    void spend(std::string, std::chrono::sys_days, std::int64_t, Done<std::uint64_t> done) override {
        done(std::uint64_t{0});
    }
    store::NoticeBook& notices() override { return unused_->notices(); }
    void flush() override {}

private:
    std::unique_ptr<store::Store> unused_ = store::make_memory_store();
};

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int half = 20'000;  // each costs a hundred times more here
std::size_t allocated_octets() {
    return __sanitizer_get_current_allocated_bytes();
}
#else
constexpr int half = 50'000;
std::size_t allocated_octets() {
    return mallinfo2().uordblks;
}
#endif

// A hundred thousand people of twenty thousand domains: entries, flights and budgets are bounded.
TEST(ProfileServiceMemory, HoldsWhatTheCacheHoldsHoweverManyWrite) {
    const Clock clock;
    const auto gravatar = std::make_shared<Source>("gravatar", false);
    ProfileService service(options_of(clock), {gravatar}, std::make_unique<NoStore>(), Secret("secret"));
    const auto ask = [&](int from, int to) {
        for (int i = from; i < to; ++i)
            service.find(std::to_string(i) + "@d" + std::to_string(i % 20'000) + ".example", second(0),
                         Scope::all, [](const Found&) {});
    };
    ask(0, half);
    const std::size_t before = allocated_octets();
    ask(half, 2 * half);
    constexpr std::size_t slack = std::size_t{1} << 20;
    EXPECT_LT(allocated_octets(), before + slack);
    EXPECT_EQ(gravatar->calls(), 2 * half);
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
