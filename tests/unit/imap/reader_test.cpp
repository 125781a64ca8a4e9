#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gateway/imap/command_reader.hpp"
#include "gateway/imap/response_reader.hpp"
#include "tests/unit/imap/events.hpp"

namespace decorum::imap {
namespace {

using ::testing::ElementsAre;
using namespace std::string_literals;
using test::Events;

Events commands_of(std::string_view input, ReaderLimits limits = {}, bool accept_append = true) {
    const Events whole = test::command_events({input}, limits, accept_append);
    for (const auto& chunks : test::all_splits(input))
        EXPECT_EQ(test::command_events(chunks, limits, accept_append), whole) << "chunks: " << chunks.size();
    return whole;
}

Events responses_of(std::string_view input, bool parse_fetch = true) {
    const Events whole = test::response_events({input}, parse_fetch);
    for (const auto& chunks : test::all_splits(input))
        EXPECT_EQ(test::response_events(chunks, parse_fetch), whole) << "chunks: " << chunks.size();
    return whole;
}

constexpr ReaderLimits small{.max_command_octets = 40, .max_nonsynchronising_octets = 10};

TEST(ImapCommandReader, GivesWholeCommandsWithTheirLiterals) {
    EXPECT_THAT(commands_of("a NOOP\r\n\r\nb LOGIN {1}\r\nx {2+}\r\nyz\r\nc IDLE\r\n"),
                ElementsAre("command a NOOP", "command ", "go ahead", "command b LOGIN {1}\r\nx {2+}\r\nyz",
                            "command c IDLE"));
}

TEST(ImapCommandReader, StraySpacesAreLeftOut) {
    EXPECT_THAT(commands_of("a  NOOP \r\nb FETCH 1  FLAGS  \r\nc FETCH 1 ( UID  FLAGS )\r\n"),
                ElementsAre("command a NOOP", "command b FETCH 1 FLAGS", "command c FETCH 1 (UID FLAGS)"));
    EXPECT_THAT(commands_of("a FETCH 1 BODY[HEADER.FIELDS ( DATE \"a  )\"  ( ) ( (x ) ) )]\r\n"),
                ElementsAre("command a FETCH 1 BODY[HEADER.FIELDS (DATE \"a  )\" () ((x)))]"));
    EXPECT_THAT(commands_of("a X \"( \\\"  ) \"  \"  \" \r\n"),
                ElementsAre("command a X \"( \\\"  ) \" \"  \""));
    // What a literal holds is the argument's.
    EXPECT_THAT(commands_of("a X {3+}\r\n(   {2+}\r\n   \r\nb X {2+}\r\n  \r\nc X {1+}\r\n( )\r\n"),
                ElementsAre("command a X {3+}\r\n(   {2+}\r\n  ", "command b X {2+}\r\n  ",
                            "command c X {1+}\r\n()"));
    EXPECT_THAT(commands_of("a APPEND  box  (\\Seen  ) {1+}\r\nx\r\n"),
                ElementsAre("append a APPEND box (\\Seen) {1+}", "octets x", "append end"));
    // A line that begins with one has no tag, and a tag alone is one.
    EXPECT_THAT(commands_of(" a NOOP\r\n  \r\na  \r\nb \rX\r\n"),
                ElementsAre("command  a NOOP", "command  ", "command a ", "refused b: CR without LF"));
}

TEST(ImapCommandReader, ResponsesToAChallengeKeepTheirSpaces) {
    CommandReader reader({});
    reader.set_plain_lines(true);
    reader.feed("eA==  ( \r\n");
    const auto event = reader.next();
    ASSERT_TRUE(std::holds_alternative<CommandText>(event));
    EXPECT_EQ(std::get<CommandText>(event).wire, "eA==  ( ");
}

TEST(ImapCommandReader, ACommandBeyondTheLimitIsSkippedWithItsLiterals) {
    const std::string more(50, 'x');
    EXPECT_THAT(commands_of("a1 " + more + "\r\nb NOOP\r\n", small),
                ElementsAre("refused a1: Command too long", "command b NOOP"));
    EXPECT_THAT(commands_of("a1 " + more + " {7+}\r\nb NOOP\n {3+}\r\n\r\n\n\r\nc NOOP\r\n", small),
                ElementsAre("refused a1: Command too long", "command c NOOP"));
    // A client that waits for "+" gets the refusal instead, and sends no literal.
    EXPECT_THAT(commands_of("a1 " + more + " {7}\r\nb NOOP\r\n", small),
                ElementsAre("refused a1: Command too long", "command b NOOP"));
}

TEST(ImapCommandReader, ALiteralBeyondTheLimitsIsRefused) {
    EXPECT_THAT(commands_of("a X {4294967296}\r\nb NOOP\r\n", small),
                ElementsAre("refused a: Literal too large", "command b NOOP"));
    EXPECT_THAT(commands_of("a X {11+}\r\nb NOOP\r\n\r\n y\r\nc NOOP\r\n", small),
                ElementsAre("refused a: Literal too large", "command c NOOP"));
    EXPECT_THAT(commands_of("a X {10+}\r\nb NOOP\r\n\r\n y\r\n", small),
                ElementsAre("command a X {10+}\r\nb NOOP\r\n\r\n y"));
    EXPECT_THAT(commands_of("a X {99999999999999999999+}\r\nb NOOP\r\n", small),
                ElementsAre("refused a: Literal too large, lost"));
    EXPECT_THAT(commands_of("a X {99999999999999999999}\r\nb NOOP\r\n", small),
                ElementsAre("refused a: Literal too large", "command b NOOP"));
}

TEST(ImapCommandReader, FourGigabytesAnnouncedAreSkippedInConstantMemory) {
    CommandReader reader(small);
    reader.feed("a X {4294967296+}\r\n");
    EXPECT_TRUE(std::holds_alternative<NeedInput>(reader.next()));
    const std::string block(1 << 22, 'x');
    for (int i = 0; i < 1024; ++i) {
        reader.feed(block);
        ASSERT_TRUE(std::holds_alternative<NeedInput>(reader.next()));
    }
    reader.feed("\r\nb NOOP\r\n");
    EXPECT_EQ(std::get<Refused>(reader.next()).tag, "a");
    EXPECT_EQ(std::get<CommandText>(reader.next()).wire, "b NOOP");
}

TEST(ImapCommandReader, ASpoiltCommandIsSkippedWithItsLiterals) {
    EXPECT_THAT(commands_of("a X\0 {8+}\r\nb NOOP\r\n\rx\r\nc NOOP\r\n"s),
                ElementsAre("refused a: NUL in a command", "command c NOOP"));
    EXPECT_THAT(commands_of("a\rX {3}\r\nb NOOP\r\n"),
                ElementsAre("refused : CR without LF", "command b NOOP"));
}

TEST(ImapCommandReader, TheMessageOfAnAppendStreams) {
    EXPECT_THAT(
        commands_of("a APPEND INBOX (\\Seen) \"01-Jan-2026 00:00:00 +0000\" {5}\r\nhello\r\nb NOOP\r\n"),
        ElementsAre("append a APPEND INBOX (\\Seen) \"01-Jan-2026 00:00:00 +0000\" {5}", "octets hello",
                    "append end", "command b NOOP"));
    EXPECT_THAT(commands_of("a append {5+}\r\nINBOX UTF8 (~{3+}\r\na\0b)\r\n"s),
                ElementsAre("append a append {5+}\r\nINBOX UTF8 (~{3+}", "octets a\0b"s, "append end"));
    EXPECT_THAT(commands_of("a APPEND x {0}\r\n\r\n"), ElementsAre("append a APPEND x {0}", "append end"));
    // Longer than any command.
    EXPECT_THAT(commands_of("a APPEND x {50}\r\n" + std::string(50, 'y') + "\r\n", small),
                ElementsAre("append a APPEND x {50}", "octets " + std::string(50, 'y'), "append end"));
}

TEST(ImapCommandReader, WhatFollowsAMessageMustBeTheEnd) {
    EXPECT_THAT(commands_of("a APPEND x {1}\r\ny (\\Seen) {2}\r\nb NOOP\r\n"),
                ElementsAre("append a APPEND x {1}", "octets y", "append end invalid", "command b NOOP"));
    EXPECT_THAT(commands_of("a APPEND x {1}\r\ny {2+}\r\n\r\n)\r\nb NOOP\r\n"),
                ElementsAre("append a APPEND x {1}", "octets y", "append end invalid", "command b NOOP"));
    EXPECT_THAT(commands_of("a APPEND x {1}\r\ny)\r\n"),
                ElementsAre("append a APPEND x {1}", "octets y", "append end invalid"));
    EXPECT_THAT(commands_of("a APPEND x UTF8 (~{1}\r\ny\r\n"),
                ElementsAre("append a APPEND x UTF8 (~{1}", "octets y", "append end invalid"));
    EXPECT_THAT(commands_of("a APPEND x {1}\r\ny {99999999999999999999}\r\nb NOOP\r\n"),
                ElementsAre("append a APPEND x {1}", "octets y", "append end invalid", "command b NOOP"));
}

TEST(ImapCommandReader, ARefusedAppendKeepsFraming) {
    EXPECT_THAT(commands_of("a APPEND x {9}\r\nb NOOP\r\n", {}, false),
                ElementsAre("append a APPEND x {9}", "command b NOOP"));
    EXPECT_THAT(commands_of("a APPEND x {9+}\r\nb NOOP\r\nx (\\Seen) {8}\r\nc NOOP\r\n", {}, false),
                ElementsAre("append a APPEND x {9+}", "command c NOOP"));
}

TEST(ImapCommandReader, AnAppendThatIsNoneIsAnOrdinaryCommand) {
    EXPECT_THAT(commands_of("a APPEND x () y {1}\r\nz\r\n"),
                ElementsAre("go ahead", "command a APPEND x () y {1}\r\nz"));
    EXPECT_THAT(commands_of("a APPEND x UTF8 ({1}\r\nz)\r\n"),
                ElementsAre("go ahead", "command a APPEND x UTF8 ({1}\r\nz)"));
}

TEST(ImapCommandReader, AnEndlessLineTakesConstantMemory) {
    CommandReader reader(small);
    const std::string block(1 << 16, 'x');
    for (int i = 0; i < 1000; ++i) {
        reader.feed(block);
        ASSERT_TRUE(std::holds_alternative<NeedInput>(reader.next()));
    }
}

TEST(ImapResponseReader, TellsTheKindsOfResponsesApart) {
    EXPECT_THAT(
        responses_of(
            "* OK [CAPABILITY IMAP4rev1] ready {5}\r\n+ go\r\n+\r\n+go\r\na1 NO [X] no\r\n* 12 EXISTS\r\n"),
        ElementsAre("untagged OK|[CAPABILITY IMAP4rev1] ready {5}", "continuation |go", "continuation |",
                    "continuation |go", "tagged a1 NO|[X] no", "untagged 12 EXISTS|"));
    EXPECT_THAT(responses_of("* CAPABILITY IMAP4rev1\r\n* STATUS {1}\r\nx (SIZE 1)\r\n* BYE\r\na OK\r\n"),
                ElementsAre("untagged CAPABILITY|IMAP4rev1", "untagged STATUS|{1}\r\nx (SIZE 1)",
                            "untagged BYE|", "tagged a OK|"));
}

TEST(ImapResponseReader, PassesWhatNeedsNoLook) {
    EXPECT_THAT(
        responses_of("* SEARCH 1 2 3\r\n* LIST () \"/\" {3}\r\na\r\n\r\n* SEARCH\r\n* X {1}\r\ny\r\n"),
        ElementsAre("passed * SEARCH 1 2 3\r\n", "end", "passed * LIST () \"/\" {3}\r\na\r\n\r\n", "end",
                    "passed * SEARCH\r\n", "end", "passed * X {1}\r\ny\r\n", "end"));
    EXPECT_THAT(responses_of("* 1 FETCH (BODY[] {1}\r\ny)\r\n", false),
                ElementsAre("passed * 1 FETCH (BODY[] {1}\r\ny)\r\n", "end"));
}

TEST(ImapResponseReader, GivesTheItemsOfAFetch) {
    EXPECT_THAT(responses_of(
                    "* 7 FETCH (UID 5 FLAGS (\\Seen $x) ENVELOPE (\"a ) \\\" b\" NIL (NIL {3}\r\n) ()))\r\n"),
                ElementsAre("fetch 7", "name UID", "value 5", "name FLAGS", "value (\\Seen $x)",
                            "name ENVELOPE", "value (\"a ) \\\" b\" NIL (NIL {3}\r\n) ())", "fetch end"));
    EXPECT_THAT(responses_of("* 7 fetch (BODY[] {4}\r\n(\"\r\n RFC822 nil BODY[TEXT] \"q\\\"\\\\\")\r\n"),
                ElementsAre("fetch 7", "name BODY[]", "literal 4", "octets (\"\r\n", "name RFC822", "nil",
                            "name BODY[TEXT]", "quoted q\"\\", "fetch end"));
    EXPECT_THAT(responses_of("* 7 FETCH (BINARY[1]<4> ~{1}\r\n\0 BODY[HEADER] {0}\r\n)\r\n"s),
                ElementsAre("fetch 7", "name BINARY[1]<4>", "literal8 1", "octets \0"s, "name BODY[HEADER]",
                            "literal 0", "fetch end"));
    EXPECT_THAT(responses_of("* 7 FETCH ()\r\n* 8 FETCH (BODY (\"x\" NIL) X-Y z)\r\n"),
                ElementsAre("fetch 7", "fetch end", "fetch 8", "name BODY", "value (\"x\" NIL)", "name X-Y",
                            "value z", "fetch end"));
}

TEST(ImapResponseReader, LiteralsInSectionNamesBelongToTheName) {
    EXPECT_THAT(responses_of("* 1 FETCH (BODY[HEADER.FIELDS ({2}\r\n]) \"a] b\" c)]<5> {1}\r\nx)\r\n"),
                ElementsAre("fetch 1", "name BODY[HEADER.FIELDS ({2}\r\n]) \"a] b\" c)]<5>", "literal 1",
                            "octets x", "fetch end"));
}

TEST(ImapResponseReader, ABracketInTheNameOfAFieldEndsNoSection) {
    EXPECT_THAT(responses_of("* 1 FETCH (BODY[HEADER.FIELDS (X-a]b ] From)] {1}\r\nx UID 1)\r\n"),
                ElementsAre("fetch 1", "name BODY[HEADER.FIELDS (X-a]b ] From)]", "literal 1", "octets x",
                            "name UID", "value 1", "fetch end"));
}

TEST(ImapResponseReader, GarbageIsAFault) {
    for (const std::string_view input : {"HTTP/1.1 200 OK\r\n",
                                         "\r\n",
                                         "*\r\n",
                                         "* \r\n",
                                         "* ()\r\n",
                                         "*OK x\r\n",
                                         "* OK[X] y\r\n",
                                         "* CAPABILITY\x9e x\r\n",
                                         "a OK\x9e x\r\n",
                                         "a1 FETCH\r\n",
                                         "OK\r\n",
                                         "* 1 FETCH\r\n",
                                         "* 1 FETCH FLAGS\r\n",
                                         "* 1 FETCH (FLAGS\r\n",
                                         "* 1 FETCH (FLAGS)\r\n",
                                         "* 1 FETCH (BODY[] x)\r\n",
                                         "* 1 FETCH (BODY[] (x))\r\n",
                                         "* 1 FETCH (BODY[] {1}\r\nxy)\r\n",
                                         "* 1 FETCH (BODY[] \"x\"y)\r\n",
                                         "* 1 FETCH (UID 1) x\r\n",
                                         "* 1 FETCH (X\" 1 BODY[] \"a\" Y 1)\r\n",
                                         "* 1 FETCH (BODY[]\"x\" NIL)\r\n",
                                         "* 1 FETCH (BODY[] {9223372036854775807}\r\n",
                                         "* CAPABILITY {99999999999999999999}\r\n"}) {
        const auto events = responses_of(input);
        ASSERT_FALSE(events.empty()) << input;
        EXPECT_TRUE(events.back().starts_with("fault ")) << input << ": " << events.back();
    }
}

TEST(ImapResponseReader, AStatusResponseBeyondTheLimitPasses) {
    const std::string line = "a1 OK [COPYUID 1 " + std::string(100'000, '1') + " 2] done";
    const Events whole = test::response_events({line + "\r\n* SEARCH\r\n"});
    EXPECT_THAT(whole, ElementsAre("passed " + line + "\r\n", "end", "passed * SEARCH\r\n", "end"));
    EXPECT_EQ(test::response_events(test::in_steps(line + "\r\n* SEARCH\r\n", 1000)), whole);
    const Events other = test::response_events({"* CAPABILITY " + line + "\r\n"});
    EXPECT_THAT(other, ElementsAre("fault response is too long"));
}

}  // namespace
}  // namespace decorum::imap
