#include "connectors/microformats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connectors/page_facts.hpp"

namespace decorum::connectors {
namespace {

using test::item;
using testing::ElementsAre;
using Items = std::vector<worker::MicroformatItem>;

constexpr std::string_view microformats_url = "https://jane.example/about";

std::string card_of(const Items& items, const std::vector<std::string>& rel_me = {}) {
    const auto person = h_card_person(items, rel_me, microformats_url);
    switch (person.persons) {
        case Persons::none: return "none";
        case Persons::several: return "several";
        case Persons::one: break;
    }
    return person.profile.display_name.value;
}

TEST(HCard, TheRepresentativeOneIsMeant) {
    const auto paul = item("h-card", {{"name", "Paul"}, {"url", "https://paul.example/"}});
    const auto jane = item("h-card", {{"name", "Jane"}, {"url", "https://jane.example/"}});
    EXPECT_EQ(card_of({}), "none");
    EXPECT_EQ(card_of({jane}), "Jane") << "the only one";
    EXPECT_EQ(card_of({paul, jane}), "several");
    EXPECT_EQ(card_of({paul, jane}, {"https://jane.example"}), "Jane") << "url and rel=me";
    EXPECT_EQ(card_of({paul, jane}, {"/"}), "Jane") << "relative to the page";
    EXPECT_EQ(card_of({paul, item("h-card", {{"name", "Jane"}, {"url", "/about"}})}), "Jane")
        << "its url is the page";
    EXPECT_EQ(
        card_of({jane,
                 item("h-card", {{"name", "J"}, {"url", "/about"}, {"uid", "https://jane.example/about/"}})},
                {"https://jane.example"}),
        "J")
        << "uid and url before rel=me";
    EXPECT_EQ(card_of({item("h-entry", {{"author", "Jane", {jane}}}),
                       item("h-feed", {{"author", "Paul", {paul}}})}),
              "several")
        << "wherever it stands";
}

TEST(HCard, TheCardOfAnOrganisationIsNobodys) {
    EXPECT_EQ(card_of({item("h-card", {{"name", "ACME"}, {"org", "ACME"}})}), "none");
    EXPECT_EQ(card_of({item("h-card", {{"name", "ACME"}, {"org", "ACME"}}),
                       item("h-card", {{"name", "Jane"}, {"org", "ACME"}})}),
              "Jane");
}

TEST(HCard, GivesNameRoleAndPlace) {
    const auto person = h_card_person(
        Items{item("h-card", {{"name", " Jane Martin "},
                              {"job-title", "HR Director"},
                              {"org", "", {item("h-card", {{"name", "ACME"}})}},
                              {"note", "People first."},
                              {"adr", "", {item("h-adr", {{"locality", "Lyon"}, {"country-name", "FR"}})}},
                              {"photo", "jane.jpg"},
                              {"url", "https://jane.example/about"},
                              {"url", "https://github.com/janem"},
                              {"url", "mailto:jane@jane.example"}})},
        {}, microformats_url);
    ASSERT_EQ(person.persons, Persons::one);
    const auto& p = person.profile;
    EXPECT_EQ(p.display_name.value, "Jane Martin");
    EXPECT_EQ(p.headline.value, "HR Director");
    EXPECT_EQ(p.organisation.value, "ACME");
    EXPECT_EQ(p.summary.value, "People first.");
    EXPECT_EQ(p.location.value, "Lyon, FR");
    EXPECT_EQ(p.photo_url.value, "https://jane.example/jane.jpg");
    ASSERT_EQ(p.links.size(), 2U);
    EXPECT_EQ(p.links[1].network, "github");
    EXPECT_EQ(p.links[1].origin.reason, "the page names it (h-card)");
}

TEST(HCard, PlacesAndNamesComeInSeveralForms) {
    const auto location = [](const std::vector<test::Property>& properties) {
        return h_card_person(Items{item("h-card", properties)}, {}, microformats_url).profile.location.value;
    };
    EXPECT_EQ(location({{"locality", "Lyon"}, {"country-name", "FR"}}), "Lyon, FR");
    EXPECT_EQ(location({{"adr", "Lyon, France"}}), "Lyon, France");
    EXPECT_EQ(location({{"label", "Lyon"}}), "Lyon");
    EXPECT_EQ(card_of({item("h-card", {{"given-name", "Jane"}, {"family-name", "Martin"}})}), "Jane Martin");
}

// What an archived page of a professional network looks like once the classic classes have been read.
Items archived() {
    const auto experience = [](std::string title, std::string org, std::string start, std::string end) {
        return item("h-event", {{"name", title + " at " + org},
                                {"start", std::move(start)},
                                {"end", std::move(end)},
                                {"location", "", {item("h-card", {{"org", org}, {"job-title", title}})}}});
    };
    return {item("h-resume",
                 {{"contact", "", {item("h-card", {{"name", "Luc Moreau"}, {"locality", "Lille"}})}},
                  {"summary", "Twelve years of purchasing."},
                  {"experience", "x", {experience("Head of Purchasing", "Textiles du Nord", "2015-02", "")}},
                  {"experience", "x", {experience("Buyer", "Filature", "09/2008", "2015")}},
                  {"experience", "Volunteer"},
                  {"experience", ""},
                  {"recommendation",
                   "x",
                   {item("h-review", {{"author", "", {item("h-card", {{"name", "Anne Leroy"}})}},
                                      {"content", "Fair and quick."}})}},
                  {"testimonial", "x", {item("h-review", {{"author", "Omar"}, {"name", "Reliable."}})}},
                  {"recommendation", "x", {item("h-review", {{"author", "Nobody"}})}}})};
}

TEST(HResume, GivesCareerAndRecommendations) {
    const auto items = archived();
    const auto person = h_resume_person(items, microformats_url);
    ASSERT_EQ(person.persons, Persons::one);
    const auto& p = person.profile;
    EXPECT_EQ(p.display_name.value, "Luc Moreau");
    EXPECT_EQ(p.location.value, "Lille");
    EXPECT_EQ(p.summary.value, "Twelve years of purchasing.");
    EXPECT_EQ(p.headline.value, "Head of Purchasing");
    EXPECT_EQ(p.organisation.value, "Textiles du Nord");
    std::vector<std::string> positions;
    for (const auto& position : p.positions)
        positions.push_back(position.title + "|" + position.organisation + "|" + position.start + "|" +
                            position.end);
    EXPECT_THAT(positions, ElementsAre("Head of Purchasing|Textiles du Nord|2015-02|",
                                       "Buyer|Filature|2008|2015", "Volunteer|||"));
    std::vector<std::string> said;
    for (const auto& recommendation : p.recommendations)
        said.push_back(recommendation.author + ": " + recommendation.text);
    EXPECT_THAT(said, ElementsAre("Anne Leroy: Fair and quick.", "Omar: Reliable."));
}

TEST(HResume, TwoOnAPageAreNobodys) {
    Items items = archived();
    items.push_back(items.front());
    EXPECT_EQ(h_resume_person(items, microformats_url).persons, Persons::several);
    EXPECT_EQ(h_resume_person({}, microformats_url).persons, Persons::none);
}

}  // namespace
}  // namespace decorum::connectors
