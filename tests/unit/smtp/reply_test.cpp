#include "gateway/smtp/reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/smtp/splits.hpp"

namespace decorum::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::string_literals;

using Events = std::vector<std::string>;

Events reply_events_of(std::string_view input, std::size_t max_line_octets = 64, std::size_t max_lines = 8) {
    const Events whole = test::reply_events({input}, max_line_octets, max_lines);
    for (const auto& chunks : test::all_splits(input))
        EXPECT_EQ(test::reply_events(chunks, max_line_octets, max_lines), whole)
            << "chunks: " << chunks.size();
    return whole;
}

Reply ehlo_reply(std::vector<std::string> lines) {
    Reply reply{.code = 250, .octets = "250-mail.example\r\n"};
    for (const auto& line : lines) reply.octets += "250-" + line + "\r\n";
    reply.octets += "250 HELP\r\n";
    return reply;
}

Capabilities capabilities(std::vector<std::string> lines) {
    return Capabilities::parse(ehlo_reply(std::move(lines)));
}

TEST(SmtpReply, GivesTheSameEventsForEverySplit) {
    EXPECT_THAT(
        reply_events_of("220 mail.example ESMTP\r\n250-one\r\n250-two\r\n250 three\r\n354\r\n550 5.1.1 "
                        "no\r\n250-not yet"),
        ElementsAre("220 220 mail.example ESMTP\r\n", "250 250-one\r\n250-two\r\n250 three\r\n",
                    "354 354\r\n", "550 550 5.1.1 no\r\n"));
}

TEST(SmtpReply, Rfc5321_4_2_CodesAreOfThreeDigitsFrom200To599) {
    for (const auto* line :
         {"", "2", "25", "abc", "199 x", "600 x", "2x0 x", "25 0", " 250 x", "-250", "1000"})
        EXPECT_THAT(reply_events_of(line + "\r\n"s), ElementsAre("fault not a reply code")) << line;
    EXPECT_THAT(reply_events_of("2500 x\r\n"), ElementsAre("fault neither space nor hyphen after a code"));
    EXPECT_THAT(reply_events_of("250\tx\r\n"), ElementsAre("fault neither space nor hyphen after a code"));
    EXPECT_THAT(reply_events_of("200\r\n599 \r\n"), ElementsAre("200 200\r\n", "599 599 \r\n"));
}

TEST(SmtpReply, Rfc5321_4_2_1_EveryLineHasTheSameCode) {
    EXPECT_THAT(reply_events_of("250-a\r\n550 b\r\n"), ElementsAre("fault the code changes within a reply"));
}

TEST(SmtpReply, LinesEndWithCrLfOnly) {
    EXPECT_THAT(reply_events_of("250 ok\n250 ok\r\n"), ElementsAre("fault bare LF in a reply"));
    EXPECT_THAT(reply_events_of("250 ok\r250 ok\r\n"), ElementsAre("fault bare CR in a reply"));
    EXPECT_THAT(reply_events_of("250 o\0k\r\n"s), ElementsAre("fault NUL in a reply"));
}

TEST(SmtpReply, LinesAndTheirNumberAreLimited) {
    EXPECT_THAT(reply_events_of("250 123456\r\n", 12), ElementsAre("250 250 123456\r\n"));
    EXPECT_THAT(reply_events_of("250 1234567\r\n", 12), ElementsAre("fault reply line too long"));
    EXPECT_THAT(reply_events_of("250-a\r\n250-b\r\n250 c\r\n250 d\r\n", 12, 3),
                ElementsAre("250 250-a\r\n250-b\r\n250 c\r\n", "250 250 d\r\n"));
    EXPECT_THAT(reply_events_of("250-a\r\n250-b\r\n250-c\r\n250 d\r\n", 12, 3),
                ElementsAre("fault too many lines in a reply"));
}

