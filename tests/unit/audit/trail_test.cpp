#include "gateway/audit/trail.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <mutex>

#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
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
    using Synchronise = std::function<int(int, Synchronised)>;

    [[nodiscard]] std::unique_ptr<Trail> open(Synchronise synchronise = audit::synchronise) {
        auto trail = Trail::open(
            {.settings = settings_,
             .version = "1",
             .key_of = [](std::string_view address) { return std::string(view_of(sha256({address}))); },
             .now = [this] { return now_; },
             .housekeeping = std::chrono::milliseconds{20},
             .synchronise = std::move(synchronise)});
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

    static void reload(Trail& trail, const config::Settings& settings) {
        auto keys = trail.read_keys();
        ASSERT_TRUE(keys);
        trail.take_over(settings, std::move(*keys));
    }
    // Whether what is written now reaches the disk.
    static bool reaches_disk(Trail& trail) {
        const auto promise = std::make_shared<std::promise<bool>>();
        auto done = promise->get_future();
        trail.when_on_disk([promise](bool good) { promise->set_value(good); });
        if (done.wait_for(patience) != std::future_status::ready) throw std::runtime_error("nobody called");
        return done.get();
    }
    // The file that a descriptor is of.
    static std::string name_of_file(int descriptor) {
        return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).filename();
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
        EXPECT_TRUE(reaches_disk(*trail));
    }
    trail->close();
    bool told = true;
    trail->when_on_disk([&told](bool good) { told = good; });
    EXPECT_FALSE(told) << "nobody waits for one that is closed";
}

// At the end of the gateway: who waits has a thread that is about to go.
TEST_F(AuditTrail, OnceTheWaitersAreDismissedNobodyIsCalled) {
    settings_.audit.sync = config::AuditSync::message;
    std::promise<void> entered;
    std::promise<void> leave;
    std::atomic<bool> first = true;
    auto trail = open([&, left = leave.get_future().share()](int, Synchronised) {
        if (!first.exchange(false)) return 0;
        entered.set_value();
        left.wait();
        return 0;
    });
    EXPECT_TRUE(trail->journal(0).record(outcome("1-1")));
    std::vector<int> told;
    trail->when_on_disk([&told](bool good) { told.push_back(good); });
    entered.get_future().wait();
    trail->when_on_disk([&told](bool good) { told.push_back(good); });  // for the next round
    trail->dismiss_waiters();
    EXPECT_THAT(told, testing::ElementsAre(0, 0)) << "at once, though the disk has not answered";
    leave.set_value();
    trail->when_on_disk([&told](bool good) { told.push_back(good); });
    EXPECT_THAT(told, testing::ElementsAre(0, 0, 0));
    trail->close();
    EXPECT_EQ(told.size(), 3U) << "nobody is called twice";
}

TEST_F(AuditTrail, NewFilesAndTheirFolderReachTheDisk) {
    settings_.audit.sync = config::AuditSync::message;
    settings_.audit.interval = std::chrono::hours{1};
    std::mutex mutex;
    std::vector<std::string> synchronised;
    auto trail = open([&](int descriptor, Synchronised what) {
        const std::lock_guard lock(mutex);
        synchronised.push_back(what == Synchronised::folder ? "folder" : name_of_file(descriptor));
        return 0;
    });
    EXPECT_TRUE(reaches_disk(*trail));
    EXPECT_THAT(synchronised,
                testing::ElementsAre("audit-0.jsonl", "audit-1.jsonl", "audit-2.jsonl", "folder"));
    synchronised.clear();
    EXPECT_TRUE(trail->journal(0).record(outcome("1-1")));
    EXPECT_TRUE(reaches_disk(*trail));
    EXPECT_THAT(synchronised, testing::ElementsAre("audit-1.jsonl")) << "nothing else was written or made";
    trail->close();
}

