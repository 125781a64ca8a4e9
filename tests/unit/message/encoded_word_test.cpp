// Claims about encoded words (RFC 2047): reading what mailers send, and writing what every client reads.
#include "gateway/message/encoded_word.hpp"

#include <gtest/gtest.h>

#include "gateway/base/utf8.hpp"

#include "gateway/message/sanitize.hpp"

namespace decorum::message {
namespace {

TEST(DecodeEncodedWords, Rfc2047_8_Examples) {
    EXPECT_EQ(decode_encoded_words("=?US-ASCII?Q?Keith_Moore?="), "Keith Moore");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?="), "Keld Jørn Simonsen");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?Q?Andr=E9?= Pirard"), "André Pirard");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
                                   " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?="),
              "If you can read this you understand the example.");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?Q?a?="), "a");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?Q?a?= b"), "a b");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?="), "ab");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?Q?a_b?="), "a b");
    EXPECT_EQ(decode_encoded_words("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), "a b");
}

TEST(DecodeEncodedWords, EncodingAndCharsetIgnoreCase) {
    EXPECT_EQ(decode_encoded_words("=?UtF-8?b?w6k=?= =?utf-8?q?=c3=A9?="), "éé");
}

TEST(DecodeEncodedWords, Rfc2231_5_LanguageIsIgnored) {
    EXPECT_EQ(decode_encoded_words("=?utf-8*en-GB?Q?x?="), "x");
}

TEST(DecodeEncodedWords, CharactersSplitAcrossWordsAreJoined) {
    EXPECT_EQ(decode_encoded_words("=?utf-8?q?=C3?= =?utf-8?b?qQ==?="), "é");
}

TEST(DecodeEncodedWords, WordsNeedNoWhiteSpaceAround) {
    EXPECT_EQ(decode_encoded_words("(=?utf-8?q?a?=)=?utf-8?q?b?==?utf-8?q?c?="), "(a)bc");
}

TEST(DecodeEncodedWords, MissingPaddingIsForgiven) {
    EXPECT_EQ(decode_encoded_words("=?utf-8?b?w6k?="), "é");
}

TEST(DecodeEncodedWords, BrokenWordsStay) {
    for (std::string_view text :
         {"=?utf-8?q?a", "=?utf-8?x?a?=", "=??q?a?=", "=?utf-8?q?a b?=", "=?utf-8?q?=4?=", "=?utf-8?q?=zz?=",
          "=?utf-8?b?***?=", "=?utf-8?q?a?", "=?", "=?=", "=?=?=?=", "=?nonsense?q?a?= =?nonsense?q?b?=",
          "=?utf-8//translit?q?a?=", "plain =  text"}) {
        EXPECT_EQ(decode_encoded_words(text), text);
    }
}

TEST(DecodeEncodedWords, UnknownCharsetKeepsItsNeighboursWhiteSpace) {
    EXPECT_EQ(decode_encoded_words("=?utf-8?q?a?= =?x-y?q?b?= =?utf-8?q?c?="), "a =?x-y?q?b?= c");
}

TEST(DecodeEncodedWords, CharsetsOfRealMail) {
    EXPECT_EQ(decode_encoded_words("=?iso-8859-15?q?=A4?="), "€");
    EXPECT_EQ(decode_encoded_words("=?windows-1252?q?=80=93x=94?="), "€“x”");
    EXPECT_EQ(decode_encoded_words("=?iso-8859-1?q?=93x=94?="), "“x”");
    EXPECT_EQ(decode_encoded_words("=?windows-1252?q?=81?="), "\ufffd");
    EXPECT_EQ(decode_encoded_words("=?koi8-r?b?8NLJ18XU?="), "Привет");
    EXPECT_EQ(decode_encoded_words("=?windows-1251?q?=CF=F0=E8=E2=E5=F2?="), "Привет");
    EXPECT_EQ(decode_encoded_words("=?iso-2022-jp?b?GyRCOzNFRBsoQg==?="), "山田");
    EXPECT_EQ(decode_encoded_words("=?gb2312?b?xOO6ww==?="), "你好");
    EXPECT_EQ(decode_encoded_words("=?shift_jis?b?jlKTYw==?="), "山田");
    EXPECT_EQ(decode_encoded_words("=?ks_c_5601-1987?b?sei8+A==?="), "김순");
}

TEST(DecodeEncodedWords, ResultIsValidUtf8) {
    EXPECT_EQ(decode_encoded_words("=?utf-8?q?a=ffb?="),
              "a\ufffd"
              "b");
    EXPECT_EQ(decode_encoded_words("a\xe9z"), "a\ufffdz");
    EXPECT_TRUE(is_valid_utf8(decode_encoded_words("=?big5?q?=a4=ff=80=a4?=")));
    EXPECT_TRUE(is_valid_utf8(decode_encoded_words("=?iso-2022-jp?q?=1b$B=ff?=")));
}

TEST(DecodeEncodedWords, LongTextStaysLinear) {
    std::string text;
    while (text.size() < 60'000) text += "=?utf-8?q?a?= =?x?q?b?= =?=?";
    EXPECT_GT(decode_encoded_words(text).size(), 0u);
    // A long literal in a charset of iconv's passes more than one buffer.
    EXPECT_EQ(decode_encoded_words("=?koi8-r?q?" + std::string(5000, 'x') + "?="), std::string(5000, 'x'));
}

TEST(EncodeWords, PrintableAsciiStaysAsItIs) {
    for (std::string_view text : {"", "Jane Martin", "a=b ? c", R"("quoted" <a@b>)"})
        EXPECT_EQ(encode_words(text), text);
}

TEST(EncodeWords, WhatLooksEncodedIsEncoded) {
    EXPECT_EQ(encode_words("=?x"), "=?utf-8?B?PT94?=");
}

TEST(EncodeWords, ShorterEncodingIsChosen) {
    EXPECT_EQ(encode_words("Zoé Martin"), "=?utf-8?Q?Zo=C3=A9_Martin?=");
    EXPECT_EQ(encode_words("山田"), "=?utf-8?B?5bGx55Sw?=");
}

TEST(EncodeWords, Rfc2047_5_QIsFitForPhrases) {
    EXPECT_EQ(encode_words("é (x), <y@z>."), "=?utf-8?B?w6kgKHgpLCA8eUB6Pi4=?=");
    const std::string encoded = encode_words("Zoé Martin (HR Director, ACME Limited Company)");
    EXPECT_EQ(encoded.find_first_of("(),.<>@\"", 0), std::string::npos) << encoded;
}

TEST(EncodeWords, WordsAreShortWholeAndReadBack) {
    const std::vector<std::string> characters = {"a", " ", "é", "山", "👍", "=", "?", "_", ".", "Z"};
    std::uint32_t state = 1;
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        const int length = round % 120;
        for (int i = 0; i < length; ++i) {
            state = state * 1664525u + 1013904223u;
            text += characters[(state >> 16) % characters.size()];
        }
        const std::string clean = sanitize(text, 200);
        const std::string encoded = encode_words(clean);
        ASSERT_EQ(decode_encoded_words(encoded), clean) << encoded;
        for (char c : encoded) ASSERT_TRUE(c >= 32 && c < 127);
        if (encoded == clean) continue;
        for (std::size_t at = 0; at < encoded.size();) {
            const std::size_t end = std::min(encoded.find(' ', at), encoded.size());
            const std::string word = encoded.substr(at, end - at);
            ASSERT_LE(word.size(), 75u);
            ASSERT_TRUE(is_valid_utf8(decode_encoded_words(word)));
            ASSERT_EQ(decode_encoded_words(word).find("\ufffd"), std::string::npos)
                << word;  // whole characters
            at = end + 1;
        }
    }
}

}  // namespace
}  // namespace decorum::message
