#include "gateway/audit/journal.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "tests/unit/audit/log_folder.hpp"

namespace decorum::audit {
namespace {

using AuditJournal = LogFolder;
using testing::HasSubstr;

std::vector<std::string> events_of(const std::vector<std::string>& lines) {
    std::vector<std::string> out;
    for (const auto& line : lines) {
        const auto parsed = parse_line(line);
        out.emplace_back(parsed ? parsed->event : "?");
    }
    return out;
}

TEST_F(AuditJournal, GoesOnWhereTheLastProcessEnded) {
    for (int run = 0; run < 2; ++run) {
        Common common;
        prepare(common);
        Journal journal(common, 1);
        journal.start();
        EXPECT_TRUE(journal.record(outcome("1-1")));
        journal.close();
    }
    EXPECT_THAT(events_of(lines_of(place_.current(1))),
                testing::ElementsAre("file", "start", "outcome", "stop", "start", "outcome", "stop"));
    EXPECT_FALSE(broken());
}

TEST_F(AuditJournal, WhatWasWrittenIsThereWithoutAnOrderlyEnd) {
    Common common;
    prepare(common);
    auto killed = std::make_unique<Journal>(common, 1);
    EXPECT_TRUE(killed->record(outcome("1-1")));
    EXPECT_EQ(lines_of(place_.current(1)).size(), 3U);
    killed.reset();
    Journal next(common, 1);
    EXPECT_TRUE(next.record(outcome("1-2")));
    EXPECT_FALSE(broken());
}

TEST_F(AuditJournal, HalfALineIsCutOffAndSaid) {
    Common common;
    prepare(common);
    {
        Journal journal(common, 1);
        EXPECT_TRUE(journal.record(outcome("1-1")));
    }
    std::ofstream(place_.current(1), std::ios::app) << "{\"v\":1,\"chain\":1,";
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->how, Break::cut_off);
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-2")));
    EXPECT_FALSE(broken());
    EXPECT_THAT(lines_of(place_.current(1)).at(3), HasSubstr("\"torn_octets\":17"));
}

TEST_F(AuditJournal, AFullFileIsFollowedByTheNextAndTheChainGoesOn) {
    Common common;
    prepare(common);
    common.rotate_size = 1000;
    Journal journal(common, 1);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(journal.record(outcome("1-1")));
    EXPECT_GT(files().size(), 5U);
    EXPECT_FALSE(broken());
    const auto chains = verify(place_, keys(), {}, {});
    EXPECT_EQ(chains->at(0).last_seq, journal.written()->seq);
}

TEST_F(AuditJournal, AnOldFileIsFollowedByTheNext) {
    Common common;
    prepare(common);
    common.rotate_age_ms = 60'000;
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-1")));
    now_ += std::chrono::seconds{59};
    EXPECT_TRUE(journal.record(outcome("1-2")));
    EXPECT_EQ(files().size(), 1U);
    now_ += std::chrono::seconds{1};
    EXPECT_TRUE(journal.record(outcome("1-3")));
    EXPECT_EQ(files().size(), 2U);
    EXPECT_FALSE(broken());
}

TEST_F(AuditJournal, ANewKeyBeginsAFile) {
    Common common;
    prepare(common);
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-1")));
    const std::string before = keys().current().id;
    const auto renewed = KeyRing::renew(folder_ / "chain.key");
    ASSERT_TRUE(renewed);
    ASSERT_NE(*renewed, before);
    common.set_keys(keys());
    EXPECT_TRUE(journal.record(outcome("1-2")));
    ASSERT_EQ(files().size(), 2U);
    EXPECT_EQ(events_of(lines_of(files()[0])).back(), "key");
    EXPECT_EQ(text_member(lines_of(files()[1]).front(), "key"), *renewed);
    EXPECT_FALSE(broken());
}

TEST_F(AuditJournal, AKeyThatCameWhileNobodyWroteBeginsAFileToo) {
    Common common;
    prepare(common);
    EXPECT_TRUE(std::make_unique<Journal>(common, 1)->record(outcome("1-1")));
    ASSERT_TRUE(KeyRing::renew(folder_ / "chain.key"));
    common.set_keys(keys());
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-2")));
    EXPECT_EQ(files().size(), 2U);
    EXPECT_FALSE(broken());
}

// A folder stands where the full file should: putting it aside fails, as with rights that were taken away.
TEST_F(AuditJournal, AKeyThatCantBeTakenOverLosesNoEventAndIsTriedAgainLater) {
    Common common;
    prepare(common);
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-1")));
    const auto aside = place_.full(1, 1);
    std::filesystem::create_directories(aside / "in use");
    ASSERT_TRUE(KeyRing::renew(folder_ / "chain.key"));
    common.set_keys(keys());
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(journal.record(outcome("1-2")));
    EXPECT_EQ(journal.lost(), 0U);
    EXPECT_THAT(events_of(lines_of(place_.current(1))),
                testing::ElementsAre("file", "start", "outcome", "outcome", "outcome", "outcome", "outcome",
                                     "outcome"));
    // The next process finds the old key's file, and can't put it aside either.
    journal.close();
    (void)common.take_aside();
    {
        Journal next(common, 1);
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(next.record(outcome("1-3")));
        EXPECT_EQ(next.lost(), 0U);
    }
    std::filesystem::remove_all(aside);
    Journal last(common, 1);
    EXPECT_TRUE(last.record(outcome("1-4")));
    EXPECT_EQ(files().size(), 2U);
    const auto full = events_of(lines_of(aside));
    EXPECT_EQ(std::ranges::count(full, "key"), 1);
    EXPECT_EQ(full.back(), "key");
    EXPECT_FALSE(broken());
}

TEST_F(AuditJournal, WhereItCantWriteEventsAreLostAndCountedUntilItCan) {
    Common common;
    prepare(common);
    common.place.folder = place_.folder = folder_ / "later";
    Journal journal(common, 1);
    journal.start();
    EXPECT_TRUE(journal.failing());
    EXPECT_FALSE(journal.usable());
    EXPECT_FALSE(journal.record(outcome("1-1")));
    EXPECT_FALSE(journal.record(outcome("1-2")));
    EXPECT_EQ(journal.lost(), 2U);
    EXPECT_EQ(common.lost, 2U);
    std::filesystem::create_directory(place_.folder);
    EXPECT_TRUE(journal.usable());
    EXPECT_FALSE(journal.failing());
    EXPECT_TRUE(journal.record(outcome("1-3")));
    const auto lines = lines_of(place_.current(1));
    EXPECT_THAT(events_of(lines), testing::ElementsAre("file", "start", "lost", "outcome"));
    EXPECT_EQ(number_member(lines.at(2), "events"), 2U);
    EXPECT_EQ(journal.lost(), 2U);
}

// A limit on the size of files stands for a full disk: writing fails in the middle of a line.
TEST_F(AuditJournal, ADiskThatIsFullLeavesWholeLines) {
    Common common;
    prepare(common);
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-1")));
    const auto size = std::filesystem::file_size(place_.current(1));
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    auto* before = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{size + 20, old.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const bool first = journal.record(outcome("1-2"));
    const bool second = journal.record(outcome("1-3"));
    const bool usable = journal.usable();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    EXPECT_FALSE(first);
    EXPECT_FALSE(second);
    EXPECT_FALSE(usable);
    EXPECT_EQ(std::filesystem::file_size(place_.current(1)), size);
    EXPECT_TRUE(journal.record(outcome("1-4")));
    std::signal(SIGXFSZ, before);
    EXPECT_EQ(journal.lost(), 2U);
    EXPECT_FALSE(broken());
    EXPECT_THAT(events_of(lines_of(place_.current(1))),
                testing::ElementsAre("file", "start", "outcome", "lost", "outcome"));
}

TEST_F(AuditJournal, TwoProcessesDoNotWriteOneChain) {
    Common common;
    prepare(common);
    Journal first(common, 1);
    EXPECT_TRUE(first.record(outcome("1-1")));
    Common other;
    prepare(other);
    {
        Journal second(other, 1);
        EXPECT_FALSE(second.record(outcome("1-1")));
    }
    first.close();
    (void)common.take_aside();
    Journal third(other, 1);
    EXPECT_TRUE(third.record(outcome("1-1")));
    EXPECT_FALSE(broken());
}

TEST_F(AuditJournal, AFileThatWasTakenAwayIsMissed) {
    Common common;
    prepare(common);
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-1")));
    std::filesystem::remove(place_.current(1));
    journal.look_for_file();
    EXPECT_TRUE(journal.record(outcome("1-2")));
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->how, Break::removed);
}

TEST_F(AuditJournal, AFileThatSomebodyBrokeIsPutAside) {
    Common common;
    prepare(common);
    EXPECT_TRUE(std::make_unique<Journal>(common, 1)->record(outcome("1-1")));
    std::ofstream(place_.current(1), std::ios::app) << "nonsense\n";
    Journal journal(common, 1);
    EXPECT_TRUE(journal.record(outcome("1-2")));
    EXPECT_EQ(files().size(), 2U);
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->line, 4U);
    EXPECT_EQ(broken()->how, Break::foreign);
}

}  // namespace
}  // namespace decorum::audit
