#include <gtest/gtest.h>

#include "sample.hpp"

namespace decorum::profile {
namespace {

using sample::at;
using sample::origin;

Profile named(std::string name, const Origin& from) {
    Profile profile;
    profile.display_name = {std::move(name), from};
    profile.headline = {"headline of " + from.source, from};
    return profile;
}

TEST(ProfileMerge, NothingGivesAnEmptyProfile) {
    EXPECT_TRUE(merge({}).empty());
}

TEST(ProfileMerge, EachFieldComesFromTheBestTier) {
    Profile directory;
    directory.headline = {"HR Director", origin("directory", Tier::s, "2020-01-01T00:00:00Z")};
    Profile gravatar = sample::jane(origin("gravatar", Tier::a));
    gravatar.headline.value = "Queen";
    for (const bool reversed : {false, true}) {
        std::vector<Profile> answers{directory, gravatar};
        if (reversed) std::swap(answers[0], answers[1]);
        const Profile merged = merge(answers);
        EXPECT_EQ(merged.headline.value, "HR Director");
        EXPECT_EQ(merged.headline.origin.source, "directory");
        EXPECT_EQ(merged.display_name.origin.source, "gravatar");
    }
}

TEST(ProfileMerge, WithinATierTheFresherWins) {
    const Profile old = named("Jane Martin", origin("gravatar", Tier::a, "2026-01-01T00:00:00Z"));
    const Profile fresh = named("Jane Martin", origin("orcid", Tier::a, "2026-02-01T00:00:00Z"));
    EXPECT_EQ(merge({old, fresh}).headline.value, "headline of orcid");
    EXPECT_EQ(merge({fresh, old}).headline.value, "headline of orcid");
}

TEST(ProfileMerge, ConflictingNameAtTierBDropsAllThatItsSourceSaid) {
    const Profile jane = sample::jane(origin("gravatar", Tier::a));
    Profile other = named("Paul Petit", origin("activitypub", Tier::b));
    other.links = {{"mastodon", "paul", "https://piaille.example/@paul", origin("activitypub", Tier::b)}};
    other.recommendations = {{"x", "y", origin("activitypub", Tier::b)}};
    const Profile merged = merge({other, jane});
    EXPECT_EQ(merged.display_name.value, "Jane Martin");
    for (const Link& link : merged.links) EXPECT_EQ(link.origin.source, "gravatar");
    EXPECT_EQ(merged.recommendations.size(), 3u);
}

TEST(ProfileMerge, TwoConflictingNamesAtTierBFallTogether) {
    EXPECT_TRUE(merge({named("Jane Martin", origin("activitypub", Tier::b)),
                       named("Paul Petit", origin("profile_page", Tier::b))})
                    .empty());
}

TEST(ProfileMerge, AWeakerTierCannotBringDownABetterOne) {
    const Profile merged = merge({named("Jane Martin", origin("activitypub", Tier::b)),
                                  named("Mallory", origin("profile_page", Tier::c))});
    EXPECT_EQ(merged.display_name.value, "Jane Martin");
    EXPECT_EQ(merged.headline.value, "headline of activitypub");
}

TEST(ProfileMerge, ConflictAtTierAIsSettledByFreshness) {
    const Profile merged =
        merge({named("J. Martin-Roux", origin("gravatar", Tier::a, "2026-01-01T00:00:00Z")),
               named("Jane Martin", origin("orcid", Tier::a, "2026-02-01T00:00:00Z"))});
    EXPECT_EQ(merged.display_name.value, "Jane Martin");
    EXPECT_EQ(merged.headline.value, "headline of orcid");
}

TEST(ProfileMerge, OrderOfWordsCaseAndMissingWordsAreNoConflict) {
    for (const char* name : {"MARTIN, Jane", "jane martin", "Jane", "Jane  Martin"}) {
        Profile other = named(name, origin("activitypub", Tier::b));
        other.location = {"Lyon", origin("activitypub", Tier::b)};
        EXPECT_EQ(merge({named("Jane Martin", origin("directory", Tier::s)), other}).location.value, "Lyon")
            << name;
    }
}

TEST(ProfileMerge, ListsAreJoinedEachEntryOnce) {
    Profile a = sample::jane(origin("gravatar", Tier::b));
    Profile b = sample::jane(origin("directory", Tier::s));
    b.links.push_back({"x", "janem", "https://x.example/janem", origin("directory", Tier::c)});
    b.activities.push_back(
        {at("2026-11-22T00:00:00Z"), "mastodon", "Later", "", origin("directory", Tier::s)});
    const Profile merged = merge({a, b});
    ASSERT_EQ(merged.links.size(), 3u);
    EXPECT_EQ(merged.links[0].origin.tier, Tier::s);
    EXPECT_EQ(merged.links[2].origin.tier, Tier::c);
    ASSERT_EQ(merged.activities.size(), 2u);
    EXPECT_EQ(merged.activities[0].text, "Later");
    EXPECT_EQ(merged.activities[1].origin.source, "directory");
    EXPECT_EQ(merged.recommendations.size(), 3u);
}

TEST(ProfileMerge, ACareerIsTakenWholeFromOneSource) {
    Profile a = sample::jane(origin("gravatar", Tier::b));
    Profile b;
    b.positions = {{"Director of HR", "ACME SA", "2019", "", origin("orcid", Tier::a)}};
    const Profile merged = merge({a, b});
    ASSERT_EQ(merged.positions.size(), 1u);
    EXPECT_EQ(merged.positions[0].title, "Director of HR");
}

}  // namespace
}  // namespace decorum::profile