TEST(SmtpReply, AFaultIsFinal) {
    ReplyParser parser(64, 8);
    parser.feed("nonsense\r\n250 ok\r\n");
    EXPECT_TRUE(std::holds_alternative<ReplyFault>(parser.next()));
    EXPECT_TRUE(std::holds_alternative<ReplyFault>(parser.next()));
    parser.feed("250 ok\r\n");
    EXPECT_TRUE(std::holds_alternative<ReplyFault>(parser.next()));
    parser.clear();
    parser.feed("250 ok\r\n");
    EXPECT_EQ(std::get<Reply>(parser.next()).code, 250);
}

TEST(SmtpReply, KnowsWhetherAnythingIsBuffered) {
    ReplyParser parser(64, 8);
    EXPECT_FALSE(parser.buffered());
    parser.feed("250-a\r\n");
    EXPECT_TRUE(std::holds_alternative<NeedInput>(parser.next()));
    EXPECT_TRUE(parser.buffered());
    parser.feed("250 b\r\n2");
    EXPECT_TRUE(std::holds_alternative<Reply>(parser.next()));
    EXPECT_TRUE(parser.buffered());
    parser.clear();
    EXPECT_FALSE(parser.buffered());
}

TEST(SmtpReply, TextsAreWhatFollowsTheCodes) {
    EXPECT_THAT((Reply{.code = 250, .octets = "250-a b\r\n250-\r\n250\r\n"}.texts()),
                ElementsAre("a b", "", ""));
    EXPECT_THAT(Reply{}.texts(), IsEmpty());
}

TEST(SmtpReply, AMadeReplyIsOneLine) {
    EXPECT_EQ(make_reply(250, "2.1.0", "Ok").octets, "250 2.1.0 Ok\r\n");
    EXPECT_EQ(make_reply(354, "", "Go ahead").octets, "354 Go ahead\r\n");
    EXPECT_EQ(make_reply(451, "4.3.0", "a\r\n250 b\0"s).octets, "451 4.3.0 a  250 b \r\n");
    EXPECT_TRUE(make_reply(250, "", "x").positive());
    EXPECT_TRUE(make_reply(354, "", "x").intermediate());
    EXPECT_TRUE(make_reply(451, "", "x").transient());
    EXPECT_TRUE(make_reply(550, "", "x").permanent());
}

TEST(SmtpCapabilities, TheGreetingIsNoExtension) {
    const auto told = Capabilities::parse({.code = 250, .octets = "250-PIPELINING hello\r\n250 dsn\r\n"});
    EXPECT_FALSE(told.has("PIPELINING"));
    EXPECT_TRUE(told.has("DSN"));
    EXPECT_TRUE(told.has("dsn"));
    EXPECT_THAT(told.all(), ElementsAre(std::pair("DSN"s, ""s)));
    EXPECT_EQ(Capabilities::parse({.code = 250, .octets = "250 mail.example\r\n"}), Capabilities{});
}

TEST(SmtpCapabilities, Rfc1870_3_SizeIsANumberOrNoLimit) {
    EXPECT_EQ(capabilities({"SIZE 10240000"}).size_octets(), 10240000U);
    EXPECT_EQ(capabilities({"size   512 "}).size_octets(), 512U);
    for (const auto* line :
         {"SIZE", "SIZE 0", "SIZE x", "SIZE 1x", "SIZE -1", "SIZE 99999999999999999999999", "XSIZE 1"})
        EXPECT_EQ(capabilities({line}).size_octets(), 0U) << line;
}

TEST(SmtpCapabilities, AuthInItsOldFormCountsAndBothAreOne) {
    const auto told = capabilities({"AUTH PLAIN LOGIN", "AUTH=LOGIN plain CRAM-MD5"});
    EXPECT_EQ(told.parameters("auth"), "PLAIN LOGIN CRAM-MD5");
    EXPECT_TRUE(told.has_parameter("AUTH", "cram-md5"));
    EXPECT_FALSE(told.has_parameter("AUTH", "CRAM"));
    EXPECT_FALSE(told.has_parameter("AUTH", ""));
    EXPECT_TRUE(capabilities({"AUTH=LOGIN"}).has_parameter("AUTH", "LOGIN"));
}

