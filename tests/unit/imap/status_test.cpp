#include "gateway/imap/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gateway/imap/capabilities.hpp"
#include "gateway/imap/uid_validity.hpp"

namespace decorum::imap {
namespace {

constexpr CapabilityPolicy logged_in{.authenticated = true};

std::string shown_as(std::string_view wire, StatusRewrite rewrite, CapabilityPolicy policy = logged_in) {
    ResponseReader reader;
    const std::string line = std::string(wire) + "\r\n";
    reader.feed(line);
    const auto event = reader.next();
    return shown(std::get<Response>(event), policy, rewrite);
}

constexpr std::string_view dovecot =
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS AUTH=PLAIN AUTH=LOGIN "
    "AUTH=SCRAM-SHA-256 "
    "AUTH=SCRAM-SHA-256-PLUS AUTH=GSSAPI AUTH=CRAM-MD5";

TEST(ImapCapabilities, OnlyKnownOnesAreShown) {
    EXPECT_EQ(filter_capabilities(dovecot, {}),
              "IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN AUTH=SCRAM-SHA-256");
    EXPECT_EQ(
        filter_capabilities("COMPRESS=DEFLATE CATENATE URLAUTH URLAUTH=BINARY NOTIFY FILTERS CONVERT UIDONLY "
                            "MULTIAPPEND REPLACE CONTEXT=SEARCH SEARCH=FUZZY JMAPACCESS MAILBOX-REFERRALS "
                            "LOGIN-REFERRALS UTF8=ONLY X-GM-EXT-1 THREAD QUOTAX APPENDLIMITED",
                            {}),
        "");
    EXPECT_EQ(
        filter_capabilities(
            "imap4rev2 THREAD=REFS  QUOTA=RES-STORAGE APPENDLIMIT=35 RIGHTS=kxte STATUS=SIZE ", logged_in),
        "imap4rev2 THREAD=REFS QUOTA=RES-STORAGE APPENDLIMIT=35 RIGHTS=kxte STATUS=SIZE");
    // What is no atom is no capability, and a literal announced within one none of what is shown.
    EXPECT_EQ(filter_capabilities("IDLE THREAD={4}\r\na bc RIGHTS=\"x QUOTA=RES-( AUTH=SCRAM-{1} ID", {}),
              "IDLE ID");
}

TEST(ImapCapabilities, BeforeTlsLoginIsDisabledWhereTlsCanBeHad) {
    EXPECT_EQ(filter_capabilities(dovecot, {.offers_starttls = true, .may_log_in = false}),
              "IMAP4rev1 ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED");
    EXPECT_EQ(filter_capabilities("IMAP4rev1 LOGINDISABLED", {}), "IMAP4rev1 LOGINDISABLED");
    EXPECT_EQ(filter_capabilities("IMAP4rev1 STARTTLS AUTH=PLAIN LOGINDISABLED", logged_in), "IMAP4rev1");
}

TEST(ImapCapabilities, AreFilteredWhereverTheyStand) {
    EXPECT_EQ(shown_as("* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] hi", {}),
              "* OK [CAPABILITY IMAP4rev1] hi");
    EXPECT_EQ(shown_as("* PREAUTH [capability IMAP4rev1 NOTIFY] hi", {}),
              "* PREAUTH [capability IMAP4rev1] hi");
    EXPECT_EQ(shown_as("a1 OK [CAPABILITY IMAP4rev1 NOTIFY] in", {}), "a1 OK [CAPABILITY IMAP4rev1] in");
    EXPECT_EQ(shown_as("* CAPABILITY NOTIFY IMAP4rev1", {}), "* CAPABILITY IMAP4rev1");
    EXPECT_EQ(shown_as("* OK CAPABILITY NOTIFY", {}), "* OK CAPABILITY NOTIFY");
}

TEST(ImapCapabilities, OnlyWhatIsParsedMayBeEnabled) {
    EXPECT_TRUE(may_enable("condstore") && may_enable("QRESYNC") && may_enable("UTF8=ACCEPT"));
    EXPECT_FALSE(may_enable("UIDONLY") || may_enable("UTF8=ONLY") || may_enable("JMAPACCESS"));
}

TEST(ImapEpoch, IsOneToOneAndNeverZero) {
    for (const std::uint32_t by : {0U, 1U, 77U, 0x7fffffffU, 0xfffffffeU, 0xffffffffU}) {
        const Epoch epoch(by);
        for (const std::uint64_t value : {1ULL, 2ULL, 1000ULL, 0x7fffffffULL, 0xfffffffeULL, 0xffffffffULL}) {
            const auto shown = epoch.shown(value);
            EXPECT_GE(shown, 1U);
            EXPECT_LE(shown, 0xffffffffU);
            EXPECT_EQ(epoch.upstream(shown), value);
        }
    }
    EXPECT_EQ(Epoch(1).shown(0xffffffff), 1U);
    EXPECT_EQ(Epoch(5).shown(10), 15U);
    EXPECT_EQ(Epoch(5).shown(0), 0U);
}

TEST(ImapStatus, UidValidityIsMappedWhereverItStands) {
    const StatusRewrite rewrite{.epoch = Epoch(5)};
    EXPECT_EQ(shown_as("* OK [UIDVALIDITY 100] UIDs valid", rewrite), "* OK [UIDVALIDITY 105] UIDs valid");
    EXPECT_EQ(shown_as("a OK [APPENDUID 100 100] done", rewrite), "a OK [APPENDUID 105 100] done");
    EXPECT_EQ(shown_as("a OK [COPYUID 4294967295 1:3 100] done", rewrite), "a OK [COPYUID 5 1:3 100] done");
    EXPECT_EQ(shown_as("* OK [COPYUID 100 1 2] moved", rewrite), "* OK [COPYUID 105 1 2] moved");
    EXPECT_EQ(shown_as("* STATUS x (UIDNEXT 100 uidvalidity 100)", rewrite),
              "* STATUS x (UIDNEXT 100 uidvalidity 105)");
    EXPECT_EQ(shown_as("* OK [UIDNEXT 100] UIDVALIDITY 100", rewrite), "* OK [UIDNEXT 100] UIDVALIDITY 100");
    EXPECT_EQ(shown_as("* OK [UIDVALIDITY x] y", rewrite), "* OK [UIDVALIDITY x] y");
}

TEST(ImapStatus, SizeGrowsByTheBlockOfEachMessage) {
    const StatusRewrite rewrite{.epoch = {}, .block_octets = 2048};
    EXPECT_EQ(shown_as("* STATUS {5}\r\nINBOX (MESSAGES 3 SIZE 100)", rewrite),
              "* STATUS {5}\r\nINBOX (MESSAGES 3 SIZE 6244)");
    EXPECT_EQ(
        shown_as("* STATUS \"a (b\" (SIZE 10000000000 MESSAGES 1 HIGHESTMODSEQ 7 MAILBOXID (F1))", rewrite),
        "* STATUS \"a (b\" (SIZE 10000002048 MESSAGES 1 HIGHESTMODSEQ 7 MAILBOXID (F1))");
    EXPECT_EQ(shown_as("* STATUS x (MESSAGES 0 SIZE 0)", rewrite), "* STATUS x (MESSAGES 0 SIZE 0)");
    EXPECT_EQ(shown_as("* STATUS x (SIZE 100 UIDNEXT 5)", rewrite), "* STATUS x (UIDNEXT 5)");
    EXPECT_EQ(shown_as("* STATUS x (MESSAGES 99999999999999999 SIZE 1)", rewrite),
              "* STATUS x (MESSAGES 99999999999999999)");
    EXPECT_EQ(shown_as("* STATUS x ()", rewrite), "* STATUS x ()");
    EXPECT_EQ(shown_as("* STATUS x (SIZE", rewrite), "* STATUS x (SIZE");
}

TEST(ImapStatus, MessagesThatNobodyAskedForAreRemovedAgain) {
    const StatusRewrite rewrite{.epoch = {}, .block_octets = 10, .hide_messages = true};
    EXPECT_EQ(shown_as("* STATUS x (MESSAGES 3 SIZE 100 UNSEEN 1)", rewrite),
              "* STATUS x (SIZE 130 UNSEEN 1)");
}

}  // namespace
}  // namespace decorum::imap
