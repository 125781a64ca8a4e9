// The folding of characters: what is alike compares alike, and every range is one of the original text.
#include "gateway/conduct/fold.hpp"

#include <gtest/gtest.h>

#include "gateway/base/utf8.hpp"

namespace decorum::conduct {
namespace {

std::string folded(std::string_view text) {
    std::vector<Character> characters;
    fold(text, characters);
    std::string out;
    for (const Character& c : characters) append_utf8(out, c.value);
    return out;
}

std::string excerpt_of(std::string_view text, std::size_t index) {
    std::vector<Character> characters;
    fold(text, characters);
    return std::string(
        text.substr(characters.at(index).from, characters.at(index).to - characters.at(index).from));
}

void expect_sane(std::string_view text) {
    std::vector<Character> characters;
    fold(text, characters);
    std::uint32_t last = 0;
    for (const Character& c : characters) {
        ASSERT_LE(last, c.from);
        ASSERT_LT(c.from, c.to);
        ASSERT_LE(c.to, text.size());
        last = c.from;
    }
}

TEST(Fold, CaseAndCompatibilityFormsAreOne) {
    EXPECT_EQ(folded("ÀÉÎ Straße ﬁn ＡＢ 𝓯𝓾 ①"), "àéî strasse fin ab fu 1");
}

TEST(Fold, ComposesMarksAndDropsThoseThatDisguise) {
    EXPECT_EQ(folded("e\u0301te\u0301"), "été");
    EXPECT_EQ(folded("f\u0336u\u0336c\u0336k\u0336"), "fuck");
}

TEST(Fold, DropsWhatIsNotSeen) {
    EXPECT_EQ(folded("a\u200Bb\u200Dc\u2060d\uFEFFe\u00ADf\u202Eg"), "abcdefg");
}

TEST(Fold, KeepsTheOctetsThatACharacterCameFrom) {
    EXPECT_EQ(excerpt_of("xﬁy", 1), "ﬁ");
    EXPECT_EQ(excerpt_of("xﬁy", 2), "ﬁ");
    EXPECT_EQ(excerpt_of("xﬁy", 3), "y");
    EXPECT_EQ(excerpt_of("e\u0301a", 0), "e\u0301");
    EXPECT_EQ(excerpt_of("a\u200Bb", 1), "b");
}

TEST(Fold, InvalidOctetsCountOneByOne) {
    std::vector<Character> characters;
    fold("a\xff\xc3z\xed\xa0\x80", characters);
    ASSERT_EQ(characters.size(), 7u);
    EXPECT_EQ(characters[1].value, replacement_character);
    EXPECT_EQ(characters[1].to - characters[1].from, 1u);
    EXPECT_EQ(characters[3].value, U'z');
}

TEST(Fold, StrangeTextsKeepSaneRanges) {
    std::string marks = "a";
    for (int i = 0; i < 100'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0323";
    std::string bidi = "\u202Eאבג\u202C עברית و العربية";
    const std::vector<std::string> texts{marks,
                                         "\u0301\u0301\u0301",
                                         std::string(1000, '\0'),
                                         "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
                                         bidi,
                                         std::string(100'000, '\xcc'),
                                         "한글 각",
                                         "\u1100\u1161\u11a8"};
    for (const std::string& text : texts) expect_sane(text);
}

TEST(Fold, TextsAreCutAtACharacter) {
    std::string text(max_text_octets - 1, 'a');
    text += "é";
    EXPECT_EQ(assessed_part(text).size(), max_text_octets - 1);
    EXPECT_EQ(assessed_part("é"), "é");
    EXPECT_EQ(assessed_part(std::string(max_text_octets + 9, '\x80')).size(), max_text_octets - 3);
}

TEST(Fold, WhatStandsForManyCharactersMakesATextNoLonger) {
    std::string text;
    while (text.size() + 3 <= max_text_octets) text += "\uFDFA";  // 18 letters and spaces
    std::vector<Character> characters;
    fold(text, characters);
    EXPECT_EQ(characters.size(), max_characters);
    EXPECT_EQ(characters.back().to, 3 * (max_characters / 18 + 1));
    fold(std::string(max_text_octets, 'a'), characters);
    EXPECT_EQ(characters.size(), max_characters) << "nothing is left out of ordinary letters";
}

}  // namespace
}  // namespace decorum::conduct
