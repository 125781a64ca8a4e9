#include "gateway/audit/pseudonyms.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "tests/unit/audit/log_folder.hpp"

namespace decorum::audit {
namespace {

class AuditPseudonyms : public LogFolder {
protected:
    static std::string key_of(std::string_view address) {
        return std::string(view_of(hmac_sha256("secret", {ascii::lower(address)})));
    }
    [[nodiscard]] std::filesystem::path file() const { return Pseudonyms::file_in(folder_); }
    [[nodiscard]] std::string octets() const {
        std::stringstream out;
        out << std::ifstream(file()).rdbuf();
        return out.str();
    }
};

TEST_F(AuditPseudonyms, AreTheSameForOneAddressAndSayNothing) {
    std::string name;
    {
        Pseudonyms people(file(), key_of);
        name = people.of("Jane@Example.org");
        EXPECT_EQ(name.size(), 26U);
        EXPECT_EQ(people.of("jane@example.org"), name);
        EXPECT_NE(people.of("paul@example.org"), name);
        EXPECT_EQ(people.of(""), "");
    }
    Pseudonyms again(file(), key_of);
    EXPECT_EQ(again.of("jane@example.org"), name);
    EXPECT_EQ(again.known("jane@example.org"), name);
    EXPECT_EQ(again.known("nobody@example.org"), std::nullopt);
    EXPECT_EQ(octets().find("jane"), std::string::npos);
}

TEST_F(AuditPseudonyms, WhoIsForgottenIsCalledOtherwiseFromThenOn) {
    Pseudonyms people(file(), key_of);
    const std::string name = people.of("jane@example.org");
    const std::string paul = people.of("paul@example.org");
    const std::string before = octets();
    EXPECT_TRUE(people.forget("jane@example.org").value());
    EXPECT_FALSE(people.forget("jane@example.org").value());
    EXPECT_EQ(people.known("jane@example.org"), std::nullopt);
    // No octet of the salt stays in the file.
    EXPECT_EQ(octets().find(before.substr(64, 48)), std::string::npos);
    EXPECT_NE(people.of("jane@example.org"), name);
    EXPECT_EQ(people.of("paul@example.org"), paul);
}

TEST_F(AuditPseudonyms, AnotherProcessForgets) {
    Pseudonyms gateway(file(), key_of);
    const std::string name = gateway.of("jane@example.org");
    const std::uint64_t erasures = gateway.erasures();
    Pseudonyms command(file(), key_of);
    EXPECT_EQ(command.of("jane@example.org"), name);
    EXPECT_TRUE(command.forget("jane@example.org").value());
    EXPECT_NE(gateway.erasures(), erasures);
    EXPECT_NE(gateway.of("jane@example.org"), name);
    // Both know whom the other named.
    EXPECT_EQ(command.of("jane@example.org"), gateway.of("jane@example.org"));
    EXPECT_EQ(command.of("anna@example.org"), gateway.of("anna@example.org"));
}

TEST_F(AuditPseudonyms, ManyThreadsAgree) {
    Pseudonyms people(file(), key_of);
    std::vector<std::vector<std::string>> all(4);
    std::vector<std::jthread> threads;
    for (auto& names : all)
        threads.emplace_back([&people, &names] {
            Names own(&people);
            for (int i = 0; i < 50; ++i) names.push_back(own.of("p" + std::to_string(i) + "@example.org"));
        });
    threads.clear();
    for (const auto& names : all) EXPECT_EQ(names, all.front());
    Pseudonyms again(file(), key_of);
    EXPECT_EQ(again.of("p49@example.org"), all.front().back());
}

TEST_F(AuditPseudonyms, RoomThatWasErasedIsUsedAgainAndEveryProcessSeesIt) {
    Pseudonyms gateway(file(), key_of);
    const std::string jane = gateway.of("jane@example.org");
    const std::string paul = gateway.of("paul@example.org");
    Pseudonyms other(file(), key_of);  // knows both, and where they stand
    EXPECT_TRUE(gateway.forget("jane@example.org").value());
    EXPECT_EQ(gateway.used(), 1U);
    const auto size = std::filesystem::file_size(file());
    const std::string anna = gateway.of("anna@example.org");
    EXPECT_EQ(std::filesystem::file_size(file()), size);
    EXPECT_EQ(other.of("anna@example.org"), anna) << "where Jane stood";
    EXPECT_EQ(other.of("paul@example.org"), paul);
    EXPECT_EQ(other.of("jane@example.org"), gateway.of("jane@example.org"));
    EXPECT_NE(gateway.of("jane@example.org"), jane);
    Pseudonyms again(file(), key_of);
    EXPECT_EQ(again.of("anna@example.org"), anna);
    EXPECT_EQ(again.used(), 3U);
}

TEST_F(AuditPseudonyms, WhoWasNotNamedForLongIsDropped) {
    const auto clock = [this] { return now_; };
    Pseudonyms people(file(), key_of, clock);
    Names names(&people);
    const std::string jane = names.of("jane@example.org");
    const std::string paul = names.of("paul@example.org");
    const std::uint32_t first = people.today();
    EXPECT_EQ(people.drop_unused_since(first), 0U);
    now_ += std::chrono::days{3};
    EXPECT_EQ(people.of("jane@example.org"), jane);
    const std::string before = octets();
    EXPECT_EQ(people.drop_unused_since(first + 1), 1U);
    EXPECT_EQ(people.used(), 1U);
    EXPECT_EQ(people.known("paul@example.org"), std::nullopt);
    EXPECT_EQ(octets().find(before.substr(128, 48)), std::string::npos) << "no octet of the salt stays";
    EXPECT_EQ(people.known("jane@example.org"), jane);
    EXPECT_NE(people.of("paul@example.org"), paul);
    EXPECT_EQ(people.drop_unused_since(first + 3), 0U) << "both were named today";
}

TEST_F(AuditPseudonyms, AnotherProcessThatNamesSomebodyKeepsThem) {
    const auto clock = [this] { return now_; };
    Pseudonyms gateway(file(), key_of, clock);
    const std::string jane = gateway.of("jane@example.org");
    const std::uint32_t first = gateway.today();
    now_ += std::chrono::days{3};
    Pseudonyms command(file(), key_of, clock);
    EXPECT_EQ(command.of("jane@example.org"), jane);
    EXPECT_EQ(gateway.drop_unused_since(first + 1), 0U);
    EXPECT_EQ(gateway.of("jane@example.org"), jane);
}

// As a version wrote it that did not say when: their time begins now.
TEST_F(AuditPseudonyms, WhoseLastDayIsUnknownHaveTheirTimeFromNowOn) {
    const auto clock = [this] { return now_; };
    std::string jane;
    {
        Pseudonyms people(file(), key_of, clock);
        jane = people.of("jane@example.org");
    }
    std::string old = octets();
    old.replace(64 + 48, 4, 4, '\0');
    std::ofstream(file(), std::ios::binary) << old;
    Pseudonyms people(file(), key_of, clock);
    const std::uint32_t today = people.today();
    EXPECT_EQ(people.drop_unused_since(today), 0U);
    EXPECT_EQ(people.known("jane@example.org"), jane);
    EXPECT_EQ(people.drop_unused_since(today), 0U);
    EXPECT_EQ(people.drop_unused_since(today + 1), 1U);
}

TEST_F(AuditPseudonyms, WithoutAFileNamesHoldForTheRun) {
    std::ofstream(file()) << std::string(200, 'x');
    Pseudonyms people(file(), key_of);
    const std::string name = people.of("jane@example.org");
    EXPECT_EQ(name.size(), 26U);
    EXPECT_EQ(people.of("jane@example.org"), name);
    EXPECT_FALSE(people.forget("jane@example.org"));
    EXPECT_EQ(octets(), std::string(200, 'x')) << "what is none of ours is left alone";
}

TEST_F(AuditPseudonyms, InClearPeopleAreTheirAddresses) {
    Names names(nullptr);
    EXPECT_EQ(names.of("Jane@Example.org"), "jane@example.org");
    EXPECT_EQ(names.of(""), "");
}

}  // namespace
}  // namespace decorum::audit
