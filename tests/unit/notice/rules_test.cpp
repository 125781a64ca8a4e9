// When somebody is told again, and when never.
#include "gateway/notice/rules.hpp"

#include "parts.hpp"

namespace decorum::notice {
namespace {

using namespace test;
using namespace std::chrono_literals;

const Instant monday = at("2026-11-23T10:00:00Z");

using Marks = std::vector<std::string>;

bool is_due(const store::Standing& standing, const Marks& findings, std::uint32_t weekly, Instant now) {
    return due(standing, findings, weekly, now) == Due::now;
}

TEST(NoticeRules, ADigestIsToldOnce) {
    store::Standing standing;
    EXPECT_TRUE(is_due(standing, {"1"}, 1, monday));
    note_told(standing, "a", {"1"}, monday);
    EXPECT_EQ(due(standing, Marks{"1"}, 1, monday), Due::told);
    EXPECT_EQ(due(standing, Marks{"1"}, 7, monday + std::chrono::days{365}), Due::told);
}

TEST(NoticeRules, OnlyWhatIsNewIsAChange) {
    store::Standing standing;
    note_told(standing, "a", {"1", "2"}, monday);
    const Instant later = monday + std::chrono::days{30};
    EXPECT_FALSE(is_due(standing, {"2"}, 1, later)) << "a post was deleted";
    EXPECT_TRUE(is_due(standing, {"2", "3"}, 1, later));
    note_told(standing, "b", {"2", "3"}, later);
    EXPECT_TRUE(is_due(standing, {"1", "2"}, 1, later + std::chrono::days{30})) << "it is back";
}

TEST(NoticeRules, AChangeIsToldNoSoonerThanTheCapAllows) {
    store::Standing standing;
    EXPECT_EQ(next_notice(standing, 1, monday), monday);
    note_told(standing, "a", {"1"}, monday);
    EXPECT_EQ(due(standing, Marks{"2"}, 1, monday + std::chrono::days{7} - 1s), Due::later);
    EXPECT_EQ(next_notice(standing, 1, monday + 1s), monday + std::chrono::days{7});
    EXPECT_TRUE(is_due(standing, {"2"}, 1, monday + std::chrono::days{7}));
    EXPECT_TRUE(is_due(standing, {"2"}, 2, monday + 1s));
    note_told(standing, "b", {"2"}, monday + 1s);
    EXPECT_FALSE(is_due(standing, {"3"}, 2, monday + 2s));
    EXPECT_EQ(next_notice(standing, 2, monday + 2s), monday + std::chrono::days{7});
    EXPECT_FALSE(is_due(standing, {"3"}, 0, monday + std::chrono::days{30}));
}

TEST(NoticeRules, SilentOnceAcknowledgedOrCalledWrongOrStopped) {
    store::Standing standing;
    note_told(standing, "a", {"1", "2"}, monday);
    note_told(standing, "b", {"3"}, monday);
    acknowledge(standing, "a");
    call_wrong(standing, "b");
    const Instant later = monday + std::chrono::days{30};
    EXPECT_EQ(due(standing, Marks{"1", "2", "3"}, 1, later), Due::answered);
    EXPECT_EQ(due(standing, Marks{"2"}, 1, later), Due::answered);
    EXPECT_EQ(unanswered(standing, Marks{"1", "4", "3"}), Marks{"4"});
    EXPECT_TRUE(is_due(standing, {"1", "4"}, 1, later)) << "a new finding is told";
    standing.opted_out = true;
    EXPECT_EQ(due(standing, Marks{"4"}, 1, later), Due::opted_out);
}

TEST(NoticeRules, WhatWasAnsweredStandsInNoOtherNotice) {
    store::Standing standing;
    note_told(standing, "a", {"1"}, monday);
    acknowledge(standing, "a");
    conduct::Verdict found;
    found.action = conduct::Action::confirm;
    found.findings = {noted("first", conduct::Action::confirm, "1"),
                      noted("second", conduct::Action::notice, "2"),
                      noted("third", conduct::Action::audit, "")};
    const conduct::Verdict left = unanswered(standing, found);
    ASSERT_EQ(left.findings.size(), 2u);
    EXPECT_EQ(left.findings[0].excerpt, "second");
    EXPECT_EQ(left.action, conduct::Action::notice);
}

TEST(NoticeRules, AVerdictIsAnsweredWhenAllOfItIs) {
    using enum pipeline::Warnings::Answer;
    conduct::Verdict found;
    found.findings = {noted("first", conduct::Action::confirm, "1"),
                      noted("second", conduct::Action::notice, "2")};
    store::Standing standing;
    note_told(standing, "a", {"1"}, monday);
    note_told(standing, "b", {"2"}, monday);
    EXPECT_EQ(answer_of(standing, found, conduct::Action::notice), none);
    call_wrong(standing, "a");
    EXPECT_EQ(answer_of(standing, found, conduct::Action::notice), none);
    EXPECT_EQ(answer_of(standing, found, conduct::Action::confirm), wrong) << "of what holds mail back";
    acknowledge(standing, "b");
    EXPECT_EQ(answer_of(standing, found, conduct::Action::notice), acknowledged);
    call_wrong(standing, "b");
    EXPECT_EQ(answer_of(standing, found, conduct::Action::notice), wrong);
    EXPECT_EQ(answer_of(standing, {}, conduct::Action::notice), none);
}

TEST(NoticeRules, AVerdictWithoutAFindingIsNothingToTell) {
    EXPECT_EQ(due({}, Marks{}, 7, monday), Due::nothing);
}

TEST(NoticeRules, SayingItAgainChangesNothing) {
    store::Standing standing;
    note_told(standing, "a", {"1"}, monday);
    note_told(standing, "b", {"2", "3"}, monday);
    acknowledge(standing, "a");
    call_wrong(standing, "b");
    const store::Standing once = standing;
    acknowledge(standing, "a");
    call_wrong(standing, "b");
    EXPECT_EQ(standing, once);
    EXPECT_EQ(standing.wrongs, 1u);
    call_wrong(standing, "c");
    EXPECT_EQ(standing.wrongs, 2u);
}

TEST(NoticeRules, AnswersOfAllAddressesOfAPersonCount) {
    store::Standing work;
    store::Standing home;
    note_told(work, "a", {"1"}, monday);
    note_told(home, "b", {"2"}, monday + 1s);
    acknowledge(home, "b");
    home.opted_out = true;
    home.wrongs = 3;
    store::Standing both = work;
    join(both, home);
    EXPECT_EQ(both.notices, (std::vector<Instant>{monday, monday + 1s}));
    EXPECT_EQ(both.noticed, "b");
    EXPECT_TRUE(both.opted_out);
    EXPECT_EQ(both.wrongs, 0u) << "else it were counted twice";
    EXPECT_EQ(unanswered(both, Marks{"1", "2"}), Marks{"1"});
    const store::Standing once = both;
    join(both, home);
    EXPECT_EQ(both, once);
}

TEST(NoticeRules, WhatIsKeptOfAPersonIsBounded) {
    store::Standing standing;
    for (int i = 0; i < 3000; ++i) {
        note_told(standing, std::to_string(i), Marks(1000, std::to_string(i)),
                  monday + std::chrono::seconds{i});
        acknowledge(standing, std::to_string(i));
    }
    EXPECT_EQ(standing.acknowledged.size(), store::max_marks);
    EXPECT_LE(standing.notices.size(), store::max_times);
    EXPECT_EQ(standing.told.size(), store::max_told);
    EXPECT_EQ(standing.told.back().findings.size(), store::max_told_findings);
    EXPECT_FALSE(is_due(standing, {"2999"}, 7, monday + std::chrono::days{30}));
    store::Standing other;
    note_told(other, "x", {"x"}, monday);
    join(other, standing);
    EXPECT_EQ(other.told.size(), store::max_told);
    EXPECT_LE(other.notices.size(), store::max_times);
    const auto read = store::standing_from_json(store::to_json(standing));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(*read, standing);
}

TEST(NoticeRules, SoManyAnswersADay) {
    store::Standing standing;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(may_answer(standing, 3, monday + std::chrono::hours{i}));
    EXPECT_FALSE(may_answer(standing, 3, monday + 4h));
    EXPECT_TRUE(may_answer(standing, 3, monday + 24h));
    EXPECT_FALSE(may_answer(standing, 3, monday + 24h));
}

TEST(NoticeRules, PausesDoubleUpToFourHours) {
    EXPECT_EQ(pause_after(1, 300s), 300s);
    EXPECT_EQ(pause_after(2, 300s), 600s);
    EXPECT_EQ(pause_after(3, 300s), 1200s);
    EXPECT_EQ(pause_after(1000, 300s), 4h);
}

}  // namespace
}  // namespace decorum::notice
