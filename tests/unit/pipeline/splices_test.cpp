// What the splices do to a message: forged fields, sealed blocks, first lines, visible tag, Outlook flag.
#include <gtest/gtest.h>

#include "tests/unit/pipeline/desk.hpp"

namespace decorum::pipeline::test {
namespace {

using config::Position;
using config::VisibleTag;
using message::Status;

constexpr std::string_view from = "From: Jane <jane@example.net>\r\n";

class Splices : public testing::Test {
protected:
    Splices() {
        desk.know_jane();
        desk.settings.annotate.require = config::Require::none;
    }
    // The block of a message, without the message.
    std::string block_of(std::string_view message) {
        const std::string annotated = desk.annotate(message).message;
        EXPECT_TRUE(annotated.ends_with(message));
        return annotated.substr(0, annotated.size() - message.size());
    }
    Desk desk;
};

TEST_F(Splices, ForgedFieldsGoAndLookAlikesStay) {
    const auto out = desk.annotate(
        "Sender-Profile: forged\r\n folded\r\nsender-PROFILE-Source : status=found\r\nFrom: "
        "jane@example.net\r\n"
        "Face: abc\r\nX-Face: abc\r\nSender-Profiles: stay\r\nX-Sender-Profile: stays\r\n\r\nSender-Profile: "
        "body\r\n");
    EXPECT_TRUE(
        out.message.ends_with("\r\nFrom: jane@example.net\r\nSender-Profiles: stay\r\nX-Sender-Profile: "
                              "stays\r\n\r\nSender-Profile: body\r\n"));
    EXPECT_EQ(out.message.find("forged"), std::string::npos);
    EXPECT_EQ(out.message.find("abc"), std::string::npos);
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, FaceStaysWhereWeAddNone) {
    desk.settings.annotate.face = false;
    const auto out = desk.annotate("Face: abc\r\nFrom: jane@example.net\r\n\r\n");
    EXPECT_NE(out.message.find("Face: abc\r\n"), std::string::npos);
}

TEST_F(Splices, ThePrefixIsConfigurable) {
    desk.settings.annotate.prefix = "X-Who";
    const auto out =
        desk.annotate("X-Who: forged\r\nSender-Profile: not ours\r\nFrom: jane@example.net\r\n\r\n");
    EXPECT_EQ(out.person, "Jane Martin, HR Director at ACME");
    EXPECT_TRUE(out.message.starts_with("X-Who: "));
    EXPECT_NE(out.message.find("Sender-Profile: not ours\r\n"), std::string::npos);
    EXPECT_EQ(out.message.find("forged"), std::string::npos);
}

TEST_F(Splices, SealedBlockIsKeptFromATrustedPeer) {
    const std::string message = std::string(from) + "\r\nHello\r\n";
    const std::string block = block_of(message);
    desk.envelope.keep_sealed = true;
    const auto out = desk.annotate("Return-Path: <x>\r\n" + block + "Sender-Profile: forged\r\n" + message);
    EXPECT_EQ(out.message, "Return-Path: <x>\r\n" + block + message);
    EXPECT_EQ(out.annotation.status, Status::found);
}

// A seal binds From, Date and Message-ID, which anybody may send again with another text: a person stays only
// where this message proves its author too.
TEST_F(Splices, SealedPersonNeedsAnAuthenticatedMessage) {
    desk.settings.annotate.require = config::Require::authenticated;
    const std::string proved = std::string(Desk::authenticated).append(from) + "\r\n";
    const std::string block = block_of(proved);
    EXPECT_NE(block.find("Martin"), std::string::npos);
    desk.envelope.keep_sealed = true;
    EXPECT_EQ(desk.annotate(block + proved).message, block + proved);

    const auto replayed = desk.annotate(block + std::string(from) + "\r\nanother text\r\n");
    EXPECT_EQ(replayed.source, "status=unauthenticated");
    EXPECT_EQ(replayed.message.find("Martin"), std::string::npos);
    desk.policy.position = Position::front;
    EXPECT_EQ(desk.annotate(block + proved).source, "status=unauthenticated");
}

TEST_F(Splices, SealedBlockWithoutAPersonNeedsNoProof) {
    desk.settings.annotate.require = config::Require::authenticated;
    const std::string message = std::string(from) + "\r\nHello\r\n";
    const std::string block = block_of(message);
    desk.envelope.keep_sealed = true;
    const auto out = desk.annotate(block + message);
    EXPECT_EQ(out.message, block + message);
    EXPECT_EQ(out.annotation.status, Status::unauthenticated);
}

// The seal binds the fields that stand at the beginning of a line.
TEST_F(Splices, SealedPersonIsNotKeptWhereABareCrHidesAnotherAuthor) {
    const std::string message = std::string(from) + "\r\nHello\r\n";
    const std::string block = block_of(message);
    desk.envelope.keep_sealed = true;
    EXPECT_EQ(desk.annotate(block + "X-A: b\r\n" + message).annotation.status, Status::found);
    const std::string hiding = "X-A: b\rFrom: mallory@example.net\r\n" + message;
    const auto out = desk.annotate(block + hiding);
    EXPECT_EQ(out.source, "status=unauthenticated; reason=from");
    EXPECT_TRUE(out.person.empty());
    EXPECT_TRUE(out.message.ends_with("\r\n" + hiding));
}

// It is valid on any message, so that whoever saw one could hide with it who really wrote another.
TEST_F(Splices, SealedBlockThatSaysHeaderSizeIsNeverKept) {
    desk.settings.annotate.require = config::Require::authenticated;
    const std::string message = std::string(from) + "\r\nHello\r\n";
    const std::string block = desk.annotator().neutral_block("X: y\r\n", {}, "\r\n");
    desk.envelope.keep_sealed = true;
    const auto out = desk.annotate(block + message);
    EXPECT_EQ(out.source, "status=unauthenticated");
    EXPECT_TRUE(out.message.ends_with("\r\n" + message));
    EXPECT_EQ(out.message.find("header-size"), std::string::npos);
}

TEST_F(Splices, SealedBlockIsReplacedWhereThePeerIsNotTrusted) {
    const std::string message = std::string(from) + "\r\nHello\r\n";
    const std::string block = block_of(message);
    desk.envelope.recipients = {"paul@example.org"};
    const auto out = desk.annotate("Return-Path: <x>\r\n" + block + message);
    EXPECT_EQ(out.message, block + "Return-Path: <x>\r\n" + message) << "made anew, on top";
}

TEST_F(Splices, BrokenSealIsReplacedEvenFromATrustedPeer) {
    const std::string message = std::string(from) + "\r\nHello\r\n";
    std::string block = block_of(message);
    block.replace(block.find("Martin"), 6, "Master");
    desk.envelope.keep_sealed = true;
    const auto out = desk.annotate(block + message);
    EXPECT_EQ(out.message.find("Master"), std::string::npos);
    EXPECT_EQ(out.person, "Jane Martin, HR Director at ACME");
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, HeaderlessMessageIsKeptOutOfTheBlock) {
    const auto out = desk.annotate("Hello there\r\nFrom: jane@example.net\r\n\r\n");
    EXPECT_EQ(out.source, "status=unauthenticated; reason=from");
    EXPECT_TRUE(out.message.ends_with("\r\n\r\nHello there\r\nFrom: jane@example.net\r\n\r\n"));
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, LeadingWhiteSpaceIsAbsorbedByAPad) {
    const std::string message = " a fold of nothing\r\n" + std::string(from) + "\r\n";
    desk.settings.annotate.outlook_flag = true;
    const auto out = desk.annotate(message);
    EXPECT_TRUE(out.message.ends_with("\r\nSender-Profile-Pad: .\r\n" + message));
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, EmptyMessageGetsABlockAlone) {
    const auto out = desk.annotate("");
    EXPECT_EQ(out.source, "status=unauthenticated; reason=from");
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, MboxLineStaysFirstBelowTheBlock) {
    const std::string message = "From jane@example.net Mon Nov 23\r\n" + std::string(from) + "\r\n";
    const auto out = desk.annotate(message);
    EXPECT_EQ(out.annotation.status, Status::found);
    EXPECT_TRUE(out.message.ends_with("\r\n" + message));
}

TEST_F(Splices, LineEndsAreTheMessages) {
    desk.policy.line_end = "\n";
    desk.settings.annotate.visible = VisibleTag::from;
    desk.settings.annotate.outlook_flag = true;
    const auto out = desk.annotate("From: Jane <jane@example.net>\nSubject: hello\n\nbody\n");
    EXPECT_EQ(out.annotation.status, Status::found);
    EXPECT_EQ(out.message.find('\r'), std::string::npos);
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, VisibleTagReplacesTheDisplayNameAndKeepsTheOriginal) {
    desk.settings.annotate.visible = VisibleTag::from;
    const auto out =
        desk.annotate("To: paul@example.org\r\n" + std::string(from) + "Subject: hello\r\n\r\nbody\r\n");
    EXPECT_TRUE(
        out.message.ends_with("To: paul@example.org\r\n"
                              "From: \"Jane Martin (HR Director, ACME)\" <jane@example.net>\r\n"
                              "Subject: hello\r\n\r\nbody\r\n"))
        << out.message;
    EXPECT_NE(out.message.find("Sender-Profile-Original: From: Jane <jane@example.net>\r\n"),
              std::string::npos);
    EXPECT_TRUE(out.sealed) << "the seal holds for the message as it goes on";
}

TEST_F(Splices, VisibleTagInTheSubject) {
    desk.settings.annotate.visible = VisibleTag::subject;
    const auto out = desk.annotate(std::string(from) + "Subject: hello\r\n\r\n");
    EXPECT_TRUE(out.message.ends_with("Subject: [Jane Martin (HR Director, ACME)] hello\r\n\r\n"))
        << out.message;
    EXPECT_TRUE(out.sealed);
}

// What is removed behind the bare CR stands within what the tag would replace.
TEST_F(Splices, NoVisibleTagWhereABareCrHidesAFieldOfOurs) {
    desk.settings.annotate.visible = VisibleTag::subject;
    for (const std::string hidden :
         {"\rFace: x", " \rSender-Profile: CEO of us", "\r\n \rFace: x", " hello\rFace: x"}) {
        const auto out =
            desk.annotate(std::string(from) + "Subject:" + hidden + "\r\nTo: b@x\r\n\r\nbody\r\n");
        EXPECT_EQ(out.annotation.status, Status::found);
        const std::string kept = "Subject:" + hidden.substr(0, hidden.rfind('\r'));
        EXPECT_TRUE(out.message.ends_with("\r\n" + std::string(from) + kept + "\r\nTo: b@x\r\n\r\nbody\r\n"))
            << out.message;
        EXPECT_TRUE(out.sealed);
    }
}

TEST_F(Splices, VisibleTagOnlyInTheDeliveryPosition) {
    desk.settings.annotate.visible = VisibleTag::from;
    desk.policy.position = Position::filter;
    const auto out = desk.annotate(std::string(from) + "\r\n");
    EXPECT_EQ(out.annotation.status, Status::found);
    EXPECT_TRUE(out.message.ends_with("\r\n" + std::string(from) + "\r\n"));
    EXPECT_EQ(out.message.find("-Original"), std::string::npos);
}

TEST_F(Splices, VisibleTagAndOutlookFlagOnlyForFound) {
    desk.settings.annotate.visible = VisibleTag::from;
    desk.settings.annotate.outlook_flag = true;
    const std::string message = "From: Mallory <mallory@example.net>\r\n\r\n";
    const auto out = desk.annotate(message);
    EXPECT_EQ(out.annotation.status, Status::none);
    EXPECT_TRUE(out.message.ends_with("\r\n" + message));
    EXPECT_EQ(out.message.find("X-Message-Flag"), std::string::npos);
}

TEST_F(Splices, OutlookFlagStandsBelowTheBlock) {
    desk.settings.annotate.outlook_flag = true;
    const auto out = desk.annotate(std::string(from) + "\r\n");
    EXPECT_TRUE(out.message.ends_with("\r\nX-Message-Flag: Jane Martin, HR Director at ACME\r\n" +
                                      std::string(from) + "\r\n"))
        << out.message;
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, VisibleTagSharesItsPlaceWithForgedFields) {
    desk.settings.annotate.visible = VisibleTag::from;
    const auto out =
        desk.annotate("Sender-Profile: a\r\n" + std::string(from) + "Sender-Profile-B: b\r\n\r\n");
    EXPECT_TRUE(
        out.message.ends_with("From: \"Jane Martin (HR Director, ACME)\" <jane@example.net>\r\n\r\n"));
    EXPECT_TRUE(out.sealed);
}

TEST_F(Splices, StripRemovesOurNamesAndAddsNothing) {
    const std::string message = "Sender-Profile: x\r\nFrom: jane@example.net\r\nFace: y\r\n\r\nbody";
    const auto header = message::scan_header(message);
    std::string out;
    message::apply(message, desk.annotator().strip(header), out);
    EXPECT_EQ(out, "From: jane@example.net\r\n\r\nbody");
}

TEST_F(Splices, NeutralBlockIsSealedAndSaysWhy) {
    const std::string message = std::string(from) + "X: y\r\n";
    const auto header = message::scan_header(message);
    const std::string block = desk.annotator().neutral_block(message, header, "\r\n");
    EXPECT_TRUE(block.starts_with("Sender-Profile-Source: status=unavailable; reason=header-size\r\n"));
    const std::string pad = desk.annotator().neutral_block(" x\r\n", {}, "\r\n");
    EXPECT_TRUE(pad.ends_with("Sender-Profile-Pad: .\r\n"));
}

}  // namespace
}  // namespace decorum::pipeline::test