// The file is full while the others are being synchronised: whatever order it happens in, it is not missed.
TEST_F(AuditTrail, AFileThatIsPutAsideMeanwhileReachesTheDisk) {
    settings_.audit.sync = config::AuditSync::message;
    settings_.audit.interval = std::chrono::hours{1};
    std::mutex mutex;
    std::vector<std::string> synchronised;
    Trail* raw = nullptr;
    std::atomic<bool> rotates = false;
    auto trail = open([&](int descriptor, Synchronised what) {
        const std::lock_guard lock(mutex);
        if (what == Synchronised::file) synchronised.push_back(name_of_file(descriptor));
        if (!rotates.exchange(false)) return 0;
        settings_.audit.rotate_size = 1;
        reload(*raw, settings_);
        EXPECT_TRUE(raw->journal(1).record(outcome("2-2")));
        return 0;
    });
    raw = trail.get();
    EXPECT_TRUE(reaches_disk(*trail));
    synchronised.clear();
    EXPECT_TRUE(trail->journal(0).record(outcome("1-1")));
    EXPECT_TRUE(trail->journal(1).record(outcome("2-1")));
    rotates = true;
    EXPECT_TRUE(reaches_disk(*trail));
    EXPECT_THAT(synchronised, testing::Contains(testing::StartsWith("audit-2.0")));
    trail->close();
}

TEST_F(AuditTrail, WhatCantBeSynchronisedIsLostAndFailingUntilItCan) {
    settings_.audit.sync = config::AuditSync::message;
    settings_.audit.interval = std::chrono::milliseconds{10};
    std::atomic<bool> broken_disk = false;
    auto trail = open([&](int, Synchronised) {
        errno = EIO;
        return broken_disk ? -1 : 0;
    });
    EXPECT_TRUE(trail->journal(0).record(outcome("1-1")));
    EXPECT_TRUE(reaches_disk(*trail));
    EXPECT_FALSE(trail->failing());
    settings_.audit.required = true;
    reload(*trail, settings_);
    Recorder recorder{*trail, trail->journal(0), trail->names()};
    EXPECT_TRUE(recorder.may_pass());
    broken_disk = true;
    EXPECT_TRUE(trail->journal(0).record(outcome("1-2")));
    EXPECT_TRUE(trail->journal(0).record(outcome("1-3")));
    EXPECT_FALSE(reaches_disk(*trail));
    EXPECT_TRUE(trail->failing());
    EXPECT_FALSE(recorder.may_pass());
    EXPECT_GE(trail->lost(), 2U);
    broken_disk = false;
    EXPECT_TRUE(wait_until([&] { return !trail->failing(); })) << "it is tried again";
    EXPECT_TRUE(recorder.may_pass());
    trail->close();
    EXPECT_FALSE(broken());
    const auto service = lines_of(place_.current(0));
    EXPECT_THAT(service, testing::Contains(testing::HasSubstr("synchronising: Input/output error")));
}

TEST_F(AuditTrail, AnchorsAreWrittenAtAnyLevel) {
    const auto file = folder_ / "log";
    ASSERT_TRUE(log::start({.level = log::Level::error, .format = log::Format::text, .target = file}));
    open()->close();
    ASSERT_TRUE(log::start({.level = log::Level::info, .format = log::Format::text, .target = "stderr"}));
    EXPECT_THAT(lines_of(file), testing::Contains(testing::HasSubstr("event=audit_anchor chain=0 seq=")));
}

