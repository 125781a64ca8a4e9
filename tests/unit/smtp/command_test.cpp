#include "gateway/smtp/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gateway/base/ascii.hpp"

namespace decorum::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::string_literals;

Command parsed(std::string_view line) {
    auto result = parse_command(line);
    EXPECT_TRUE(result) << line << ": " << (result ? "" : result.error().text());
    return result ? result->command : Command{};
}

std::vector<Quirk> quirks(std::string_view line) {
    auto result = parse_command(line);
    EXPECT_TRUE(result) << line << ": " << (result ? "" : result.error().text());
    return result ? result->quirks : std::vector<Quirk>{};
}

bool refused(std::string_view line) {
    const auto result = parse_command(line);
    return !result && result.error().code == errc::syntax;
}

TEST(SmtpCommand, Rfc5321_2_4_VerbsHaveNoCase) {
    for (const Verb verb :
         {Verb::helo, Verb::ehlo, Verb::lhlo, Verb::noop, Verb::vrfy, Verb::expn, Verb::help, Verb::bdat}) {
        const std::string name(name_of(verb));
        EXPECT_EQ(parsed(name + " argument").verb, verb);
        EXPECT_EQ(parsed(ascii::lower(name) + " argument").verb, verb);
        EXPECT_EQ(parsed(ascii::lower(name) + " argument").keyword, ascii::lower(name));
        EXPECT_EQ(parsed(name + " an argument").argument, "an argument");
    }
    for (const Verb verb : {Verb::data, Verb::rset, Verb::quit, Verb::starttls}) {
        const std::string name(name_of(verb));
        EXPECT_EQ(parsed(ascii::lower(name)).verb, verb);
        EXPECT_TRUE(refused(name + " argument"));
        EXPECT_THAT(quirks(name + "  "), ElementsAre(Quirk::trailing_space));
    }
    EXPECT_EQ(parsed("mAiL fRoM:<a@example.org>").verb, Verb::mail);
    EXPECT_EQ(parsed("rcpt to:<a@example.org>").verb, Verb::rcpt);
}

TEST(SmtpCommand, AnUnknownVerbIsNoError) {
    for (const auto* line :
         {"", " ", "XYZZY", "GET / HTTP/1.1", " MAIL FROM:<>", "MAILFROM:<>", "DATAX", "\t", "MAIL\tFROM:<>"})
        EXPECT_EQ(parsed(line).verb, Verb::unknown) << line;
}

TEST(SmtpCommand, Rfc5321_4_1_1_1_AGreetingNeedsAName) {
    EXPECT_EQ(parsed("EHLO [IPv6:2001:db8::1]").argument, "[IPv6:2001:db8::1]");
    EXPECT_EQ(parsed("HELO my pc").argument, "my pc");
    EXPECT_TRUE(refused("EHLO"));
    EXPECT_TRUE(refused("LHLO  "));
}

TEST(SmtpCommand, Rfc5321_4_1_1_2_ReversePathAndParameters) {
    const auto command = parsed("MAIL FROM:<jane@example.org> SIZE=1000 body=8BITMIME SMTPUTF8");
    EXPECT_EQ(command.path, "jane@example.org");
    ASSERT_EQ(command.parameters.size(), 3U);
    EXPECT_EQ(command.parameters[0].keyword, "SIZE");
    EXPECT_EQ(command.parameter("size"), "1000");
    EXPECT_EQ(command.parameter("BODY"), "8BITMIME");
    EXPECT_EQ(command.parameter("smtputf8"), "");
    EXPECT_FALSE(command.parameters[2].value);
    EXPECT_EQ(command.parameter("RET"), std::nullopt);
    EXPECT_THAT(quirks("MAIL FROM:<jane@example.org> SIZE=1000"), IsEmpty());
}

TEST(SmtpCommand, Rfc5321_4_5_5_TheNullPathIsForMailOnly) {
    EXPECT_EQ(parsed("MAIL FROM:<>").path, "");
    EXPECT_EQ(parsed("MAIL FROM:<> SIZE=1").parameter("SIZE"), "1");
    EXPECT_TRUE(refused("RCPT TO:<>"));
}

