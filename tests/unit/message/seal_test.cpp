// The seal: what was made is valid, what was touched is not.
#include <gtest/gtest.h>

#include "gateway/base/digest.hpp"
#include "gateway/message/block.hpp"
#include "gateway/message/forged_filter.hpp"
#include "gateway/message/visible_tag.hpp"

namespace decorum::message {
namespace {

constexpr std::string_view prefix = "Sender-Profile";
const SealKey seal_key{"k1", Secret(std::string(32, 'K'))};
const std::string original =
    "Received: from mx.example.org\r\n"
    "From: Jane Martin <jane@example.org>\r\n"
    "Date: Mon, 23 Nov 2026 06:00:00 +0000\r\n"
    "Message-ID: <1@example.org>\r\n"
    "\r\n"
    "body\r\n";

BlockContent content_of(std::string profile) {
    BlockContent content;
    content.status = Status::found;
    content.person =
        PersonFields{std::move(profile), {"https://github.com/janem"}, "", "HR Director", "AAAA"};
    content.tier = "A";
    return content;
}

std::string block_for(std::string_view of, bool pad = false, std::string_view line_end = "\r\n") {
    BlockOptions options;
    options.line_end = line_end;
    return make_block(content_of("Jane Martin, HR Director"), nullptr, scan_header(of), seal_key, options,
                      pad ? Padding::line : Padding::none);
}

SealCheck check(std::string_view octets, const SealKey& with = seal_key) {
    return check_seal(octets, scan_header(octets), with, prefix);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
}

TEST(Seal, HoldsForTheMessageItWasMadeFor) {
    const std::string block = block_for(original);
    const SealCheck result = check(block + original);
    ASSERT_EQ(result.verdict, SealVerdict::valid) << result.reason;
    EXPECT_EQ(result.block->begin, 0U);
    EXPECT_EQ(result.block->end, block.size());
    EXPECT_EQ(result.block->key_id, "k1");
    EXPECT_EQ(result.block->status, Status::found);
}

TEST(Seal, IsAbsentWithoutABlock) {
    EXPECT_EQ(check(original).verdict, SealVerdict::absent);
    EXPECT_EQ(check("").verdict, SealVerdict::absent);
    EXPECT_EQ(check("\r\n" + block_for(original)).verdict, SealVerdict::absent) << "in the body";
}

TEST(Seal, IsFoundBelowFieldsThatADeliveryAgentPutAbove) {
    const std::string above = "Return-Path: <jane@example.org>\r\nDelivered-To: x@example.org\r\n";
    const std::string block = block_for(original);
    const SealCheck result = check(above + block + original);
    ASSERT_EQ(result.verdict, SealVerdict::valid) << result.reason;
    EXPECT_EQ(result.block->begin, above.size());
    EXPECT_EQ(result.block->end, above.size() + block.size());
}

TEST(Seal, HoldsWithTheLineEndsOfAMaildir) {
    std::string stored = block_for(original, true) + original;
    std::erase(stored, '\r');
    EXPECT_EQ(check(stored).verdict, SealVerdict::valid);
    std::string lf_message = original;
    std::erase(lf_message, '\r');
    EXPECT_EQ(check(block_for(lf_message, false, "\n") + lf_message).verdict, SealVerdict::valid);
}

TEST(Seal, CoversThePaddingFieldButNotTheMessagesOwnFoldOntoIt) {
    const std::string folded = " a fold onto nothing\r\n" + original;
    const std::string block = block_for(folded, true);
    const SealCheck result = check(block + folded);
    ASSERT_EQ(result.verdict, SealVerdict::valid) << result.reason;
    EXPECT_EQ(result.block->end, block.size());
    EXPECT_EQ(check(replaced(block, "-Pad: .", "-Pad: Jane") + folded).verdict, SealVerdict::broken);
    const std::string without = block.substr(0, block.find("Sender-Profile-Pad"));
    EXPECT_EQ(check(without + original).verdict, SealVerdict::broken);
}

TEST(Seal, BreaksWithAnyOtherOctetInTheBlock) {
    const std::string block = block_for(original, true);
    const std::string annotated = block + original;
    for (std::size_t i = 0; i < block.size(); ++i) {
        for (const char mask : {'\x01', '\x20', '\x80'}) {
            std::string changed = annotated;
            changed[i] = static_cast<char>(changed[i] ^ mask);
            EXPECT_NE(check(changed).verdict, SealVerdict::valid) << i << ' ' << static_cast<int>(mask);
        }
        std::string shorter = annotated;
        shorter.erase(i, 1);
        // A line end is one, as CRLF and as LF.
        if (annotated[i] != '\r') EXPECT_NE(check(shorter).verdict, SealVerdict::valid) << i;
    }
}

TEST(Seal, BreaksWhereFieldsAreReorderedRemovedInsertedOrRepeated) {
    const std::string block = block_for(original);
    const HeaderSection section = scan_header(block);
    std::vector<std::string> fields;
    for (const Field& field : section.fields)
        fields.push_back(block.substr(field.begin, field.end - field.begin));
    auto joined = [](const std::vector<std::string>& parts) {
        std::string out;
        for (const auto& part : parts) out += part;
        return out;
    };
    for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
        auto swapped = fields;
        std::swap(swapped[i], swapped[i + 1]);
        EXPECT_NE(check(joined(swapped) + original).verdict, SealVerdict::valid) << "swapped " << i;
        auto removed = fields;
        removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_NE(check(joined(removed) + original).verdict, SealVerdict::valid) << "removed " << i;
        auto repeated = fields;
        repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(i), fields[i]);
        EXPECT_NE(check(joined(repeated) + original).verdict, SealVerdict::valid) << "repeated " << i;
        for (const char* more : {"Sender-Profile-Career: Pope\r\n", "X: y\r\n", "junk\r\n", " fold\r\n"}) {
            auto inserted = fields;
            inserted.insert(inserted.begin() + static_cast<std::ptrdiff_t>(i + 1), more);
            EXPECT_NE(check(joined(inserted) + original).verdict, SealVerdict::valid) << more << i;
        }
    }
    EXPECT_EQ(check("Sender-Profile-Career: Pope\r\n" + block + original).verdict, SealVerdict::broken);
    EXPECT_EQ(check(block + "Sender-Profile-Pad: Pope\r\n" + original).verdict, SealVerdict::broken);
    EXPECT_EQ(check(block + " Pope\r\n" + original).verdict, SealVerdict::broken) << "a fold onto the seal";
}

