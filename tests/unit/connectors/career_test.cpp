#include <gtest/gtest.h>

#include "connectors/career.hpp"

namespace decorum::connectors {
namespace {

TEST(CareerDate, IsReadInTheFormsPeopleWrite) {
    for (const auto& [written, read] :
         std::vector<std::pair<std::string, std::string>>{{"2019", "2019"},
                                                          {"2019-03", "2019-03"},
                                                          {"2019-03-31", "2019-03-31"},
                                                          {" 2019 ", "2019"},
                                                          {"2019-03-31T00:00:00Z", "2019-03-31"},
                                                          {"03/2019", "2019"},
                                                          {"31.03.2019", "2019"},
                                                          {"mars 2019", "2019"},
                                                          {"depuis 1998", "1998"},
                                                          {"2019 (2019)", "2019"},
                                                          {"2012-2019 and 2020", ""},
                                                          {"present", ""},
                                                          {"aujourd'hui", ""},
                                                          {"12345", ""},
                                                          {"0450", "0450"},
                                                          {"19", ""},
                                                          {"", ""}})
        EXPECT_EQ(career_date(written), read) << written;
}

profile::Profile profile_with(std::vector<profile::Position> positions) {
    profile::Profile profile;
    profile.positions = std::move(positions);
    return profile;
}

TEST(CareerCompletes, HeadlineAndOrganisationFromTheLatestPresentPosition) {
    auto p = profile_with({{"Trainee", "Old", "2001", "", {}},
                           {"Director", "ACME", "2019", "", {}},
                           {"Boss", "Later", "2021", "2022", {}}});
    complete_from_career(p);
    EXPECT_EQ(p.headline.value, "Director");
    EXPECT_EQ(p.organisation.value, "ACME");
}

TEST(CareerCompletes, NothingThatIsKnownOrSaidAlready) {
    auto p = profile_with({{"Director", "ACME", "2019", "", {}}});
    p.headline.value = "HR Director at acme";
    complete_from_career(p);
    EXPECT_EQ(p.headline.value, "HR Director at acme");
    EXPECT_EQ(p.organisation.value, "") << "\"HR Director at acme at ACME\" would be said twice";

    p = profile_with({{"Director", "ACME", "2019", "", {}}});
    p.organisation.value = "Own Word";
    complete_from_career(p);
    EXPECT_EQ(p.organisation.value, "Own Word");
}

TEST(CareerCompletes, NothingFromPositionsThatEnded) {
    auto p = profile_with({{"Director", "ACME", "2019", "2020", {}}});
    complete_from_career(p);
    EXPECT_TRUE(p.headline.empty());
    EXPECT_TRUE(p.organisation.empty());
}

}  // namespace
}  // namespace decorum::connectors
