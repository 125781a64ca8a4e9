#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/json_resume.hpp"

namespace decorum::connectors {
namespace {

using testing::ElementsAre;

constexpr std::string_view noor_resume = R"json({
  "basics": {
    "name": "Noor Haddad", "label": "Paediatric Nurse", "email": "noor@haddad.example",
    "image": "https://haddad.example/noor.jpg", "url": "https://haddad.example/",
    "summary": "Fourteen years on children's wards.",
    "location": {"address": "1 Quay Street", "city": "Nantes", "countryCode": "FR", "region": "Loire"},
    "profiles": [
      {"network": "Mastodon", "username": "noor", "url": "https://social.example/@noor/"},
      {"network": "GitHub", "username": "noorh"},
      {"network": "Elsewhere", "url": "javascript:alert(1)"
}]
}
,
  "work": [
    {"name": "Harbour Hospital", "position": "Ward Sister", "startDate": "2019-03-01"},
    {"company": "Old Clinic", "position": "Nurse", "startDate": "2012", "endDate": "2019-02-28"}],
  "education": [{"institution": "Rennes", "studyType": "Diploma", "area": "Nursing", "endDate": "2012"}],
  "references": [
    {"name": "Ines Roux", "reference": "Calm when it counts."},
    {"name": "Nobody", "reference": ""}]
})json";

JsonResume resume_in(std::string_view json) {
    auto resume = parse_json_resume(json);
    EXPECT_TRUE(resume) << resume.error().text();
    return resume ? std::move(*resume) : JsonResume{};
}

TEST(JsonResume, GivesCareerAndRecommendations) {
    const auto resume = resume_in(noor_resume);
    const auto& p = resume.profile;
    EXPECT_EQ(p.display_name.value, "Noor Haddad");
    EXPECT_EQ(p.headline.value, "Paediatric Nurse");
    EXPECT_EQ(p.organisation.value, "Harbour Hospital");
    EXPECT_EQ(p.location.value, "Nantes, FR");
    EXPECT_EQ(p.summary.value, "Fourteen years on children's wards.");
    EXPECT_EQ(p.photo_url.value, "https://haddad.example/noor.jpg");
    ASSERT_EQ(p.positions.size(), 2u);
    EXPECT_EQ(p.positions[0].title, "Ward Sister");
    EXPECT_EQ(p.positions[0].start, "2019-03-01");
    EXPECT_EQ(p.positions[0].end, "");
    EXPECT_EQ(p.positions[1].organisation, "Old Clinic");
    EXPECT_EQ(p.positions[1].end, "2019-02-28");
    ASSERT_EQ(p.recommendations.size(), 1u);
    EXPECT_EQ(p.recommendations[0].author, "Ines Roux");
    EXPECT_EQ(p.recommendations[0].text, "Calm when it counts.");
    EXPECT_THAT(resume.addresses, ElementsAre("noor@haddad.example"));
}

TEST(JsonResume, LinksAreKeptOnlyWhereTheyLeadSomewhere) {
    const auto links = resume_in(noor_resume).profile.links;
    ASSERT_EQ(links.size(), 3u);
    EXPECT_EQ(links[0].network, "web");
    EXPECT_EQ(links[0].url, "https://haddad.example/");
    EXPECT_EQ(links[1].network, "mastodon");
    EXPECT_EQ(links[1].url, "https://social.example/@noor");
    EXPECT_EQ(links[2].network, "github");
    EXPECT_EQ(links[2].handle, "noorh");
    EXPECT_EQ(links[2].url, "");
}

TEST(JsonResume, EducationStandsInWhereThereIsNoWork) {
    const auto p = resume_in(R"({"basics": {"name": "Ada"}, "work": [], "education": [
        {"institution": "Rennes", "studyType": "Diploma", "area": "Nursing", "startDate": "2009", "endDate": "2012"},
        {"institution": "Brest", "area": "Physics"}]})")
                       .profile;
    ASSERT_EQ(p.positions.size(), 2u);
    EXPECT_EQ(p.positions[0].title, "Diploma, Nursing");
    EXPECT_EQ(p.positions[0].organisation, "Rennes");
    EXPECT_EQ(p.positions[0].start, "2009");
    EXPECT_EQ(p.positions[1].title, "Physics");
    EXPECT_TRUE(p.headline.empty()) << "who studied is not employed there";
    EXPECT_TRUE(p.organisation.empty());
}

TEST(JsonResume, OddMembersCostOnlyThemselves) {
    const auto resume =
        resume_in(R"({"basics": {"name": ["x"], "label": 7, "location": "Lyon", "profiles": "none",
        "email": [1, null, "a@b.example"], "image": "http://plain.example/x.jpg"},
        "work": [null, 3, "x", {"position": {"a": 1}}, {"position": "Cook", "startDate": 2019, "endDate": "Present"}],
        "references": {"name": "Only", "reference": "One"}})");
    EXPECT_EQ(resume.profile.display_name.value, "");
    EXPECT_EQ(resume.profile.headline.value, "7");
    EXPECT_EQ(resume.profile.photo_url.value, "");
    ASSERT_EQ(resume.profile.positions.size(), 1u);
    EXPECT_EQ(resume.profile.positions[0].start, "2019");
    EXPECT_EQ(resume.profile.positions[0].end, "");
    EXPECT_EQ(resume.profile.recommendations.size(), 1u);
    EXPECT_THAT(resume.addresses, ElementsAre("1", "a@b.example"));
}

TEST(JsonResume, WhatIsTooMuchIsCut) {
    std::string work;
    for (int i = 0; i < 300; ++i) work += R"({"position": "Cook"},)";
    work.back() = ' ';
    const auto p =
        resume_in(R"({"basics": {"name": ")" + std::string(10'000, 'n') + R"("}, "work": [)" + work + "]}")
            .profile;
    EXPECT_EQ(p.display_name.value.size(), 400u);
    EXPECT_EQ(p.positions.size(), 50u);
}

TEST(JsonResume, OctetsThatAreNoUtf8BecomeReplacementCharacters) {
    EXPECT_EQ(resume_in("{\"basics\": {\"name\": \"No\xFF\xC0r\"}}").profile.display_name.value,
              "No\uFFFD\uFFFDr");
}

TEST(JsonResume, AnythingElseIsAFaultThatQuotesNothing) {
    for (const std::string& text :
         {std::string(), std::string("secret"), std::string("[\"secret\"]"), std::string("{\"secret\": 1}"),
          std::string("{\"basics\": "), std::string("<html>secret</html>")}) {
        const auto resume = parse_json_resume(text);
        ASSERT_FALSE(resume) << text;
        EXPECT_EQ(resume.error().code, errc::syntax);
        EXPECT_FALSE(resume.error().detail.contains("secret"));
    }
}

TEST(JsonResume, DepthAndSizeAreBounded) {
    const auto deep =
        parse_json_resume(R"({"basics": )" + std::string(1000, '[') + std::string(1000, ']') + "}");
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().code, errc::limit);
    const auto large =
        parse_json_resume(R"({"basics": {"name": ")" + std::string(10'000'000, 'x') + R"("}})");
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, errc::limit);
}

}  // namespace
}  // namespace decorum::connectors
