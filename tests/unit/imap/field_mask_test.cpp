#include "gateway/imap/field_mask.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/imap/events.hpp"
#include "tests/unit/imap/fetch_model.hpp"

namespace decorum::imap {
namespace {

std::string masked_in(const test::Chunks& chunks, const OurNames& names) {
    std::string out;
    FieldMasker masker(names, {});
    for (const auto chunk : chunks) masker.feed(chunk, out);
    masker.finish(out);
    return out;
}

// Masked as a stream, after checking that every split and every slice gives the same.
std::string masked(std::string_view message, const OurNames& names = {}) {
    const std::string whole = masked_in({message}, names);
    for (const auto& chunks : test::all_splits(message)) EXPECT_EQ(masked_in(chunks, names), whole);
    MaskScanner scanner(names, {});
    scanner.feed(test::header_of(message));
    for (std::size_t begin = 0; begin <= message.size(); ++begin) {
        for (const std::size_t size : {1UL, 5UL, message.size()}) {
            std::string piece(message.substr(begin, size));
            scanner.apply(begin, piece.data(), piece.size());
            EXPECT_EQ(piece, whole.substr(begin, size));
        }
    }
    return whole;
}

TEST(ImapFieldMask, MasksTheFirstLetterOfOurNames) {
    EXPECT_EQ(masked("Sender-Profile: a\r\nsender-profile-Seal \t: b\r\n c\r\nFACE:x\r\nx-face: y\r\n\r\n"),
              "Zender-Profile: a\r\nZender-profile-Seal \t: b\r\n c\r\nZACE:x\r\nZ-face: y\r\n\r\n");
    EXPECT_EQ(masked("Face: x\r\nX-Face: y\r\nSender-Profile: z\r\n\r\n",
                     {.prefix = "Sender-Profile", .face = false}),
              "Face: x\r\nX-Face: y\r\nZender-Profile: z\r\n\r\n");
    EXPECT_EQ(
        masked("Zoom-Profile: x\r\nzoom-profile-a: x\r\n\r\n", {.prefix = "Zoom-Profile", .face = true}),
        "Yoom-Profile: x\r\nYoom-profile-a: x\r\n\r\n");
}

TEST(ImapFieldMask, LeavesEverythingElse) {
    const std::string_view honest =
        "Sender-Profiles: a\r\nSender: b\r\nFacebook: c\r\nX-Faces: d\r\nSender-Profile\r\n Sender-Profile: "
        "folded\r\n"
        "Subject: x\r\n\tFace: y\r\n\r\nSender-Profile: in the body\r\nFace: too\r\n";
    EXPECT_EQ(masked(honest), honest);
    EXPECT_EQ(masked("\r\nFace: body\r\n"), "\r\nFace: body\r\n");
    EXPECT_EQ(masked("\nFace: body\r\n"), "\nFace: body\r\n");
    EXPECT_EQ(masked(""), "");
    EXPECT_EQ(masked("Face"), "Face");
}

TEST(ImapFieldMask, TakesBothLineEnds) {
    EXPECT_EQ(masked("a: b\nFace: x\nFace: y\r\n\nFace: z\n"), "a: b\nZace: x\nZace: y\r\n\nFace: z\n");
}

// Python's email, for one, takes it for a line's end.
TEST(ImapFieldMask, TakesABareCrForOneToo) {
    EXPECT_EQ(
        masked("a: b\rFace: x\rc: d\rsender-profile : y\r\n e\r\rX-Face: z\r\n\rFace: x\r\n\r\n\rFace: body"),
        "a: b\rZace: x\rc: d\rZender-profile : y\r\n e\r\rZ-Face: z\r\n\rZace: x\r\n\r\n\rFace: body");
    EXPECT_EQ(masked("Face\rFace: x\r\r\nFace: y"), "Face\rZace: x\r\r\nZace: y");
    const std::string_view honest = "a: b\rFacelift: c\r Face: d\rFace\r\nFace\r: e\r\n\r\n";
    EXPECT_EQ(masked(honest), honest);
    std::string out;
    FieldMasker masker({}, {{"Face", 0}});
    masker.feed("a: b\rFace: x\r\nFace: kept\r\nFace: y\r\n\r\n", out);
    EXPECT_EQ(out, "a: b\rZace: x\r\nFace: kept\r\nZace: y\r\n\r\n");
}

TEST(ImapFieldMask, ANameThatNulEndsIsOneOfOurs) {
    using namespace std::string_literals;
    EXPECT_EQ(masked("a: b\r\nFace\0: x\r\nSender-Profile\x80 y: z\r\n\r\n"s),
              "a: b\r\nZace\0: x\r\nZender-Profile\x80 y: z\r\n\r\n"s);
}

TEST(ImapFieldMask, ANameWithoutEndIsOneOfOurs) {
    const std::string tail(5000, 'x');
    EXPECT_EQ(masked("Sender-Profile-" + tail.substr(0, 300)), "Zender-Profile-" + tail.substr(0, 300));
    FieldMasker masker({}, {});
    std::string out;
    masker.feed("Sender-Profile-" + tail, out);
    EXPECT_EQ(out, "Zender-Profile-" + tail);
}

TEST(ImapFieldMask, HoldsBackAtMostAName) {
    FieldMasker masker({}, {});
    std::string out;
    masker.feed("A: b\r\nSender-Prof", out);
    EXPECT_EQ(out, "A: b\r\n");
    masker.feed("ile", out);
    EXPECT_EQ(out, "A: b\r\n");
    masker.feed(":", out);
    EXPECT_EQ(out, "A: b\r\nZender-Profile:");
}

TEST(ImapFieldMask, AfterTooManyForgedFieldsTheRestOfTheHeaderIsFilled) {
    std::string header;
    for (std::size_t i = 0; i < MaskScanner::max_masked_fields; ++i) header += "Face:\n";
    const std::string more = "Subject: x\r\nFace: y\r\n\r\nFace: body\r\n";
    std::string expected = header;
    for (std::size_t i = 0; i < expected.size(); i += 6) expected[i] = 'Z';
    expected += "Subject: x\r\nZZZZZZZ\r\n\r\nFace: body\r\n";
    std::string out;
    FieldMasker masker({}, {});
    for (const auto chunk : test::in_steps(header + more, 1000)) masker.feed(chunk, out);
    masker.finish(out);
    EXPECT_EQ(out, expected);
    MaskScanner scanner({}, {});
    scanner.feed(header + more);
    std::string piece = more;
    scanner.apply(header.size(), piece.data(), piece.size());
    EXPECT_EQ(piece, expected.substr(header.size()));
}

TEST(ImapFieldMask, FieldsOfASealedBlockAreCountedByName) {
    const std::string header = "Face: 0\r\nSender-Profile: 0\r\nface: 1\r\nSubject: x\r\nFace: 2\r\n\r\n";
    const std::vector<KeptField> kept{{"FACE", 1}, {"face", 2}};
    std::string out;
    FieldMasker masker({}, kept);
    masker.feed(header, out);
    EXPECT_EQ(out, "Zace: 0\r\nZender-Profile: 0\r\nface: 1\r\nSubject: x\r\nFace: 2\r\n\r\n");
}

TEST(ImapFieldMask, ANameThatWhiteSpaceFollowsIsMaskedAndNotCounted) {
    const std::string header =
        "Sender-Profile is no field\r\nSender-Profile : 0\r\nSender-Profile: 0\r\nSender-Profile: 1\r\n\r\n";
    std::string out;
    FieldMasker masker({}, {{"Sender-Profile", 1}});
    masker.feed(header, out);
    EXPECT_EQ(out,
              "Zender-Profile is no field\r\nZender-Profile : 0\r\nZender-Profile: 0\r\n"
              "Sender-Profile: 1\r\n\r\n");
}

TEST(ImapBlock, FieldsAreSelectedWithTheirFolds) {
    const std::string block = "Sender-Profile: a\r\n b\r\nFace: c\r\nSender-Profile-Pad: .\r\n";
    const auto select = [&block](std::string_view spec) {
        Cursor cursor(spec);
        return selected(block, take_section(cursor).value());
    };
    EXPECT_EQ(select("[]"), block);
    EXPECT_EQ(select("[HEADER.FIELDS (sender-profile)]"), "Sender-Profile: a\r\n b\r\n");
    EXPECT_EQ(select("[HEADER.FIELDS.NOT (sender-profile)]"), "Face: c\r\nSender-Profile-Pad: .\r\n");
    EXPECT_EQ(select("[HEADER.FIELDS (x)]"), "");
}

}  // namespace
}  // namespace decorum::imap
