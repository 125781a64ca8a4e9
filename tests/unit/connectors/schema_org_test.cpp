#include "connectors/schema_org.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decorum::connectors {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view schema_url = "https://jane.example/about";

PagePerson person_in(std::vector<std::string> documents) {
    return schema_org_person(documents, schema_url);
}

std::string name_of(std::vector<std::string> documents) {
    const auto person = person_in(std::move(documents));
    switch (person.persons) {
        case Persons::none: return "none";
        case Persons::several: return "several";
        case Persons::one: break;
    }
    return person.profile.display_name.value;
}

TEST(SchemaOrg, APersonIsFoundInEachShape) {
    EXPECT_EQ(name_of({R"({"@context": "https://schema.org", "@type": "Person", "name": "Jane"})"}), "Jane");
    EXPECT_EQ(name_of({R"({"@type": "ProfilePage", "mainEntity": {"@type": "Person", "name": "Jane"}})"}),
              "Jane");
    EXPECT_EQ(name_of({R"({"@graph": [{"@type": "WebSite", "name": "Site"},
                                      {"@type": "ProfilePage", "mainEntity": {"@id": "#me"}},
                                      {"@type": "Person", "@id": "#other", "name": "Paul"},
                                      {"@type": "Person", "@id": "#me", "name": "Jane"}]})"}),
              "Jane");
    EXPECT_EQ(
        name_of({R"([{"@type": "Organization", "name": "ACME"}, {"@type": "Person", "name": "Jane"}])"}),
        "Jane");
    EXPECT_EQ(
        name_of(
            {R"({"@type": ["Thing", "http://schema.org/Person"], "givenName": "Jane", "familyName": "Martin"})"}),
        "Jane Martin");
    EXPECT_EQ(
        name_of({"{broken", R"({"@type": "schema:Person", "name": {"@value": "Jane", "@language": "fr"}})"}),
        "Jane");
    EXPECT_EQ(
        name_of({R"({"@type": "AboutPage", "mainEntity": [{"@type": "Person", "name": ["Jane", "J."]}]})"}),
        "Jane");
}

TEST(SchemaOrg, WhoOnlyWroteSomethingIsNotThePagesPerson) {
    EXPECT_EQ(name_of({R"({"@type": "Article", "author": {"@type": "Person", "name": "Jane"}})"}), "none");
    EXPECT_EQ(name_of({R"({"@type": "Organization", "founder": {"@type": "Person", "name": "Jane"}})"}),
              "none");
    EXPECT_EQ(name_of({R"({"@type": "Organization", "name": "ACME"})", "[]", "3", ""}), "none");
    EXPECT_EQ(name_of({}), "none");
}

TEST(SchemaOrg, OfSeveralPersonsThePagesOwnIsMeant) {
    const std::string paul = R"({"@type": "Person", "name": "Paul", "url": "https://paul.example/"})";
    EXPECT_EQ(name_of({paul, R"({"@type": "Person", "name": "Jane"})"}), "several");
    EXPECT_EQ(name_of({paul, R"({"@type": "Person", "name": "Jane", "url": "/about"})"}), "Jane");
    EXPECT_EQ(
        name_of({paul, R"({"@type": "Person", "name": "Jane", "@id": "https://jane.example/about#me"})"}),
        "Jane");
    EXPECT_EQ(
        name_of(
            {paul,
             R"({"@type": "Person", "name": "Jane", "mainEntityOfPage": {"@id": "https://jane.example/about"}})"}),
        "Jane");
    EXPECT_EQ(name_of({R"({"@type": "ProfilePage", "mainEntity": [{"@type": "Person", "name": "Jane"},
                                                                  {"@type": "Person", "name": "Paul"}]})"}),
              "several");
}

TEST(SchemaOrg, GivesWhatAnEmployerAsksFor) {
    const auto person =
        person_in({R"json({"@type": "Person", "name": "Jane Martin", "jobTitle": "HR Director",
        "worksFor": {"@type": "Organization", "name": "ACME"}, "description": "People first.",
        "address": {"@type": "PostalAddress", "addressLocality": "Lyon", "addressCountry": {"name": "FR"}},
        "image": {"@type": "ImageObject", "contentUrl": "/jane.jpg"},
        "sameAs": ["https://github.com/janem", "https://www.linkedin.com/in/jane", "http://plain.example/", 7],
        "url": "https://martin.example/"})json"});
    ASSERT_EQ(person.persons, Persons::one);
    const auto& p = person.profile;
    EXPECT_EQ(p.headline.value, "HR Director");
    EXPECT_EQ(p.organisation.value, "ACME");
    EXPECT_EQ(p.summary.value, "People first.");
    EXPECT_EQ(p.location.value, "Lyon, FR");
    EXPECT_EQ(p.photo_url.value, "https://jane.example/jane.jpg");
    std::vector<std::string> links;
    for (const auto& link : p.links) {
        EXPECT_EQ(link.origin.tier, profile::Tier::c);
        EXPECT_EQ(link.origin.reason, "the page names it (schema.org)");
        links.push_back(link.network + " " + link.url);
    }
    EXPECT_THAT(links, ElementsAre("github https://github.com/janem", "linkedin https://linkedin.com/in/jane",
                                   "web https://martin.example/"));
}

TEST(SchemaOrg, PlacesAndEmployersComeInSeveralForms) {
    const auto location = [](const std::string& members) {
        return person_in({R"({"@type": "Person", "name": "Jane", )" + members + "}"}).profile.location.value;
    };
    EXPECT_EQ(location(R"("address": "Lyon, France")"), "Lyon, France");
    EXPECT_EQ(location(R"("address": {"addressLocality": "Lyon", "addressCountry": "FR"})"), "Lyon, FR");
    EXPECT_EQ(location(R"("address": [{}, {"addressCountry": "FR"}])"), "FR");
    EXPECT_EQ(location(R"("homeLocation": {"@type": "Place", "name": "Lyon"})"), "Lyon");
    EXPECT_EQ(location(R"("workLocation": {"@type": "Place", "address": {"addressLocality": "Lyon"}})"),
              "Lyon");
    EXPECT_EQ(location(R"("address": 4.5)"), "");
    const auto organisation = [](const std::string& members) {
        return person_in({R"({"@graph": [{"@type": "Person", "name": "Jane", )" + members +
                          R"(}, {"@type": "Organization", "@id": "#acme", "name": "ACME"}]})"})
            .profile.organisation.value;
    };
    EXPECT_EQ(organisation(R"("worksFor": "ACME")"), "ACME");
    EXPECT_EQ(organisation(R"("worksFor": [{"name": "ACME"}, {"name": "Other"}])"), "ACME");
    EXPECT_EQ(organisation(R"("worksFor": {"@id": "#acme"})"), "ACME");
    EXPECT_EQ(organisation(R"("worksFor": {"@id": "#nobody"})"), "");
}

TEST(SchemaOrg, RolesWithDatesAreTheCareer) {
    const auto p = person_in({R"({"@type": "Person", "name": "Jane",
        "worksFor": [{"@type": "EmployeeRole", "roleName": "HR Director", "startDate": "2019-03-01",
                      "worksFor": {"@type": "Organization", "name": "ACME"}},
                     {"@type": "OrganizationRole", "roleName": "HR Manager", "startDate": "2012", "endDate": "2019",
                      "worksFor": {"name": "Foo"}}],
        "hasOccupation": {"@type": "Role", "hasOccupation": {"@type": "Occupation", "name": "Trainer"},
                          "startDate": "2010", "endDate": "2012"},
        "alumniOf": "Sorbonne"})"})
                       .profile;
    ASSERT_EQ(p.positions.size(), 3U);
    EXPECT_EQ(p.positions[0].title, "HR Director");
    EXPECT_EQ(p.positions[0].organisation, "ACME");
    EXPECT_EQ(p.positions[0].start, "2019-03-01");
    EXPECT_EQ(p.positions[1].end, "2019");
    EXPECT_EQ(p.positions[2].title, "Trainer");
    EXPECT_EQ(p.headline.value, "HR Director") << "of the position that is still held";
    EXPECT_EQ(p.organisation.value, "ACME");
}

TEST(SchemaOrg, StudiesStandInWhereThereIsNoCareer) {
    const auto p = person_in({R"({"@type": "Person", "name": "Jane", "alumniOf": ["Sorbonne",
        {"@type": "Role", "roleName": "Master of Law", "alumniOf": {"name": "Lyon III"}, "startDate": "1998",
         "endDate": "2003"}]})"})
                       .profile;
    ASSERT_EQ(p.positions.size(), 2U);
    EXPECT_EQ(p.positions[0].title, "Studies");
    EXPECT_EQ(p.positions[0].organisation, "Sorbonne");
    EXPECT_EQ(p.positions[1].title, "Master of Law");
    EXPECT_EQ(p.positions[1].organisation, "Lyon III");
    EXPECT_EQ(p.positions[1].end, "2003");
    EXPECT_TRUE(p.organisation.empty());
}

TEST(SchemaOrg, EndlessReferencesEnd) {
    EXPECT_EQ(
        name_of({R"({"@graph": [{"@type": "Person", "@id": "#me", "name": {"@value": {"@value": {"@value":
        {"@value": "deep"}}}}, "worksFor": {"@id": "#me"}, "address": {"@id": "#me"}, "image": {"@id": "#me"}}]})"}),
        "");
    std::string persons;
    for (int i = 0; i < 5000; ++i) persons += R"({"@type": "Person", "name": "Jane"},)";
    persons.back() = ' ';
    EXPECT_EQ(name_of({"[" + persons + "]"}), "several");
    EXPECT_EQ(name_of({std::string(1000, '[') + std::string(1000, ']')}), "none");
}

}  // namespace
}  // namespace decorum::connectors
