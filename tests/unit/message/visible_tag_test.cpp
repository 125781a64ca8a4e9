// The visible tag: what is shown, what is kept, and when nothing is done.
#include "gateway/message/visible_tag.hpp"

#include <gtest/gtest.h>

#include "gateway/base/ascii.hpp"
#include "gateway/message/encoded_word.hpp"

namespace decorum::message {
namespace {

const Mailbox tagged_jane{"Jane Martin", "jane", "example.org"};
constexpr std::string_view crlf = "\r\n";

std::string spliced(std::string message, const VisibleTag& tag) {
    return message.replace(tag.splice.begin, tag.splice.end - tag.splice.begin, tag.splice.text);
}

TEST(VisibleTag, ReplacesTheDisplayNameAndKeepsTheOriginal) {
    const std::string message = "To: x\r\nFrom: \"J. Martin\"\r\n\t<jane@example.org>\r\nSubject: y\r\n\r\n";
    const auto tag = tag_from(scan_header(message), tagged_jane, "Jane Martin (HR Director, ACME)", crlf);
    ASSERT_TRUE(tag);
    EXPECT_EQ(tag->original, "From: \"J. Martin\"\t<jane@example.org>");
    EXPECT_EQ(spliced(message, *tag),
              "To: x\r\nFrom: \"Jane Martin (HR Director, ACME)\" <jane@example.org>\r\nSubject: y\r\n\r\n");
}

TEST(VisibleTag, LetsNoHostileTagOutOfItsQuotes) {
    const std::string message = "From: jane@example.org\r\n\r\n";
    const auto tag = tag_from(scan_header(message), tagged_jane, "x\" <ceo@example.org>,\r\nBcc: \\", crlf);
    ASSERT_TRUE(tag);
    EXPECT_EQ(tag->splice.text, "From: \"x\\\" <ceo@example.org>, Bcc: \\\\\" <jane@example.org>\r\n");
    const auto mailboxes = parse_mailbox_list(std::string_view(tag->splice.text).substr(5));
    ASSERT_TRUE(mailboxes);
    ASSERT_EQ(mailboxes->size(), 1U);
    EXPECT_EQ(mailboxes->front().address(), "jane@example.org");
    EXPECT_EQ(mailboxes->front().display_name, "x\" <ceo@example.org>, Bcc: \\");
}

TEST(VisibleTag, EncodesWhatIsNotAscii) {
    const std::string message = "From: jane@example.org\r\n\r\n";
    const auto tag = tag_from(scan_header(message), tagged_jane, "Zoé <b>, \"Élan\" (ACME)", crlf);
    ASSERT_TRUE(tag);
    EXPECT_TRUE(ascii::is_ascii(tag->splice.text));
    const auto mailboxes = parse_mailbox_list(std::string_view(tag->splice.text).substr(5));
    ASSERT_TRUE(mailboxes);
    ASSERT_EQ(mailboxes->size(), 1U);
    EXPECT_EQ(mailboxes->front().display_name, "Zoé <b>, \"Élan\" (ACME)");
}

TEST(VisibleTag, CapsTheTag) {
    const std::string message = "From: jane@example.org\r\n\r\n";
    const auto tag = tag_from(scan_header(message), tagged_jane, std::string(5000, 'x'), crlf);
    ASSERT_TRUE(tag);
    EXPECT_LT(tag->splice.text.size(), 200U);
}

TEST(VisibleTag, DoesNothingInDoubt) {
    auto none = [](std::string_view message, std::string_view tag = "Jane") {
        return !tag_from(scan_header(message), tagged_jane, tag, crlf);
    };
    EXPECT_TRUE(none("To: x\r\n\r\n"));
    EXPECT_TRUE(none("From: a@example.org\r\nFrom: b@example.org\r\n\r\n"));
    EXPECT_TRUE(none("From: J\xc3\xa9 <jane@example.org>\r\n\r\n"));
    EXPECT_TRUE(none(std::string("From: J\0 <jane@example.org>\r\n\r\n", 32)));
    EXPECT_TRUE(none("From: Jane \r <jane@example.org>\r\n\r\n"));
    EXPECT_TRUE(none("From: " + std::string(500, 'x') + " " + std::string(600, 'y') + "\r\n\r\n"));
    EXPECT_TRUE(none("From: " + std::string(1000, 'x') + "\r\n\r\n"));
    EXPECT_TRUE(none("From: jane@example.org\r\n\r\n", "\u200b\r\n"));
    EXPECT_FALSE(none("From: jane@example.org\r\n\r\n"));
    EXPECT_FALSE(tag_from(scan_header("From: x\r\n\r\n"), Mailbox{"", "jané", "example.org"}, "Jane", crlf));
}

TEST(VisibleTag, AddsNoLineEndThatWasNotThere) {
    const std::string message = "From: jane@example.org";
    const auto tag = tag_from(scan_header(message), tagged_jane, "Jane", crlf);
    ASSERT_TRUE(tag);
    EXPECT_EQ(spliced(message, *tag), "From: \"Jane\" <jane@example.org>");
}

TEST(VisibleTag, TakesTheMessagesLineEnds) {
    const std::string message = "From: jane@example.org\n\n";
    const auto tag =
        tag_from(scan_header(message), tagged_jane, std::string(60, 'x') + " " + std::string(30, 'y'), "\n");
    ASSERT_TRUE(tag);
    EXPECT_EQ(tag->splice.text.find('\r'), std::string::npos);
    EXPECT_TRUE(tag->splice.text.ends_with(">\n"));
}

TEST(VisibleTag, PrefixesTheSubjectAndLeavesItsOctets) {
    auto tagged = [](const std::string& message, std::string_view text) {
        const auto tag = tag_subject(scan_header(message), text, crlf);
        return tag ? spliced(message, *tag) : std::string("(nothing)");
    };
    EXPECT_EQ(tagged("Subject: Hello\r\n\tworld\r\n\r\n", "Jane, ACME"),
              "Subject: [Jane, ACME] Hello\r\n\tworld\r\n\r\n");
    EXPECT_EQ(tagged("Subject:Hello\r\n\r\n", "Jane"), "Subject: [Jane] Hello\r\n\r\n");
    EXPECT_EQ(tagged("Subject:\r\n Hello\r\n\r\n", "Jane"), "Subject: [Jane]\r\n Hello\r\n\r\n");
    EXPECT_EQ(tagged("Subject: \r\n\r\n", "Jane"), "Subject: [Jane]\r\n\r\n");
    EXPECT_EQ(tagged("Subject: Hello", "Jane"), "Subject: [Jane] Hello");
    EXPECT_EQ(tagged("Subject: " + std::string(60, 'x') + "\r\n\r\n", "Jane Martin"),
              "Subject: [Jane Martin]\r\n " + std::string(60, 'x') + "\r\n\r\n");
    EXPECT_EQ(tagged("Subject: a\r\nSubject: b\r\n\r\n", "Jane"), "(nothing)");
    EXPECT_EQ(tagged("Subject: \xc3\xa9\r\n\r\n", "Jane"), "(nothing)");
}

TEST(VisibleTag, KeepsTheSpaceBetweenTwoEncodedWords) {
    const std::string message = "Subject: =?utf-8?Q?=C3=A9t=C3=A9?=\r\n\r\n";
    const auto tag = tag_subject(scan_header(message), "Zoé", crlf);
    ASSERT_TRUE(tag);
    EXPECT_EQ(tag->original, "Subject: =?utf-8?Q?=C3=A9t=C3=A9?=");
    const std::string result = spliced(message, *tag);
    const HeaderSection header = scan_header(result);
    EXPECT_EQ(decode_encoded_words(unfold(header.first("Subject")->body)), "[Zoé] été");
}

TEST(OutlookFlag, IsOneSanitisedLine) {
    EXPECT_EQ(outlook_flag("Jane Martin,\r\nHR Director", crlf),
              "X-Message-Flag: Jane Martin, HR Director\r\n");
    EXPECT_EQ(outlook_flag("\r\n", crlf), "");
    std::string text;
    for (int i = 0; i < 400; ++i) text += "日";
    const std::string flag = outlook_flag(text, "\n");
    EXPECT_TRUE(ascii::is_ascii(flag));
    EXPECT_LE(flag.size(), 999U);
    EXPECT_EQ(flag.find('\n'), flag.size() - 1);
    EXPECT_EQ(flag.find('\r'), std::string::npos);
    EXPECT_LE(outlook_flag(std::string(5000, 'x'), crlf).size(), 300U);
}

}  // namespace
}  // namespace decorum::message
