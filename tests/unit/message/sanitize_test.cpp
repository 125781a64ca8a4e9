// Claims about sanitising: what hostile text can no longer do once it went through.
#include "gateway/message/sanitize.hpp"

#include <gtest/gtest.h>

#include "gateway/base/utf8.hpp"

namespace decorum::message {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t plenty = 1000;

TEST(Sanitize, NoLineEndSurvives) {
    EXPECT_EQ(sanitize("Jane\r\nBcc: all@example.org", plenty), "Jane Bcc: all@example.org");
    EXPECT_EQ(sanitize("a\nb\rc\u2028d\u2029e\u0085f", plenty), "a b c d e f");
}

TEST(Sanitize, WhiteSpaceIsOneSpaceAndTrimmed) {
    EXPECT_EQ(sanitize(" \t a \u00a0\u3000\u2003 b\v\f ", plenty), "a b");
    EXPECT_EQ(sanitize(" \n ", plenty), "");
}

TEST(Sanitize, ControlsAreRemoved) {
    EXPECT_EQ(sanitize("g\0h\x07i\x1b[31mj\x7fk\u0080\u009fl"sv, plenty), "ghi[31mjkl");
}

TEST(Sanitize, BidiControlsAreRemoved) {
    EXPECT_EQ(sanitize("a\u202e\u202a\u2066\u2069\u200e\u200f\u061c z", plenty), "a z");
}

TEST(Sanitize, InvisibleCharactersAreRemoved) {
    EXPECT_EQ(
        sanitize("a\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\uffa0\ufe0f\U000e0041b", plenty),
        "ab");
}

TEST(Sanitize, PrivateUseAndNoncharactersAreRemoved) {
    EXPECT_EQ(sanitize("a\ue000\uf8ff\ufdd0\ufffe\uffff\U0001fffe\U000f0000\U0010ffff b", plenty), "a b");
}

TEST(Sanitize, InvalidUtf8IsRemoved) {
    EXPECT_EQ(sanitize("a\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82z", plenty), "az");
}

TEST(Sanitize, OrdinaryTextOfAnyScriptStays) {
    for (std::string_view text :
         {"Zoé Müller-Østergård", "Владимир", "山田 太郎", "محمد", "👍🏽 ok", "<b>&amp;</b>"}) {
        EXPECT_EQ(sanitize(text, plenty), text);
    }
}

TEST(Sanitize, EncodedWordsAreBrokenUp) {
    EXPECT_EQ(sanitize("=?utf-8?q?x?=", plenty), "= ?utf-8?q?x?=");
    EXPECT_EQ(sanitize("=\u200b?utf-8?q?x?=", plenty), "= ?utf-8?q?x?=");
    EXPECT_EQ(sanitize("==??", plenty), "== ??");
}

TEST(Sanitize, LongTextIsCutAtAWordOfTheLastThird) {
    EXPECT_EQ(sanitize("one two three", 13), "one two three");
    EXPECT_EQ(sanitize("one two three", 12), "one two thr…");
    EXPECT_EQ(sanitize("one two three", 9), "one two…");
    EXPECT_EQ(sanitize("abcdefghij", 5), "abcd…");
    EXPECT_EQ(sanitize("a bcdefghijklm", 9), "a bcdefg…");
    EXPECT_EQ(sanitize("ééééé", 4), "ééé…");
    EXPECT_EQ(sanitize("ab", 1), "…");
    EXPECT_EQ(sanitize("ab", 0), "");
}

TEST(Sanitize, EveryCodePointIsSafeAndTwiceIsOnce) {
    constexpr char32_t stride = 127;  // beyond the basic plane a sample will do
    for (char32_t value = 0; value <= 0x10FFFF; value += value < 0x10000 ? 1 : stride) {
        if (value >= 0xD800 && value <= 0xDFFF) continue;
        std::string text = "a";
        append_utf8(text, value);
        text += "b c";
        const std::string once = sanitize(text, 4);
        ASSERT_TRUE(is_valid_utf8(once)) << static_cast<std::uint32_t>(value);
        ASSERT_EQ(sanitize(once, 4), once) << static_cast<std::uint32_t>(value);
        ASSERT_EQ(once.find_first_of("\0\r\n\t\x1b\x7f"sv), std::string::npos);
        // Either it stayed, or it is gone or a space; nothing else comes of it.
        const bool shown = once.size() > 1 && is_shown(value);
        ASSERT_TRUE(shown || once == "ab c" || once == "a b…") << once << static_cast<std::uint32_t>(value);
    }
}

TEST(IsValidUtf8, TakesScalarValuesInShortestForm) {
    EXPECT_TRUE(is_valid_utf8(""));
    EXPECT_TRUE(is_valid_utf8("a\u0080\u07ff\u0800\uffff\U00010000\U0010ffff"));
    for (std::string_view bad :
         {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff", "a\xe9z"}) {
        EXPECT_FALSE(is_valid_utf8(bad)) << testing::PrintToString(bad);
    }
}

}  // namespace
}  // namespace decorum::message
