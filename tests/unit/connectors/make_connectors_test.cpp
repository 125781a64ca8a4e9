#include "connectors/make_connectors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "tests/unit/connectors/page_facts.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class MakeConnectorsTest : public testing::Test {
protected:
    MakeConnectorsTest() {
        std::string name = (fs::temp_directory_path() / "decorum-connectors-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        settings_.file = folder_ / "decorum.toml";
        settings_.gateway.state_dir = folder_ / "state";
        std::ofstream(folder_ / "people.toml") << "[[person]]\naddresses = ['jane@example.org']\n";
    }
    ~MakeConnectorsTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    config::Connector& enable(const std::string& name) {
        config::Connector& connector = settings_.connectors[name];
        connector.enabled = true;
        connector.timeout = Milliseconds{700};
        return connector;
    }
    std::vector<std::string> names(const Services& services) const {
        const auto made = make_connectors(settings_, services);
        EXPECT_TRUE(made) << made.error().text();
        std::vector<std::string> out;
        if (made)
            for (const auto& connector : made->all) out.emplace_back(connector->traits().name);
        return out;
    }
    fs::path folder_;
    config::Settings settings_;
    test::Web web_;
    test::Decoder decoder_;
};

TEST_F(MakeConnectorsTest, TheProfilePageIsAskedLast) {
    enable("directory").file = "people.toml";
    enable("gravatar");
    enable("profile_page");
    EXPECT_THAT(names({&web_, &decoder_}), ElementsAre("registry", "directory", "gravatar", "profile_page"));
    settings_.connectors["gravatar"].enabled = false;
    EXPECT_THAT(names({&web_, &decoder_}), ElementsAre("registry", "directory", "profile_page"));
}

TEST_F(MakeConnectorsTest, WhatNeedsAMissingServiceIsLeftOut) {
    enable("gravatar");
    enable("profile_page");
    EXPECT_THAT(names({}), ElementsAre("registry"));
    EXPECT_THAT(names({&web_, nullptr}), ElementsAre("registry", "gravatar"));
}

TEST_F(MakeConnectorsTest, LdapStandsBeforeTheProfilePageAndNeedsNoService) {
    enable("profile_page");
    auto& ldap = enable("ldap");
    ldap.base_url = "ldap://127.0.0.1:1";
    ldap.base_dn = "dc=example";
    ldap.filter = "(mail={address})";
    EXPECT_THAT(names({}), ElementsAre("registry", "ldap"));
    EXPECT_THAT(names({&web_, &decoder_}), ElementsAre("registry", "ldap", "profile_page"));
}

TEST_F(MakeConnectorsTest, GravatarHasItsPlaceKeyAndTimeFromTheConfiguration) {
    std::ofstream(folder_ / "key") << "  k3y\n";
    auto& gravatar = enable("gravatar");
    gravatar.base_url = "https://gravatar.test:8443//";
    gravatar.token_file = folder_ / "key";
    const auto made = make_connectors(settings_, {&web_, nullptr});
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->all.back()->traits().default_rate, "1000/h");
    (void)test::ask(*made->all.back(), {"jane@example.org", std::nullopt});
    ASSERT_EQ(web_.requests.size(), 1U);
    EXPECT_TRUE(web_.requests[0].url.starts_with("https://gravatar.test:8443/v3/profiles/"))
        << web_.requests[0].url;
    EXPECT_EQ(web_.requests[0].bearer.reveal(), "k3y");
    EXPECT_EQ(web_.requests[0].limit, Milliseconds{700});

    gravatar.base_url.clear();
    const auto at_home = make_connectors(settings_, {&web_, nullptr});
    (void)test::ask(*at_home->all.back(), {"jane@example.org", std::nullopt});
    EXPECT_TRUE(web_.requests[1].url.starts_with("https://api.gravatar.com/v3/profiles/"));
}

TEST_F(MakeConnectorsTest, AFileThatHoldsNoTokenIsAnErrorThatDoesNotQuoteIt) {
    enable("gravatar").token_file = folder_ / "key";
    for (const std::string& content :
         {std::string(), std::string(" \n"), std::string("s3cret\r\nX-Evil: 1"), std::string("s3 cret"),
          std::string("s3cret\0", 7), std::string("s3cr\xC3\xA9t"), std::string(5000, 's')}) {
        std::ofstream(folder_ / "key", std::ios::trunc) << content;
        const auto made = make_connectors(settings_, {&web_, nullptr});
        ASSERT_FALSE(made) << content;
        EXPECT_TRUE(made.error().detail.starts_with((folder_ / "key").native())) << made.error().detail;
        EXPECT_FALSE(made.error().detail.contains("s3"));
    }
    fs::remove(folder_ / "key");
    EXPECT_FALSE(make_connectors(settings_, {&web_, nullptr}));
}

TEST_F(MakeConnectorsTest, NetworksHaveTheirPlacesAndTokensFromTheConfiguration) {
    std::ofstream(folder_ / "key") << "t0ken\n";
    for (const auto& [name, handle] : std::vector<std::pair<std::string, profile::Handle>>{
             {"bluesky", {"bluesky", "noor.example", "https://bsky.app/profile/noor.example"}},
             {"github", {"github", "noorh", "https://github.com/noorh"}},
             {"gitlab", {"gitlab", "noorh", "https://api.test/noorh"}}}) {
        settings_.connectors.clear();
        web_.requests.clear();
        auto& connector = enable(name);
        connector.base_url = "https://api.test/";
        if (name != "bluesky") connector.token_file = folder_ / "key";
        const auto made = make_connectors(settings_, {&web_, nullptr});
        ASSERT_TRUE(made) << made.error().text();
        EXPECT_EQ(made->all.back()->traits().name, name);
        (void)test::ask(*made->all.back(), {"", handle});
        ASSERT_EQ(web_.requests.size(), 1U) << name;
        EXPECT_TRUE(web_.requests[0].url.starts_with("https://api.test/")) << web_.requests[0].url;
        EXPECT_EQ(web_.requests[0].bearer.reveal(), name == "bluesky" ? "" : "t0ken");
        EXPECT_EQ(web_.requests[0].limit, Milliseconds{700});
    }
}

TEST_F(MakeConnectorsTest, RequestsAreSignedOnlyAsAnActorThatIsConfigured) {
    auto& webfinger = enable("webfinger");
    EXPECT_THAT(names({&web_, nullptr}), ElementsAre("registry"));
    EXPECT_THAT(names({&web_, &decoder_}), ElementsAre("registry", "webfinger"));
    EXPECT_FALSE(fs::exists(settings_.gateway.state_dir / "activitypub.key"));
    webfinger.actor_id = "https://mx.example.org/actor";
    EXPECT_THAT(names({&web_, &decoder_}), ElementsAre("registry", "webfinger"));
    EXPECT_TRUE(fs::exists(settings_.gateway.state_dir / "activitypub.key"));
    std::ofstream(settings_.gateway.state_dir / "activitypub.key", std::ios::trunc) << "no key";
    const auto refused = make_connectors(settings_, {&web_, &decoder_});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().detail.contains("activitypub.key"));
}

TEST_F(MakeConnectorsTest, WhatIsNotPartOfThisVersionIsAnErrorWithItsLine) {
    enable("nobody").line = 12;
    const auto refused = make_connectors(settings_, {&web_, nullptr});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().detail.starts_with(settings_.file.native() + ":12: connector.nobody.enabled"))
        << refused.error().detail;
}

}  // namespace
}  // namespace decorum::connectors
