// Sources, stores and clocks that do what a test says.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/lookup/profile_service.hpp"

namespace decorum::lookup::test {

inline Instant second(int n) {
    return Instant{std::chrono::seconds{1'800'000'000 + n}};
}

// A clock that stands until it is set.
class Clock {
public:
    void set(int n) { now_ = n; }
    [[nodiscard]] WallClock clock() const {
        return [now = &now_] { return second(*now); };
    }

private:
    std::atomic<int> now_ = 0;
};

inline profile::Answer person(std::string source, std::string name, profile::Tier tier, Instant fetched) {
    profile::Answer answer;
    answer.outcome = profile::Outcome::found;
    answer.profile.display_name = {std::move(name), {std::move(source), tier, "for the test", fetched}};
    return answer;
}

inline profile::Answer nothing(profile::Outcome outcome) {
    profile::Answer answer;
    answer.outcome = outcome;
    answer.detail = "for the test";
    return answer;
}

// Counts, and answers at once what it is set to, or keeps the question.
class Source final : public profile::Connector {
public:
    Source(std::string name, bool local) : name_(std::move(name)), local_(local) {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] bool local() const override { return local_; }
    [[nodiscard]] std::uint64_t generation() const override { return generation_; }
    void find(const profile::Query& query, Done done) override {
        ++calls_;
        std::optional<profile::Answer> answer;
        {
            const std::lock_guard lock(mutex_);
            last_address_ = query.address;
            answer = answer_;
            if (!answer) kept_.push_back(std::move(done));
        }
        if (answer) done(std::move(*answer));
    }

    void answer_with(std::optional<profile::Answer> answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }
    void say(std::string name, profile::Tier tier = profile::Tier::s) {
        answer_with(person(name_, std::move(name), tier, second(0)));
    }
    // Answers what was kept, on the caller's thread.
    void release(const profile::Answer& answer) {
        for (Done& done : take()) done(answer);
    }
    std::vector<Done> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(kept_, {});
    }
    void changed() { ++generation_; }
    [[nodiscard]] int calls() const { return calls_; }
    [[nodiscard]] std::string last_address() {
        const std::lock_guard lock(mutex_);
        return last_address_;
    }

private:
    const std::string name_;
    const bool local_;
    std::atomic<std::uint64_t> generation_ = 0;
    std::atomic<int> calls_ = 0;
    std::mutex mutex_;
    std::optional<profile::Answer> answer_ = nothing(profile::Outcome::not_found);
    std::vector<Done> kept_;
    std::string last_address_;
};

// What is behind a TestStore: outlives the service.
struct Backing {
    std::unique_ptr<store::Store> store = store::make_memory_store();
    std::atomic<bool> fails_load = false;
    std::atomic<bool> fails_write = false;
    std::atomic<bool> keeps_load = false;
    std::atomic<int> loads = 0;
    std::atomic<int> updates = 0;
    std::atomic<int> serves = 0;
    std::mutex mutex;
    std::vector<std::string> keys;
    std::vector<std::move_only_function<void()>> kept;  // loads and, where asked for, future serves
    std::atomic<bool> keeps_serve = false;
};

class TestStore final : public store::Store {
public:
    explicit TestStore(Backing& backing) : backing_(backing) {}

    void load(std::string key, Done<store::Record> done) override {
        ++backing_.loads;
        const std::lock_guard lock(backing_.mutex);
        backing_.keys.push_back(key);
        if (backing_.keeps_load) {
            backing_.kept.emplace_back([this, key, done = std::move(done)]() mutable {
                backing_.store->load(key, std::move(done));
            });
        } else if (backing_.fails_load) {
            done(fail(errc::io, "for the test"));
        } else {
            backing_.store->load(std::move(key), std::move(done));
        }
    }
    void update(std::string key, store::Update update, Done<store::Record> done) override {
        ++backing_.updates;
        if (backing_.fails_write) return done(fail(errc::io, "for the test"));
        backing_.store->update(std::move(key), std::move(update), std::move(done));
    }
    void serve(std::string key, Instant date, Done<void> done) override {
        ++backing_.serves;
        if (backing_.fails_write) return done(fail(errc::io, "for the test"));
        if (backing_.keeps_serve) {
            const std::lock_guard lock(backing_.mutex);
            backing_.kept.emplace_back([this, key, date, done = std::move(done)]() mutable {
                backing_.store->serve(key, date, std::move(done));
            });
            return;
        }
        backing_.store->serve(std::move(key), date, std::move(done));
    }
    void flush() override {}

private:
    Backing& backing_;
};

inline void release(Backing& backing) {
    std::vector<std::move_only_function<void()>> kept;
    {
        const std::lock_guard lock(backing.mutex);
        kept.swap(backing.kept);
    }
    for (auto& one : kept) one();
}

// What find() said; empty: nothing yet.
using Asked = std::shared_ptr<std::optional<Found>>;

class Desk {
public:
    Desk() {
        options.cache = {.positive = std::chrono::seconds{100},
                         .negative = std::chrono::seconds{50},
                         .failure = std::chrono::seconds{10},
                         .entries = 1000};
        options.now = clock.clock();
    }
    ProfileService& service() {
        if (!service_)
            service_ = std::make_unique<ProfileService>(
                options, std::vector<std::shared_ptr<profile::Connector>>(sources.begin(), sources.end()),
                std::make_unique<TestStore>(backing), Secret("secret"));
        return *service_;
    }
    std::shared_ptr<Source> add(std::string name, bool local) {
        return sources.emplace_back(std::make_shared<Source>(std::move(name), local));
    }
    Asked ask(int date, std::string_view address = "jane@example.org") {
        auto asked = std::make_shared<std::optional<Found>>();
        service().find(address, second(date), [asked](Found found) {
            EXPECT_FALSE(*asked) << "answered twice";
            *asked = std::move(found);
        });
        return asked;
    }
    // Of an answer given at once: the name shown, or the verdict.
    std::string say(int date, std::string_view address = "jane@example.org") {
        return text(ask(date, address));
    }
    static std::string text(const Asked& asked) {
        if (!*asked) return "pending";
        switch ((*asked)->verdict) {
            case Verdict::found: return (*asked)->shown->display_name;
            case Verdict::none: return "none";
            case Verdict::unavailable: return "unavailable";
        }
        return "?";
    }
    Report report(bool refresh, std::string_view address = "jane@example.org") {
        std::optional<Report> report;
        service().report(address, refresh, [&](Report r) { report = std::move(r); });
        EXPECT_TRUE(report);
        return report.value_or(Report{});
    }
    // The gateway ends and starts again.
    void restart() { service_.reset(); }
    void close() { service_->close(); }

    Clock clock;
    Backing backing;
    ProfileService::Options options;
    std::vector<std::shared_ptr<Source>> sources;

private:
    std::unique_ptr<ProfileService> service_;
};

}  // namespace decorum::lookup::test
