// What a value holds never leaves its field: the log is read back line by line, and each line must be whole.
#include "gateway/base/log_target.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

namespace decorum::log {
namespace {

class LogTest : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) / ("decorum-log-" + std::to_string(getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override {
        ASSERT_TRUE(start({.level = Level::info, .format = Format::text, .target = "stderr"}));
        std::filesystem::remove_all(folder_);
    }
    void begin(Format format, Level level = Level::debug) {
        file_ = folder_ / "log";
        std::filesystem::remove(file_);
        ASSERT_TRUE(start({.level = level, .format = format, .target = file_.string()}));
    }
    [[nodiscard]] std::vector<std::string> lines() const { return lines_of(file_); }
    [[nodiscard]] static std::vector<std::string> lines_of(const std::filesystem::path& file) {
        flush();
        std::ifstream in(file);
        std::vector<std::string> out;
        for (std::string line; std::getline(in, line);) out.push_back(line);
        return out;
    }
    std::filesystem::path folder_, file_;
};

std::string after_time(const std::string& line) {
    return line.substr(line.find(' ') + 1);
}

TEST_F(LogTest, TextIsTimeLevelEventAndFields) {
    begin(Format::text);
    info("ready", {{"listener", "delivery"}, {"count", 3}, {"ms", 1.5}});
    ASSERT_EQ(lines().size(), 1U);
    EXPECT_EQ(after_time(lines()[0]), "info event=ready listener=delivery count=3 ms=1.500");
}

TEST_F(LogTest, JsonIsOneObjectALine) {
    begin(Format::json);
    warning("end", {{"client", "192.0.2.1"}, {"octets", std::uint32_t{7}}, {"ms", 0.25}});
    ASSERT_EQ(lines().size(), 1U);
    const std::string line = lines()[0];
    EXPECT_EQ(line.substr(0, 9), R"({"time":")");
    EXPECT_EQ(line.substr(line.find(",\"level\"")),
              R"(,"level":"warning","event":"end","client":"192.0.2.1","octets":7,"ms":0.250})");
}

TEST_F(LogTest, NoOctetOfAValueForgesALineOrAField) {
    for (const Format format : {Format::text, Format::json}) {
        begin(format);
        for (int octet = 0; octet < 256; ++octet)
            info("end", {{"helo", std::string("a") + static_cast<char>(octet) + "b"}, {"last", 1}});
        const auto written = lines();
        ASSERT_EQ(written.size(), 256U);
        for (const std::string& line : written)
            for (char c : line) ASSERT_TRUE(c >= ' ' && c <= '~') << line;
    }
}

TEST_F(LogTest, AForgedLineStaysInsideItsValue) {
    const std::string attack = "x\r\n2026-11-23T06:00:00Z info event=ready user=\"root\" \\";
    begin(Format::text);
    info("end", {{"helo", attack}});
    ASSERT_EQ(lines().size(), 1U);
    EXPECT_EQ(after_time(lines()[0]),
              R"(info event=end helo="x\u000d\u000a2026-11-23T06:00:00Z info event=ready user=\"root\" \\")");
    begin(Format::json);
    info("end", {{"helo", attack}});
    ASSERT_EQ(lines().size(), 1U);
    EXPECT_TRUE(lines()[0].ends_with(
        R"("helo":"x\u000d\u000a2026-11-23T06:00:00Z info event=ready user=\"root\" \\"})"));
}

TEST_F(LogTest, TextQuotesWhatCouldBeReadAsTwoFields) {
    begin(Format::text);
    info("end", {{"a", "b c=d"}, {"empty", ""}, {"equals", "x=y"}, {"plain", "<jane@example.org>"}});
    EXPECT_EQ(after_time(lines()[0]),
              R"(info event=end a="b c=d" empty="" equals="x=y" plain=<jane@example.org>)");
}

TEST_F(LogTest, NumbersWithoutAWordInJsonAreNull) {
    begin(Format::json);
    info("end",
         {{"a", std::numeric_limits<double>::infinity()}, {"b", std::numeric_limits<double>::quiet_NaN()}});
    EXPECT_TRUE(lines()[0].ends_with(R"("a":null,"b":null})")) << lines()[0];
}

TEST_F(LogTest, LinesBelowTheLevelAreNotWritten) {
    begin(Format::text, Level::warning);
    debug("no");
    info("no");
    warning("yes");
    error("yes");
    EXPECT_EQ(lines().size(), 2U);
    EXPECT_FALSE(enabled(Level::info));
    EXPECT_TRUE(enabled(Level::warning));
}

TEST_F(LogTest, LinesOfManyThreadsStayWholeWhileTheTargetChanges) {
    begin(Format::text);
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i)
        writers.emplace_back([] {
            for (int j = 0; j < 200; ++j) info("line", {{"number", j}});
        });
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(start({.level = Level::info, .format = Format::text, .target = file_.string()}));
    for (std::thread& writer : writers) writer.join();
    const auto written = lines();
    EXPECT_EQ(written.size(), 800U);
    for (const std::string& line : written)
        EXPECT_TRUE(after_time(line).starts_with("info event=line number=")) << line;
}

TEST_F(LogTest, ATargetThatCantBeOpenedLeavesTheLogWhereItWas) {
    begin(Format::text);
    const auto failure = start({.level = Level::error, .format = Format::json, .target = folder_.string()});
    ASSERT_FALSE(failure);
    EXPECT_EQ(failure.error().code, errc::io);
    info("still here");
    ASSERT_EQ(lines().size(), 1U);
    EXPECT_TRUE(lines()[0].contains("event=still here"));
}

TEST_F(LogTest, TheFolderOfATargetIsMade) {
    const auto target = folder_ / "new" / "folder" / "log";
    ASSERT_TRUE(start({.level = Level::info, .format = Format::text, .target = target.string()}));
    info("here");
    EXPECT_EQ(lines_of(target).size(), 1U);
}

TEST_F(LogTest, ATargetThatIsOpenChangesNothingBeforeItIsTakenOver) {
    begin(Format::text);
    const auto other = folder_ / "other";
    auto opened = open({.level = Level::error, .format = Format::json, .target = other.string()});
    ASSERT_TRUE(opened);
    info("before");
    take_over(std::move(*opened));
    info("too mild");
    error("after");
    ASSERT_EQ(lines().size(), 1U);
    EXPECT_TRUE(lines()[0].contains("event=before"));
    ASSERT_EQ(lines_of(other).size(), 1U);
    EXPECT_TRUE(lines_of(other).front().contains(R"("event":"after")"));
}

}  // namespace
}  // namespace decorum::log
