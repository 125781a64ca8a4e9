// Sources, stores and clocks that do what a test says.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/lookup/profile_service.hpp"

namespace decorum::lookup::test {

// Jane's accounts.
inline constexpr auto github = "https://github.com/janem";
inline constexpr auto mastodon = "https://piaille.example/@jane";

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

// Somebody without a source's stamp, as connectors give her.
inline profile::Answer somebody(std::string name, std::vector<profile::Link> links = {}) {
    profile::Answer answer;
    answer.outcome = profile::Outcome::found;
    answer.profile.display_name.value = std::move(name);
    answer.profile.links = std::move(links);
    return answer;
}

inline profile::Answer nothing(profile::Outcome outcome) {
    profile::Answer answer;
    answer.outcome = outcome;
    answer.detail = "for the test";
    return answer;
}

// One account as another names it.
inline profile::Link link_to(std::string url, profile::Tier tier, std::string reason = {}) {
    profile::Link link;
    link.url = std::move(url);
    link.origin.tier = tier;
    link.origin.reason = std::move(reason);
    return link;
}

// Counts, and answers at once what it is set to, or keeps the question. Of accounts it answers what it was
// told of each; it is asked for those of its network.
class Source final : public profile::Connector {
public:
    using Changes = std::function<void(profile::Traits&)>;

    Source(std::string name, profile::Reach reach, const Changes& change = {})
        : name_(std::move(name)),
          traits_{.name = name_,
                  .reach = reach,
                  .by_address = true,
                  .tier = reach == profile::Reach::outside ? profile::Tier::a : profile::Tier::s} {
        if (change) change(traits_);
    }
    Source(std::string name, bool local)
        : Source(std::move(name), local ? profile::Reach::local : profile::Reach::outside) {}

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] std::uint64_t generation() const override { return generation_; }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override {
        return !network_.empty() && handle.network == network_;
    }
    [[nodiscard]] std::uint64_t max_microdollars() const override { return cost_; }
    [[nodiscard]] bool asks_senders_domain(std::string_view address) const override {
        return asks_domain_of ? asks_domain_of(address) : Connector::asks_senders_domain(address);
    }
    std::function<bool(std::string_view)> asks_domain_of;
    void find(const profile::Query& query, Done done) override {
        ++calls_;
        std::optional<profile::Answer> answer;
        {
            const std::lock_guard lock(mutex_);
            last_address_ = query.address;
            if (query.handle) asked_accounts_.push_back(query.handle->url);
            const auto account = query.handle ? accounts_.find(query.handle->url) : accounts_.end();
            answer = account == accounts_.end() ? answer_ : account->second;
            if (!answer) kept_.push_back(std::move(done));
        }
        // Now release() finds it.
        if (on_question_) on_question_();
        if (answer) done(std::move(*answer));
    }
    void on_question(std::function<void()> hook) { on_question_ = std::move(hook); }
    void serves(std::string network) { network_ = std::move(network); }
    void costs(std::uint64_t microdollars) { cost_ = microdollars; }
    void answer_at(const std::string& url, profile::Answer answer) {
        const std::lock_guard lock(mutex_);
        accounts_[url] = std::move(answer);
    }
    [[nodiscard]] std::vector<std::string> asked_accounts() {
        const std::lock_guard lock(mutex_);
        return asked_accounts_;
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
    profile::Traits traits_;
    std::string network_;
    std::uint64_t cost_ = 0;
    std::function<void()> on_question_;
    std::atomic<std::uint64_t> generation_ = 0;
    std::atomic<int> calls_ = 0;
    std::mutex mutex_;
    std::optional<profile::Answer> answer_ = nothing(profile::Outcome::not_found);
    std::vector<Done> kept_;
    std::string last_address_;
    std::map<std::string, profile::Answer> accounts_;  // by canonical URL
    std::vector<std::string> asked_accounts_;
};

// What is behind a TestStore: outlives the service.
struct Backing {
    std::unique_ptr<store::Store> store = store::make_memory_store();
    std::atomic<bool> fails_load = false;
    std::atomic<bool> fails_write = false;
    std::atomic<bool> fails_spend = false;
    std::atomic<bool> keeps_load = false;
    std::atomic<int> loads = 0;
    std::atomic<int> updates = 0;
    std::atomic<int> serves = 0;
    std::atomic<int> polls = 0;
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
    void erase(std::string key, Instant now, Done<store::Erased> done) override {
        backing_.store->erase(std::move(key), now, std::move(done));
    }
    void wipe(Done<void> done) override { backing_.store->wipe(std::move(done)); }
    void revive(std::string key, Done<bool> done) override {
        backing_.store->revive(std::move(key), std::move(done));
    }
    void erased_since(std::optional<std::uint64_t> cursor, Done<store::Erasures> done) override {
        ++backing_.polls;
        backing_.store->erased_since(cursor, std::move(done));
    }
    void spend(std::string source, std::chrono::sys_days day, std::int64_t microdollars,
               Done<std::uint64_t> done) override {
        if (backing_.fails_spend) return done(fail(errc::io, "for the test"));
        backing_.store->spend(std::move(source), day, microdollars, std::move(done));
    }
    store::NoticeBook& notices() override { return backing_.store->notices(); }
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
                         .stale = std::chrono::hours{24},
                         .entries = 1000};
        options.lookup = {.new_addresses = 1'000'000,
                          .accounts = 5,
                          .breaker_failures = 1000,
                          .breaker_pause = std::chrono::seconds{60}};
        options.now = clock.clock();
        options.random = [] { return 0.5; };  // lifetimes are neither longer nor shorter
        options.max_delay = Milliseconds{0};
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
    std::shared_ptr<Source> add(std::string name, profile::Reach reach, const Source::Changes& change = {}) {
        return sources.emplace_back(std::make_shared<Source>(std::move(name), reach, change));
    }
    // A source that is asked for accounts of its network, and for nothing else.
    std::shared_ptr<Source> add_network(const std::string& network) {
        const auto source = add(network, profile::Reach::outside, [](profile::Traits& traits) {
            traits.by_address = false;
            traits.tier = profile::Tier::d;
        });
        source->serves(network);
        return source;
    }
    Asked ask(int date, std::string_view address = "jane@example.org", Scope scope = Scope::all) {
        auto asked = std::make_shared<std::optional<Found>>();
        service().find(address, second(date), scope, [asked](Found found) {
            EXPECT_FALSE(*asked) << "answered twice";
            *asked = std::move(found);
        });
        return asked;
    }
    // Of an answer given at once: the name shown, or the verdict.
    std::string say(int date, std::string_view address = "jane@example.org", Scope scope = Scope::all) {
        return text(ask(date, address, scope));
    }
    static std::string text(const Asked& asked) {
        if (!*asked) return "pending";
        switch ((*asked)->verdict) {
            case Verdict::found: return (*asked)->shown->display_name;
            case Verdict::none: return "none";
            case Verdict::unavailable: return "unavailable";
            case Verdict::opted_out: return "opted-out";
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
