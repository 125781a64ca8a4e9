// An alert is shown once, to its user, and one an hour.
#include "gateway/pipeline/alerts.hpp"

#include <gtest/gtest.h>

namespace decorum::pipeline {
namespace {

const auto start = SteadyClock::now();

TEST(Alerts, AreTakenOnceByTheirUser) {
    Alerts alerts;
    EXPECT_FALSE(alerts.take("paul@example.org", start));
    alerts.ask("Paul@example.org", "1", "Look at your profile");
    EXPECT_FALSE(alerts.take("jane@example.org", start));
    EXPECT_EQ(alerts.take("paul@Example.org", start), "Look at your profile");
    EXPECT_FALSE(alerts.take("paul@example.org", start));
}

TEST(Alerts, ComeOnceAnHourAndTheLatestCounts) {
    Alerts alerts;
    alerts.ask("paul", "2", "one");
    EXPECT_EQ(alerts.take("paul", start), "one");
    alerts.ask("paul", "3", "two");
    alerts.ask("paul", "4", "three");
    EXPECT_FALSE(alerts.take("paul", start + std::chrono::minutes(59)));
    EXPECT_EQ(alerts.take("paul", start + std::chrono::minutes(60)), "three");
    EXPECT_FALSE(alerts.take("paul", start + std::chrono::minutes(121)));
}

TEST(Alerts, OfOneVerdictComeOnce) {
    Alerts alerts;
    alerts.ask("paul", "a verdict", "one");
    EXPECT_TRUE(alerts.take("paul", start));
    alerts.ask("paul", "a verdict", "one");
    EXPECT_FALSE(alerts.take("paul", start + std::chrono::hours(2)));
    alerts.ask("paul", "another", "two");
    EXPECT_EQ(alerts.take("paul", start + std::chrono::hours(2)), "two");
}

TEST(Alerts, AreOneLineOfAscii) {
    Alerts alerts;
    alerts.ask("paul", "5", "a\r\n* BYE \xc3\xa9" + std::string(1000, 'x'));
    const auto text = alerts.take("paul", start);
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->starts_with("a  * BYE ??xxx"));
    EXPECT_EQ(text->size(), Alerts::max_text_octets);
}

TEST(Alerts, HoldOnlySoManyUsers) {
    Alerts alerts;
    for (std::size_t i = 0; i <= Alerts::max_users; ++i) alerts.ask("user" + std::to_string(i), "6", "text");
    EXPECT_TRUE(alerts.take("user0", start));
    EXPECT_FALSE(alerts.take("user" + std::to_string(Alerts::max_users), start));
}

}  // namespace
}  // namespace decorum::pipeline
