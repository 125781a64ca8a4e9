#include <gtest/gtest.h>

#include "gateway/base/digest.hpp"
#include "gateway/profile/limits.hpp"
#include "sample.hpp"

namespace decorum::profile {
namespace {

using sample::at;
using sample::origin;

TEST(ProfileJson, ReadsBackWhatItWrote) {
    const Profile before = sample::jane(origin("gravatar", Tier::a));
    const auto after = profile_from_json(to_json(before));
    ASSERT_TRUE(after) << after.error().text();
    EXPECT_EQ(after->display_name.value, "Jane Martin");
    EXPECT_EQ(after->display_name.origin.source, "gravatar");
    EXPECT_EQ(after->display_name.origin.tier, Tier::a);
    EXPECT_EQ(after->display_name.origin.reason, "for the test");
    EXPECT_EQ(after->display_name.origin.fetched, at("2026-11-23T06:00:00Z"));
    EXPECT_EQ(after->photo_png.value, before.photo_png.value);
    ASSERT_EQ(after->activities.size(), 1u);
    EXPECT_EQ(after->activities[0].time, at("2026-11-20T08:00:00Z"));
    EXPECT_EQ(after->recommendations.size(), 3u);
    EXPECT_EQ(to_json(*after), to_json(before));
}

TEST(ProfileJson, EmptyProfileIsAnEmptyObject) {
    EXPECT_EQ(to_json(Profile{}), "{}");
    const auto read = profile_from_json("{}");
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->empty());
}

TEST(ProfileJson, HostileTextsAreCappedSoThatTheyReadBack) {
    Profile profile;
    const Origin from = origin(std::string(5000, 's'), Tier::b);
    profile.display_name = {"\xff\xfe\xc3" + std::string(100'000, 'n'), from};
    profile.headline = {std::string("\0\r\n\xed\xa0\x80\xf5", 7), from};
    profile.photo_png = {std::string(max_photo_octets + 1, 'p'), from};
    profile.links.assign(10'000,
                         {std::string(1000, 'n'), std::string(1000, 'h'), std::string(9000, 'u'), from});
    profile.activities.assign(1000, {Instant::max(), "x", std::string(100'000, 't'), "", from});
    profile.activities[0].time = Instant::min();
    const auto read = profile_from_json(to_json(profile));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->display_name.value.size(), max_name_octets);
    EXPECT_TRUE(read->display_name.value.starts_with("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDnnn"));
    EXPECT_TRUE(read->photo_png.empty());
    EXPECT_EQ(read->links.size(), max_links);
    EXPECT_EQ(read->activities.size(), max_activities);
    EXPECT_EQ(read->activities[0].time, earliest_time);
    EXPECT_EQ(read->activities[1].time, latest_time);
}

TEST(ProfileJson, Utf8IsCutBetweenCodePoints) {
    EXPECT_EQ(capped_utf8("aé€😀", 10), "aé€😀");
    EXPECT_EQ(capped_utf8("aé€😀", 9), "aé€");
    EXPECT_EQ(capped_utf8("aé€😀", 5), "aé");
    EXPECT_EQ(capped_utf8("\xe2\x82", 9), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(capped_utf8("\xc0\xaf", 9), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

struct BadJson {
    const char* name;
    std::string text;
    const char* says;
};

class ProfileJsonFault : public testing::TestWithParam<BadJson> {};

TEST_P(ProfileJsonFault, IsAnErrorThatNamesTheMember) {
    const auto read = profile_from_json(GetParam().text);
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find(GetParam().says), std::string::npos) << read.error().detail;
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

INSTANTIATE_TEST_SUITE_P(
    Each, ProfileJsonFault,
    testing::Values(
        BadJson{"Empty", "", "JSON"}, BadJson{"NoObject", "[]", "not an object"},
        BadJson{"Cut", R"({"headline":{"va)", "JSON"}, BadJson{"TwoValues", "{}{}", "JSON"},
        BadJson{"TextIsNumber", R"({"headline":{"value":1,"tier":"S"}})", "value: not a string"},
        BadJson{"TextIsNoObject", R"({"headline":"x"})", "headline: not an object"},
        BadJson{"NoTier", R"({"headline":{"value":"x"}})", "tier"},
        BadJson{"BadTier", R"({"headline":{"value":"x","tier":"E"}})", "tier"},
        BadJson{"LongTier", R"({"headline":{"value":"x","tier":"SS"}})", "tier"},
        BadJson{"BadTime", R"({"headline":{"value":"x","tier":"S","fetched":"now"}})", "fetched"},
        BadJson{"FarTime", R"({"headline":{"value":"x","tier":"S","fetched":9223372036854775807}})",
                "fetched: out of range"},
        BadJson{"NoList", R"({"links":{}})", "links: not a list"},
        BadJson{"NoEntry", R"({"links":[1]})", "links"},
        BadJson{"BadBase64", R"({"photo_png":{"value":"***","tier":"S"}})", "value: not base64"},
        BadJson{"LongName",
                R"({"display_name":{"tier":"S","value":")" + std::string(max_name_octets + 1, 'x') + R"("}})",
                "value: too long"},
        BadJson{"InvalidUtf8", "{\"headline\":{\"tier\":\"S\",\"value\":\"\xff\"}}", "JSON"},
        BadJson{"Deep", R"({"headline":)" + nested(1000) + "}", "JSON"},
        BadJson{"Large", std::string(9u << 20, ' '), "too large"}),
    [](const auto& info) { return info.param.name; });

// Whatever happened to the octets, reading gives a profile or an error, and a profile reads back.
TEST(ProfileJson, SurvivesEveryDamagedOctet) {
    Profile small;
    small.display_name = {"Jane", origin("directory", Tier::s)};
    small.links = {{"github", "janem", "https://github.com/janem", origin("directory", Tier::s)}};
    const std::string good = to_json(small);
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (char c : std::string("\0\"{}[]:,9-\\\xff", 12)) {
            std::string damaged = good;
            damaged[i] = c;
            if (const auto read = profile_from_json(damaged)) {
                EXPECT_TRUE(profile_from_json(to_json(*read))) << damaged;
            }
        }
        EXPECT_FALSE(profile_from_json(good.substr(0, i)));
    }
}

TEST(ProfileNames, TiersReadBack) {
    for (Tier tier : {Tier::s, Tier::a, Tier::b, Tier::c, Tier::d}) EXPECT_EQ(tier_from(name_of(tier)), tier);
    EXPECT_FALSE(tier_from("s"));
    EXPECT_FALSE(tier_from(""));
}

}  // namespace
}  // namespace decorum::profile
