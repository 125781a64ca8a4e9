#include "gateway/smtp/line_splitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/smtp/splits.hpp"

namespace decorum::smtp {
namespace {

using ::testing::ElementsAre;
using namespace std::string_literals;

using Events = std::vector<std::string>;

// The events, after checking that every split gives the same.
Events line_events_of(std::string_view input, std::size_t max_line_octets = 64) {
    const Events whole = test::line_events({input}, max_line_octets);
    for (const auto& chunks : test::all_splits(input))
        EXPECT_EQ(test::line_events(chunks, max_line_octets), whole) << "chunks: " << chunks.size();
    return whole;
}

TEST(LineSplitter, GivesTheSameEventsForEverySplit) {
    EXPECT_THAT(line_events_of("MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\n\r\nDATA\r\nrest"),
                ElementsAre("line MAIL FROM:<>", "line RCPT TO:<a@b.example>", "line ", "line DATA"));
}

TEST(LineSplitter, Rfc5321_2_3_8_OnlyCrLfEndsALine) {
    EXPECT_THAT(line_events_of("NOOP\nQUIT\r\nRSET\r\n"), ElementsAre("fault bare_lf", "line RSET"));
    EXPECT_THAT(line_events_of("NOOP\rQUIT\r\nRSET\r\n"), ElementsAre("fault bare_cr", "line RSET"));
    EXPECT_THAT(line_events_of("NOOP\r\r\nRSET\r\n"), ElementsAre("fault bare_cr", "line RSET"));
    EXPECT_THAT(line_events_of("NO\0OP\r\nRSET\r\n"s), ElementsAre("fault nul", "line RSET"));
    EXPECT_THAT(line_events_of("\nRSET\r\n"), ElementsAre("fault bare_lf"));
    EXPECT_THAT(line_events_of("\n\r\nRSET\r\n"), ElementsAre("fault bare_lf", "line RSET"));
}

TEST(LineSplitter, ReportsASpoiltLineOnce) {
    EXPECT_THAT(line_events_of("a\nb\rc\0d\n\n\r\r\nRSET\r\n"s), ElementsAre("fault bare_lf", "line RSET"));
}

TEST(LineSplitter, TakesALineOfExactlyTheLimitAndNoLonger) {
    EXPECT_THAT(line_events_of("12345678\r\nx\r\n", 10), ElementsAre("line 12345678", "line x"));
    EXPECT_THAT(line_events_of("123456789\r\nx\r\n", 10), ElementsAre("fault too_long", "line x"));
    EXPECT_THAT(line_events_of("1234567890\r\nx\r\n", 10), ElementsAre("fault too_long", "line x"));
    EXPECT_THAT(line_events_of("12345678901234567890\r\nx\r\n", 10), ElementsAre("fault too_long", "line x"));
}

TEST(LineSplitter, NeverTakesTheTailOfALongLineForACommand) {
    EXPECT_THAT(line_events_of(std::string(50, 'x') + "\nQUIT\r\nNOOP\r\n", 10),
                ElementsAre("fault too_long", "line NOOP"));
    EXPECT_THAT(line_events_of(std::string(50, 'x') + "\rQUIT\r\nNOOP\r\n", 10),
                ElementsAre("fault too_long", "line NOOP"));
}

TEST(LineSplitter, SkipsALongLineWithoutKeepingIt) {
    LineSplitter splitter(100);
    const std::string block(1000, 'x');
    splitter.feed(block);
    EXPECT_TRUE(std::holds_alternative<LineFault>(splitter.next()));
    EXPECT_TRUE(std::holds_alternative<NeedInput>(splitter.next()));
    for (int i = 0; i < 1000; ++i) {
        splitter.feed(block);
        EXPECT_TRUE(splitter.buffered().empty());
        EXPECT_TRUE(std::holds_alternative<NeedInput>(splitter.next()));
    }
    splitter.feed("\r\nQUIT\r\n");
    EXPECT_EQ(std::get<Line>(splitter.next()).text, "QUIT");
}

TEST(LineSplitter, HandsOverWhatFollowsALine) {
    LineSplitter splitter(100);
    splitter.feed("DATA\r\nSubject: x\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(std::get<Line>(splitter.next()).text, "DATA");
    EXPECT_EQ(splitter.buffered(), "Subject: x\r\n.\r\nQUIT\r\n");
    splitter.consume(15);
    EXPECT_EQ(splitter.buffered(), "QUIT\r\n");
    EXPECT_EQ(std::get<Line>(splitter.next()).text, "QUIT");
    EXPECT_TRUE(splitter.buffered().empty());
    splitter.consume(1);  // more than there is
    EXPECT_TRUE(splitter.buffered().empty());
}

TEST(LineSplitter, Rfc3207_4_2_ClearForgetsWhatCameBefore) {
    LineSplitter splitter(100);
    splitter.feed("STARTTLS\r\nMAIL FROM:<evil@example.org>\r\nRCP");
    EXPECT_EQ(std::get<Line>(splitter.next()).text, "STARTTLS");
    splitter.clear();
    EXPECT_TRUE(splitter.buffered().empty());
    EXPECT_TRUE(std::holds_alternative<NeedInput>(splitter.next()));
    splitter.feed("EHLO x\r\n");
    EXPECT_EQ(std::get<Line>(splitter.next()).text, "EHLO x");
}

TEST(LineSplitter, ClearEndsASkippedLineToo) {
    LineSplitter splitter(4);
    splitter.feed("xxxxxxx");
    EXPECT_TRUE(std::holds_alternative<LineFault>(splitter.next()));
    splitter.clear();
    splitter.feed("ok\r\n");
    EXPECT_EQ(std::get<Line>(splitter.next()).text, "ok");
}

TEST(LineSplitter, ALongPipelineStaysLinear) {
    std::string batch;
    for (int i = 0; i < 20000; ++i) batch += "RCPT TO:<someone" + std::to_string(i) + "@example.org>\r\n";
    LineSplitter splitter(2048);
    int lines = 0;
    // All is fed before the first line is taken: a splitter that moves the rest at each line would take
    // 20 000 times 800 kB.
    splitter.feed(batch);
    while (std::holds_alternative<Line>(splitter.next())) ++lines;
    EXPECT_EQ(lines, 20000);
    // A backlog that stays, and each time one line taken and one octet fed.
    lines = 0;
    splitter.feed(batch);
    for (int i = 0; i < 20000; ++i) {
        splitter.feed("x");
        lines += std::holds_alternative<Line>(splitter.next()) ? 1 : 0;
    }
    EXPECT_EQ(lines, 20000);
    EXPECT_EQ(splitter.buffered(), std::string(20000, 'x'));
    splitter.clear();
    // Octet by octet.
    lines = 0;
    for (const char octet : batch) splitter.feed({&octet, 1});
    while (std::holds_alternative<Line>(splitter.next())) ++lines;
    EXPECT_EQ(lines, 20000);
}

}  // namespace
}  // namespace decorum::smtp
