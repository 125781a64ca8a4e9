// What the classifier is given beside the words of a text.
#include "gateway/conduct/classifier_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace decorum::conduct {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

struct Made {
    Reading reading;
    ClassifierLine line;
};

Made made_of(std::string_view text) {
    static const Lexicon lexicon = [] {
        auto loaded = Lexicon::load(std::filesystem::path(DECORUM_SOURCE_DIR) / "config/lexicon");
        if (!loaded) throw std::runtime_error(loaded.error().detail);
        return std::move(*loaded);
    }();
    Made made;
    std::vector<Hit> hits;
    read(text, &lexicon.revealer(), made.reading);
    lexicon.scan(made.reading, hits);
    make_classifier_line(made.reading, hits, lexicon, guess_language(made.reading, hits), made.line);
    return made;
}

TEST(ClassifierLine, BeginsWithTheWordsOfTheReading) {
    const Made made = made_of("My manager was drunk at the meeting.");
    EXPECT_TRUE(made.line.text.starts_with(made.reading.line));
}

TEST(ClassifierLine, NamesTheSameThemesInEveryLanguage) {
    for (const char* text : {"I was so drunk at the office", "J'étais complètement bourré au bureau"}) {
        EXPECT_THAT(made_of(text).line.text, HasSubstr(" _drunk ")) << text;
        EXPECT_THAT(made_of(text).line.text, HasSubstr(" _work ")) << text;
        EXPECT_THAT(made_of(text).line.text, HasSubstr(" _first_person ")) << text;
    }
}

TEST(ClassifierLine, TellsForEachSignTheWordThatItStandsFor) {
    const Made made = made_of("We hid the whisky from him");
    const auto sign = made.line.text.find("_drink");
    ASSERT_NE(sign, std::string::npos);
    const auto before = std::ranges::count(
        std::string_view(made.line.text).substr(made.reading.line.size(), sign - made.reading.line.size()),
        ' ');
    const Token& token = made.reading.tokens[made.line.origins[static_cast<std::size_t>(before)]];
    EXPECT_EQ(made.reading.word(token), "whisky");
}

TEST(ClassifierLine, SaysASignOnceInARow) {
    EXPECT_THAT(made_of("whisky whisky whisky").line.text, Not(HasSubstr("_drink _drink")));
}

TEST(ClassifierLine, LeavesOutTheSignsOfLanguagesThatTheTextIsNotIn) {
    // "bite" is no English matter, and "con" no Spanish one.
    const Made made = made_of("The dog took a bite out of the biscuit that was on the table");
    EXPECT_THAT(made.line.text, Not(HasSubstr("_intimate")));
}

TEST(ClassifierLine, AMillionSignsAreCutOff) {
    std::string text;
    for (int i = 0; i < 50000; ++i) text += "whisky knife ";
    const Made made = made_of(text);
    EXPECT_LE(made.line.origins.size(), 48U);
    EXPECT_THAT(made.line.text, EndsWith(" "));
}

TEST(ClassifierLine, OfNothingIsNothing) {
    EXPECT_EQ(made_of("").line.text, " ");
    EXPECT_TRUE(made_of("").line.origins.empty());
}

}  // namespace
}  // namespace decorum::conduct
