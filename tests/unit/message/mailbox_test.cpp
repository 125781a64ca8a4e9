// Claims about mailbox lists: every form of RFC 5322 §3.4 is read, and no doubt ends in a guess.
#include "gateway/message/mailbox.hpp"

#include <gtest/gtest.h>

#include "gateway/message/sanitize.hpp"

namespace decorum::message {
namespace {

using namespace std::string_literals;

// "name|local|domain" for each mailbox, joined by a space-free " & "; "error" where there is none.
std::string mailboxes_in(std::string_view body) {
    const auto list = parse_mailbox_list(body);
    if (!list) return "error";
    std::string out;
    for (const Mailbox& mailbox : *list) {
        if (!out.empty()) out += " & ";
        out += mailbox.display_name + "|" + mailbox.local_part + "|" + mailbox.domain;
    }
    return out;
}

TEST(MailboxList, Rfc5322_3_4_MailboxesWithAndWithoutName) {
    EXPECT_EQ(mailboxes_in("jane@example.org"), "|jane|example.org");
    EXPECT_EQ(mailboxes_in("<jane@example.org>"), "|jane|example.org");
    EXPECT_EQ(mailboxes_in("Jane Martin <jane@example.org>"), "Jane Martin|jane|example.org");
    EXPECT_EQ(mailboxes_in("\"Jane  Martin\" <jane@example.org>"), "Jane  Martin|jane|example.org");
    EXPECT_EQ(mailboxes_in("Jane<jane@example.org>"), "Jane|jane|example.org");
    EXPECT_EQ(mailboxes_in("a@b, c@d"), "|a|b & |c|d");
    EXPECT_EQ(mailboxes_in("A B <a@b>,\r\n \"C, D\" <c@d>"), "A B|a|b & C, D|c|d");
}

TEST(MailboxList, Rfc5322_A_Examples) {
    EXPECT_EQ(mailboxes_in("\"Joe Q. Public\" <john.q.public@example.com>"),
              "Joe Q. Public|john.q.public|example.com");
    EXPECT_EQ(mailboxes_in("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>"),
              "Mary Smith|mary|x.test & |jdoe|example.org & Who?|one|y.test");
    EXPECT_EQ(mailboxes_in("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>"),
              "|boss|nil.test & Giant; \"Big\" Box|sysservices|example.net");
    EXPECT_EQ(mailboxes_in("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;"),
              "Ed Jones|c|a.test & |joe|where.test & John|jdoe|one.test");
    EXPECT_EQ(mailboxes_in("Undisclosed recipients:;"), "");
    EXPECT_EQ(mailboxes_in("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>"),
              "Pete|pete|silly.test");
    EXPECT_EQ(
        mailboxes_in(
            "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
            "         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)"),
        "Chris Jones|c|public.example & |joe|example.org & John|jdoe|one.test");
    EXPECT_EQ(mailboxes_in("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;"), "");
    EXPECT_EQ(mailboxes_in("Joe Q. Public <john.q.public@example.com>"),
              "Joe Q. Public|john.q.public|example.com");
    EXPECT_EQ(mailboxes_in("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example"),
              "Mary Smith|mary|example.net & |jdoe|test.example");
}

TEST(MailboxList, Rfc5322_4_4_EmptyElementsAndRoutes) {
    EXPECT_EQ(mailboxes_in("<a@b>,"), "|a|b");
    EXPECT_EQ(mailboxes_in(",, a@b ,, c@d ,"), "|a|b & |c|d");
    EXPECT_EQ(mailboxes_in("<@x,@y:a@b>"), "|a|b");
    EXPECT_EQ(mailboxes_in("<,@x,,@y,:a@b>"), "|a|b");
    EXPECT_EQ(mailboxes_in("G:,a@b,;"), "|a|b");
    EXPECT_EQ(mailboxes_in("G: ,;, c@d"), "|c|d");
    EXPECT_EQ(mailboxes_in("jane . martin @ example . org"), "|jane.martin|example.org");
    EXPECT_EQ(mailboxes_in("\"jane\".martin@b"), "|jane.martin|b");
}

TEST(MailboxList, QuotedNamesCantSpoofAMailbox) {
    EXPECT_EQ(mailboxes_in(R"("x\" <spoof@evil>" <real@b>)"), "x\" <spoof@evil>|real|b");
    EXPECT_EQ(mailboxes_in(R"("a@b" <c@d>)"), "a@b|c|d");
    EXPECT_EQ(mailboxes_in(R"("a@b, x" <c@d>)"), "a@b, x|c|d");
    EXPECT_EQ(mailboxes_in("(spoof@evil) <c@d>"), "|c|d");
    EXPECT_EQ(mailboxes_in("(<spoof@evil>) c@d"), "|c|d");
}

TEST(MailboxList, EncodedNamesCantSpoofAMailbox) {
    EXPECT_EQ(mailboxes_in("=?utf-8?q?a=40b?= <c@d>"), "a@b|c|d");
    EXPECT_EQ(mailboxes_in("=?utf-8?q?=3Ca=40b=3E=2C?= <c@d>"), "<a@b>,|c|d");
    EXPECT_EQ(mailboxes_in("=?utf-8?q?a=40b=00?= <c@d>"), "a@b\0|c|d"s);
    EXPECT_EQ(mailboxes_in("=?utf-8?q?a=40b?="), "error");
}

TEST(MailboxList, Rfc2047_5_EncodedWordsInNames) {
    EXPECT_EQ(mailboxes_in("=?iso-8859-1?q?Andr=E9?= Pirard <p@b>"), "André Pirard|p|b");
    EXPECT_EQ(mailboxes_in("=?utf-8?q?Ja?= =?utf-8?q?ne?= <p@b>"), "Jane|p|b");
    EXPECT_EQ(mailboxes_in("=?utf-8?q?Jane_M?=. \"Q\" X <p@b>"), "Jane M. Q X|p|b");
    EXPECT_EQ(mailboxes_in("\"=?utf-8?q?x?=\" <p@b>"), "=?utf-8?q?x?=|p|b");
    EXPECT_EQ(mailboxes_in("\"=?utf-8?q?\" =?utf-8?q?x?= <p@b>"), "=?utf-8?q? x|p|b");
    EXPECT_EQ(mailboxes_in("=?utf-8?q?a?=@b"), "|=?utf-8?q?a?=|b");
}

TEST(MailboxList, CommentBehindABareAddressIsItsName) {
    EXPECT_EQ(mailboxes_in("jane@example.org (Jane Martin)"), "Jane Martin|jane|example.org");
    EXPECT_EQ(mailboxes_in("jane@example.org (Jane \\(M\\)), x@y"), "Jane (M)|jane|example.org & |x|y");
    EXPECT_EQ(mailboxes_in("jane@example.org (=?utf-8?q?Zo=C3=A9?=)"), "Zoé|jane|example.org");
    EXPECT_EQ(mailboxes_in("(no) jane@example.org"), "|jane|example.org");
    EXPECT_EQ(mailboxes_in("Jane <jane@example.org> (x)"), "Jane|jane|example.org");
}

TEST(MailboxList, WhatCantBeReadWithoutDoubtIsAnError) {
    for (std::string_view body : {
             "",
             " ",
             ",",
             ", ,",
             "(c)",
             "jane",
             "Jane Martin",
             "Jane <a@b> <c@d>",
             "<a@b> <c@d>",
             "<a@b><c@d>",
             "<a@b> c@d",
             "a@b c@d",
             "a@b <c@d>",
             "a@b@c",
             "<a@b@c>",
             "@b",
             "a@",
             "<>",
             "Jane <>",
             "< >",
             "<@>",
             "\"\"@b",
             "a@b x",
             "<a@b> x",
             "<a@b> \"x\"",
             "Jane Martin@b",
             "\"Jane\" martin@b",
             ".a@b",
             "a.@b",
             "a..b@c",
             "a@.b",
             "a@b.",
             "a@b..c",
             "a@b c",
             "<a@b",
             "a@b>",
             "Jane <a@b",
             "Jane a@b>",
             "\"x",
             "\"x\\\"",
             "(x",
             "x)",
             "a@b (",
             "a@b )",
             "a\\b@c",
             "a@b\\c",
             "[x]",
             "Jane [x] <a@b>",
             "a@[",
             "a@[]",
             "a@[x]",
             "a@[1.2.3.4",
             "a@[1.2.3.4]x",
             "a@[::1]",
             "a@[IPv6:1.2.3.4]",
             "a@[1.2.3.256]",
             "a@[1.2 .3.4]",
             "G:",
             "G:a@b",
             "G:a@b,",
             "G:a@b;c@d",
             "G:;;",
             ":;",
             ":a@b;",
             "G:H:a@b;;",
             "G:a@b c@d;",
             "G:a@b>;",
             ";",
             "a@b;",
             "<@x:>",
             "<:a@b>",
             "<,:a@b>",
             "<@x a@b>",
             "<@x:@y:a@b>",
             "<@x,a@b>",
             "Jane @ ACME <a@b>",
             "a@-b",
             "a@b-",
             "a@b.-c.d",
             "a@b!c",
             "a@b/c",
             "<<a@b>>",
             "<\"Jane\" a@b>",
             ". <a@b>",
             "a@\"b\"",
             "a,b <c@d>",
         }) {
        EXPECT_EQ(mailboxes_in(body), "error") << body;
    }
}

TEST(MailboxList, ControlOctetsAreErrors) {
    for (int c = 0; c < 256; ++c) {
        if ((c >= 32 && c != 127) || c == '\t') continue;
        for (std::string_view rest :
             {"\"a%b\" <c@d>", "a%b <c@d>", "(a%b) c@d", "\"a%b\"@c", "a@b%", "<a@b>%x"}) {
            std::string body(rest);
            body[body.find('%')] = static_cast<char>(c);
            if (c == '\n' || c == '\r') body.insert(body.find(static_cast<char>(c)) + 1, "y");
            EXPECT_EQ(mailboxes_in(body), "error") << c << ' ' << rest;
        }
    }
}

TEST(MailboxList, FoldsAndWhiteSpaceMayStandEverywhere) {
    EXPECT_EQ(mailboxes_in("\r\n Jane\r\n\tMartin\r\n <jane\r\n @\r\n example.org\r\n >\r\n"),
              "Jane Martin|jane|example.org");
    EXPECT_EQ(mailboxes_in("\"Jane\r\n Martin\"\n <a@b>"), "Jane Martin|a|b");
    EXPECT_EQ(mailboxes_in("(\r\n c) a (c) @ (c) b (\r\n n)"), "n|a|b");
}

TEST(MailboxList, DomainIsLowerCasedAndLocalPartIsNot) {
    EXPECT_EQ(mailboxes_in("Jane.M@EXAMPLE.Org"), "|Jane.M|example.org");
    EXPECT_EQ(mailboxes_in("a@[192.0.2.1]"), "|a|[192.0.2.1]");
    EXPECT_EQ(mailboxes_in("a@[ 192.0.2.1 ]"), "|a|[192.0.2.1]");
    EXPECT_EQ(mailboxes_in("a@[IPv6:2001:DB8::1]"), "|a|[ipv6:2001:db8::1]");
    EXPECT_EQ(mailboxes_in("a@xn--bcher-kva.Example"), "|a|xn--bcher-kva.example");
    EXPECT_EQ(mailboxes_in("a@my_host"), "|a|my_host");
}

TEST(MailboxList, DomainLengthsAreBounded) {
    const std::string label(63, 'a');
    EXPECT_NE(mailboxes_in("a@" + label), "error");
    EXPECT_EQ(mailboxes_in("a@" + label + "a"), "error");
    EXPECT_NE(mailboxes_in("a@" + label + "." + label + "." + label + "." + label), "error");
    EXPECT_EQ(mailboxes_in("a@" + label + "." + label + "." + label + "." + label + ".b"), "error");
}

TEST(MailboxList, QuotedLocalPartsAreUnquoted) {
    EXPECT_EQ(mailboxes_in(R"("a b"@c)"), "|a b|c");
    EXPECT_EQ(mailboxes_in(R"("a\"\\b"@c)"), R"(|a"\b|c)");
    EXPECT_EQ(mailboxes_in(R"("a@b"@c)"), "|a@b|c");
    EXPECT_EQ(mailboxes_in(R"(<"a b"@c>)"), "|a b|c");
}

TEST(MailboxList, Rfc6532_Utf8Addresses) {
    EXPECT_EQ(mailboxes_in("Zoé <zoé@bücher.example>"), "Zoé|zoé|bücher.example");
    EXPECT_EQ(mailboxes_in("用户@例子.example"), "|用户|例子.example");
}

TEST(MailboxList, OctetsThatAreNoUtf8AreReplacedInNamesOnly) {
    EXPECT_EQ(mailboxes_in("Zo\xe9 <a@b>"), "Zo\ufffd|a|b");
    EXPECT_EQ(mailboxes_in("\"Zo\xe9\" <a@b>"), "Zo\ufffd|a|b");
    EXPECT_EQ(mailboxes_in("a@b (Zo\xe9)"), "Zo\ufffd|a|b");
    EXPECT_EQ(mailboxes_in("zo\xe9@b"), "error");
    EXPECT_EQ(mailboxes_in("\"zo\xe9\"@b"), "error");
    EXPECT_EQ(mailboxes_in("a@b\xe9"), "error");
}

TEST(MailboxList, CharactersThatDontShowAreErrorsInAddresses) {
    for (std::string_view body : {"a\u202e@b", "a@b\u200b", "\"a\u0085\"@b", "a\u00a0b@c", "a@b\u3002c",
                                  "a@b\uff0ec", "a@b\uff61c", "a@b\u00adc"}) {
        EXPECT_EQ(mailboxes_in(body), "error") << body;
    }
}

TEST(MailboxList, CommentsNestToFiftyLevels) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '(') + std::string(depth, ')') + " a@b";
    };
    EXPECT_EQ(mailboxes_in(nested(50)), "|a|b");
    EXPECT_EQ(mailboxes_in(nested(51)), "error");
    EXPECT_EQ(mailboxes_in(nested(30'000)), "error");
}

TEST(MailboxList, LimitsHold) {
    std::string list = "a@b";
    for (int i = 1; i < 1000; ++i) list += ",a@b";
    EXPECT_EQ(parse_mailbox_list(list)->size(), 1000u);
    const auto many = parse_mailbox_list(list + ",a@b");
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().code, errc::limit);

    const std::string tail = "\" <a@b>";
    EXPECT_TRUE(parse_mailbox_list("\"" + std::string(65536 - tail.size() - 1, 'x') + tail));
    const auto big = parse_mailbox_list("\"" + std::string(65536 - tail.size(), 'x') + tail);
    ASSERT_FALSE(big);
    EXPECT_EQ(big.error().code, errc::limit);
}

TEST(Mailbox, AddressIsQuotedWhereItMustBe) {
    const auto address = [](std::string local_part) {
        return Mailbox{"", std::move(local_part), "b"}.address();
    };
    EXPECT_EQ(address("a.b"), "a.b@b");
    EXPECT_EQ(address("zoé"), "zoé@b");
    EXPECT_EQ(address("a b"), "\"a b\"@b");
    EXPECT_EQ(address("a..b"), "\"a..b\"@b");
    EXPECT_EQ(address(".a"), "\".a\"@b");
    EXPECT_EQ(address("a."), "\"a.\"@b");
    EXPECT_EQ(address("a\"\\"), R"("a\"\\"@b)");
    EXPECT_EQ(address(""), "\"\"@b");
}

TEST(ParseAddress, TakesAnAddressAlone) {
    for (std::string_view text :
         {"Jane@Example.org", " Jane@example.org\n", "<Jane@example.org>", "\"Jane\"@example.org"}) {
        const auto mailbox = parse_address(text);
        ASSERT_TRUE(mailbox) << text;
        EXPECT_EQ(mailbox->address(), "Jane@example.org");
        EXPECT_EQ(mailbox->display_name, "");
    }
    EXPECT_EQ(parse_address("\"a b\"@c")->local_part, "a b");
}

TEST(ParseAddress, TakesNothingElse) {
    for (std::string_view text :
         {"", "jane", "<>", "Jane <a@b>", "Jane<a@b>", "a@b (c)", "(c)a@b", "a@b(c)", "a @b", "a@b,", ",a@b",
          "a@b,c@d", "G:a@b;", "<a@b", "a@b>", "<a@b>x", "a@b\r\nx"}) {
        EXPECT_FALSE(parse_address(text)) << text;
    }
}

}  // namespace
}  // namespace decorum::message
