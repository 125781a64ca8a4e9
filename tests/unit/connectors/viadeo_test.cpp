#include "connectors/viadeo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/loose_json.hpp"
#include "tests/unit/connectors/page_facts.hpp"

namespace decorum::connectors {
namespace {

using test::item;
using testing::ElementsAre;

PagePerson viadeo_person_in(std::string_view json) {
    const auto root = loose_json::parse(json);
    EXPECT_TRUE(root);
    return root ? viadeo_person(*root) : PagePerson{};
}

std::vector<std::string> career_of(const profile::Profile& profile) {
    std::vector<std::string> out;
    for (const auto& p : profile.positions)
        out.push_back(p.title + "|" + p.organisation + "|" + p.start + "|" + p.end);
    return out;
}

std::vector<std::string> recommendations_of(const profile::Profile& profile) {
    std::vector<std::string> out;
    for (const auto& r : profile.recommendations) out.push_back(r.author + ": " + r.text);
    return out;
}

TEST(Viadeo, AnExportGivesCareerAndRecommendations) {
    const auto person = viadeo_person_in(R"({
        "name": "Luc Moreau", "headline": "Responsable des achats", "introduction": "Douze ans d'achats.",
        "interests": "Voile, échecs", "location": {"city": "Lille", "country": "France"},
        "picture_large": "https://cdn.viadeo.example/luc.jpg",
        "career": [
          {"begin": "2015", "end": null, "position": "Responsable des achats", "company_name": "Textiles du Nord",
           "description": "Vingt fournisseurs."},
          {"begin": 2008, "end": 2015, "position": "Acheteur", "company_name": "Filature"},
          {"description": "nothing else"}],
        "recommendations": [
          {"from": {"name": "Anne Leroy"}, "message": "Juste et rapide."},
          {"author": "Omar Benali", "text": "On peut compter sur lui."},
          {"from": {"name": "Nobody"}}]})");
    ASSERT_EQ(person.persons, Persons::one);
    const auto& p = person.profile;
    EXPECT_EQ(p.display_name.value, "Luc Moreau");
    EXPECT_EQ(p.headline.value, "Responsable des achats");
    EXPECT_EQ(p.organisation.value, "Textiles du Nord");
    EXPECT_EQ(p.summary.value, "Douze ans d'achats.\nInterests: Voile, échecs");
    EXPECT_EQ(p.location.value, "Lille, France");
    EXPECT_EQ(p.photo_url.value, "https://cdn.viadeo.example/luc.jpg");
    EXPECT_THAT(career_of(p),
                ElementsAre("Responsable des achats|Textiles du Nord|2015|", "Acheteur|Filature|2008|2015"));
    EXPECT_THAT(recommendations_of(p),
                ElementsAre("Anne Leroy: Juste et rapide.", "Omar Benali: On peut compter sur lui."));
}

TEST(Viadeo, ListsOfTheApiStandInData) {
    const auto p = viadeo_person_in(R"({"first_name": "Luc", "last_name": "Moreau", "location": "Lille",
        "career": {"count": 1, "data": [{"position": "Acheteur", "company_name": "Filature", "begin": "09/2008"}]},
        "recommendations": {"count": 1, "data": [{"from": {"name": "Anne"}, "content": "Bien."}]}})")
                       .profile;
    EXPECT_EQ(p.display_name.value, "Luc Moreau");
    EXPECT_EQ(p.location.value, "Lille");
    EXPECT_THAT(career_of(p), ElementsAre("Acheteur|Filature|2008|"));
    EXPECT_THAT(recommendations_of(p), ElementsAre("Anne: Bien."));
}

TEST(Viadeo, OtherJsonIsNoProfile) {
    for (const char* json : {"{}", "[]", "null", "3", R"({"name": "Luc"})", R"({"career": null})"})
        EXPECT_EQ(viadeo_person_in(json).persons, Persons::none) << json;
    EXPECT_EQ(
        viadeo_person_in(R"({"career": 3, "headline": ["x"], "location": [], "recommendations": "none"})")
            .persons,
        Persons::one);
}

TEST(Viadeo, AnArchivedPageWithTheSameNamesReadsTheSame) {
    const std::vector page{item(
        "",
        {{"name", "Luc Moreau"},
         {"headline", "Responsable des achats"},
         {"introduction", "Douze ans d'achats."},
         {"location", "", {item("", {{"city", "Lille"}, {"country", "France"}})}},
         {"career",
          "x",
          {item("", {{"position", "Responsable"}, {"company_name", "Textiles du Nord"}, {"begin", "2015"}})}},
         {"career",
          "x",
          {item(
              "",
              {{"position", "Acheteur"}, {"company_name", "Filature"}, {"begin", "2008"}, {"end", "2015"}})}},
         {"career",
          "x",
          {item("", {{"position", "Stagiaire"},
                     {"company_name", "Filature"},
                     {"begin", "2007"},
                     {"end", "2008"}})}},
         {"recommendations", "x", {item("", {{"author", "Anne Leroy"}, {"message", "Juste et rapide."}})}}})};
    const auto person = viadeo_person(page);
    ASSERT_EQ(person.persons, Persons::one);
    EXPECT_EQ(person.profile.location.value, "Lille, France");
    EXPECT_THAT(career_of(person.profile),
                ElementsAre("Responsable|Textiles du Nord|2015|", "Acheteur|Filature|2008|2015",
                            "Stagiaire|Filature|2007|2008"));
    EXPECT_THAT(recommendations_of(person.profile), ElementsAre("Anne Leroy: Juste et rapide."));
}

TEST(Viadeo, TwoProfilesOnAPageAreNobodys) {
    const auto luc = item("", {{"headline", "Acheteur"}});
    EXPECT_EQ(viadeo_person(std::vector{luc, luc}).persons, Persons::several);
    EXPECT_EQ(viadeo_person(std::vector{luc, item("h-card", {{"name", "Luc"}})}).persons, Persons::one);
    EXPECT_EQ(viadeo_person(std::vector<worker::MicroformatItem>{}).persons, Persons::none);
}

}  // namespace
}  // namespace decorum::connectors
