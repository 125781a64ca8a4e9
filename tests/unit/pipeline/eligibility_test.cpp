// Who is looked up, and what is said where nobody is (DESIGN, the annotation).
#include "gateway/pipeline/eligibility.hpp"

#include <gtest/gtest.h>

#include "config/loader.hpp"

namespace decorum::pipeline {
namespace {

using message::Status;

struct Rules {
    config::Settings settings = config::defaults();
    Envelope envelope{.reverse_path = "jane@example.net", .recipients = {"paul@example.org"}};

    // "found" stands for somebody to look up.
    [[nodiscard]] std::string judge(std::string_view header) const {
        const EligibilityRules rules(settings.annotate);
        const std::string octets = std::string(header) + "\r\n";
        const auto section = message::scan_header(octets);
        const Eligibility eligible = rules.judge(section, envelope);
        if (eligible.author) return "look up " + eligible.author->address();
        std::string said(message::name_of(eligible.status));
        if (!eligible.reason.empty()) said.append(" ").append(eligible.reason);
        return said;
    }
};

TEST(Eligibility, TheSingleMailboxOfTheSingleFromIsLookedUp) {
    const Rules rules;
    EXPECT_EQ(rules.judge("From: Jane Martin <jane@Example.NET>\r\n"), "look up jane@example.net");
    EXPECT_EQ(rules.judge("From:\r\n jane@example.net (Jane)\r\n"), "look up jane@example.net");
}

TEST(Eligibility, AnythingButOneMailboxIsNoGuess) {
    const Rules rules;
    for (const char* header :
         {"To: paul@example.org\r\n", "From: jane@example.net\r\nFrom: mallory@example.net\r\n",
          "X-A: b\rFrom: mallory@example.net\r\nFrom: jane@example.net\r\n",
          "From: jane@example.net\r\n\rFROM : mallory@example.net\r\n",
          "From: jane@example.net, mallory@example.net\r\n", "From: undisclosed-recipients:;\r\n",
          "From: \r\n", "From: jane@example.net <mallory@example.net>\r\n", "From: jane\r\n",
          "From: \"jane@example.net\r\n"})
        EXPECT_EQ(rules.judge(header), "unauthenticated from") << header;
}

TEST(Eligibility, SenderAndResentFromChangeNothing) {
    const Rules rules;
    EXPECT_EQ(rules.judge("Resent-From: mallory@example.net\r\nSender: secretary@example.net\r\n"
                          "Reply-To: else@example.net\r\nFrom: jane@example.net\r\n"),
              "look up jane@example.net");
}

TEST(Eligibility, NullReversePathIsABounce) {
    Rules rules;
    rules.envelope.reverse_path = "";
    EXPECT_EQ(rules.judge("From: jane@example.net\r\n"), "none bounce");
}

TEST(Eligibility, AnUnknownReversePathIsNoBounce) {
    Rules rules;
    rules.envelope.reverse_path = std::nullopt;
    EXPECT_EQ(rules.judge("From: jane@example.net\r\n"), "look up jane@example.net");
}

TEST(Eligibility, ReportsAreBounces) {
    const Rules rules;
    EXPECT_EQ(rules.judge("From: jane@example.net\r\nContent-Type: multipart/report;\r\n"
                          " report-type=delivery-status; boundary=x\r\n"),
              "none bounce");
    EXPECT_EQ(rules.judge("From: jane@example.net\r\nContent-Type: multipart/mixed; boundary=x\r\n"),
              "look up jane@example.net");
}

TEST(Eligibility, ListsAreNobodyInPerson) {
    const Rules rules;
    for (const char* field :
         {"List-Id: <talk.example.net>", "LIST-ID: x", "Precedence: list",
          "List-Post: <mailto:jane@example.net>", "List-Post: <MAILTO:Jane@Example.Net?x=y>"})
        EXPECT_EQ(rules.judge(std::string(field) + "\r\nFrom: jane@example.net\r\n"), "none list") << field;
}

TEST(Eligibility, TheListsDomainMayBeInEitherSpelling) {
    const Rules rules;
    for (const char* list_post :
         {"<mailto:talk@xn--mller-kva.example>", "<mailto:talk@m\xc3\xbcller.example>",
          "<mailto:talk@M%C3%BCller.example?x=y>",
          "<mailto:a@example.net>, <mailto:%74alk@xn--mller-kva.example>"})
        for (const char* domain : {"xn--mller-kva.example", "m\xc3\xbcller.example"})
            EXPECT_EQ(
                rules.judge(std::string("List-Post: ") + list_post + "\r\nFrom: talk@" + domain + "\r\n"),
                "none list")
                << list_post << ' ' << domain;
}

TEST(Eligibility, AListThatPostsElsewhereIsNotTheAuthor) {
    const Rules rules;
    for (const char* field : {"List-Post: <mailto:talk@example.net>", "List-Post: NO",
                              "List-Post: <mailto:jane@example.network>"})
        EXPECT_EQ(rules.judge(std::string(field) + "\r\nFrom: jane@example.net\r\n"),
                  "look up jane@example.net")
            << field;
}

TEST(Eligibility, Rfc3834_AutomaticMailIsNobodyInPerson) {
    const Rules rules;
    for (const char* field : {"Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated (vacation)",
                              "Auto-Submitted: auto-notified; owner-email=\"me@example.com\"",
                              "Precedence: bulk", "Precedence: Junk", "Precedence: auto_reply"})
        EXPECT_EQ(rules.judge(std::string(field) + "\r\nFrom: jane@example.net\r\n"), "none auto") << field;
    for (const char* field : {"Auto-Submitted: no", "Auto-Submitted: No (really)", "Precedence: first-class"})
        EXPECT_EQ(rules.judge(std::string(field) + "\r\nFrom: jane@example.net\r\n"),
                  "look up jane@example.net")
            << field;
}

TEST(Eligibility, RoleAddressesAreNobodyInPerson) {
    const Rules rules;
    EXPECT_EQ(rules.judge("From: Support@example.net\r\n"), "none role");
    EXPECT_EQ(rules.judge("From: noreply+4711@example.net\r\n"), "none role");
    EXPECT_EQ(rules.judge("From: supporter@example.net\r\n"), "look up supporter@example.net");
}

TEST(Eligibility, OneExcludedRecipientIsEnough) {
    Rules rules;
    rules.settings.annotate.exclude_recipients = {"Anna@example.org", "@works-council.example"};
    EXPECT_EQ(rules.judge("From: jane@example.net\r\n"), "look up jane@example.net");
    rules.envelope.recipients = {"paul@example.org", "ANNA@EXAMPLE.ORG"};
    EXPECT_EQ(rules.judge("From: jane@example.net\r\n"), "excluded");
    rules.envelope.recipients = {"x@Works-Council.example"};
    EXPECT_EQ(rules.judge("From: jane@example.net\r\n"), "excluded");
    rules.envelope.recipients = {"x@sub.works-council.example", "works-council.example"};
    EXPECT_EQ(rules.judge("From: jane@example.net\r\n"), "look up jane@example.net");
}

TEST(Eligibility, ExclusionGoesBeforeEverything) {
    Rules rules;
    rules.settings.annotate.exclude_recipients = {"paul@example.org"};
    rules.envelope.reverse_path = "";
    EXPECT_EQ(rules.judge("List-Id: x\r\n"), "excluded");
}

}  // namespace
}  // namespace decorum::pipeline
