#include "gateway/imap/framer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/imap/events.hpp"

namespace decorum::imap {
namespace {

using ::testing::ElementsAre;
using namespace std::string_literals;
using test::Events;

// The events, after checking that every split gives the same.
Events events_of(std::string_view input, Direction direction = Direction::command) {
    const Events whole = test::framer_events({input}, direction);
    for (const auto& chunks : test::all_splits(input))
        EXPECT_EQ(test::framer_events(chunks, direction), whole) << "chunks: " << chunks.size();
    return whole;
}

Events framed_responses_of(std::string_view input) {
    return events_of(input, Direction::response);
}

TEST(ImapFramer, GivesTheSameEventsForEverySplit) {
    EXPECT_THAT(events_of("a NOOP\r\n\r\nb LOGIN {1}\r\nx \"y\"\r\nrest"),
                ElementsAre("text a NOOP", "end", "end", "text b LOGIN {1}", "literal {1}", "octets x",
                            "text  \"y\"", "end", "text rest"));
}

TEST(ImapFramer, Rfc9051_4_3_KnowsTheFourFormsOfLiterals) {
    EXPECT_THAT(events_of("{3}\r\na\r\n {2+}\r\nbc\r\n"),
                ElementsAre("text {3}", "literal {3}", "octets a\r\n", "text  {2+}", "literal {2+}",
                            "octets bc", "end"));
    EXPECT_THAT(events_of("~{1}\r\n\0 ~{1+}\r\nx\r\n"s),
                ElementsAre("text ~{1}", "literal ~{1}", "octets \0"s, "text  ~{1+}", "literal ~{1+}",
                            "octets x", "end"));
    EXPECT_THAT(events_of("a {0}\r\n\r\n"), ElementsAre("text a {0}", "literal {0}", "end"));
}

TEST(ImapFramer, AnAnnouncementInTheMiddleOfALineIsText) {
    EXPECT_THAT(events_of("a {5} b\r\n"), ElementsAre("text a {5} b", "end"));
    EXPECT_THAT(events_of("a {5}}\r\n"), ElementsAre("text a {5}}", "end"));
    EXPECT_THAT(
        events_of("a {}\r\nb {+}\r\nc {5-}\r\nd {5++}\r\n"),
        ElementsAre("text a {}", "end", "text b {+}", "end", "text c {5-}", "end", "text d {5++}", "end"));
}

TEST(ImapFramer, AnOpenQuotedStringAnnouncesNoLiteral) {
    EXPECT_THAT(events_of("a LOGIN \"x {5+}\r\nb NOOP\r\n"),
                ElementsAre("text a LOGIN \"x {5+}", "end", "text b NOOP", "end"));
    EXPECT_THAT(
        events_of("a \"\\\" {1}\r\n\"\\\\\" {1}\r\nx\r\n"),
        ElementsAre("text a \"\\\" {1}", "end", "text \"\\\\\" {1}", "literal {1}", "octets x", "end"));
}

TEST(ImapFramer, QuirkBareLf_EndsALineAsDovecotHasIt) {
    EXPECT_THAT(events_of("a NOOP\nb {1}\nx\n"),
                ElementsAre("text a NOOP", "end", "text b {1}", "literal {1}", "octets x", "end"));
}

TEST(ImapFramer, BareCrAndNulAreFaultsOfACommandAndKeepFraming) {
    EXPECT_THAT(events_of("a\rb\r\r\nc\r\n"),
                ElementsAre("text a", "fault bare_cr", "text b", "fault bare_cr", "end", "text c", "end"));
    EXPECT_THAT(events_of("a\0b {1}\0\r\nc\r\n"s),
                ElementsAre("text a", "fault nul", "text b {1}", "fault nul", "end", "text c", "end"));
}

TEST(ImapFramer, BareCrAndNulAreOctetsOfAResponse) {
    EXPECT_THAT(framed_responses_of("* X a\rb\0c\r\r\n* X\r\n"s),
                ElementsAre("text * X a\rb\0c\r"s, "end", "text * X", "end"));
    EXPECT_THAT(framed_responses_of("* X {1}\r\r\n"), ElementsAre("text * X {1}\r", "end"));
}

TEST(ImapFramer, TakesSizesBeyond32BitsAndRefusesThoseBeyond63) {
    EXPECT_THAT(events_of("a {4294967296}\r\n"), ElementsAre("text a {4294967296}", "literal {4294967296}"));
    EXPECT_THAT(events_of("a {9223372036854775807+}\r\nx"),
                ElementsAre("text a {9223372036854775807+}", "literal {9223372036854775807+}", "octets x"));
    EXPECT_THAT(events_of("a {9223372036854775808}\r\nb\r\n"),
                ElementsAre("text a {9223372036854775808}", "fault literal_size", "text b", "end"));
    EXPECT_THAT(events_of("a {99999999999999999999999+}\r\nb\r\n"),
                ElementsAre("text a {99999999999999999999999+}", "fault literal_size lost"));
    EXPECT_THAT(framed_responses_of("* X {9223372036854775808}\r\n"),
                ElementsAre("text * X {9223372036854775808}", "fault literal_size lost"));
}

TEST(ImapFramer, FreeTextOfResponsesAnnouncesNothing) {
    for (const std::string line : {"* OK six {6}", "* no \"{6}", "* BAD {6}", "* BYE {6}", "* PREAUTH {6}",
                                   "a1 OK {6}", "+ {6}", "+{6}"})
        EXPECT_THAT(framed_responses_of(line + "\r\n* X\r\n"),
                    ElementsAre("text " + line, "end", "text * X", "end"));
    EXPECT_THAT(framed_responses_of("* OKAY {1}\r\nx\r\n"),
                ElementsAre("text * OKAY {1}", "literal {1}", "octets x", "end"));
    EXPECT_THAT(framed_responses_of("* 1 FETCH (BODY[] {1}\r\nx)\r\n"),
                ElementsAre("text * 1 FETCH (BODY[] {1}", "literal {1}", "octets x", "text )", "end"));
}

TEST(ImapFramer, ARefusedLiteralBeginsANewCommand) {
    Framer framer(Direction::command);
    framer.feed("a X {100}\r\nb NOOP\r\n");
    (void)framer.next();
    ASSERT_TRUE(std::holds_alternative<Literal>(framer.next()));
    framer.refuse_literal();
    const auto event = framer.next();
    EXPECT_EQ(std::get<Text>(event).octets, "b NOOP");
    EXPECT_TRUE(std::holds_alternative<LineEnd>(framer.next()));
}

TEST(ImapFramer, PlainLinesHoldNoLiterals) {
    Framer framer(Direction::command);
    framer.set_plain_lines(true);
    framer.feed("{5}\r\nDONE\r\n");
    EXPECT_EQ(std::get<Text>(framer.next()).octets, "{5}");
    EXPECT_TRUE(std::holds_alternative<LineEnd>(framer.next()));
    EXPECT_EQ(std::get<Text>(framer.next()).octets, "DONE");
}

TEST(ImapFramer, LiteralsAreViewsOfTheInput) {
    const std::string input = "a {10000}\r\n" + std::string(10'000, 'x');
    Framer framer(Direction::command);
    framer.feed(input);
    (void)framer.next();
    (void)framer.next();
    const auto event = framer.next();
    EXPECT_EQ(std::get<LiteralOctets>(event).octets.data(), input.data() + 11);
    EXPECT_EQ(std::get<LiteralOctets>(event).octets.size(), 10'000U);
}

TEST(ImapFramer, DiscardForgetsAllThatCame) {
    Framer framer(Direction::command);
    framer.feed("a STARTTLS\r\nb LOGIN {5}\r\nx");
    while (!std::holds_alternative<LiteralOctets>(framer.next())) {
    }
    framer.discard();
    framer.feed("c NOOP\r\n");
    EXPECT_EQ(std::get<Text>(framer.next()).octets, "c NOOP");
}

}  // namespace
}  // namespace decorum::imap
