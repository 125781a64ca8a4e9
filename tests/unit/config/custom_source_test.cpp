#include "config/custom_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace decorum::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class CustomSourceTest : public ConfigTest {
protected:
    [[nodiscard]] static std::string source(std::string_view lines, std::string_view name = "staff") {
        return "[connector.custom." + std::string(name) + "]\nenabled = true\n" + std::string(lines) + "\n";
    }
    static constexpr std::string_view by_address =
        "url = \"https://people.example.org/api?mail={address}\"\naddress = \"/mail\"\n";
    static constexpr std::string_view by_handle =
        "url = \"https://network.example/api/{handle}\"\naccounts = \"https://network.example/@{handle}\"\n";
    [[nodiscard]] static std::string with(std::string_view lines, std::string_view more) {
        return source(std::string(lines) + std::string(more));
    }
};

TEST_F(CustomSourceTest, ASoundOneLoadsAndStandsAmongTheConnectors) {
    const auto loaded =
        load_text(with(by_address, "display_name = \"/name\"\nrate = \"5/min\"\ntier = \"B\"\n"
                                   "domains = [\"partner.example\"]\n"));
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    EXPECT_THAT(loaded->warnings, IsEmpty());
    const CustomSource& staff = loaded->settings.custom.at("staff");
    EXPECT_EQ(staff.display_name, "/name");
    EXPECT_FALSE(staff.by_handle());
    const Connector& among = loaded->settings.connectors.at("custom.staff");
    EXPECT_TRUE(among.enabled);
    EXPECT_EQ(among.rate, "5/min");
    EXPECT_EQ(among.tier, "B");
    EXPECT_EQ(among.domains, std::vector<std::string>{"partner.example"});
    EXPECT_THAT(faults_of(with(by_handle, "display_name = \"/name\"")), IsEmpty());
}

TEST_F(CustomSourceTest, ThatIsNotSwitchedOnMayBeUnfinished) {
    const auto loaded = load_text("[connector.custom.staff]\nurl = \"https://a.example/{address}\"\n");
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    EXPECT_FALSE(loaded->settings.connectors.at("custom.staff").enabled);
}

TEST_F(CustomSourceTest, BadUrlsAreFaultsWithTheirLine) {
    const auto fault_of = [&](std::string_view url) {
        return faults_of(source("url = \"" + std::string(url) + "\"\naddress = \"/mail\"\nsummary = \"/s\""));
    };
    EXPECT_THAT(
        fault_of("http://people.example.org/{address}"),
        ElementsAre(StartsWith("3: connector.custom.staff.url: a URL that begins with \"https://\"")));
    EXPECT_THAT(
        fault_of("ftp://people.example.org/{address}"),
        ElementsAre(StartsWith("3: connector.custom.staff.url: a URL that begins with \"https://\"")));
    EXPECT_THAT(fault_of("https://people.example.org/{mail}"),
                ElementsAre(testing::EndsWith("or \"{handle}\"; \"{mail}\" is none of them")));
    for (const char* unbalanced : {"{address", "address}", "{{address}}", "{}"})
        EXPECT_THAT(fault_of("https://people.example.org/" + std::string(unbalanced)),
                    ElementsAre(testing::EndsWith("is none of them")))
            << unbalanced;
    EXPECT_THAT(fault_of("https://people.example.org/all"),
                ElementsAre(StartsWith("3: connector.custom.staff.url: a URL with \"{address}\"")));
    for (const char* host :
         {"https://{domain}/people", "https://people.{domain}/{address}", "https://x:{local}/"})
        EXPECT_THAT(
            fault_of(host),
            ElementsAre(StartsWith("3: connector.custom.staff.url: placeholders behind the host only")))
            << host;
    EXPECT_THAT(fault_of("https://user@people.example.org/{address}"),
                ElementsAre(StartsWith("3: connector.custom.staff.url: a URL without user")));
    EXPECT_THAT(fault_of("https://people.example.org/{address}/{handle}"),
                ElementsAre(StartsWith("3: connector.custom.staff.url: {handle} alone")));
    for (const char* text :
         {"https:///{address}", "https://people.example.org/{address}#x", "https://a.example/{address} x"})
        EXPECT_THAT(fault_of(text), ElementsAre(StartsWith("3: connector.custom.staff.url: "))) << text;
    EXPECT_THAT(faults_of(source("summary = \"/s\"")),
                testing::Contains(StartsWith("1: connector.custom.staff.url: must be given")));
}