TEST(SmtpCommand, PathsOfEveryForm) {
    EXPECT_EQ(parsed("RCPT TO:<Postmaster>").path, "Postmaster");
    EXPECT_EQ(parsed(R"(RCPT TO:<"a b\"c>d"@example.org>)").path, R"("a b\"c>d"@example.org)");
    EXPECT_EQ(parsed(R"(RCPT TO:<"\\"@example.org> NOTIFY=NEVER)").path, R"("\\"@example.org)");
    EXPECT_EQ(parsed("RCPT TO:<a@[192.0.2.1]>").path, "a@[192.0.2.1]");
    EXPECT_EQ(parsed("RCPT TO:<a@[IPv6:2001:db8::1]>").path, "a@[IPv6:2001:db8::1]");
    EXPECT_EQ(parsed("RCPT TO:<j\u00f6rg@b\u00fccher.example>").path, "j\u00f6rg@b\u00fccher.example");
    EXPECT_EQ(parsed("RCPT TO:<a+b=c%d!e/f@example.org>").path, "a+b=c%d!e/f@example.org");
}

TEST(SmtpCommand, PathsThatTwoReadersCouldTakeApartDifferently) {
    for (const auto& line : {"MAIL FROM:"s,
                             "MAIL FROM: "s,
                             "MAIL FROM"s,
                             "MAIL"s,
                             "MAIL TO:<a@example.org>"s,
                             "RCPT FROM:<a@example.org>"s,
                             "MAIL FROM:<a@example.org"s,
                             "MAIL FROM:a@example.org>"s,
                             "MAIL FROM:<<a@example.org>>"s,
                             "MAIL FROM:<a b@example.org>"s,
                             "MAIL FROM:<\"a@example.org>"s,
                             "MAIL FROM:<a\\@example.org>"s,
                             "MAIL FROM:<\"a\\>"s,
                             "MAIL FROM:<a@example.org>x"s,
                             "MAIL FROM:<a@example.org>SIZE=1"s,
                             "MAIL FROM:<a\x01@example.org>"s,
                             "MAIL FROM:<a\x7f@example.org>"s,
                             "MAIL FROM:<a@example.org>\tX"s,
                             "MAIL FROM:<a\0@example.org>"s,
                             "RCPT TO:<a\r@example.org>"s,
                             "RCPT TO:<a\n@example.org>"s,
                             "MAIL FROM:\"a@example.org"s,
                             "RCPT TO:\"a b@example.org"s,
                             "RCPT TO:<@example.org>"s,
                             "RCPT TO:<@relay.example:>"s,
                             "RCPT TO:<@relay.example,a@example.org>"s,
                             "RCPT TO:<@:a@example.org>"s,
                             "RCPT TO:<@relay.example:@example.org>"s,
                             "RCPT TO:< a@example.org>"s,
                             "RCPT TO:<a@example.org >"s,
                             "RCPT TO:Jane <a@example.org>"s,
                             "RCPT TO:<\xff@example.org>"s,
                             "RCPT TO:<\xc0\xaf@example.org>"s,
                             "RCPT TO:<\xed\xa0\x80@example.org>"s,
                             "RCPT TO:<\xc3>"s})
        EXPECT_TRUE(refused(line)) << testing::PrintToString(line);
}

TEST(SmtpCommand, TakesPathsUpToItsLimit) {
    const std::string domain = "@example.org";
    const std::string local(max_path_octets - domain.size(), 'a');
    EXPECT_EQ(parsed("RCPT TO:<" + local + domain + ">").path.size(), max_path_octets);
    EXPECT_TRUE(refused("RCPT TO:<a" + local + domain + ">"));
}

TEST(SmtpCommand, EveryLeniencyHasAName) {
    EXPECT_THAT(quirks("MAIL FROM: <a@example.org>"), ElementsAre(Quirk::space_after_colon));
    EXPECT_EQ(parsed("MAIL FROM: <a@example.org>").path, "a@example.org");
    EXPECT_THAT(quirks("MAIL FROM:a@example.org SIZE=1"), ElementsAre(Quirk::missing_brackets));
    EXPECT_EQ(parsed("MAIL FROM:a@example.org SIZE=1").path, "a@example.org");
    EXPECT_EQ(parsed("MAIL FROM:a@example.org SIZE=1").parameter("SIZE"), "1");
    EXPECT_THAT(quirks("RCPT TO:<a@example.org> "), ElementsAre(Quirk::trailing_space));
    EXPECT_THAT(quirks("RCPT TO:<@relay.example,@[IPv6:::1]:a@example.org>"),
                ElementsAre(Quirk::source_route));
    EXPECT_EQ(parsed("RCPT TO:<@relay.example,@[IPv6:::1]:a@example.org>").path, "a@example.org");
    EXPECT_THAT(quirks("MAIL  FROM:<a@example.org>  SIZE=1"), ElementsAre(Quirk::repeated_space));
    EXPECT_EQ(parsed("MAIL  FROM:<a@example.org>  SIZE=1").parameter("SIZE"), "1");
}

TEST(SmtpCommand, Rfc5321_4_1_2_ParametersKeepToTheGrammar) {
    EXPECT_EQ(parsed("RCPT TO:<a@example.org> ORCPT=rfc822;a+2Bb@example.org").parameter("ORCPT"),
              "rfc822;a+2Bb@example.org");
    EXPECT_EQ(parsed("RCPT TO:<a@example.org> ORCPT=utf-8;j\u00f6rg@example.org").parameter("ORCPT"),
              "utf-8;j\u00f6rg@example.org");
    EXPECT_EQ(parsed("RCPT TO:<a@example.org> X-NEW=1 X-NEW=2").parameter("x-new"), "1");
    for (const auto* parameter : {"=", "=x", "SIZE=", "-X=1", "A_B=1", "A=b=c", "A=\x7f"})
        EXPECT_TRUE(refused("MAIL FROM:<a@example.org> "s + parameter)) << parameter;
}

TEST(SmtpCommand, OctetClassesOfParametersHoldForAll256) {
    for (unsigned octet = 0; octet < 256; ++octet) {
        const char c = static_cast<char>(octet);
        const bool in_value = octet > 32 && octet != 127 && c != '=';
        const bool ends_line = c == ' ';  // a trailing space is cut, and "A=1" is left
        EXPECT_EQ(!refused("MAIL FROM:<> A=1"s + c), in_value || ends_line) << octet;
        const bool in_keyword = ascii::is_alnum(c) || c == '-' || c == ' ' || c == '=';
        EXPECT_EQ(!refused("MAIL FROM:<> A"s + c + "1"), in_keyword) << octet;
        const bool xchar = octet > 32 && octet < 127 && c != '+' && c != '=';
        EXPECT_EQ(decode_xtext(std::string(1, c)).has_value(), xchar || c == '=') << octet;
        EXPECT_EQ(encode_xtext(std::string(1, c)).size(), xchar ? 1U : 3U) << octet;
    }
}

TEST(SmtpCommand, XclientAndXforwardAttributesAreXtext) {
    const auto command = parsed("XCLIENT NAME=mail.example ADDR=192.0.2.1 LOGIN=jane+40example.org");
    EXPECT_EQ(command.verb, Verb::xclient);
    ASSERT_EQ(command.parameters.size(), 3U);
    EXPECT_EQ(decode_xtext(*command.parameter("LOGIN")).value(), "jane@example.org");
    EXPECT_EQ(parsed("XFORWARD NAME=[UNAVAILABLE]").parameter("name"), "[UNAVAILABLE]");
    EXPECT_EQ(decode_xtext(*parsed("XFORWARD HELO=a=b+3Dc=").parameter("HELO")).value(), "a=b=c=");
    EXPECT_EQ(parsed("XCLIENT ADDR=IPV6:2001:db8::1").parameter("ADDR"), "IPV6:2001:db8::1");
    for (const auto* line :
         {"XCLIENT", "XFORWARD ", "XCLIENT NAME", "XCLIENT NAME=", "XCLIENT NAME=a+0D+0AQUIT",
          "XCLIENT NAME=a+0", "XCLIENT NAME=a+", "XCLIENT NAME=\u00f6", "XCLIENT NAME=a +"})
        EXPECT_TRUE(refused(line)) << line;
}

TEST(SmtpCommand, Rfc4954_8_AuthNamesAMechanismAndPerhapsAResponse) {
    const auto with_response = parsed("AUTH PLAIN AGEAYg==");
    ASSERT_EQ(with_response.parameters.size(), 1U);
    EXPECT_EQ(with_response.parameters[0].keyword, "PLAIN");
    EXPECT_EQ(with_response.parameters[0].value, "AGEAYg==");
    EXPECT_EQ(parsed("AUTH scram-sha-256").parameters[0].keyword, "scram-sha-256");
    EXPECT_FALSE(parsed("AUTH LOGIN").parameters[0].value);
    EXPECT_EQ(parsed("AUTH LOGIN =").parameters[0].value, "=");
    for (const auto* line :
         {"AUTH", "AUTH =", "AUTH PLAIN a b", "AUTH PLAIN a*b", "AUTH ABCDEFGHIJKLMNOPQRSTU"})
        EXPECT_TRUE(refused(line)) << line;
}

TEST(SmtpCommand, AnErrorRepeatsNothingOfTheLine) {
    for (const auto* line :
         {"MAIL FROM:<secret\x01>", "MAIL FROM:<secret", "RCPT TO:<> secret=", "AUTH secret*",
          "XCLIENT secret", "QUIT secret", "MAIL FROM:<a@example.org> secret="}) {
        const auto result = parse_command(line);
        ASSERT_FALSE(result) << line;
        EXPECT_THAT(result.error().detail, Not(HasSubstr("secret")));
        EXPECT_THAT(result.error().detail, Not(IsEmpty()));
    }
}

TEST(SmtpCommand, Rfc1870_6_1_SizeIsRaisedWhereverItStands) {
    EXPECT_EQ(with_size_raised("MAIL FROM:<a@example.org> SIZE=1000", 24),
              "MAIL FROM:<a@example.org> SIZE=1024");
    EXPECT_EQ(with_size_raised("mail from:<a@example.org> BODY=8BITMIME size=999 RET=HDRS", 1),
              "mail from:<a@example.org> BODY=8BITMIME size=1000 RET=HDRS");
    EXPECT_EQ(with_size_raised("MAIL FROM:<\" SIZE=5\"@example.org> SIZE=5", 5),
              "MAIL FROM:<\" SIZE=5\"@example.org> SIZE=10");
    EXPECT_EQ(with_size_raised("MAIL FROM:<> SIZE=9223372036854775807", 1),
              "MAIL FROM:<> SIZE=9223372036854775808");
    EXPECT_EQ(with_size_raised("MAIL FROM:<> SIZE=1", ~0ULL), "MAIL FROM:<> SIZE=18446744073709551615");
}

TEST(SmtpCommand, SizeThatIsNoNumberStaysAsItWas) {
    for (const auto* line :
         {"MAIL FROM:<a@example.org>", "MAIL FROM:<> SIZE", "MAIL FROM:<> SIZE=x", "MAIL FROM:<> SIZE=-1",
          "MAIL FROM:<> SIZE=1x", "MAIL FROM:<> SIZE=9223372036854775808", "MAIL FROM:<> XSIZE=1",
          "MAIL FROM:<> SIZE=99999999999999999999999", "RCPT TO:<a@example.org> SIZE=1", "nonsense SIZE=1"})
        EXPECT_EQ(with_size_raised(line, 100), line);
}

TEST(SmtpCommand, Rfc3461_4_XtextKeepsEveryOctetAndRefusesControls) {
    EXPECT_EQ(encode_xtext("a+b=c d"), "a+2Bb+3Dc+20d");
    EXPECT_EQ(decode_xtext("a+2Bb+3dc+20d").value(), "a+b=c d");
    std::string all;
    for (unsigned octet = 32; octet < 256; ++octet)
        if (octet != 127) all += static_cast<char>(octet);
    EXPECT_EQ(decode_xtext(encode_xtext(all)).value(), all);
    for (unsigned octet = 0; octet < 32; ++octet)
        EXPECT_FALSE(decode_xtext(encode_xtext(std::string(1, static_cast<char>(octet))))) << octet;
    for (const auto* text : {"+", "+2", "+2G", "+G2", "a b", "+7F"}) EXPECT_FALSE(decode_xtext(text)) << text;
    EXPECT_EQ(decode_xtext("").value(), "");
}

}  // namespace
}  // namespace decorum::smtp
