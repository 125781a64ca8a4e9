#include "gateway/audit/trail.hpp"

#include <gmock/gmock.h>

#include <future>

#include "gateway/base/digest.hpp"
#include "tests/unit/audit/log_folder.hpp"

namespace decorum::audit {
namespace {

constexpr std::chrono::seconds patience{30};

class AuditTrail : public LogFolder {
protected:
    AuditTrail() : settings_(config::defaults()) {
        settings_.gateway.state_dir = folder_;
        settings_.gateway.hostname = "mx.example.org";
    }
    [[nodiscard]] std::unique_ptr<Trail> open() {
        auto trail = Trail::open(
            {.settings = settings_,
             .version = "1",
             .key_of = [](std::string_view address) { return std::string(view_of(sha256({address}))); },
             .now = [this] { return now_; },
             .housekeeping = std::chrono::milliseconds{20}});
        if (!trail) throw std::runtime_error(trail.error().detail);
        (*trail)->start(2);
        return std::move(*trail);
    }
    template <class Holds>
    static bool wait_until(Holds holds) {
        const auto end = SteadyClock::now() + patience;
        while (!holds() && SteadyClock::now() < end) std::this_thread::sleep_for(Milliseconds{5});
        return holds();
    }

    config::Settings settings_;
};

TEST_F(AuditTrail, EachThreadHasItsChainAndAllHold) {
    auto trail = open();
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 2; ++i)
            threads.emplace_back([&trail, i] {
                for (int n = 0; n < 100; ++n) EXPECT_TRUE(trail->journal(i).record(outcome("1-1")));
            });
        for (int n = 0; n < 100; ++n) trail->record(Event(Kind::reload).flag("keys", true));
    }
    trail->close();
    EXPECT_EQ(files().size(), 3U);
    EXPECT_FALSE(broken());
    EXPECT_EQ(trail->lost(), 0U);
    const auto chains = verify(place_, keys(), {}, {});
    for (const auto& chain : *chains) EXPECT_GE(chain.lines, 103U);
}

TEST_F(AuditTrail, ThoseWhoWaitForTheDiskAreCalledBack) {
    settings_.audit.sync = config::AuditSync::message;
    settings_.audit.interval = std::chrono::hours{1};
    auto trail = open();
    EXPECT_TRUE(trail->waits_for_disk());
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(trail->journal(0).record(outcome("1-1")));
        const auto promise = std::make_shared<std::promise<bool>>();
        auto done = promise->get_future();
        trail->when_on_disk([promise](bool good) { promise->set_value(good); });
        ASSERT_EQ(done.wait_for(patience), std::future_status::ready);
        EXPECT_TRUE(done.get());
    }
    trail->close();
    bool told = true;
    trail->when_on_disk([&told](bool good) { told = good; });
    EXPECT_FALSE(told) << "nobody waits for one that is closed";
}

TEST_F(AuditTrail, OldFilesGoAndVerificationKnows) {
    settings_.audit.rotate_size = 1;
    settings_.audit.retention = {};
    auto trail = open();
    for (int n = 0; n < 4; ++n) EXPECT_TRUE(trail->journal(0).record(outcome("1-1")));
    const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{48};
    const auto all = find_files(place_)->at(1).files;
    ASSERT_GE(all.size(), 4U);
    std::filesystem::last_write_time(all[0].path, old);
    std::filesystem::last_write_time(all[1].path, old);
    settings_.audit.retention = std::chrono::hours{24};
    EXPECT_TRUE(trail->reload(settings_));
    EXPECT_TRUE(wait_until([&] { return !std::filesystem::exists(all[1].path); }));
    EXPECT_TRUE(wait_until([&] { return !broken(); })) << "what went is recorded";
    EXPECT_TRUE(std::filesystem::exists(all[2].path));
    trail->close();
    EXPECT_FALSE(broken());
    std::filesystem::remove(all[2].path);
    EXPECT_TRUE(broken()) << "what nobody recorded is missed";
}

TEST_F(AuditTrail, SighupTakesOverKeysAndTheChainGoesOn) {
    auto trail = open();
    EXPECT_TRUE(trail->journal(0).record(outcome("1-1")));
    const auto id = KeyRing::renew(folder_ / "chain.key");
    ASSERT_TRUE(id);
    settings_.audit.required = true;
    EXPECT_FALSE(trail->required());
    EXPECT_TRUE(trail->reload(settings_));
    EXPECT_TRUE(trail->required());
    EXPECT_TRUE(trail->journal(0).record(outcome("1-2")));
    trail->close();
    EXPECT_FALSE(broken());
    EXPECT_EQ(text_member(lines_of(place_.current(1)).front(), "key"), *id);
    std::ofstream(folder_ / "chain.key") << "nonsense\n";
    auto refused = Trail::open({.settings = settings_, .version = "1", .key_of = {}});
    EXPECT_FALSE(refused);
}

TEST_F(AuditTrail, PeopleHavePseudonymsUnlessTheyAreWantedInClear) {
    const std::string name = open()->person("jane@example.org");
    EXPECT_TRUE(name.starts_with("p-"));
    auto trail = open();
    EXPECT_EQ(trail->person("jane@example.org"), name);
    trail->forget_key(view_of(sha256({"jane@example.org"})));
    EXPECT_TRUE(wait_until([&] { return trail->person("jane@example.org") != name; }));
    trail.reset();
    settings_.audit.addresses = config::AuditAddresses::clear;
    EXPECT_EQ(open()->person("Jane@example.org"), "jane@example.org");
}

TEST_F(AuditTrail, ACommandHasAChainOfItsOwn) {
    auto trail = open();
    EXPECT_TRUE(record_once(settings_, "1", Event(Kind::erasure).text("by", "command")));
    EXPECT_TRUE(record_once(settings_, "1", Event(Kind::erasure).text("by", "command")));
    EXPECT_EQ(lines_of(place_.current(command_chain)).size(), 3U);
    EXPECT_FALSE(broken());
}

}  // namespace
}  // namespace decorum::audit