// Names of people on whom nothing is on record any more would fill their file in the end.
TEST_F(AuditTrail, NamesGoWithTheLastThatTellsOfThem) {
    settings_.audit.rotate_age = std::chrono::hours{1};
    settings_.audit.retention = std::chrono::hours{24};
    std::string name;
    {
        auto trail = open();
        name = trail->person("jane@example.org");
        trail->close();
    }
    now_ += std::chrono::days{10};
    {
        auto trail = open();  // each chain goes on in another file
        const std::string paul = trail->person("paul@example.org");
        EXPECT_EQ(trail->pseudonyms()->used(), 2U);
        std::this_thread::sleep_for(std::chrono::milliseconds{100});  // five rounds of housekeeping
        EXPECT_EQ(trail->pseudonyms()->used(), 2U) << "the old files stand there still";
        const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{48};
        for (const auto& path : files())
            if (path.filename().string().size() > std::string_view("audit-0.jsonl").size())
                std::filesystem::last_write_time(path, old);
        EXPECT_TRUE(wait_until([&] { return trail->pseudonyms()->used() == 1; }));
        EXPECT_EQ(trail->person("paul@example.org"), paul);
        EXPECT_NE(trail->person("jane@example.org"), name);
        trail->close();
    }
    EXPECT_FALSE(broken());
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
    reload(*trail, settings_);
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
    reload(*trail, settings_);
    EXPECT_TRUE(trail->required());
    EXPECT_TRUE(trail->journal(0).record(outcome("1-2")));
    trail->close();
    EXPECT_FALSE(broken());
    EXPECT_EQ(text_member(lines_of(place_.current(1)).front(), "key"), *id);
    std::ofstream(folder_ / "chain.key") << "nonsense\n";
    EXPECT_FALSE(trail->read_keys());
    auto refused = Trail::open({.settings = settings_, .version = "1", .key_of = {}});
    EXPECT_FALSE(refused);
}

TEST_F(AuditTrail, PeopleHavePseudonymsUnlessTheyAreWantedInClear) {
    const std::string name = open()->person("jane@example.org");
    EXPECT_TRUE(name.starts_with("p-"));
    auto trail = open();
    EXPECT_EQ(trail->person("jane@example.org"), name);
    EXPECT_TRUE(trail->forget_key(view_of(sha256({"jane@example.org"}))));
    EXPECT_TRUE(wait_until([&] { return trail->person("jane@example.org") != name; }));
    trail.reset();
    settings_.audit.addresses = config::AuditAddresses::clear;
    EXPECT_EQ(open()->person("Jane@example.org"), "jane@example.org");
}

TEST_F(AuditTrail, WhoCouldNotBeForgottenIsToldOf) {
    (void)open()->person("jane@example.org");
    std::ofstream(settings_.gateway.state_dir / "pseudonyms", std::ios::trunc) << std::string(200, 'x');
    EXPECT_FALSE(open()->forget_key(view_of(sha256({"jane@example.org"}))));
}

TEST_F(AuditTrail, ACommandHasAChainOfItsOwn) {
    auto trail = open();
    EXPECT_TRUE(record_once(settings_, "1", Event(Kind::erasure).text("by", "command")));
    EXPECT_TRUE(record_once(settings_, "1", Event(Kind::erasure).text("by", "command")));
    EXPECT_EQ(lines_of(place_.current(command_chain)).size(), 3U);
    EXPECT_FALSE(broken());
}

TEST_F(AuditTrail, TheChainOfCommandsGoesOnInAnotherFileToo) {
    settings_.audit.rotate_size = 500;
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(record_once(settings_, "1", Event(Kind::erasure).text("by", "command")));
    EXPECT_GT(files().size(), 2U);
    for (const auto& file : files()) EXPECT_LT(std::filesystem::file_size(file), 1000U);
    EXPECT_FALSE(broken());
}

TEST_F(AuditTrail, NoThreadHasTheChainOfCommands) {
    const auto file = folder_ / "decorum.toml";
    const auto threads = [&file](unsigned count) {
        std::ofstream(file) << "[gateway]\nthreads = " << count << "\n";
        return config::load(file).has_value();
    };
    EXPECT_TRUE(threads(command_chain - 1));  // the last of them writes the chain before
    EXPECT_FALSE(threads(command_chain));
    EXPECT_LE(command_chain, max_chain) << "which is the last that is read";
}

}  // namespace
}  // namespace decorum::audit
