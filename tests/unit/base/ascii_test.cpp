// Every class is judged over all 256 octets against a definition that is written in another way.
#include "gateway/base/ascii.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace decorum::ascii {
namespace {

constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view lower_case = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view digits = "0123456789";

TEST(Ascii, ClassesHoldExactlyTheirMembersOverAllOctets) {
    for (int octet = 0; octet < 256; ++octet) {
        const char c = static_cast<char>(octet);
        EXPECT_EQ(is_upper(c), upper.contains(c)) << octet;
        EXPECT_EQ(is_lower(c), lower_case.contains(c)) << octet;
        EXPECT_EQ(is_alpha(c), upper.contains(c) || lower_case.contains(c)) << octet;
        EXPECT_EQ(is_digit(c), digits.contains(c)) << octet;
        EXPECT_EQ(is_alnum(c), upper.contains(c) || lower_case.contains(c) || digits.contains(c)) << octet;
        EXPECT_EQ(is_wsp(c), octet == 32 || octet == 9) << octet;
        EXPECT_EQ(is_control(c), octet < 32 || octet == 127) << octet;
        EXPECT_EQ(is_ascii({&c, 1}), octet < 128) << octet;
    }
}

TEST(Ascii, CaseChangesLettersAloneOverAllOctets) {
    for (int octet = 0; octet < 256; ++octet) {
        const char c = static_cast<char>(octet);
        const auto in_upper = upper.find(c);
        const auto in_lower = lower_case.find(c);
        EXPECT_EQ(to_lower(c), in_upper == upper.npos ? c : lower_case[in_upper]) << octet;
        EXPECT_EQ(to_upper(c), in_lower == lower_case.npos ? c : upper[in_lower]) << octet;
    }
}

TEST(Ascii, OctetSetHoldsItsMembersAndRangesOnly) {
    OctetSet set("\xff-");
    set.add_range('a', 'c').add_range(0x80, 0x80);
    int members = 0;
    for (int octet = 0; octet < 256; ++octet) members += set.contains(static_cast<char>(octet)) ? 1 : 0;
    EXPECT_EQ(members, 6);
    for (char c : {'\xff', '-', 'a', 'b', 'c', '\x80'}) EXPECT_TRUE(set.contains(c));
    OctetSet all("");
    all.add_range(0, 255);
    for (int octet = 0; octet < 256; ++octet) EXPECT_TRUE(all.contains(static_cast<char>(octet)));
}

TEST(Ascii, ComparisonWithoutCaseKnowsNoOtherLetters) {
    EXPECT_TRUE(equals_nocase("MAIL From", "mail fROM"));
    EXPECT_FALSE(equals_nocase("\xc3\x89", "\xc3\xa9"));  // É and é
    EXPECT_FALSE(equals_nocase("a", "ab"));
    EXPECT_FALSE(equals_nocase("[", "{"));  // differ by 0x20 like letters do
    EXPECT_TRUE(starts_with_nocase("X-Face: ", "x-face"));
    EXPECT_FALSE(starts_with_nocase("X", "x-face"));
    EXPECT_TRUE(starts_with_nocase("", ""));
    EXPECT_EQ(lower("ABC\xc4-9"), "abc\xc4-9");
}

TEST(Ascii, TrimTakesBlanksAndLineEndsFromBothEndsOnly) {
    EXPECT_EQ(trim(" \t\r\na b\n\r\t "), "a b");
    EXPECT_EQ(trim(" \r\n"), "");
    EXPECT_EQ(trim(std::string_view("\0 ", 2)), std::string_view("\0", 1));
}

}  // namespace
}  // namespace decorum::ascii
