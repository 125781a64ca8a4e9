#include "gateway/audit/verify.hpp"

#include <gmock/gmock.h>

#include "gateway/audit/trail.hpp"
#include "tests/unit/audit/log_folder.hpp"

namespace decorum::audit {
namespace {

class AuditVerify : public LogFolder {
protected:
    // Lines 1 to 12 of chain 1: file, start, ten outcomes.
    void SetUp() override {
        Common common;
        prepare(common);
        Journal journal(common, 1);
        for (int i = 0; i < 10; ++i) {
            now_ += std::chrono::seconds{1};
            ASSERT_TRUE(journal.record(outcome("1-" + std::to_string(i))));
        }
        last_ = *journal.written();
        lines_ = lines_of(file());
        ASSERT_EQ(lines_.size(), 12U);
    }
    [[nodiscard]] std::filesystem::path file() const { return place_.current(1); }
    void expect(Break how, std::uint64_t line) {
        write_lines(file(), lines_);
        const auto found = broken();
        ASSERT_TRUE(found);
        EXPECT_EQ(found->how, how) << found->why;
        EXPECT_EQ(found->line, line) << found->why;
        EXPECT_EQ(found->file, file());
    }

    std::vector<std::string> lines_;
    Link last_;
};

TEST_F(AuditVerify, AnUntouchedLogHolds) {
    EXPECT_FALSE(broken());
    const auto chains = verify(place_, keys(), {}, {});
    ASSERT_TRUE(chains);
    EXPECT_EQ(chains->front().lines, 12U);
    EXPECT_EQ(chains->front().last_seq, 12U);
}

TEST_F(AuditVerify, NamesAChangedLine) {
    lines_[5].replace(lines_[5].find("accepted"), 8, "rejected");
    expect(Break::changed, 6);
}

TEST_F(AuditVerify, NamesAChangedCode) {
    lines_[5][lines_[5].size() - 3] = lines_[5][lines_[5].size() - 3] == '0' ? '1' : '0';
    expect(Break::changed, 6);
}

TEST_F(AuditVerify, NamesTheLineBeforeWhichOneIsMissing) {
    lines_.erase(lines_.begin() + 5);
    expect(Break::removed, 6);
}

TEST_F(AuditVerify, TellsReorderedLinesFromMissingOnes) {
    std::swap(lines_[5], lines_[8]);
    expect(Break::reordered, 6);
}

TEST_F(AuditVerify, ALineThatStandsTwiceIsInTheWrongPlace) {
    lines_.insert(lines_.begin() + 6, lines_[5]);
    expect(Break::reordered, 7);
}

TEST_F(AuditVerify, NamesALineThatIsNoneOfOurs) {
    lines_.insert(lines_.begin() + 6, "{}");
    expect(Break::foreign, 7);
}

TEST_F(AuditVerify, ALineOfAnotherChainIsNotTakenForOurs) {
    Common common;
    prepare(common);
    Journal other(common, 2);
    ASSERT_TRUE(other.record(outcome("2-1")));
    lines_[5] = lines_of(place_.current(2)).at(2);
    write_lines(file(), lines_);
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->line, 6U);
}

TEST_F(AuditVerify, AMissingBeginningIsMissed) {
    lines_.erase(lines_.begin(), lines_.begin() + 2);
    expect(Break::changed, 1);
}

TEST_F(AuditVerify, AnEndThatWasCutOffIsToldByAnAnchor) {
    const std::vector<Anchor> anchors{{.chain = 1, .seq = last_.seq, .mac = last_.mac}};
    EXPECT_FALSE(broken(anchors));
    lines_.resize(9);
    write_lines(file(), lines_);
    EXPECT_FALSE(broken());
    ASSERT_TRUE(broken(anchors));
    EXPECT_EQ(broken(anchors)->how, Break::removed);
    EXPECT_EQ(broken(anchors)->line, 9U);
    std::filesystem::remove(file());
    EXPECT_TRUE(broken(anchors));
}

// Whoever has the key can write another log, but not the one that was anchored.
TEST_F(AuditVerify, ALogThatWasWrittenAnewIsToldByAnAnchor) {
    const std::vector<Anchor> anchors{{.chain = 1, .seq = last_.seq, .mac = last_.mac}};
    std::filesystem::remove(file());
    Common common;
    prepare(common);
    Journal journal(common, 1);
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(journal.record(outcome("1-9")));
    EXPECT_FALSE(broken());
    ASSERT_TRUE(broken(anchors));
    EXPECT_EQ(broken(anchors)->how, Break::changed);
}

TEST_F(AuditVerify, AnchorsAreReadFromLogsOfEitherFormat) {
    const std::string mac = to_hex(view_of(last_.mac));
    const auto log = folder_ / "decorum.log";
    std::ofstream(log) << "2026-11-23T06:00:00Z info event=audit_anchor chain=1 seq=12 mac=" << mac << "\n"
                       << "nonsense audit_anchor chain=x\n"
                       << R"({"time":"x","level":"info","event":"audit_anchor","chain":1,"seq":12,"mac":")"
                       << mac << "\"}\n";
    const auto anchors = read_anchors(log);
    ASSERT_TRUE(anchors);
    ASSERT_EQ(anchors->size(), 2U);
    for (const Anchor& anchor : *anchors) {
        EXPECT_EQ(anchor.chain, 1U);
        EXPECT_EQ(anchor.seq, 12U);
        EXPECT_EQ(anchor.mac, last_.mac);
    }
}

TEST_F(AuditVerify, AnotherKeyProvesNothing) {
    std::filesystem::remove(folder_ / "chain.key");
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->how, Break::no_key);
}

TEST_F(AuditVerify, AFullFileThatIsMissingIsMissed) {
    Common common;
    prepare(common);
    common.rotate_size = 1;
    Journal journal(common, 1);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(journal.record(outcome("1-9")));
    const auto all = files();
    ASSERT_GE(all.size(), 4U);
    EXPECT_FALSE(broken());
    const auto aside = folder_ / "aside";
    std::filesystem::rename(all[1], aside);
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->how, Break::removed);
    EXPECT_EQ(broken()->file, all[2]);
    std::filesystem::rename(aside, all[1]);
    std::filesystem::remove(all[0]);
    ASSERT_TRUE(broken());
    EXPECT_EQ(broken()->how, Break::removed);
    EXPECT_EQ(broken()->file, all[1]);
}

}  // namespace
}  // namespace decorum::audit
