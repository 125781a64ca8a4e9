// Whose addresses a login writes from.
#include "gateway/pipeline/login_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace decorum::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string fault_of(std::string_view toml) {
    const auto table = LoginTable::parse(toml, "logins.toml");
    return table ? "none" : table.error().detail;
}

TEST(LoginTable, SaysWhoseAddressesALoginWritesFrom) {
    const auto table = LoginTable::parse(
        "[logins]\nJane = [\"Jane@Example.org\", \"jane.martin@example.org\", \"jane@example.org\"]\n"
        "\"paul@example.org\" = [\"paul@example.org\", \"team@example.org\"]\n"
        "anne = [\"team@example.org\"]\n",
        "logins.toml");
    ASSERT_TRUE(table) << table.error().detail;
    EXPECT_THAT(table->addresses.at("jane"), ElementsAre("jane@example.org", "jane.martin@example.org"));
    EXPECT_THAT(table->addresses.at("paul@example.org"), ElementsAre("paul@example.org", "team@example.org"));
    EXPECT_THAT(table->shared, ElementsAre("team@example.org"));
}

TEST(LoginTable, KnowsADomainInBothSpellings) {
    const auto table =
        LoginTable::parse("[logins]\n\"J@Müller.example\" = [\"jörg@müller.example\"]\n", "logins.toml");
    ASSERT_TRUE(table) << table.error().detail;
    EXPECT_THAT(table->addresses.at("j@xn--mller-kva.example"), ElementsAre("jörg@xn--mller-kva.example"));
    config::Outbound settings;
    settings.domains = {"xn--mller-kva.example"};
    EXPECT_THAT((*LoginMap::open(settings))->addresses_of("jörg@müller.example"),
                ElementsAre("jörg@xn--mller-kva.example"));
}

TEST(LoginTable, FaultsSayWhere) {
    EXPECT_EQ(fault_of("[logins]\njane = [\"jane\"]\n"),
              "logins.toml:2: logins.jane: must be addresses such as \"jane@example.org\"");
    EXPECT_THAT(fault_of("[logins]\njane = \"jane@example.org\"\n"),
                HasSubstr("logins.toml:2: logins.jane: "));
    EXPECT_THAT(fault_of("[logins]\njane = [\"jane@a.org\"]\nJANE = [\"jane@b.org\"]\n"),
                HasSubstr("stands twice, case apart"));
    EXPECT_THAT(fault_of("jane = [\"jane@example.org\"]\n"), HasSubstr("logins.toml:1: jane: unknown key"));
    EXPECT_THAT(fault_of(""), HasSubstr("logins: is missing"));
    EXPECT_THAT(fault_of("[logins"), HasSubstr("logins.toml:1: "));
}

TEST(LoginMap, WithoutAMapALoginThatIsAnAddressOfOursOwnsIt) {
    config::Outbound settings;
    settings.domains = {"Example.org"};
    const auto map = LoginMap::open(settings);
    ASSERT_TRUE(map);
    EXPECT_THAT((*map)->addresses_of("Jane@example.ORG"), ElementsAre("jane@example.org"));
    EXPECT_THAT((*map)->addresses_of("jane@elsewhere.example"), IsEmpty());
    EXPECT_THAT((*map)->addresses_of("jane"), IsEmpty());
    EXPECT_THAT((*map)->addresses_of(""), IsEmpty());
    EXPECT_FALSE((*map)->is_shared("jane@example.org"));
}

TEST(LoginMap, WithAMapNobodyElseOwnsAnything) {
    const auto file = std::filesystem::path(testing::TempDir()) / ("logins-" + std::to_string(::getpid()));
    std::ofstream(file) << "[logins]\njane = [\"jane@example.org\"]\n";
    config::Outbound settings;
    settings.domains = {"example.org"};
    settings.login_map = file;
    const auto map = LoginMap::open(settings);
    ASSERT_TRUE(map) << map.error().detail;
    EXPECT_THAT((*map)->addresses_of("JANE"), ElementsAre("jane@example.org"));
    EXPECT_THAT((*map)->addresses_of("paul@example.org"), IsEmpty());
    std::filesystem::remove(file);
    EXPECT_FALSE(LoginMap::open(settings));
}

}  // namespace
}  // namespace decorum::pipeline
