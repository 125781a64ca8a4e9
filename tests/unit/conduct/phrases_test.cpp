#include "gateway/conduct/phrases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace decorum::conduct {
namespace {

struct Written {
    std::string_view letters;
    bool open_begin = false;
    bool open_end = false;
};

// What is found, as "phrase:begin-end", in turn.
std::string found_in(std::string_view text, const std::vector<Written>& written) {
    Phrases phrases;
    for (const Written& one : written) phrases.add(one.letters, one.open_begin, one.open_end);
    EXPECT_TRUE(phrases.build());
    Reading reading;
    read(text, nullptr, reading);
    std::vector<Phrases::Found> found;
    phrases.scan(reading, found);
    std::string out;
    for (const Phrases::Found& one : found) {
        if (!out.empty()) out += ' ';
        out += std::to_string(one.phrase) + ":" + std::to_string(one.begin) + "-" + std::to_string(one.end);
    }
    return out;
}

TEST(Phrases, AreFoundByTheirEndTheLongestFirst) {
    EXPECT_EQ(
        found_in("You are not a clown", {{"are"}, {"you are"}, {"are not a"}, {"you are not a"}, {"clown"}}),
        "1:0-2 0:1-2 3:0-4 2:1-4 4:4-5");
}

TEST(Phrases, AreWholeWords) {
    EXPECT_EQ(found_in("class classes glass, sea food", {{"class"}, {"ass"}, {"sea foo"}, {"a food"}}),
              "0:0-1");
    EXPECT_EQ(found_in("", {{"class"}}), "");
    EXPECT_EQ(found_in("sea", {{"sea food"}}), "") << "the text ends before the phrase does";
}

TEST(Phrases, GoOnAfterAnotherThatIsTheirBegin) {
    EXPECT_EQ(found_in("a b a b c", {{"a b c"}, {"b"}, {"a b d"}}), "1:1-2 1:3-4 0:2-5");
}

TEST(Phrases, OpenWordsStandForAllThatGoOn) {
    EXPECT_EQ(found_in("the clowns clown", {{"clown", false, true}}), "0:1-2 0:2-3");
    EXPECT_EQ(found_in("a preclown clowns", {{"clown", true, false}}), "0:1-2");
    EXPECT_EQ(found_in("a preclowns", {{"clown", true, true}}), "0:1-2");
    EXPECT_EQ(found_in("a preclowns", {{"clown", false, true}, {"clown", true, false}}), "");
    EXPECT_EQ(found_in("piece of clowns, part of clowns", {{"piece of clown", false, true}}), "0:0-3");
    EXPECT_EQ(found_in("subpart of it", {{"part of", true, false}}), "0:0-2");
}

TEST(Phrases, ThatEndEarlierInAWordComeFirst) {
    EXPECT_EQ(found_in("big clowns",
                       {{"big clowns"}, {"clowns"}, {"clow", false, true}, {"big clown", false, true}}),
              "2:1-2 3:0-2 0:0-2 1:1-2");
}

TEST(Phrases, OfManyOpenWordsInOneEachGoesOn) {
    EXPECT_EQ(found_in("clowns here", {{"clown here"},
                                       {"clowns here"},
                                       {"clo", false, true},
                                       {"own here", true, false},
                                       {"owns here", true, false}}),
              "2:0-1 1:0-2 4:0-2");
}

TEST(Phrases, EqualOnesShareANumber) {
    Phrases phrases;
    EXPECT_EQ(phrases.add("sea food", false, false), 0U);
    EXPECT_EQ(phrases.add("sea", false, false), 1U);
    EXPECT_EQ(phrases.add("sea food", false, false), 0U);
    EXPECT_EQ(phrases.add("sea food", false, true), 2U) << "open, it is another";
    EXPECT_EQ(phrases.add("sea food", false, true), 2U);
}

TEST(Phrases, OfManyEachIsFound) {
    Phrases phrases;
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i)
        phrases.add("w" + std::to_string(i % 500) + " x" + std::to_string(i / 500), false, false);
    ASSERT_TRUE(phrases.build());
    Reading reading;
    std::vector<Phrases::Found> found;
    for (int i = 0; i < count; i += 7) {
        read("w" + std::to_string(i % 500) + " x" + std::to_string(i / 500), nullptr, reading);
        phrases.scan(reading, found);
        ASSERT_EQ(found.size(), 1U) << i;
        EXPECT_EQ(found.front().phrase, static_cast<std::uint32_t>(i));
    }
}

}  // namespace
}  // namespace decorum::conduct