TEST_F(CustomSourceTest, PlainHttpIsForTests) {
    const std::string text =
        source("url = \"http://127.0.0.1/{address}\"\naddress = \"/mail\"\nsummary = \"/s\"");
    EXPECT_THAT(faults_of(text + "[http]\nallow_private = true\n"), IsEmpty());
}

TEST_F(CustomSourceTest, BadPointersAreFaultsWithTheirLine) {
    for (const char* pointer : {"name", "name/0", "/a~2b", "/a~", "$.name"})
        EXPECT_THAT(
            faults_of(with(by_address, "summary = \"/s\"\nheadline = \"" + std::string(pointer) + "\"")),
            ElementsAre(StartsWith("6: connector.custom.staff.headline: a JSON pointer")))
            << pointer;
    EXPECT_EQ(check_json_pointer("/a~0b~1c//0"), "");
    EXPECT_NE(check_json_pointer("/" + std::string(300, 'x')), "");
}

TEST_F(CustomSourceTest, WhatProvesNothingIsRefused) {
    EXPECT_THAT(
        faults_of(source("url = \"https://a.example/{sha256}\"\nsummary = \"/s\"")),
        ElementsAre(StartsWith("1: connector.custom.staff.address: the JSON pointer to the address")));
    EXPECT_THAT(faults_of(source("url = \"https://a.example/{handle}\"\nsummary = \"/s\"")),
                ElementsAre(StartsWith("1: connector.custom.staff.accounts: ")));
    EXPECT_THAT(faults_of(with(by_address, "summary = \"/s\"\ntier = \"S\"")),
                ElementsAre(StartsWith("6: connector.custom.staff.tier: \"A\", \"B\" or \"C\"")));
    for (const char* accounts :
         {"https://a.example/", "https://{handle}.example/", "http://a.example/{handle}",
          "https://a.example/{handle}/{handle}", "https://a.example/{address}"})
        EXPECT_THAT(faults_of(source("url = \"https://a.example/{handle}\"\nsummary = \"/s\"\naccounts = \"" +
                                     std::string(accounts) + "\"")),
                    ElementsAre(StartsWith("5: connector.custom.staff.accounts: ")))
            << accounts;
}

TEST_F(CustomSourceTest, ListsHaveFieldsAndFieldsHaveLists) {
    EXPECT_THAT(faults_of(with(by_address, "")),
                ElementsAre(StartsWith("1: connector.custom.staff: at least one pointer")));
    EXPECT_THAT(faults_of(with(by_address, "activities = \"/posts\"\npositions = \"/jobs\"")),
                UnorderedElementsAre(StartsWith("1: connector.custom.staff.activity_text: "),
                                     StartsWith("1: connector.custom.staff.position_title: ")));
    EXPECT_THAT(warnings_of(with(by_address,
                                 "links = \"/links\"\nactivity_url = \"/url\"\nposition_end = \"/end\"\n"
                                 "accounts = \"https://a.example/{handle}\"\nid = \"/id\"")),
                testing::IsSupersetOf({StartsWith("6: connector.custom.staff.activity_url: has no effect"),
                                       StartsWith("7: connector.custom.staff.position_end: has no effect"),
                                       StartsWith("8: connector.custom.staff.accounts: has no effect"),
                                       StartsWith("9: connector.custom.staff.id: has no effect")}));
}

TEST_F(CustomSourceTest, NamesAndKeysAreChecked) {
    EXPECT_THAT(faults_of(source(std::string(by_address) + "summary = \"/s\"", "a-very-long-name-of-one")),
                ElementsAre(testing::HasSubstr("a name of at most 16 octets")));
    EXPECT_THAT(faults_of(with(by_address, "summary = \"/s\"\nheadlin = \"/h\"")),
                ElementsAre(testing::EndsWith("did you mean \"headline\"?")));
    EXPECT_THAT(faults_of("[connector]\ncustom = 1\n"), ElementsAre(StartsWith("2: ")));
    EXPECT_THAT(faults_of("[\"connector.custom\"]\n"),
                ElementsAre(testing::HasSubstr("there is no such section")));
}

}  // namespace
}  // namespace decorum::config