TEST(Seal, BreaksOnAnotherMessage) {
    const std::string block = block_for(original);
    EXPECT_EQ(check(block + replaced(original, "jane@example.org>", "joe@example.org>")).verdict,
              SealVerdict::broken);
    EXPECT_EQ(check(block + replaced(original, "06:00:00", "06:00:01")).verdict, SealVerdict::broken);
    EXPECT_EQ(check(block + replaced(original, "<1@", "<2@")).verdict, SealVerdict::broken);
    EXPECT_EQ(check(block + "From: other@example.org\r\n" + original).verdict, SealVerdict::broken);
    EXPECT_EQ(check(block + replaced(original, "\r\n\r\n", "\r\nFrom: other@example.org\r\n\r\n")).verdict,
              SealVerdict::broken);
    EXPECT_EQ(check(block + replaced(original, "Message-ID: <1@example.org>\r\n", "")).verdict,
              SealVerdict::broken);
}

TEST(Seal, HoldsForWhatRelaxedCanonicalizationCallsTheSame) {
    const std::string block = block_for(original);
    EXPECT_EQ(
        check(block + replaced(original, "From: Jane Martin <", "FROM :\tJane\r\n   Martin \t<")).verdict,
        SealVerdict::valid);
    EXPECT_EQ(check(block + replaced(original, "body", "another body")).verdict, SealVerdict::valid);
}

TEST(Seal, BindsRelaxedFromDateAndMessageIdInThisOrder) {
    const std::string other =
        "message-id:<1@example.org>\r\n"
        "FROM : Jane   Martin\r\n\t<jane@example.org>  \r\n"
        "Date: Mon\r\n"
        "From: second@example.org\r\n\r\n";
    const std::string expected =
        to_base64(view_of(sha256({"from:Jane Martin <jane@example.org>\r\n"
                                  "from:second@example.org\r\n"
                                  "date:Mon\r\n"
                                  "message-id:<1@example.org>\r\n"})));
    EXPECT_NE(block_for(other).find(" h=" + expected + ";"), std::string::npos);
    EXPECT_NE(block_for("\r\n").find(" h=" + to_base64(view_of(sha256({}))) + ";"), std::string::npos);
}

