#include "gateway/audit/report.hpp"

#include <gmock/gmock.h>

#include "gateway/audit/plot.hpp"
#include "gateway/audit/reader.hpp"
#include "tests/unit/audit/log_folder.hpp"

namespace decorum::audit {
namespace {

using testing::HasSubstr;
using testing::Not;
using AuditReader = LogFolder;

TEST_F(AuditReader, AllChainsInTheOrderOfTime) {
    Common common;
    prepare(common);
    common.rotate_size = 600;
    Journal one(common, 1);
    Journal two(common, 2);
    for (int i = 0; i < 20; ++i) {
        now_ += std::chrono::seconds{1};
        ASSERT_TRUE((i % 3 == 0 ? one : two).record(outcome("x-" + std::to_string(i))));
    }
    std::ofstream(place_.current(1), std::ios::app) << "nonsense\n"
                                                    << std::string(2 * max_line_octets, 'x') << "\nhalf a li";
    std::uint64_t told = 0;
    LogReader reader(open_log(place_).value(), [&told](std::uint64_t, std::uint64_t) { ++told; });
    std::string last;
    int outcomes = 0;
    for (;;) {
        const auto next = reader.next();
        ASSERT_TRUE(next);
        if (!*next) break;
        EXPECT_GE((*next)->sealed.time, last);
        last = (*next)->sealed.time;
        if ((*next)->sealed.event != "outcome") continue;
        EXPECT_EQ(text_member((*next)->line, "session"), "x-" + std::to_string(outcomes));
        ++outcomes;
    }
    EXPECT_EQ(outcomes, 20);
    EXPECT_EQ(reader.foreign_lines(), 3U);
    EXPECT_GT(told, 0U);
}

TEST_F(AuditReader, OtherFilesAreLeftAlone) {
    for (const char* name : {"audit.jsonl", "audit-x.jsonl", "audit-1.txt", "audit-1.x.jsonl",
                             "audit-1000.jsonl", "audit-99999999999.jsonl", "other-1.jsonl"})
        std::ofstream(folder_ / name) << "x\n";
    EXPECT_TRUE(files().empty());
}

TEST(AuditSeries, HoldsAsManyPointsAsItMay) {
    Series series({"a"});
    for (std::int64_t hour = 0; hour < 24 * 365 * 3; hour += 5) series.count(hour, hour % 2 == 0 ? "a" : "b");
    EXPECT_LE(series.points().size(), Series::max_points);
    EXPECT_EQ(series.total(), 24U * 365 * 3 / 5);
    EXPECT_THAT(series.kinds(), testing::ElementsAre("a", "b"));
    series.count(-1'000'000'000, "a");
    series.count(1'000'000'000, "a");
    EXPECT_LE(series.points().size(), Series::max_points + 1);
    for (int kind = 0; kind < 1000; ++kind) series.count(0, std::to_string(kind));
    EXPECT_EQ(series.kinds().size(), Series::max_kinds);
}

TEST(AuditHistogram, Quantiles) {
    Histogram histogram;
    EXPECT_EQ(histogram.quantile(0.5), 0U);
    for (int i = 0; i < 98; ++i) histogram.add(3);
    histogram.add(80);
    histogram.add(1'000'000);
    EXPECT_EQ(histogram.quantile(0.5), 5U);
    EXPECT_EQ(histogram.quantile(0.99), 100U);
    EXPECT_EQ(histogram.quantile(1), 1'000'000U);
}

Tally tally_of(const std::vector<Event>& events) {
    Tally tally;
    Chain chain(1, {}, KeyRing::parse(to_base64(std::string(32, 'k')))->current());
    for (const Event& event : events) {
        std::string line;
        chain.append(line, event, Moment(Milliseconds{1'700'000'000'000}));
        line.pop_back();
        tally.add(*parse_line(line), line);
    }
    return tally;
}

TEST(AuditReport, CountsWhatIsRecorded) {
    Event annotation(Kind::annotation);
    annotation.text("status", "found")
        .text("sources", "directory,ldap")
        .flag("warm", false)
        .number("lookup_ms", 7);
    Event taken(Kind::outcome);
    taken.text("listener", "in")
        .text("result", "accepted")
        .number("octets", 100)
        .number("upstream_ms", 3)
        .number("total_ms", 9);
    Event refused(Kind::outcome);
    refused.text("listener", "in").text("result", "refused").number("octets", 1);
    Event finding(Kind::finding);
    finding.text("category", "hate").number("severity", 3);
    Event mild(Kind::finding);
    mild.text("category", "taste").number("severity", 1);
    Event word(Kind::override_);
    word.text("word", "wrong");
    const Tally tally =
        tally_of({annotation, taken, refused, finding, mild, word, Event(Kind::lost).number("events", 4)});
    EXPECT_EQ(tally.events, 7U);
    EXPECT_EQ(tally.messages.total(0), 1U);
    EXPECT_EQ(tally.messages.total(1), 1U);
    EXPECT_EQ(tally.statuses.total(0), 1U);
    EXPECT_EQ(tally.sources.at("ldap")[0], 1U);
    EXPECT_THAT(tally.severity.kinds(), testing::ElementsAre("serious", "warn", "note"));
    EXPECT_EQ(tally.severity.total(0), 1U);
    EXPECT_EQ(tally.severity.total(2), 1U);
    EXPECT_THAT(report_html(tally, {}), HasSubstr("<tr><td>hate</td><td>0</td><td>0</td><td>1</td></tr>"));
    EXPECT_THAT(report_html(tally, {}), HasSubstr("Findings by severity over time"));
    EXPECT_EQ(tally.overrides.total(2), 1U);
    EXPECT_EQ(tally.lost, 4U);
    EXPECT_EQ(tally.octets, 101U);
    const std::string csv = report_csv(tally, {});
    EXPECT_THAT(csv, HasSubstr("volume,2023-11-14 22:00,accepted,1\r\n"));
    EXPECT_THAT(csv, HasSubstr("source,,ldap found,1\r\n"));
    EXPECT_THAT(csv, HasSubstr("severity,2023-11-14 22:00,hate 3,1\r\n"));
    EXPECT_THAT(csv, HasSubstr("severity,2023-11-14 22:00,taste 1,1\r\n"));
    EXPECT_THAT(csv, HasSubstr("override,2023-11-14 22:00,wrong,1\r\n"));
    EXPECT_THAT(csv, HasSubstr("lookup_ms,,up to 10 ms,1\r\n"));
}

TEST(AuditReport, IsOnePageThatNeedsNothingElse) {
    Event hostile(Kind::outcome);
    hostile.text("listener", "<script>").text("result", "<img src=x onerror=alert(1)>");
    ReportAbout about;
    about.hostname = "<b>";
    const std::string page = report_html(tally_of({hostile}), about);
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("src=\"")));
    EXPECT_THAT(page, Not(HasSubstr("href=")));
    EXPECT_THAT(page, HasSubstr("<svg"));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;"));
    // An empty log gives a page, too.
    EXPECT_THAT(report_html({}, {}), HasSubstr("Nothing of the kind was recorded."));
}

TEST(AuditReport, FieldsOfCsvAreNoFormulas) {
    EXPECT_EQ(csv_field("plain"), "plain");
    EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
    EXPECT_EQ(csv_field("=1+1"), "'=1+1");
}

}  // namespace
}  // namespace decorum::audit
