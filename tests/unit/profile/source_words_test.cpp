#include "gateway/profile/source_words.hpp"

#include <gtest/gtest.h>

#include "gateway/profile/json_members.hpp"
#include "gateway/profile/limits.hpp"
#include "sample.hpp"

namespace decorum::profile {
namespace {

using sample::at;
using sample::origin;

SourceWords words() {
    SourceWords out;
    out.words.push_back({.source = "gravatar",
                         .account = {},
                         .outcome = Outcome::throttled,
                         .asked = at("2026-11-23T06:00:00Z"),
                         .due = at("2026-11-23T06:05:00Z"),
                         .fetched = at("2026-11-22T06:00:00Z"),
                         .reason = "the address is verified there",
                         .profile = sample::jane(origin("gravatar", Tier::a))});
    out.words.push_back({.source = "github",
                         .account = "https://github.com/janem",
                         .outcome = Outcome::not_found,
                         .asked = at("2026-11-23T06:00:00Z"),
                         .due = at("2026-11-24T06:00:00Z"),
                         .fetched = at("2026-11-23T06:00:00Z"),
                         .reason = {},
                         .profile = std::nullopt,
                         .hidden = true});
    out.portrait = {"https://gravatar.com/avatar/1", sample::png(48, 48), at("2026-11-24T06:00:00Z")};
    return out;
}

TEST(SourceWords, ReadBackAsWritten) {
    const SourceWords before = words();
    const auto after = source_words_from_json(to_json(before));
    ASSERT_TRUE(after) << after.error().text();
    ASSERT_EQ(after->words.size(), 2u);
    const SourceWord& gravatar = after->words[0];
    EXPECT_EQ(gravatar.source, "gravatar");
    EXPECT_EQ(gravatar.account, "");
    EXPECT_EQ(gravatar.outcome, Outcome::throttled);
    EXPECT_EQ(gravatar.due, at("2026-11-23T06:05:00Z"));
    EXPECT_EQ(gravatar.fetched, at("2026-11-22T06:00:00Z"));
    EXPECT_EQ(gravatar.reason, "the address is verified there");
    ASSERT_TRUE(gravatar.profile);
    EXPECT_EQ(gravatar.profile->headline.value, "HR Director");
    const SourceWord& github = after->words[1];
    EXPECT_EQ(github.account, "https://github.com/janem");
    EXPECT_TRUE(github.hidden);
    EXPECT_FALSE(github.profile);
    ASSERT_TRUE(after->portrait);
    EXPECT_EQ(after->portrait->png, before.portrait->png);
    EXPECT_EQ(to_json(*after), to_json(before));
}

TEST(SourceWords, EachOutcomeHasAName) {
    for (Outcome outcome :
         {Outcome::found, Outcome::not_found, Outcome::throttled, Outcome::forbidden, Outcome::failed})
        EXPECT_EQ(outcome_from(name_of(outcome)), outcome);
    EXPECT_FALSE(outcome_from("lost"));
}

TEST(SourceWords, EarlierFormsAndDamageAreErrors) {
    EXPECT_TRUE(source_words_from_json(R"({"words":[]})")->words.empty());
    for (const char* text : {"", "[]", R"([{"source":"gravatar","profile":{}}])", R"({"words":{}})",
                             R"({"words":[{"source":"x","outcome":"lost"}]})",
                             R"({"words":[{"source":"x","outcome":"found","profile":[]}]})"})
        EXPECT_FALSE(source_words_from_json(text)) << text;
    const std::string good = to_json(words());
    for (std::size_t i = 0; i < good.size(); i += 7) EXPECT_FALSE(source_words_from_json(good.substr(0, i)));
}

TEST(SourceWords, WhatIsWrittenIsNeverTooLongToBeRead) {
    SourceWords many;
    for (int i = 0; i < 40; ++i) {
        SourceWord word;
        word.source = "page";
        word.account = "https://example.org/" + std::to_string(i);
        word.profile.emplace();
        for (std::size_t n = 0; n < 2 * max_activities; ++n)
            word.profile->activities.push_back({{}, "web", std::string(max_post_octets, 'x'), "", {}});
        many.words.push_back(std::move(word));
    }
    const std::string text = to_json(many);
    EXPECT_LE(text.size(), max_json_octets);
    const auto read = source_words_from_json(text);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_GT(read->words.size(), 3u);
    EXPECT_LT(read->words.size(), 40u);
}

TEST(Stamp, GivesEveryFieldSourceAndTimeAndRaisesNoTier) {
    Profile profile = sample::jane({});
    profile.headline.origin = {"elsewhere", Tier::s, "its own", {}};
    profile.location.origin.tier = Tier::c;
    stamp(profile, {"github", Tier::a, "the link's", at("2026-11-23T06:00:00Z")});
    EXPECT_EQ(profile.display_name.origin.source, "github");
    EXPECT_EQ(profile.display_name.origin.tier, Tier::a);
    EXPECT_EQ(profile.display_name.origin.reason, "the link's");
    EXPECT_EQ(profile.display_name.origin.fetched, at("2026-11-23T06:00:00Z"));
    EXPECT_EQ(profile.headline.origin.source, "github");
    EXPECT_EQ(profile.headline.origin.tier, Tier::a);
    EXPECT_EQ(profile.headline.origin.reason, "its own");
    EXPECT_EQ(profile.location.origin.tier, Tier::c);
    EXPECT_EQ(profile.recommendations[2].origin.source, "github");
    EXPECT_EQ(profile.positions[1].origin.tier, Tier::a);
    EXPECT_EQ(profile.activities[0].origin.tier, Tier::a);
    EXPECT_EQ(profile.links[1].origin.source, "github");
    EXPECT_EQ(profile.photo_png.origin.source, "github");
}

}  // namespace
}  // namespace decorum::profile
