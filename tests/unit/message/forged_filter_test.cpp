// What bears our names goes, everything else stays, octet for octet, however the message is split.
#include "gateway/message/forged_filter.hpp"

#include <gtest/gtest.h>

namespace decorum::message {
namespace {

std::string filtered(std::string_view octets, std::size_t piece = std::string::npos, ForgedNames names = {}) {
    ForgedFilter filter(std::move(names));
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += std::min(piece, octets.size() - at))
        filter.feed(octets.substr(at, piece), out);
    filter.finish(out);
    return out;
}

std::string by_ranges(std::string_view octets, const ForgedNames& names = {}) {
    std::string out;
    std::size_t from = 0;
    for (const Range& range : forged_ranges(scan_header(octets), names)) {
        out += octets.substr(from, range.begin - from);
        from = range.end;
    }
    return out += octets.substr(from);
}

constexpr std::string_view all_forms =
    "From: a@example.org\r\n"
    "Sender-Profile: forged\r\n"
    "Subject: x\n"
    "sender-PROFILE-seal \t : forged\n"
    "\tfolded\r\n"
    " \r\n"
    "Sender-Profiles: stays\r\n"
    "Sender-Profil: stays\r\n"
    "Face: forged\r\n"
    "X-Face: forged\r\n fold\r\n"
    "Facelift: stays\r\n"
    "X-Faces: stays\r\n fold stays\r\n"
    "Sender-Profile-: forged\r\n"
    "Sender-Profile no field\r\n"
    " fold stays\r\n"
    "Sender-Profile\r\n"
    "X: y\r\n"
    "Sender-Profile-X: forged\r\n"
    "\r\n"
    "Sender-Profile: body stays\r\n"
    "Face: body stays\r\n";

constexpr std::string_view all_forms_filtered =
    "From: a@example.org\r\n"
    "Subject: x\n"
    "Sender-Profiles: stays\r\n"
    "Sender-Profil: stays\r\n"
    "Facelift: stays\r\n"
    "X-Faces: stays\r\n fold stays\r\n"
    "Sender-Profile no field\r\n"
    " fold stays\r\n"
    "Sender-Profile\r\n"
    "X: y\r\n"
    "\r\n"
    "Sender-Profile: body stays\r\n"
    "Face: body stays\r\n";

TEST(ForgedFilter, RemovesOurNamesInEveryFormAndNothingElse) {
    EXPECT_EQ(filtered(all_forms), all_forms_filtered);
    EXPECT_EQ(by_ranges(all_forms), all_forms_filtered);
}

TEST(ForgedFilter, GivesTheSameForEverySplitIntoTwo) {
    for (std::size_t split = 0; split <= all_forms.size(); ++split) {
        ForgedFilter filter({});
        std::string out;
        filter.feed(all_forms.substr(0, split), out);
        filter.feed(all_forms.substr(split), out);
        EXPECT_TRUE(filter.ended());
        filter.finish(out);
        EXPECT_EQ(out, all_forms_filtered) << split;
    }
}

TEST(ForgedFilter, GivesTheSameForPiecesOfEverySize) {
    for (std::size_t piece = 1; piece < 40; ++piece)
        EXPECT_EQ(filtered(all_forms, piece), all_forms_filtered);
}

TEST(ForgedFilter, KnowsTheEndOfTheSectionByCrlfAndByLf) {
    for (std::string_view octets : {"A: b\r\n\r\nSender-Profile: x\r\n", "A: b\n\nSender-Profile: x\n",
                                    "\r\nSender-Profile: x\r\n", "\nSender-Profile: x\n"}) {
        for (std::size_t piece : {1U, 2U, 100U}) EXPECT_EQ(filtered(octets, piece), octets);
    }
    EXPECT_EQ(filtered("Sender-Profile: x\r\n\r\nSender-Profile: x", 1), "\r\nSender-Profile: x");
    EXPECT_EQ(filtered("A: b\r\n \r\nSender-Profile: x\r\n"), "A: b\r\n \r\n")
        << "white space is no empty line";
    EXPECT_EQ(filtered("A: b\r\n\rX\r\nSender-Profile: x\r\n"), "A: b\r\n\rX\r\n") << "a bare CR neither";
}

TEST(ForgedFilter, EndsWhereTheBodyBegins) {
    ForgedFilter filter({});
    std::string out;
    filter.feed("A: b\r\n\r", out);
    EXPECT_FALSE(filter.ended());
    filter.feed("\n", out);
    EXPECT_TRUE(filter.ended());
    filter.feed("Face: x\r\n", out);
    EXPECT_EQ(out, "A: b\r\n\r\nFace: x\r\n");
}

TEST(ForgedFilter, RemovesAFieldThatTheMessageEndsWithin) {
    for (std::size_t piece : {1U, 100U}) {
        EXPECT_EQ(filtered("A: b\r\nSender-Profile: x", piece), "A: b\r\n");
        EXPECT_EQ(filtered("A: b\r\nSender-Profile:", piece), "A: b\r\n");
        EXPECT_EQ(filtered("A: b\r\nSender-Profile  ", piece), "A: b\r\nSender-Profile  ") << "no field";
        EXPECT_EQ(filtered("A: b\r\nSender-Profile", piece), "A: b\r\nSender-Profile") << "no field";
        EXPECT_EQ(filtered("A: b\r\nSender-Pro", piece), "A: b\r\nSender-Pro");
    }
}

TEST(ForgedFilter, KeepsAFoldThatBelongsToNothing) {
    EXPECT_EQ(filtered(" fold\r\nSender-Profile: x\r\n fold\r\nA: b\r\n", 1), " fold\r\nA: b\r\n");
    EXPECT_EQ(filtered("\tfold"), "\tfold");
}

TEST(ForgedFilter, IsNotDefeatedByWhiteSpaceWithoutEnd) {
    const std::string blanks(100'000, ' ');
    for (std::size_t piece : {1000U, 4096U, 1'000'000U}) {
        EXPECT_EQ(filtered("A: b\r\nSender-Profile" + blanks + ": x\r\nC: d\r\n", piece), "A: b\r\nC: d\r\n");
        EXPECT_EQ(filtered("Sender-Profile-" + std::string(100'000, 'x') + ": y\r\nC: d\r\n", piece),
                  "C: d\r\n");
    }
    const std::string some = "Sender-Profile" + std::string(3000, '\t') + "x\r\n";
    EXPECT_EQ(filtered(some, 7), some) << "no field; its white space comes back as it was";
}

TEST(ForgedFilter, HasNoLimitOnTheSection) {
    std::string octets, expected;
    for (int i = 0; i < 20'000; ++i) {
        octets += "X-Long-" + std::to_string(i) + ": y\r\nSender-Profile: z\r\n w\r\n";
        expected += "X-Long-" + std::to_string(i) + ": y\r\n";
    }
    EXPECT_EQ(filtered(octets, 997), expected);
}

TEST(ForgedFilter, LeavesFacesWhereTheyAreNotOurs) {
    ForgedNames names;
    names.face = false;
    EXPECT_EQ(filtered("Face: x\r\nX-Face: y\r\nSender-Profile: z\r\n", 1, names),
              "Face: x\r\nX-Face: y\r\n");
    EXPECT_FALSE(names.matches("Face"));
    EXPECT_TRUE(ForgedNames{}.matches("FACE"));
}

TEST(ForgedFilter, FollowsTheConfiguredPrefix) {
    const ForgedNames names{"X-Who", true, false};
    EXPECT_EQ(filtered("X-Who-Is: a\r\nX-WHO: b\r\nX-Whom: c\r\nSender-Profile: d\r\n", 3, names),
              "X-Whom: c\r\nSender-Profile: d\r\n");
}

TEST(ForgedFilter, TellsAPrefixThatBeginsLikeAFace) {
    const ForgedNames names{"X-Face-Of", true, false};
    EXPECT_EQ(filtered("X-Face: a\r\nX-Face-Of: b\r\nX-Face-Off: c\r\nX-Face-Of-It: d\r\n", 1, names),
              "X-Face-Off: c\r\n");
}

struct BehindCr {
    std::string_view octets, filtered;
};
constexpr BehindCr behind_cr[] = {
    {"X-A: b\rSender-Profile: CEO of us\r\nX-B: c\r\n\r\n", "X-A: b\r\nX-B: c\r\n\r\n"},
    {"X-A: b\rsender-PROFILE-seal \t : CEO\nX-B: c\n\n", "X-A: b\nX-B: c\n\n"},
    {"X-A: b\rFace: x\rX-B: stays\rX-Face: y\rSender-Profile: z\r\n\r\n", "X-A: b\rX-B: stays\r\n\r\n"},
    {"X-A: b\r\n fold\rFace: x\r\n fold stays\r\n\r\n", "X-A: b\r\n fold\r\n fold stays\r\n\r\n"},
    {"X-A: b\rFace: x\r fold stays\r\n\r\n", "X-A: b\r fold stays\r\n\r\n"},
    {"no field\rFace: x\r\nX-B: c\r\n\r\n", "no field\r\nX-B: c\r\n\r\n"},
    {" no field\rFace: x\r\n\r\n", " no field\r\n\r\n"},
    {"Sender-Profile\rSender-Profile: x\r\n\r\n", "Sender-Profile\r\n\r\n"},
    {"X\rSender-Profile  \rSender-Profile: x\r\n\r\n", "X\rSender-Profile  \r\n\r\n"},
    {"X-A: b\r\rFace: x\r\r\nX-B: c\r\n\r\n", "X-A: b\r\r\r\nX-B: c\r\n\r\n"},
    {"Face: x\rX-B: goes with its line\r\nX-C: d\r\n\r\n", "X-C: d\r\n\r\n"},
    {"X-A: b\rFacelift: stays\rFace\rFace x: stays\r Face: stays\r:\r\n\r\n",
     "X-A: b\rFacelift: stays\rFace\rFace x: stays\r Face: stays\r:\r\n\r\n"},
    // No empty line may arise: CRs at the beginning of a line go with all of it.
    {"X-A: b\r\n\rFace: x\r\n fold\r\nX-B: c\r\n\r\n", "X-A: b\r\nX-B: c\r\n\r\n"},
    {"X-A: b\r\n\r\rFace: x\n\tfold\rFace: y\nX-B: c\r\n\r\n", "X-A: b\r\nX-B: c\r\n\r\n"},
    {"X-A: b\r\n\rFace: x\rX-B: c\r\r\nX-C: d\r\n\r\n", "X-A: b\r\nX-C: d\r\n\r\n"},
    {"X-A: b\r\n\rX-B: c\rFace: x\r\n\rFacelift: d\r\n fold stays\r\n\r\n",
     "X-A: b\r\n\rX-B: c\r\n\rFacelift: d\r\n fold stays\r\n\r\n"},
    {"X-A: b\r\n\r\r\nFace: x\r\n\r Face: stays\r\n\r\n", "X-A: b\r\n\r\r\n\r Face: stays\r\n\r\n"},
    {"X-A: b\rFace: x", "X-A: b"},
    {"X-A: b\rFace:", "X-A: b"},
    {"X-A: b\rFace", "X-A: b\rFace"},
    {"X-A: b\rFace: x\r", "X-A: b\r"},
    {"X-A: b\r\n\rFace: x", "X-A: b\r\n"},
    {"X-A: b\r\n\r\nbody\rFace: stays\r\n", "X-A: b\r\n\r\nbody\rFace: stays\r\n"},
};

TEST(ForgedFilter, RemovesWhatABareCrHidesHoweverItIsSplit) {
    for (const auto& [octets, expected] : behind_cr) {
        EXPECT_EQ(by_ranges(octets), expected) << testing::PrintToString(octets);
        EXPECT_EQ(by_ranges(expected), expected) << testing::PrintToString(octets);
        for (std::size_t piece = 1; piece <= octets.size(); ++piece)
            EXPECT_EQ(filtered(octets, piece), expected) << testing::PrintToString(octets) << piece;
        for (std::size_t split = 0; split <= octets.size(); ++split) {
            ForgedFilter filter({});
            std::string out;
            filter.feed(octets.substr(0, split), out);
            filter.feed(octets.substr(split), out);
            filter.finish(out);
            EXPECT_EQ(out, expected) << testing::PrintToString(octets) << split;
        }
    }
}

TEST(ForgedFilter, RemovesWhatNulHidesHoweverItIsSplit) {
    using namespace std::string_literals;
    const std::pair<std::string, std::string> cases[] = {
        {"A: b\r\nSender-Profile\0: x\r\n fold\r\nC: d\r\n\r\n"s, "A: b\r\nC: d\r\n\r\n"s},
        {"Face\0 anything: x\nC: d\n\nFace\0: body\n"s, "C: d\n\nFace\0: body\n"s},
        {"Face\x80: x\r\nFace\0 no colon\r\nC: d\r\n\r\n"s, "Face\0 no colon\r\nC: d\r\n\r\n"s},
        {"Facelift\0: stays\r\nFac\0e: stays\r\n\r\n"s, "Facelift\0: stays\r\nFac\0e: stays\r\n\r\n"s},
        {"A: b\rFace\0c: x\rB: c\r\n\r\n"s, "A: b\rB: c\r\n\r\n"s},
        {"A: b\rFace\0c\rB: c\r\n\r\n"s, "A: b\rFace\0c\rB: c\r\n\r\n"s},
        {"Face \0: x\r\nC: d\r\n\r\n"s, "C: d\r\n\r\n"s},
        {"Face\t\0 no colon\r\nC: d\r\n\r\n"s, "Face\t\0 no colon\r\nC: d\r\n\r\n"s},
        {"\r\rFace\0c\rB: c\r\nC: d\r\n\r\n"s, "C: d\r\n\r\n"s},
    };
    for (const auto& [octets, expected] : cases) {
        EXPECT_EQ(by_ranges(octets), expected) << testing::PrintToString(octets);
        for (std::size_t piece = 1; piece <= octets.size(); ++piece)
            EXPECT_EQ(filtered(octets, piece), expected) << testing::PrintToString(octets) << piece;
    }
}

TEST(ForgedFilter, HoldsNoMoreOfBareCrsThanOfNames) {
    const std::string crs(100'000, '\r');
    const std::string blanks(100'000, ' ');
    for (std::size_t piece : {1000U, 4096U, 1'000'000U}) {
        EXPECT_EQ(filtered("A: b\r\n" + crs + "\nC: d\r\n", piece), "A: b\r\n" + crs + "\nC: d\r\n");
        const std::string out = filtered("A: b\r\n" + crs + "Face: x\nC: d\r\n", piece);
        EXPECT_EQ(out, "A: b\r\n" + crs.substr(1) + "\nC: d\r\n");
        EXPECT_EQ(filtered("A: b" + crs + "Face: x\r\n", piece), "A: b" + crs.substr(1) + "\r\n");
        EXPECT_EQ(filtered("A: b\rFace" + blanks + "\rC: d\r\n", piece), "A: b\rC: d\r\n");
    }
    std::string many = "A: b", left = many;
    for (int i = 0; i < 200'000; ++i) many += i % 2 == 0 ? "\rFace: x" : "\rX: y";
    for (int i = 0; i < 100'000; ++i) left += "\rX: y";
    EXPECT_EQ(filtered(many), left);
    EXPECT_EQ(by_ranges(many), left);
}

TEST(ForgedRanges, JoinNeighboursAndSpareAKeptBlock) {
    const std::string octets =
        "Sender-Profile: a\r\nSender-Profile-Seal: b\r\nX: y\r\nSender-Profile: c\r\n\r\n";
    const HeaderSection header = scan_header(octets);
    const auto all = forged_ranges(header, {});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].begin, 0U);
    EXPECT_EQ(all[0].end, octets.find("X: y"));
    const auto rest = forged_ranges(header, {}, {all[0].begin, all[0].end});
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].begin, octets.find("Sender-Profile: c"));
}

TEST(ForgedFilter, TheOutlookFlagGoesOnlyWhereItIsOurs) {
    constexpr std::string_view message =
        "X-Message-Flag: forged\r\n folded\r\nX-Message-Flags: stays\r\n\r\nbody";
    ForgedNames names;
    EXPECT_EQ(filtered(message, 1, names), message);
    names.outlook_flag = true;
    for (const std::size_t piece : {1u, 2u, 7u, 1000u})
        EXPECT_EQ(filtered(message, piece, names), "X-Message-Flags: stays\r\n\r\nbody");
    EXPECT_EQ(by_ranges(message, names), "X-Message-Flags: stays\r\n\r\nbody");
}

}  // namespace
}  // namespace decorum::message
