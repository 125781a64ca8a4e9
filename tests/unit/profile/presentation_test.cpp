#include <gtest/gtest.h>

#include "gateway/profile/face.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/profile/presentation.hpp"
#include "sample.hpp"

namespace decorum::profile {
namespace {

using sample::at;
using sample::origin;
using testing::Test;

const PresentationOptions with_activity{true};

Presentation shown(const Profile& profile) {
    return present(profile, with_activity);
}

TEST(Presentation, FactsReadAsTheContractSays) {
    const Presentation jane = shown(sample::jane(origin("directory", Tier::s)));
    EXPECT_EQ(jane.profile, "Jane Martin, HR Director at ACME (Lyon, FR)");
    EXPECT_EQ(jane.networks,
              (std::vector<std::string>{"https://github.com/janem", "https://piaille.example/@jane"}));
    EXPECT_EQ(jane.activity, "2026-11-20 \"Nous recrutons\" <https://piaille.example/@jane/113>");
    EXPECT_EQ(jane.career, "HR Director, ACME (2019-); HR Manager, Foo (2012-2019); 3 recommendations");
    EXPECT_EQ(jane.display_name, "Jane Martin");
    EXPECT_EQ(jane.headline, "HR Director");
    EXPECT_EQ(jane.organisation, "ACME");
    EXPECT_EQ(jane.tier, "S");
    EXPECT_EQ(jane.said_by, "own");
    EXPECT_EQ(jane.sources, std::vector<std::string>{"directory"});
    EXPECT_EQ(jane.as_of, at("2026-11-23T06:00:00Z"));
}

TEST(Presentation, ClaimsNameTheirPlace) {
    const Presentation jane = shown(sample::jane(origin("gravatar", Tier::a)));
    EXPECT_EQ(jane.profile, "Jane Martin, HR Director at ACME (Lyon, FR); self-described at gravatar.com");
    EXPECT_EQ(jane.said_by, "self");
    EXPECT_EQ(jane.tier, "A");
}

Origin origin_at(std::string source, Tier tier, std::string place) {
    Origin from = origin(std::move(source), tier);
    from.place = std::move(place);
    return from;
}

TEST(Presentation, ThePlaceOfAClaimIsWhereItStands) {
    Profile jane;
    jane.display_name = {"Jane", origin_at("webfinger", Tier::b, "Piaille.example")};
    EXPECT_EQ(shown(jane).profile, "Jane; self-described at piaille.example");
    jane.display_name = {"Jane", origin_at("gitlab", Tier::a, "git.acme.example")};
    EXPECT_EQ(shown(jane).profile, "Jane; self-described at git.acme.example") << "not gitlab.com";
    // What it lists of others is none of their words.
    jane.display_name = {"Jane", origin("custom.staff", Tier::a)};
    jane.links = {{"github", "janem", "https://github.com/janem", origin("custom.staff", Tier::a)}};
    EXPECT_EQ(shown(jane).profile, "Jane; self-described at custom.staff");
    for (const char* odd : {"", "a b.example", "a.example; self-described at b.example", "[::1]"}) {
        jane.display_name = {"Jane", origin_at("gravatar", Tier::a, odd)};
        EXPECT_EQ(shown(jane).profile, "Jane; self-described at gravatar.com") << odd;
    }
}

TEST(Presentation, TwoAccountsAtOneSourceAreTwoPlaces) {
    Profile jane;
    jane.display_name = {"Jane", origin_at("profile_page", Tier::a, "jane.example")};
    jane.headline = {"Baker", origin_at("profile_page", Tier::a, "bakers.example")};
    EXPECT_EQ(shown(jane).profile, "Jane, Baker; self-described at jane.example, bakers.example");
    EXPECT_EQ(shown(jane).sources, std::vector<std::string>{"profile_page"});
    jane.headline.origin.place = "jane.example";
    EXPECT_EQ(shown(jane).profile, "Jane, Baker; self-described at jane.example");
}

TEST(Presentation, OneClaimAmongFactsIsMarked) {
    Profile jane = sample::jane(origin("directory", Tier::s));
    jane.headline = {"Queen", origin("gravatar", Tier::a)};
    EXPECT_EQ(shown(jane).profile, "Jane Martin, Queen at ACME (Lyon, FR); self-described at gravatar.com");
    EXPECT_EQ(shown(jane).said_by, "self");
    EXPECT_EQ(shown(jane).tier, "S");
    EXPECT_EQ(shown(jane).sources, (std::vector<std::string>{"directory", "gravatar"}));
}

TEST(Presentation, AClaimedCareerIsSelfSaid) {
    Profile jane = sample::jane(origin("directory", Tier::s));
    for (Position& position : jane.positions) position.origin = origin("orcid", Tier::a);
    EXPECT_EQ(shown(jane).said_by, "self");
}

TEST(Presentation, AnAccountAtLowerTierLeavesFactsFacts) {
    Profile jane = sample::jane(origin("directory", Tier::s));
    jane.links[0].origin = origin("gravatar", Tier::a);
    EXPECT_EQ(shown(jane).said_by, "own");
    EXPECT_EQ(shown(jane).profile, "Jane Martin, HR Director at ACME (Lyon, FR)");
}

TEST(Presentation, WhatIsTypedElsewhereIsAClaimWhateverOrganisationItNames) {
    Profile jane = sample::jane(origin("gravatar", Tier::a));
    jane.headline.value = "CEO";
    jane.organisation.origin = origin("directory", Tier::s);
    const Presentation claim = shown(jane);
    EXPECT_EQ(claim.said_by, "self") << "that ACME is hers by our own records makes her no CEO";
    EXPECT_EQ(claim.profile, "Jane Martin, CEO at ACME (Lyon, FR); self-described at gravatar.com");
    EXPECT_FALSE(claim.name_is_fact);
    EXPECT_TRUE(claim.organisation_is_fact);
}

struct Line {
    const char* name;
    const char* headline;
    const char* organisation;
    const char* location;
    const char* expected;
};

class PresentationLine : public testing::TestWithParam<Line> {};

TEST_P(PresentationLine, LeavesOutWhatIsUnknown) {
    const Origin from = origin("directory", Tier::s);
    Profile profile;
    profile.display_name = {GetParam().name, from};
    profile.headline = {GetParam().headline, from};
    profile.organisation = {GetParam().organisation, from};
    profile.location = {GetParam().location, from};
    EXPECT_EQ(shown(profile).profile, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Each, PresentationLine,
    testing::Values(Line{"Jane", "", "", "", "Jane"}, Line{"Jane", "HR", "", "", "Jane, HR"},
                    Line{"Jane", "", "ACME", "", "Jane at ACME"}, Line{"Jane", "", "", "Lyon", "Jane (Lyon)"},
                    Line{"", "HR", "ACME", "", "HR at ACME"}, Line{"", "", "ACME", "", "ACME"},
                    Line{"", "", "ACME", "Lyon", "ACME (Lyon)"}, Line{"", "", "", "Lyon", "Lyon"},
                    Line{" \r\n ", "HR", "", "", "HR"}, Line{"", "", "", "", ""}));

TEST(Presentation, TiersCAndDAreNeverShown) {
    for (Tier tier : {Tier::c, Tier::d}) {
        Profile jane = sample::jane(origin("profile_page", tier));
        jane.photo_png.value = sample::png(48, 48);
        const Presentation none = shown(jane);
        EXPECT_TRUE(none.empty()) << name_of(tier);
        EXPECT_TRUE(none.sources.empty());
    }
    Profile mixed = sample::jane(origin("gravatar", Tier::a));
    mixed.headline.origin.tier = Tier::c;
    mixed.links[1].origin.tier = Tier::d;
    mixed.activities[0].origin.tier = Tier::c;
    mixed.positions[1].origin.tier = Tier::c;
    mixed.recommendations[0].origin.tier = mixed.recommendations[1].origin.tier = Tier::d;
    const Presentation jane = shown(mixed);
    EXPECT_EQ(jane.profile, "Jane Martin at ACME (Lyon, FR); self-described at gravatar.com");
    EXPECT_EQ(jane.headline, "");
    EXPECT_EQ(jane.networks, std::vector<std::string>{"https://github.com/janem"});
    EXPECT_EQ(jane.activity, "");
    EXPECT_EQ(jane.career, "HR Manager, Foo (2012-2019); 1 recommendation");
}

TEST(Presentation, NetworksComeBestTierFirst) {
    Profile jane;
    jane.links = {{"a", "", "https://a.example/", origin("gravatar", Tier::b)},
                  {"b", "", "https://b.example/", origin("gravatar", Tier::a)},
                  {"c", "", "https://c.example/", origin("directory", Tier::s)},
                  {"d", "", "https://a.example/", origin("orcid", Tier::b)}};
    EXPECT_EQ(shown(jane).networks,
              (std::vector<std::string>{"https://c.example/", "https://b.example/", "https://a.example/"}));
}

TEST(Presentation, OnlyHarmlessUrlsAreShown) {
    const std::vector<std::pair<std::string, std::string>> urls{
        {"javascript:alert(1)", ""},
        {"", ""},
        {"https://a.example/x y", ""},
        {"https://a.example/>, https://b.example", ""},
        {"https://a.example/\r\nBcc: x", ""},
        {"https://a.example/\"", ""},
        {"https://a.example/,b", "https://a.example/%2Cb"},
        {"https://a.example/é", "https://a.example/%C3%A9"},
        {"HTTP://a.example/", "HTTP://a.example/"},
        {"https://a.example/" + std::string(600, 'a'), ""},
    };
    for (const auto& [url, expected] : urls) {
        Profile profile;
        profile.links = {{"x", "", url, origin("gravatar", Tier::a)}};
        const auto networks = shown(profile).networks;
        EXPECT_EQ(networks.empty() ? "" : networks[0], expected) << url;
    }
}

TEST(Presentation, ActivityIsTheNewestAndOnlyWhereAsked) {
    Profile jane = sample::jane(origin("gravatar", Tier::a));
    jane.activities.push_back(
        {at("2026-11-22T23:59:59Z"), "x", "I said \"no\"\n\tand  left", "", origin("x", Tier::a)});
    jane.activities.push_back(
        {at("2026-11-23T00:00:00Z"), "x", " ", "https://x.example/1", origin("x", Tier::a)});
    EXPECT_EQ(shown(jane).activity, "2026-11-22 \"I said 'no' and left\"");
    EXPECT_EQ(present(jane, {}).activity, "");
}

TEST(Presentation, CareerIsNewestFirst) {
    const Origin from = origin("orcid", Tier::a);
    Profile jane;
    jane.positions = {{"Trainee", "", "", "", from},      {"A", "Old", "2001", "2005", from},
                      {"B", "Held", "2015-01", "", from}, {"", "Newer Ltd", "2019", "", from},
                      {"C", "Mid", "", "2010", from},     {"D", "Odd", "long ago", "2012-12-31", from},
                      {"", "", "2020", "", from}};
    EXPECT_EQ(
        shown(jane).career,
        "Newer Ltd (2019-); B, Held (2015-); D, Odd (-2012); C, Mid (-2010); A, Old (2001-2005); Trainee");
    jane.positions.clear();
    jane.recommendations = {{"x", "y", from}};
    EXPECT_EQ(shown(jane).career, "1 recommendation");
}

TEST(Presentation, NoTextCanImitateOrPushOutTheMarkOfAClaim) {
    Profile mallory = sample::jane(origin("gravatar", Tier::a));
    mallory.display_name.value = "Mallory; self-described at bank.example";
    mallory.headline.value = std::string(100'000, 'x');
    mallory.location.value = "here)\r\nX-Injected: yes";
    const Presentation claim = shown(mallory);
    EXPECT_TRUE(claim.profile.starts_with("Mallory, self-described at bank.example, xxx"));
    EXPECT_TRUE(claim.profile.ends_with("; self-described at gravatar.com"));
    EXPECT_EQ(claim.profile.find('\n'), std::string::npos);
    EXPECT_EQ(std::ranges::count(claim.profile, ';'), 1);
}

// The message layer cuts at 240 characters; in that many octets of encoded words 320 octets fit.
TEST(Presentation, TheMarkOfAClaimStaysWithinWhatAHeaderFieldShows) {
    for (const char* letter : {"x", "é", "漢", "😀"}) {
        std::string words;
        for (int i = 0; i < 2000; ++i) words += letter;
        for (const char* source : {"gravatar", "activitypub"}) {
            Profile mallory = sample::jane(origin(source, Tier::a));
            mallory.display_name.value = mallory.headline.value = mallory.organisation.value =
                mallory.location.value = words;
            mallory.links = {{"x", "", "https://" + std::string(60, 'h') + "/", origin(source, Tier::a)}};
            const std::string line = shown(mallory).profile;
            const auto mark = line.find("; self-described at ");
            ASSERT_NE(mark, std::string::npos) << letter;
            EXPECT_LE(mark, 320u);
            const auto characters = std::ranges::count_if(
                line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; });
            EXPECT_LE(characters, 236);
            EXPECT_TRUE(line.substr(0, mark).ends_with("…"));
            EXPECT_EQ(capped_utf8(line, 10'000), line);
        }
    }
}

TEST(Presentation, FaceIsShownOnlyWhereItFits) {
    Profile jane = sample::jane(origin("directory", Tier::s));
    EXPECT_EQ(shown(jane).face_png, "");
    jane.photo_png.value = sample::png(48, 48);
    EXPECT_EQ(shown(jane).face_png, sample::png(48, 48));
}

TEST(Face, Is48PixelsSquareAndAtMost725Octets) {
    const std::string smallest = sample::png(48, 48);
    EXPECT_TRUE(is_face(smallest));
    EXPECT_TRUE(is_face(sample::png(48, 48, 725 - smallest.size())));
    EXPECT_FALSE(is_face(sample::png(48, 48, 726 - smallest.size())));
    EXPECT_FALSE(is_face(sample::png(48, 49)));
    EXPECT_FALSE(is_face(sample::png(47, 48)));
    EXPECT_FALSE(is_face("GIF89a" + smallest));
    EXPECT_FALSE(is_face(smallest + "tail"));
    for (std::size_t octets = 0; octets < smallest.size(); ++octets)
        EXPECT_FALSE(is_face(smallest.substr(0, octets))) << octets;
    std::string huge_chunk = smallest;
    huge_chunk[33] = '\xff';  // the length of IDAT
    EXPECT_FALSE(is_face(huge_chunk));
}

TEST(PresentationJson, ReadsBackWhatItWrote) {
    Profile profile = sample::jane(origin("gravatar", Tier::a));
    profile.photo_png.value = sample::png(48, 48);
    profile.organisation.origin.tier = Tier::s;
    const Presentation before = shown(profile);
    EXPECT_TRUE(before.organisation_is_fact);
    const auto after = presentation_from_json(to_json(before));
    ASSERT_TRUE(after) << after.error().text();
    EXPECT_TRUE(after->same_lines(before));
    EXPECT_EQ(after->as_of, before.as_of);
    EXPECT_EQ(to_json(*after), to_json(before));
}

TEST(PresentationJson, FaultsAreErrors) {
    for (const char* text :
         {"", "[]", "{}", R"({"tier":"X","said_by":"own"})", R"({"tier":"S","said_by":"me"})",
          R"({"tier":"S","said_by":"own","networks":"x"})", R"({"tier":"S","said_by":"own","networks":[1]})",
          R"({"tier":"S","said_by":"own","name_is_fact":1})", R"({"tier":"S","said_by":"own","face":"!"})",
          R"({"tier":"S","said_by":"own","as_of":""})"})
        EXPECT_FALSE(presentation_from_json(text)) << text;
    EXPECT_TRUE(presentation_from_json(R"({"tier":"S","said_by":"own"})"));
    const auto nobody = presentation_from_json(to_json(Presentation{}));
    ASSERT_TRUE(nobody) << "a version from which on nothing is shown: " << nobody.error().text();
    EXPECT_TRUE(nobody->same_lines(Presentation{}));
}

TEST(Presentation, LinesDifferByEachMemberButTheTime) {
    const Presentation base = shown(sample::jane(origin("gravatar", Tier::a)));
    Presentation later = base;
    later.as_of += std::chrono::hours{1};
    EXPECT_TRUE(base.same_lines(later));
    const std::vector<std::function<void(Presentation&)>> changes{
        [](auto& p) { p.profile += "x"; },
        [](auto& p) { p.networks.pop_back(); },
        [](auto& p) { p.activity += "x"; },
        [](auto& p) { p.career += "x"; },
        [](auto& p) { p.face_png += "x"; },
        [](auto& p) { p.display_name += "x"; },
        [](auto& p) { p.headline += "x"; },
        [](auto& p) { p.organisation += "x"; },
        [](auto& p) { p.tier = "B"; },
        [](auto& p) { p.said_by = "own"; },
        [](auto& p) { p.sources.clear(); },
        [](auto& p) { p.name_is_fact = true; },
        [](auto& p) { p.organisation_is_fact = true; },
    };
    for (const auto& change : changes) {
        Presentation other = base;
        change(other);
        EXPECT_FALSE(base.same_lines(other));
    }
}

}  // namespace
}  // namespace decorum::profile
