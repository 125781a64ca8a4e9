// Findings by the rules of a charter: what each rule and each limit on rules does.
#include "gateway/conduct/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decorum::conduct {
namespace {

const Instant judged_at = *from_rfc3339("2026-11-24T12:00:00Z");

Measured measured() {
    Measured out;
    for (std::size_t category = 0; category < category_count; ++category)
        out.set(static_cast<Category>(category), Language::en, 0.9);
    return out;
}

CharterRule rule_of(std::string id, std::vector<Category> categories, std::uint8_t severity, Action action) {
    CharterRule out;
    out.id = std::move(id);
    for (const Category category : categories) out.categories[static_cast<std::size_t>(category)] = true;
    out.severity = severity;
    out.action = action;
    return out;
}

Charter charter(std::vector<CharterRule> rules) {
    Charter out;
    out.languages = {Language::en};
    out.rules = std::move(rules);
    return out;
}

Finding finding(Category category, std::uint8_t severity, Source source = Source::lexicon) {
    return {.category = category,
            .severity = severity,
            .score = 0.9F,
            .source = source,
            .rule = "en:1",
            .words = {},
            .from = 0,
            .to = 4,
            .modifiers = {},
            .alone = source != Source::classifier};
}

JudgedText post(std::string text, std::vector<Finding> findings, std::chrono::days age = {}) {
    return {.text = std::move(text),
            .network = "mastodon",
            .url = "https://social.example/@jane/1",
            .bio = false,
            .written = judged_at - age,
            .language = Language::en,
            .findings = std::move(findings)};
}

Verdict judged(const std::vector<JudgedText>& texts, const Charter& by,
               Audience audience = Audience::external, const Measured& with = measured()) {
    return judge(texts, by, with, audience, judged_at);
}

TEST(Verdict, NothingFoundIsNothing) {
    const auto verdict =
        judged({post("fine words", {})}, charter({rule_of("all", {Category::hate}, 1, Action::block)}));
    EXPECT_EQ(verdict.action, Action::none);
    EXPECT_TRUE(verdict.findings.empty());
    EXPECT_TRUE(verdict.fingerprint.empty());
}

TEST(Verdict, AFindingTellsItsRuleAndItsPlace) {
    const auto verdict = judged({post("damn them", {finding(Category::hate, 3)})},
                                charter({rule_of("dignity", {Category::hate}, 2, Action::notice)}));
    EXPECT_EQ(verdict.action, Action::notice);
    ASSERT_EQ(verdict.findings.size(), 1u);
    const Noted& noted = verdict.findings[0];
    EXPECT_EQ(noted.rule, "dignity");
    EXPECT_EQ(noted.excerpt, "damn");
    EXPECT_EQ(noted.network, "mastodon");
    EXPECT_EQ(noted.url, "https://social.example/@jane/1");
    EXPECT_EQ(noted.written, judged_at);
    EXPECT_FALSE(noted.bio);
    EXPECT_EQ(verdict.fingerprint.size(), 32u);
}

TEST(Verdict, WhatNoRuleSpeaksOfIsNobodysBusiness) {
    const Charter by = charter({rule_of("dignity", {Category::hate}, 2, Action::notice)});
    EXPECT_EQ(judged({post("damn them", {finding(Category::threat, 3)})}, by).action, Action::none);
    EXPECT_TRUE(judged({post("damn them", {finding(Category::hate, 1)})}, by).findings.empty())
        << "below the rule's severity";
}

TEST(Verdict, TheFirstRuleThatFitsCounts) {
    const Charter by = charter({rule_of("spared", {Category::hate}, 3, Action::none),
                                rule_of("dignity", {Category::hate}, 2, Action::confirm)});
    EXPECT_EQ(judged({post("damn them", {finding(Category::hate, 3)})}, by).action, Action::none);
    EXPECT_EQ(judged({post("damn them", {finding(Category::hate, 2)})}, by).action, Action::confirm);
}

TEST(Verdict, SeverityOneIsAuditWhateverTheRuleSays) {
    const Charter by = charter({rule_of("tone", {Category::profanity}, 1, Action::block)});
    const std::vector<JudgedText> texts(40, post("damn them", {finding(Category::profanity, 1)}));
    const auto verdict = judged(texts, by);
    EXPECT_EQ(verdict.action, Action::audit);
    EXPECT_EQ(verdict.findings[0].why, "severity 1 is recorded at the most");
    EXPECT_TRUE(verdict.fingerprint.empty());
}

TEST(Verdict, TheClassifierAloneNeverHoldsMailBack) {
    const Charter by = charter({rule_of("dignity", {Category::hate}, 2, Action::block)});
    const auto by_score = finding(Category::hate, 3, Source::classifier);
    const auto verdict = judged({post("damn them", {by_score}), post("away with", {by_score})}, by);
    EXPECT_EQ(verdict.action, Action::notice);
    EXPECT_EQ(verdict.findings[0].why, "the classifier alone never holds mail back");
    EXPECT_EQ(
        judged({post("damn them", {by_score}), post("away with", {finding(Category::hate, 3)})}, by).action,
        Action::block)
        << "with a word of the lexicon it may";
}

TEST(Verdict, OneUnsureFindingIsAudit) {
    const Charter by = charter({rule_of("dignity", {Category::hate}, 2, Action::notice)});
    const auto verdict = judged({post("damn them", {finding(Category::hate, 3, Source::classifier)})}, by);
    EXPECT_EQ(verdict.action, Action::audit);
    EXPECT_EQ(verdict.findings[0].why, "a single unsure finding is not enough");
}

// Two findings make a person's profile only where both could be told.
TEST(Verdict, WhatIsNotToldMakesNothingElseTold) {
    const Charter by = charter({rule_of("dignity", {Category::hate}, 2, Action::notice),
                                rule_of("rest", {Category::substances}, 1, Action::audit)});
    const auto verdict = judged({post("damn them", {finding(Category::hate, 3, Source::classifier)}),
                                 post("so high", {finding(Category::substances, 2)})},
                                by);
    EXPECT_EQ(verdict.action, Action::audit);
}

TEST(Verdict, WhatWasNotMeasuredIsAudit) {
    Measured little;
    little.set(Category::hate, Language::fr, 0.95);
    little.set(Category::threat, Language::en, 0.4);
    const Charter by = charter(
        {rule_of("dignity", {Category::hate, Category::threat, Category::sexual}, 2, Action::notice)});
    const auto action_of = [&](Category category, Source source, Language language) {
        JudgedText one = post("damn them", {finding(category, 3, source)});
        JudgedText two = post("away with", {finding(category, 3, source)});
        one.language = two.language = language;
        return judged({one, two}, by, Audience::external, little).action;
    };
    EXPECT_EQ(action_of(Category::sexual, Source::lexicon, Language::en), Action::audit);
    EXPECT_EQ(action_of(Category::threat, Source::lexicon, Language::en), Action::audit)
        << "measured, and bad";
    EXPECT_EQ(action_of(Category::hate, Source::lexicon, Language::en), Action::notice)
        << "a word of the lexicon means the same in each language";
    EXPECT_EQ(action_of(Category::hate, Source::classifier, Language::en), Action::audit);
    EXPECT_EQ(action_of(Category::hate, Source::classifier, Language::fr), Action::notice);
}

TEST(Verdict, OldPostsFallOutOfARuleOnTheDay) {
    CharterRule late = rule_of("loyalty", {Category::disparagement}, 2, Action::notice);
    late.max_age = std::chrono::days{365};
    const Charter by = charter({late});
    const auto found = finding(Category::disparagement, 2);
    using std::chrono::days;
    EXPECT_EQ(judged({post("damn them", {found}, days{365})}, by).action, Action::notice);
    EXPECT_EQ(judged({post("damn them", {found}, days{366})}, by).action, Action::none);
    JudgedText undated = post("damn them", {found});
    undated.written.reset();
    EXPECT_EQ(judged({undated}, by).action, Action::none) << "nobody can say that it is of late";
    undated.bio = true;
    EXPECT_EQ(judged({undated}, by).action, Action::notice) << "a bio is said today";
}

TEST(Verdict, MailWithinTheHouseMeetsOnlyRulesForEveryone) {
    CharterRule everyone = rule_of("secrets", {Category::confidentiality}, 2, Action::notice);
    everyone.audience = Audience::everyone;
    const Charter by = charter({rule_of("dignity", {Category::hate}, 2, Action::block), everyone});
    const std::vector<JudgedText> texts{post("damn them", {finding(Category::hate, 3)}),
                                        post("the key", {finding(Category::confidentiality, 3)})};
    EXPECT_EQ(judged(texts, by, Audience::external).action, Action::block);
    EXPECT_EQ(judged(texts, by, Audience::everyone).action, Action::notice);
}

TEST(Verdict, TheGravestComesFirst) {
    const Charter by =
        charter({rule_of("dignity", {Category::hate}, 2, Action::confirm),
                 rule_of("rest", {Category::substances, Category::sexual}, 1, Action::notice)});
    const auto verdict = judged(
        {post("so high", {finding(Category::substances, 1)}),
         post("too much", {finding(Category::sexual, 2)}), post("damn them", {finding(Category::hate, 2)})},
        by);
    ASSERT_EQ(verdict.findings.size(), 3u);
    EXPECT_EQ(verdict.action, Action::confirm);
    EXPECT_EQ(verdict.findings[0].action, Action::confirm);
    EXPECT_EQ(verdict.findings[1].action, Action::notice);
    EXPECT_EQ(verdict.findings[2].action, Action::audit);
}

TEST(Verdict, TheFingerprintChangesWithWhatIsTold) {
    const Charter by = charter({rule_of("dignity", {Category::hate}, 2, Action::notice),
                                rule_of("rest", {Category::profanity}, 1, Action::audit)});
    const auto hate = post("damn them", {finding(Category::hate, 3)});
    auto other = post("away with them", {finding(Category::hate, 3)});
    const auto first = judged({hate}, by).fingerprint;
    EXPECT_EQ(judged({post("fine", {}), hate}, by).fingerprint, first) << "clean posts come and go";
    EXPECT_EQ(judged({hate, post("damn", {finding(Category::profanity, 1)})}, by).fingerprint, first)
        << "what is only recorded changes nothing";
    EXPECT_NE(judged({hate, other}, by).fingerprint, first);
    EXPECT_EQ(judged({hate, other}, by).fingerprint, judged({other, hate}, by).fingerprint);
    JudgedText moved = hate;
    moved.url = "https://social.example/@jane/2";
    EXPECT_NE(judged({moved}, by).fingerprint, first);
}

TEST(Verdict, ALongExcerptIsCutBetweenCharacters) {
    std::string text = "x";
    for (int i = 0; i < 400; ++i) text += "é";
    Finding all = finding(Category::hate, 3);
    all.to = static_cast<std::uint32_t>(text.size());
    const auto verdict =
        judged({post(text, {all})}, charter({rule_of("d", {Category::hate}, 2, Action::notice)}));
    EXPECT_EQ(verdict.findings[0].excerpt.size(), 399u);
}

TEST(Verdict, AnyNumberOfFindingsStaysBounded) {
    std::vector<JudgedText> texts(1000, post("damn them", {finding(Category::hate, 3)}));
    EXPECT_EQ(judged(texts, charter({rule_of("d", {Category::hate}, 2, Action::notice)})).findings.size(),
              200u);
}

TEST(Verdict, AFindingHasOneMarkForAsLongAsItStandsThere) {
    const Charter notices =
        charter({rule_of("all", {Category::hate, Category::profanity}, 1, Action::notice)});
    const auto hate = post("vile words", {finding(Category::hate, 3)});
    auto other = post("more vile words", {finding(Category::hate, 3)});
    other.url = "https://social.example/@jane/2";
    const auto alone = marks_of(judged({hate}, notices));
    ASSERT_EQ(alone.size(), 1u);
    EXPECT_EQ(alone[0].size(), 16u);
    const auto both = marks_of(judged({other, hate}, notices));
    ASSERT_EQ(both.size(), 2u);
    EXPECT_TRUE(std::ranges::find(both, alone[0]) != both.end()) << "whatever else is found";
    EXPECT_TRUE(marks_of(judged({post("bad word", {finding(Category::profanity, 1)})}, notices)).empty())
        << "what nobody is told of has none";
    EXPECT_TRUE(marks_of(judged({hate}, notices), Action::confirm).empty());
}

TEST(Verdict, OthersAreToldNoMoreThanTheyMaySee) {
    const Charter notices =
        charter({rule_of("all", {Category::hate, Category::harassment}, 2, Action::notice)});
    const auto verdict = judged(
        {post("vile words", {finding(Category::hate, 3)}),
         post("mean words", {finding(Category::harassment, 2)}),
         post("soft words", {finding(Category::hate, 2)}), post("a note", {finding(Category::hate, 1)})},
        notices);
    const auto seen = [&](bool category, bool severity, bool excerpt) {
        return summary_of(verdict,
                          {.category = category, .severity = severity, .time = true, .excerpt = excerpt});
    };
    EXPECT_EQ(summary_of(verdict, {}), "harassment 2, hate 3");
    EXPECT_EQ(seen(true, false, false), "harassment, hate");
    EXPECT_EQ(seen(false, true, false), "severity 3");
    EXPECT_EQ(seen(false, false, false), "");
    EXPECT_EQ(seen(true, true, true), "harassment 2 \"mean\", hate 2 \"soft\", hate 3 \"vile\"");
    EXPECT_EQ(seen(false, false, true), "\"mean\", \"soft\", \"vile\"");
}

}  // namespace
}  // namespace decorum::conduct
