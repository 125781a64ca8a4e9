// How texts are read: tokens, their octets, and words in disguise.
#include "gateway/conduct/reading.hpp"

#include <gtest/gtest.h>

#include "gateway/base/ascii.hpp"
#include "gateway/conduct/reveal.hpp"

namespace decorum::conduct {
namespace {

const Revealer& revealer() {
    static const Revealer instance = [] {
        Revealer made;
        for (const char* word :
             {"shit", "fuck", "fucking", "ass", "asshole", "pussy", "bitch", "enculé", "merde", "pute"})
            made.add(word, false, true);
        made.add("fick", false, false);
        made.add("motherfuck", true, true);
        return made;
    }();
    return instance;
}

std::string line_of(std::string_view text) {
    Reading reading;
    read(text, &revealer(), reading);
    return reading.line;
}

TEST(Reading, WordsAreSeparatedBySingleSpaces) {
    EXPECT_EQ(line_of("L'équipe,  va-t-elle bien ?"), " l équipe va t elle bien ? ");
    EXPECT_EQ(line_of(""), " ");
    EXPECT_EQ(line_of("   "), " ");
}

TEST(Reading, MentionsLinksAndNumbersAreTokens) {
    EXPECT_EQ(line_of("@jane see https://example.org/a-b or jane@example.org: 12.5% of €300"),
              " @user see url or url 0 . 0 % of € 0 ");
}

TEST(Reading, HashtagsOfThreeWordsAreTheirWords) {
    EXPECT_EQ(line_of("#MyBossIsAMoron, #IHateIT"), " my boss is a moron i hate it ");
    EXPECT_EQ(line_of("#JournéeÀLaMer #Top10FailsEver"), " journée à la mer top10 fails ever ");
    EXPECT_EQ(line_of("#JavaScript #WFH #fuckmyboss MyBossIsAMoron #ĲsEnZee"),
              " javascript wfh fuckmyboss mybossisamoron ijs en zee ");
    Reading reading;
    read("so #MyBossIsÉtrange", nullptr, reading);
    ASSERT_EQ(reading.tokens.size(), 5U);
    EXPECT_EQ(reading.tokens[1].from, 4U);
    EXPECT_EQ(reading.tokens[4].from, 12U);
    EXPECT_EQ(reading.tokens[4].to, 20U);
}

TEST(Reading, EmojiAreTokensBetweenWords) {
    EXPECT_EQ(line_of("hot🔥🔥🔥🔥stuff"), " hot 🔥 🔥 🔥 stuff ");
}

TEST(Reading, LineEndsAreSentenceEnds) {
    EXPECT_EQ(line_of("one\ntwo"), " one . two ");
}

TEST(Reading, PhrasesAreTheWordsOfTheirReading) {
    for (const std::string_view phrase :
         {"my boss is late", "é", "garçon très ému", "straße", "ein ÷ zwei", "i'll go", "  two  spaces ",
          "MiXed", "sooooo", "ééééé", "oops", "number 12", "", " ", "a  b", "a ", "œuf", "\xC3", "don’t"}) {
        Reading space;
        const std::string whole(read_phrase(phrase, space));
        Reading reading;
        read(phrase, nullptr, reading);
        EXPECT_EQ(whole, ascii::trim(reading.line)) << phrase;
    }
}

struct Disguise {
    std::string text;
    std::string line;
    std::string excerpt;  // of the revealed word
};

class Revealed : public testing::TestWithParam<Disguise> {};

TEST_P(Revealed, IsReadAsWhatItHides) {
    Reading reading;
    read(GetParam().text, &revealer(), reading);
    EXPECT_EQ(reading.line, GetParam().line);
    for (const Token& token : reading.tokens)
        if (token.revealed)
            EXPECT_EQ(GetParam().text.substr(token.from, token.to - token.from), GetParam().excerpt);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Revealed,
    testing::Values(
        Disguise{"oh sh1t no", " oh shit no ", "sh1t"}, Disguise{"a$$h0le!", " asshole ! ", "a$$h0le"},
        Disguise{"@sshole", " asshole ", "@sshole"}, Disguise{"f*ck this", " fuck this ", "f*ck"},
        Disguise{"f**k", " fuck ", "f**k"}, Disguise{"f***", " fuck ", "f***"},
        Disguise{"m*rde alors", " merde alors ", "m*rde"}, Disguise{"sh#t", " shit ", "sh#t"},
        Disguise{"f-ck", " fuck ", "f-ck"}, Disguise{"fuuuuuck", " fuck ", "fuuuuuck"},
        Disguise{"pusssssy", " pussy ", "pusssssy"}, Disguise{"asssss", " ass ", "asssss"},
        Disguise{"s h i t happens", " shit happens ", "s h i t"},
        Disguise{"f.u.c.k you", " fuck you ", "f.u.c.k"}, Disguise{"(f_u_c_k)", " fuck ", "f_u_c_k"},
        Disguise{"s h 1 t", " shit ", "s h 1 t"}, Disguise{"s|h|i|t", " shit ", "s|h|i|t"},
        Disguise{"b|tch", " bitch ", "b|tch"}, Disguise{"m0therfuckers", " motherfuckers ", "m0therfuckers"},
        Disguise{"b!tch", " bitch ", "b!tch"}, Disguise{"3ncul\u00e9", " enculé ", "3ncul\u00e9"}));

TEST(Revealed, LookAlikeLettersAreLatin) {
    EXPECT_EQ(line_of("fu\u0441k"), " fuck ") << "Cyrillic es";
    EXPECT_EQ(line_of("\u0440ussy"), " pussy ") << "Cyrillic er";
    EXPECT_EQ(line_of("\u1D18\u1D1C\u1D1B\u1D07"), " pute ") << "small capitals";
    EXPECT_EQ(line_of("ＦＵＣＫ 𝕗𝕦𝕔𝕜 ⓕⓤⓒⓚ 🅵🆄🅲🅺"), " fuck fuck fuck fuck ");
    EXPECT_EQ(line_of("f\u200Bu\u200Bc\u200Bk"), " fuck ");
}

TEST(Revealed, OtherAlphabetsStayThemselves) {
    EXPECT_EQ(line_of("привет мир"), " привет мир ");
    EXPECT_EQ(line_of("καλημέρα 🇫🇷"), " καλημέρα 🇫 🇷 ");
}

class Harmless : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Harmless, StaysAsItIs) {
    EXPECT_EQ(line_of(GetParam().first), GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(Forms, Harmless,
                         testing::Values(std::pair{"A|B|C|D", " a b c d "}, std::pair{"w1nd0ws", " w1nd0ws "},
                                         std::pair{"B.B.C. news", " b . b . c . news "},
                                         std::pair{"a co-op e-mail", " a co op e mail "},
                                         std::pair{"mp3 4k 3d", " mp3 4k 3d "},
                                         std::pair{"as* footnote", " as footnote "},
                                         std::pair{"2 * 3", " 0 0 "}, std::pair{"a b c d", " a b c d "},
                                         std::pair{"U.S.A", " u . s . a "},
                                         std::pair{"sooo good", " sooo good "},
                                         std::pair{"A-S is a league", " a s is a league "}));

TEST(Reading, HostileTextsTakeLinearTime) {
    // Each would take hours if reading were quadratic; the test's own time limit is the judge.
    std::string spelt;
    std::string stars;
    std::string repeats;
    for (int i = 0; i < 60'000; ++i) {
        spelt += "a b ";
        stars += "f*u*";
        repeats += "aaab";
    }
    for (const std::string& text : {spelt, stars, repeats, std::string(max_text_octets, 'a'),
                                    std::string(max_text_octets, '*'), std::string(max_text_octets, '@')}) {
        Reading reading;
        read(text, &revealer(), reading);
        EXPECT_LE(reading.line.size(), 2 * text.size() + 2);
    }
}

TEST(Revealer, SureWordsWin) {
    Revealer words;
    words.add("fick", false, false);
    words.add("fuck", false, true);
    words.add("fock", false, false);
    const std::vector<Place> pattern{{Place::Kind::letter, U'f'},
                                     {Place::Kind::blank, U'*'},
                                     {Place::Kind::letter, U'c'},
                                     {Place::Kind::letter, U'k'}};
    EXPECT_EQ(words.reveal(pattern), "fuck");
}

TEST(Revealer, LongestStartWins) {
    const std::vector<Place> pattern{{Place::Kind::letter, U'f'}, {Place::Kind::letter, U'u'},
                                     {Place::Kind::letter, U'c'}, {Place::Kind::letter, U'k'},
                                     {Place::Kind::letter, U'i'}, {Place::Kind::letter, U'n'},
                                     {Place::Kind::letter, U'g'}, {Place::Kind::letter, U'x'}};
    std::size_t used = 0;
    EXPECT_EQ(revealer().reveal_start(pattern, 0, 4, used), "fucking");
    EXPECT_EQ(used, 7u);
    EXPECT_EQ(revealer().reveal(pattern), std::nullopt);
}

}  // namespace
}  // namespace decorum::conduct
