#include "gateway/profile/activity_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/profile/presentation.hpp"
#include "sample.hpp"

namespace decorum::profile {
namespace {

using sample::at;
using sample::origin;
using testing::HasSubstr;
using testing::Not;

Activity post(std::string_view time, std::string text, std::string url = {}, Tier tier = Tier::a,
              std::string source = "x") {
    return {at(time), "x", std::move(text), std::move(url), origin(std::move(source), tier)};
}

std::string line_of(std::vector<Activity> activities, std::size_t count = 1) {
    Profile profile;
    profile.activities = std::move(activities);
    return activity_line(profile, count).text;
}

TEST(ActivityLine, PostsOfAllSourcesAreOneLineNewestFirst) {
    const std::vector<Activity> posts{
        post("2026-11-18T08:00:00Z", "Old", "https://x.com/jane/status/1"),
        post("2026-11-20T08:00:00Z", "New; \"quoted\"", "https://a.example/2", Tier::b, "activitypub"),
        post("2026-11-19T08:00:00Z", "Without URL")};
    EXPECT_EQ(line_of(posts), "2026-11-20 \"New; 'quoted'\" <https://a.example/2>");
    EXPECT_EQ(line_of(posts, 2),
              "2026-11-20 \"New; 'quoted'\" <https://a.example/2>; 2026-11-19 \"Without URL\"");
    EXPECT_EQ(line_of(posts, 5),
              "2026-11-20 \"New; 'quoted'\" <https://a.example/2>; 2026-11-19 \"Without URL\"; "
              "2026-11-18 \"Old\" <https://x.com/jane/status/1>");
    EXPECT_EQ(line_of({}, 5), "");
}

TEST(ActivityLine, WhatIsNotTiedToTheAddressIsNotShown) {
    EXPECT_EQ(line_of({post("2026-11-20T08:00:00Z", "C", "", Tier::c),
                       post("2026-11-20T08:00:00Z", "D", "", Tier::d)},
                      5),
              "");
}

TEST(ActivityLine, OneTextOnTwoNetworksIsSaidOnce) {
    EXPECT_EQ(line_of({post("2026-11-20T08:00:00Z", "Same", "https://a.example/1"),
                       post("2026-11-20T08:00:05Z", "Same", "https://b.example/1")},
                      2),
              "2026-11-20 \"Same\" <https://b.example/1>");
}

TEST(ActivityLine, TextsAreCutAtAWord) {
    std::string text;
    while (text.size() < 400) text += "word ";
    const std::string line = line_of({post("2026-11-20T08:00:00Z", text, "https://a.example/1")});
    EXPECT_THAT(line, HasSubstr("word word…\" <https://a.example/1>"));
    EXPECT_LT(line.size(), 300U);
    // One long word is cut all the same, and never within a character.
    const std::string one_word = line_of({post("2026-11-20T08:00:00Z", std::string(100'000, 'x'))});
    EXPECT_EQ(one_word, "2026-11-20 \"" + std::string(239, 'x') + "…\"");
    std::string accents;
    for (int i = 0; i < 50'000; ++i) accents += "é";
    EXPECT_THAT(line_of({post("2026-11-20T08:00:00Z", accents)}), HasSubstr("éé…\""));
}

TEST(ActivityLine, SeveralPostsShareTheRoom) {
    std::vector<Activity> posts;
    for (int i = 0; i < 5; ++i)
        posts.push_back(
            post("2026-11-20T08:00:00Z", std::string(1, static_cast<char>('a' + i)) + std::string(500, 'x')));
    const std::string line = line_of(posts, 5);
    EXPECT_EQ(std::ranges::count(line, ';'), 4) << line;
    EXPECT_LT(line.size(), 5 * (48U + 20U));
}

TEST(ActivityLine, LinksInTextsAreKeptShort) {
    const std::string line = line_of(
        {post("2026-11-20T08:00:00Z",
              "Read https://www.example.org/2026/11/20/a-very-long-story-about-nothing?utm_source=x and "
              "https://example.org/a")});
    EXPECT_THAT(line, HasSubstr("Read example.org/2026/11/20/a-very-long-st…"));
    EXPECT_THAT(line, HasSubstr("and https://example.org/a\""));
    EXPECT_THAT(line, Not(HasSubstr("utm_source")));
}

TEST(ActivityLine, AUrlThatWouldNotFitIsLeftOut) {
    EXPECT_EQ(line_of({post("2026-11-20T08:00:00Z", "Text", "https://a.example/" + std::string(300, 'u'))}),
              "2026-11-20 \"Text\"");
    EXPECT_EQ(line_of({post("2026-11-20T08:00:00Z", "Text", "javascript:alert(1)")}), "2026-11-20 \"Text\"");
    EXPECT_EQ(line_of({post("2026-11-20T08:00:00Z", "Text", "https://a.example/>; 2026-01-01 \"x")}),
              "2026-11-20 \"Text\"");
}

TEST(ActivityLine, NoTextBeginsAPostOfItsOwn) {
    const std::string line =
        line_of({post("2026-11-20T08:00:00Z", "a\"; 2026-11-21 \"forged\" <https://evil.example/>\r\nBcc: x",
                      "https://a.example/1")},
                5);
    EXPECT_EQ(line,
              "2026-11-20 \"a'; 2026-11-21 'forged' <https://evil.example/> Bcc: x\" <https://a.example/1>");
}

TEST(ActivityLine, CreditsOnlyThePostsThatAreShown) {
    Profile jane = sample::jane(origin("directory", Tier::s));
    jane.activities.push_back(post("2026-11-21T08:00:00Z", "On X", "", Tier::a, "x"));
    const auto sources = [&](std::size_t count) {
        return present(jane, {true, count}).sources;
    };
    jane.activities.push_back(post("2026-11-22T08:00:00Z", "Elsewhere", "", Tier::a, "bluesky"));
    EXPECT_EQ(sources(1), (std::vector<std::string>{"directory", "bluesky"}));
    EXPECT_EQ(sources(2), (std::vector<std::string>{"directory", "bluesky", "x"}));
}

}  // namespace
}  // namespace decorum::profile