TEST(SmtpCapabilities, LeavesOutWhatIsNoKeyword) {
    const auto told = capabilities({"", "-X", "A_B", "\u00f6", "=", "X-OK a b", "X-OK c"});
    EXPECT_THAT(told.all(), ElementsAre(std::pair("X-OK"s, "a b"s), std::pair("HELP"s, ""s)));
}

TEST(SmtpOffer, IsTheIntersectionInAFixedOrder) {
    const auto upstream = capabilities({"XFORWARD NAME ADDR", "XCLIENT NAME LOGIN", "STARTTLS",
                                        "AUTH LOGIN PLAIN", "REQUIRETLS", "ENHANCEDSTATUSCODES", "DSN",
                                        "SMTPUTF8", "8BITMIME", "SIZE 1000", "PIPELINING"});
    const OfferPolicy everything{.starttls = true,
                                 .auth = true,
                                 .requiretls = true,
                                 .xclient = true,
                                 .xforward = true,
                                 .size_reserve_octets = 100,
                                 .max_size_octets = 0};
    EXPECT_THAT(offered_extensions(upstream, everything),
                ElementsAre("PIPELINING", "SIZE 900", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES",
                            "REQUIRETLS", "AUTH LOGIN PLAIN", "STARTTLS", "XCLIENT NAME LOGIN",
                            "XFORWARD NAME ADDR"));
    EXPECT_THAT(offered_extensions(upstream, {}),
                ElementsAre("PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"));
    EXPECT_THAT(offered_extensions({}, everything), ElementsAre("STARTTLS"));
}

TEST(SmtpOffer, HasNothingThatIsNotOnItsList) {
    const auto upstream =
        capabilities({"CHUNKING", "BINARYMIME", "DELIVERBY 240", "MT-PRIORITY MIXER", "FUTURERELEASE 1 2",
                      "LIMITS RCPTMAX=10", "ETRN", "VRFY", "BURL imap", "NO-SOLICITING", "X-SECRET"});
    EXPECT_THAT(offered_extensions(
                    upstream,
                    {.starttls = false, .auth = true, .requiretls = true, .xclient = true, .xforward = true}),
                IsEmpty());
}

TEST(SmtpOffer, Rfc1870_SizeIsTheSmallerLimitLessTheReserve) {
    const auto size = [](std::string line, std::uint64_t ours, std::uint64_t reserve) {
        return offered_extensions(capabilities({std::move(line)}),
                                  {.size_reserve_octets = reserve, .max_size_octets = ours})[0];
    };
    EXPECT_EQ(size("SIZE 1000", 0, 10), "SIZE 990");
    EXPECT_EQ(size("SIZE 1000", 500, 10), "SIZE 500");
    EXPECT_EQ(size("SIZE 1000", 5000, 10), "SIZE 990");
    EXPECT_EQ(size("SIZE", 5000, 10), "SIZE 5000");
    EXPECT_EQ(size("SIZE 0", 0, 10), "SIZE");
    EXPECT_EQ(size("SIZE 10", 0, 10), "SIZE 1");  // not 0, which means that there is no limit
    EXPECT_EQ(size("DSN", 5000, 10), "DSN");      // a SIZE parameter would be refused there
}

TEST(SmtpOffer, AuthNamesOnlyMechanismsThatMayPass) {
    const auto upstream = capabilities({"AUTH GSSAPI plain EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-256 NTLM"});
    EXPECT_THAT(offered_extensions(upstream, {.auth = true}), ElementsAre("AUTH PLAIN SCRAM-SHA-256"));
    EXPECT_THAT(offered_extensions(capabilities({"AUTH GSSAPI"}), {.auth = true}), IsEmpty());
}

}  // namespace
}  // namespace decorum::smtp