TEST(Seal, IsTheHmacOfTheBlockWithAnEmptyValue) {
    for (bool pad : {false, true}) {
        std::string block = block_for(original, pad);
        const std::size_t begin = block.find(" s=") + 3;
        const std::string value = block.substr(begin, 44);
        block.erase(begin, 44);
        EXPECT_EQ(value, to_base64(view_of(hmac_sha256(seal_key.octets.reveal(), {block}))));
    }
}

TEST(Seal, HoldsWhereFoldingWhiteSpaceGotIntoItsValue) {
    const std::string block = block_for(original);
    std::string folded = block;
    folded.insert(folded.find(" s=") + 20, "\r\n\t ");
    EXPECT_EQ(check(folded + original).verdict, SealVerdict::valid);
    EXPECT_EQ(check(replaced(block, " s=", " s= ") + original).verdict, SealVerdict::broken) << "before it";
    EXPECT_EQ(check(block.substr(0, block.size() - 2) + "\t\r\n" + original).verdict, SealVerdict::broken)
        << "after it";
    folded.insert(folded.find(" s=") + 10, "x");
    EXPECT_EQ(check(folded + original).verdict, SealVerdict::broken);
}

TEST(Seal, NamesAKeyThatIsNotKnown) {
    const SealKey other{"k2", Secret(std::string(32, 'K'))};
    EXPECT_EQ(check(block_for(original) + original, other).verdict, SealVerdict::unknown_key);
    const SealKey stolen_name{"k1", Secret(std::string(32, 'X'))};
    EXPECT_EQ(check(block_for(original) + original, stolen_name).verdict, SealVerdict::broken);
}

TEST(Seal, BreaksWhereItsTagsAreNotWhatWeWrite) {
    const std::string block = block_for(original);
    for (auto [what, by] : {std::pair{"v=1", "v=2"},
                            {"v=1; ", ""},
                            {" k=k1;", ""},
                            {"v=1; ", "v=1; v=1; "},
                            {" h=", " x="},
                            {" s=", " t="},
                            {" s=", " s=AAAA; s="},
                            {"v=1; ", "junk; v=1; "}})
        EXPECT_EQ(check(replaced(block, what, by) + original).verdict, SealVerdict::broken) << by;
    EXPECT_EQ(check("Sender-Profile-Seal:\r\n" + original).verdict, SealVerdict::broken);
    EXPECT_EQ(check("Sender-Profile-Seal: v=1; k=k1; h=; s=").verdict, SealVerdict::broken);
}

TEST(Seal, TheTopmostSealDecides) {
    const std::string forged = "Sender-Profile-Seal: v=1; k=k1; h=AAAA; s=AAAA\r\n";
    EXPECT_EQ(check(forged + "X: y\r\n" + block_for(original) + original).verdict, SealVerdict::broken);
    const std::string block = block_for(original);
    const std::string annotated = block + "X: y\r\n" + forged + original;
    const SealCheck result = check(annotated);
    ASSERT_EQ(result.verdict, SealVerdict::valid);
    const auto ranges = forged_ranges(scan_header(annotated), {}, {result.block->begin, result.block->end});
    ASSERT_EQ(ranges.size(), 1U);
    EXPECT_EQ(annotated.substr(ranges[0].begin, ranges[0].end - ranges[0].begin), forged);
}

TEST(Seal, HoldsForAMessageWhoseFromAVisibleTagReplaced) {
    const HeaderSection header = scan_header(original);
    const auto author = Mailbox{"Jane Martin", "jane", "example.org"};
    const auto tag = tag_from(header, author, "Jane Martin (HR Director, ACME)", "\r\n");
    ASSERT_TRUE(tag);
    BlockContent content = content_of("Jane Martin, HR Director");
    content.original = tag->original;
    content.replacement = tag->splice.text;
    std::string tagged = original;
    tagged.replace(tag->splice.begin, tag->splice.end - tag->splice.begin, tag->splice.text);
    const std::string block = make_block(content, nullptr, header, seal_key, {}, Padding::none);
    EXPECT_EQ(check(block + tagged).verdict, SealVerdict::valid);
    EXPECT_EQ(check(block + original).verdict, SealVerdict::broken);
}

}  // namespace
}  // namespace decorum::message
