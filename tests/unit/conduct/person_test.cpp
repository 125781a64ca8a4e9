// The rule against false alarms by person.
#include "gateway/conduct/person.hpp"

#include <gtest/gtest.h>

namespace decorum::conduct {
namespace {

TextFinding found(std::size_t text, Category category, std::uint8_t severity, bool alone = false) {
    return {text,
            {.category = category,
             .severity = severity,
             .score = 0.8F,
             .source = Source::classifier,
             .rule = "head",
             .words = {},
             .from = 0,
             .to = 1,
             .modifiers = {},
             .alone = alone}};
}

TEST(Person, SeverityOneIsNeverEnough) {
    const std::vector<TextFinding> findings(50, found(1, Category::profanity, 1, true));
    EXPECT_TRUE(noticeable(findings).empty());
}

TEST(Person, OneUnsureFindingIsNotEnough) {
    EXPECT_TRUE(noticeable({found(0, Category::hate, 3)}).empty());
    EXPECT_TRUE(noticeable({found(0, Category::hate, 3), found(0, Category::hate, 3)}).empty())
        << "one text, twice";
    EXPECT_TRUE(noticeable({found(0, Category::hate, 3), found(1, Category::profanity, 1)}).empty());
}

TEST(Person, TwoFindingsAre) {
    EXPECT_EQ(noticeable({found(0, Category::hate, 3), found(1, Category::hate, 2)}).size(), 2u);
    EXPECT_EQ(noticeable({found(0, Category::hate, 3), found(0, Category::threat, 2)}).size(), 2u);
}

TEST(Person, WhatIsQuotedOrDeniedMakesNoNoticeWithItsLike) {
    for (const Modifier modifier : {Modifier::quoted, Modifier::counter_speech, Modifier::negated}) {
        TextFinding first = found(0, Category::hate, 2);
        TextFinding second = found(1, Category::threat, 2);
        first.finding.modifiers = second.finding.modifiers = {modifier};
        EXPECT_TRUE(noticeable({first, second}).empty()) << name_of(modifier);
        EXPECT_TRUE(noticeable({first, found(2, Category::threat, 3)}).empty()) << "nor with one that isn't";
        EXPECT_EQ(noticeable({first, found(2, Category::threat, 3), found(3, Category::threat, 2)}).size(),
                  3u);
    }
    TextFinding old = found(0, Category::hate, 2);
    old.finding.modifiers = {Modifier::old};
    EXPECT_EQ(noticeable({old, found(1, Category::hate, 2)}).size(), 2u);
}

TEST(Person, WordsInTextsThatDontReadLikeItAreNotEnough) {
    TextFinding first = found(0, Category::hate, 3);
    TextFinding second = found(1, Category::threat, 3);
    first.finding.confirmed = second.finding.confirmed = false;
    EXPECT_TRUE(noticeable({first, second}).empty());
    second.finding.confirmed = true;
    EXPECT_EQ(noticeable({first, second}).size(), 2u);
    second.finding.modifiers = {Modifier::quoted};
    TextFinding third = found(2, Category::sexual, 2);
    third.finding.confirmed = false;
    EXPECT_TRUE(noticeable({first, second, third}).empty()) << "what is quoted confirms nothing";
}

TEST(Person, OneSureFindingIs) {
    const std::vector<TextFinding> findings{found(0, Category::profanity, 1),
                                            found(4, Category::threat, 2, true)};
    const auto notice = noticeable(findings);
    ASSERT_EQ(notice.size(), 1u);
    EXPECT_EQ(notice[0]->text, 4u);
}

}  // namespace
}  // namespace decorum::conduct
