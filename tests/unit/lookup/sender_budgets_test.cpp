#include "gateway/lookup/sender_budgets.hpp"

#include "parts.hpp"

namespace decorum::lookup {
namespace {

using test::second;

TEST(SenderBudgets, GrantSoManyNewAddressesInAnyHour) {
    SenderBudgets budgets(2);
    EXPECT_FALSE(budgets.take_new_address("example.org", second(0)));
    EXPECT_FALSE(budgets.take_new_address("example.org", second(1000)));
    EXPECT_EQ(budgets.take_new_address("example.org", second(1001)), second(3600));
    EXPECT_FALSE(budgets.take_new_address("example.net", second(1001)));
    EXPECT_TRUE(budgets.take_new_address("example.org", second(3599)));
    EXPECT_FALSE(budgets.take_new_address("example.org", second(3600)));
    EXPECT_EQ(budgets.take_new_address("example.org", second(3601)), second(4600));
}

TEST(SenderBudgets, ASourceLearnsOfADomainOnceInALifetime) {
    SenderBudgets budgets(1);
    const std::chrono::seconds lifetime{100};
    EXPECT_FALSE(budgets.take_fetch("webfinger", "example.org", second(0), lifetime));
    EXPECT_EQ(budgets.take_fetch("webfinger", "example.org", second(99), lifetime), second(100));
    EXPECT_FALSE(budgets.take_fetch("page", "example.org", second(99), lifetime));
    EXPECT_FALSE(budgets.take_fetch("webfinger", "example.net", second(99), lifetime));
    EXPECT_FALSE(budgets.take_fetch("webfinger", "example.org", second(100), lifetime));
}

TEST(SenderBudgets, AClockThatIsSetBackRefusesNothingForEver) {
    SenderBudgets budgets(1);
    EXPECT_FALSE(budgets.take_new_address("example.org", second(1'000'000)));
    EXPECT_FALSE(budgets.take_new_address("example.org", second(0)));
}

TEST(SenderBudgets, TheTableIsBoundedAndForgetsTheLeastRecentlyUsed) {
    SenderBudgets budgets(1, 2);
    EXPECT_FALSE(budgets.take_new_address("a.example", second(0)));
    EXPECT_FALSE(budgets.take_new_address("b.example", second(0)));
    EXPECT_TRUE(budgets.take_new_address("a.example", second(0)));
    EXPECT_FALSE(budgets.take_new_address("c.example", second(0)));
    EXPECT_TRUE(budgets.take_new_address("a.example", second(0)));
    EXPECT_FALSE(budgets.take_new_address("b.example", second(0)));
}

}  // namespace
}  // namespace decorum::lookup
