// What a command may spend: within the cap of the day that the running gateway keeps to as well.
#include "gateway/app/spend_cap.hpp"

#include <fmt/format.h>

#include "people.hpp"

namespace decorum::app {
namespace {

namespace fs = std::filesystem;
using profile::Outcome;

class Paid final : public profile::Connector {
public:
    [[nodiscard]] const profile::Traits& traits() const override {
        static constexpr profile::Traits traits{.name = "x", .reach = profile::Reach::outside};
        return traits;
    }
    [[nodiscard]] bool answers(const profile::Handle&) const override { return true; }
    [[nodiscard]] std::uint64_t max_microdollars() const override { return 10'000; }
    void find(const profile::Query&, Done done) override {
        ++calls;
        if (kept) return kept->set_value(std::move(done));
        profile::Answer answer;
        answer.outcome = Outcome::found;
        answer.microdollars = 10'000;  // a cent
        done(std::move(answer));
    }
    int calls = 0;
    std::optional<std::promise<Done>> kept;  // the question, instead of an answer
};

class SpendCap : public test::People {
protected:
    SpendCap() {
        std::ofstream(folder_ / "token") << "t0ken\n";
        fs::permissions(folder_ / "token", fs::perms::owner_read);
    }
    void cap(int cents) {
        configure(
            fmt::format("[connector.x]\nenabled = true\ntoken_file = \"token\"\nspend_cap = {}\n", cents));
    }
    // By a command of its own.
    profile::Answer ask() {
        std::unique_ptr<store::Store> ledger;
        std::vector<std::shared_ptr<profile::Connector>> connectors{paid_};
        keep_to_spend_caps(settings_, connectors, ledger, [this] { return now_; });
        std::promise<profile::Answer> answer;
        connectors[0]->find({}, [&](profile::Answer got) { answer.set_value(std::move(got)); });
        return answer.get_future().get();
    }
    const std::shared_ptr<Paid> paid_ = std::make_shared<Paid>();
    Instant now_ = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{12};
};

TEST_F(SpendCap, HoldsFromOneCommandToTheNext) {
    cap(2);
    EXPECT_EQ(ask().outcome, Outcome::found);
    EXPECT_EQ(ask().outcome, Outcome::found);
    const auto third = ask();
    EXPECT_EQ(third.outcome, Outcome::throttled);
    EXPECT_EQ(third.detail, "the money for today is spent");
    EXPECT_EQ(third.retry_at, std::chrono::sys_days{std::chrono::year{2026} / 11 / 25});
    EXPECT_EQ(paid_->calls, 2);
    now_ += std::chrono::days{1};
    EXPECT_EQ(ask().outcome, Outcome::found);
}

TEST_F(SpendCap, CountsWhatTheGatewayHasSpent) {
    cap(2);
    {
        const auto store = store::open_store(settings_);
        ASSERT_TRUE(store) << store.error().text();
        std::promise<void> recorded;
        (*store)->spend("x", std::chrono::floor<std::chrono::days>(now_), 15'000,
                        [&](const Result<std::uint64_t>&) { recorded.set_value(); });
        recorded.get_future().wait();
    }
    EXPECT_EQ(ask().outcome, Outcome::throttled);
    EXPECT_EQ(paid_->calls, 0);
}

TEST_F(SpendCap, CountsWhatACommandHadAskedThatWasEnded) {
    cap(2);
    {
        std::unique_ptr<store::Store> ledger;
        std::vector<std::shared_ptr<profile::Connector>> connectors{paid_};
        keep_to_spend_caps(settings_, connectors, ledger, [this] { return now_; });
        auto under_way = paid_->kept.emplace().get_future();
        connectors[0]->find({}, [](const profile::Answer&) { ADD_FAILURE() << "nobody answered"; });
        static_cast<void>(under_way.get());
    }
    paid_->kept.reset();
    EXPECT_EQ(ask().outcome, Outcome::found);
    EXPECT_EQ(ask().outcome, Outcome::throttled);
    EXPECT_EQ(paid_->calls, 2);
}

TEST_F(SpendCap, NothingIsSpentWhereTheStoreCannotSayWhatWas) {
    cap(2);
    fs::create_directories(folder_ / "state");
    settings_.store.url = "sqlite:" + (folder_ / "state").native();  // a folder
    EXPECT_EQ(ask().outcome, Outcome::throttled);
    EXPECT_EQ(paid_->calls, 0);
}

TEST_F(SpendCap, WithoutACapNoStoreIsAsked) {
    cap(0);
    settings_.store.url = "sqlite:/nowhere/at/all";
    EXPECT_EQ(ask().outcome, Outcome::found);
}

}  // namespace
}  // namespace decorum::app
