// The octets of our own messages: valid fields whatever stands in them, and bodies that read back.
#include "gateway/message/compose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/message/encoded_word.hpp"
#include "gateway/message/fold.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/message/readable_text.hpp"

namespace decorum::message {
namespace {

using testing::HasSubstr;
using testing::Not;

Composition sample() {
    return {.from_name = "Decorum",
            .from = "decorum@example.org",
            .to_name = "Paul Petit",
            .to = "paul@example.org",
            .reply_to = "decorum+token@example.org",
            .subject = "Your public profile",
            .message_id = "abc@example.org",
            .in_reply_to = {},
            .date = *from_rfc3339("2026-11-24T10:00:00Z"),
            .language = "en",
            .text = "Hello Paul,\n\nélégant.\n",
            .html = "<p>Hello Paul, élégant.</p>"};
}

std::string body_of(const std::string& octets, std::string_view name) {
    const HeaderSection header = scan_header(octets);
    EXPECT_EQ(header.count(name), 1u) << name << "\n" << octets;
    const Field* field = header.first(name);
    return field == nullptr ? std::string{} : unfold(field->body);
}

TEST(Compose, Rfc5322_3_6_WritesEachFieldOnce) {
    const auto octets = compose(sample());
    ASSERT_TRUE(octets) << octets.error().text();
    EXPECT_EQ(body_of(*octets, "Date"), "Tue, 24 Nov 2026 10:00:00 +0000");
    EXPECT_EQ(body_of(*octets, "From"), "\"Decorum\" <decorum@example.org>");
    EXPECT_EQ(body_of(*octets, "To"), "\"Paul Petit\" <paul@example.org>");
    EXPECT_EQ(body_of(*octets, "Reply-To"), "decorum+token@example.org");
    EXPECT_EQ(body_of(*octets, "Subject"), "Your public profile");
    EXPECT_EQ(body_of(*octets, "Message-ID"), "<abc@example.org>");
    EXPECT_EQ(body_of(*octets, "Auto-Submitted"), "auto-generated");
    EXPECT_EQ(body_of(*octets, "MIME-Version"), "1.0");
    EXPECT_THAT(body_of(*octets, "Content-Type"), HasSubstr("multipart/alternative"));
}

TEST(Compose, AnswersSayWhatTheyAnswer) {
    Composition answer = sample();
    answer.in_reply_to = "theirs@example.org";
    const auto octets = compose(answer);
    EXPECT_EQ(body_of(*octets, "In-Reply-To"), "<theirs@example.org>");
    EXPECT_EQ(body_of(*octets, "Auto-Submitted"), "auto-replied");
    for (std::string_view id : {"a b@c", "a>\r\nBcc: x", "", "é@example.org"}) {
        answer.in_reply_to = id;
        EXPECT_EQ(scan_header(*compose(answer)).count("In-Reply-To"), 0u) << id;
    }
}

TEST(Compose, TheSameCompositionIsTheSameOctets) {
    EXPECT_EQ(*compose(sample()), *compose(sample()));
}

TEST(Compose, BothPartsReadBack) {
    const auto octets = compose(sample());
    EXPECT_EQ(*readable_text(*octets), sample().text);
    std::string html_only = *octets;
    html_only.replace(html_only.find("text/plain"), 10, "image/jpeg");
    EXPECT_EQ(*readable_text(html_only), "Hello Paul, élégant.\n");
}

TEST(Compose, Rfc5321_4_5_3_1_6_LinesAreCrlfShortAndAscii) {
    Composition long_text = sample();
    for (int i = 0; i < 2000; ++i) long_text.text += "é long line ";
    long_text.subject = std::string(500, 'x');
    const auto octets = compose(long_text);
    std::size_t begin = 0;
    for (std::size_t end; (end = octets->find('\n', begin)) != std::string::npos; begin = end + 1) {
        ASSERT_GT(end, begin);
        ASSERT_EQ((*octets)[end - 1], '\r');
        ASSERT_LE(end - 1 - begin, max_line_octets);
    }
    EXPECT_EQ(begin, octets->size()) << "the last line ends";
    EXPECT_TRUE(std::ranges::all_of(*octets, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    EXPECT_EQ(octets->find("\n."), std::string::npos) << "no line begins with a dot";
}

TEST(Compose, NamesAndSubjectsCanAddNoField) {
    Composition hostile = sample();
    hostile.to_name = "Paul\" <evil@example.com>,\r\nBcc: evil@example.com\r\n\r\nbody";
    hostile.subject = "a\r\nBcc: evil@example.com\r\n\r\nbody \xE2\x80\xAE =?utf-8?B?Qg==?= é";
    const auto octets = compose(hostile);
    ASSERT_TRUE(octets);
    const HeaderSection header = scan_header(*octets);
    EXPECT_EQ(header.count("Bcc"), 0u);
    EXPECT_EQ(header.fields.size(), scan_header(*compose(sample())).fields.size());
    const auto to = parse_mailbox_list(header.first("To")->body);
    ASSERT_TRUE(to) << header.first("To")->body;
    ASSERT_EQ(to->size(), 1u);
    EXPECT_EQ(to->front().address(), "paul@example.org");
    EXPECT_THAT(decode_encoded_words(unfold(header.first("Subject")->body)), Not(HasSubstr("\xE2\x80\xAE")));
}

TEST(Compose, WhatIsNoAddressIsAnError) {
    for (std::string_view address :
         {"", "paul", "a@b, c@d", "paul@example.org\r\nBcc: x@example.com", "T:;"}) {
        Composition bad = sample();
        bad.to = address;
        EXPECT_EQ(compose(bad).error().code, errc::invalid) << address;
    }
    Composition bad = sample();
    bad.message_id = "a\r\nb@c";
    EXPECT_FALSE(compose(bad));
}

TEST(VisibleText, KeepsWordsAsTheyStandAndDropsWhatCantBeSeen) {
    EXPECT_EQ(visible_text("two  spaces, a\ttab", 100), "two  spaces, a tab");
    EXPECT_EQ(visible_text("a\r\nb\rc\nd\xE2\x80\xA8"
                           "e",
                           100),
              "a\nb\nc\nd\ne");
    EXPECT_EQ(visible_text("a\xE2\x80\xAE\xE2\x81\xA6\x01\x7f\xC2\x9B\xff z", 100), "a z");
    EXPECT_EQ(visible_text("=?utf-8?Q?a?= & <b>", 100), "=?utf-8?Q?a?= & <b>");
    EXPECT_EQ(visible_text("éééé", 3), "ééé…");
    EXPECT_EQ(visible_text("ééé", 3), "ééé");
}

}  // namespace
}  // namespace decorum::message
