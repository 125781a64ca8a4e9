#include "connectors/custom.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "config/loader.hpp"
#include "connectors/make_connectors.hpp"
#include "gateway/profile/limits.hpp"
#include "tests/unit/connectors/networks.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;

const std::filesystem::path example =
    std::filesystem::path(DECORUM_SOURCE_DIR) / "config/custom.example.toml";

constexpr std::string_view partner_url =
    "https://people.partner.example/api/search?mail=noor.haddad%40partner.example";
constexpr std::string_view partner_answer =
    R"({"results": [{"mail": ["x@partner.example", "Noor.Haddad@partner.example"],
    "cn": "Noor Haddad", "title": "Ward Sister", "company": {"name": "Harbour Hospital"}, "city": "Nantes",
    "portrait": "https://people.partner.example/portraits/noor.png",
    "jobs": [{"role": "Ward Sister", "at": "Harbour Hospital", "from": "2019-03", "to": null},
             {"role": "", "at": ""}, 5]}]})";

// The sources of the shipped example.
class CustomExample : public testing::Test {
protected:
    void SetUp() override {
        const auto loaded = config::load(example);
        ASSERT_TRUE(loaded) << config::render(loaded.error().front());
        EXPECT_TRUE(loaded->warnings.empty()) << config::render(loaded->warnings.front());
        partner_ = std::make_unique<Custom>(
            web_,
            CustomOptions{.name = "partner", .source = loaded->settings.custom.at("partner"), .token = {}});
        forum_ = std::make_unique<Custom>(
            web_, CustomOptions{.name = "forum", .source = loaded->settings.custom.at("forum"), .token = {}});
        settings_ = loaded->settings;
    }
    void put(std::string_view url, int status, std::string body, std::vector<net::HttpField> fields = {}) {
        web_.put(std::string(url), status, "application/json", std::move(body), std::move(fields));
    }
    profile::Answer ask() { return test::ask(*partner_, {"noor.haddad@partner.example", std::nullopt}); }
    profile::Answer ask_forum(const std::string& url) {
        return test::ask(*forum_, {{}, profile::Handle{"web", "", url}});
    }

    test::Web web_;
    config::Settings settings_;
    std::unique_ptr<Custom> partner_;
    std::unique_ptr<Custom> forum_;
};

TEST_F(CustomExample, TheDirectoryAnswersByAddress) {
    put(partner_url, 200, std::string(partner_answer));
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "custom.partner names the address");
    const auto& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Noor Haddad");
    EXPECT_EQ(p.headline.value, "Ward Sister");
    EXPECT_EQ(p.organisation.value, "Harbour Hospital");
    EXPECT_EQ(p.location.value, "Nantes");
    EXPECT_EQ(p.photo_url.value, "https://people.partner.example/portraits/noor.png");
    ASSERT_EQ(p.positions.size(), 1U);
    EXPECT_EQ(p.positions[0].start, "2019-03");
    EXPECT_EQ(partner_->traits().name, "custom.partner");
    EXPECT_EQ(partner_->traits().tier, profile::Tier::a);
    EXPECT_FALSE(partner_->traits().gives_activities);
}

TEST_F(CustomExample, AnAnswerAboutSomebodyElseIsNobody) {
    for (const char* body : {R"({"results": []})", R"({"results": [{"cn": "Grace Hopper"}]})",
                             R"({"results": [{"mail": "grace@partner.example", "cn": "Grace Hopper"}]})",
                             R"({"results": [{"mail": {"0": "noor.haddad@partner.example"}, "cn": "x"}]})",
                             R"({"results": [{"mail": "noor.haddad@partner.example"}]})"}) {
        put(partner_url, 200, body);
        EXPECT_EQ(ask().outcome, Outcome::not_found) << body;
    }
}

TEST_F(CustomExample, TheNetworkAnswersForItsOwnAccounts) {
    put("https://forum.example/api/users/noor.json", 200,
        R"({"user": {"name": "Noor", "bio": "Nights.", "websites": ["https://haddad.example", 7, "javascript:x"]},
            "topics": [{"title": "Open day", "created_at": "2026-11-20T08:00:00Z", "url": "https://forum.example/t/1"},
                       {"title": "By number", "created_at": 1795500000, "url": "https://forum.example/t/2"},
                       {"title": "By day", "created_at": "2026-11-18"}, {"title": "Never"}, {"created_at": "2026-11-20"}]})");
    const auto answer = ask_forum("https://Forum.example/u/noor/");
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.display_name.value, "Noor");
    ASSERT_EQ(answer.profile.links.size(), 1U);
    EXPECT_EQ(answer.profile.links[0].origin.tier, profile::Tier::c);
    ASSERT_EQ(answer.profile.activities.size(), 3U);
    EXPECT_EQ(answer.profile.activities[0].network, "custom.forum");
    EXPECT_EQ(to_rfc3339(answer.profile.activities[2].time), "2026-11-18T00:00:00Z");
    EXPECT_TRUE(forum_->traits().gives_activities);
    EXPECT_FALSE(forum_->traits().by_address);
}

TEST_F(CustomExample, OtherUrlsAreNotItsAccounts) {
    for (const char* url :
         {"https://forum.example/u/", "https://forum.example/u/a/b", "https://forum.example/u/..",
          "https://forum.example.evil.example/u/noor", "https://forum.example/user/noor",
          "https://forum.example/u/a%2Fb", "https://forum.example/u/noor?x=1",
          "https://evil@forum.example/u/noor", "https://forum.example:8443/u/noor", ""}) {
        EXPECT_FALSE(forum_->answers({"web", "", url})) << url;
        EXPECT_EQ(ask_forum(url).outcome, Outcome::not_found) << url;
    }
    EXPECT_FALSE(partner_->answers({"web", "", "https://people.partner.example/u/noor"}));
    EXPECT_TRUE(web_.requests.empty());
}

TEST_F(CustomExample, EveryPlaceholderIsFilledInEscapedAndOnce) {
    config::CustomSource source = settings_.custom.at("partner");
    source.url = "https://people.partner.example/{domain}/{local}?a={address}&h={sha256}";
    Custom custom(web_, {.name = "partner", .source = source, .token = Secret("t0ken")});
    (void)test::ask(custom, {"a&b={sha256}/../#?@Partner.example", std::nullopt});
    ASSERT_EQ(web_.requests.size(), 1U);
    const std::string& url = web_.requests[0].url;
    EXPECT_TRUE(
        url.starts_with("https://people.partner.example/partner.example/a%26b%3D%7Bsha256%7D%2F..%2F%23%3F?"
                        "a=a%26b%3D%7Bsha256%7D%2F..%2F%23%3F%40partner.example&h="))
        << url;
    EXPECT_EQ(url.size(), url.find("&h=") + 3 + 64);
    EXPECT_EQ(web_.requests[0].bearer.reveal(), "t0ken");
    EXPECT_FALSE(url.contains("t0ken"));
}

TEST_F(CustomExample, WhatAnAccountIsCalledForEverIsTold) {
    for (const auto& [id, told] : {std::pair{"4711", "4711"}, {R"("u-1")", "u-1"}, {"{}", ""}}) {
        put("https://forum.example/api/users/noor.json", 200,
            std::string(R"({"user": {"name": "Noor", "id": )") + id + "}}");
        EXPECT_EQ(ask_forum("https://forum.example/u/noor").account_id, told);
    }
}

TEST_F(CustomExample, TellsWhichServerItAsks) {
    config::CustomSource source;
    for (const auto& [url, host] : std::vector<std::pair<std::string, std::string>>{
             {"https://People.partner.example/api?mail={address}", "people.partner.example"},
             {"https://localhost:8443/{domain}/{local}", "localhost"},
             {"https://forum.example/{handle}.json", "forum.example"}}) {
        source.url = url;
        const Custom custom(web_, {.name = "partner", .source = source});
        EXPECT_EQ(custom.traits().server, host);
        EXPECT_EQ(custom.traits().site, host);
    }
}

TEST_F(CustomExample, EachStatusIsItsOutcome) {
    for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{{404, Outcome::not_found},
                                                                              {410, Outcome::not_found},
                                                                              {429, Outcome::throttled},
                                                                              {401, Outcome::forbidden},
                                                                              {403, Outcome::forbidden},
                                                                              {500, Outcome::failed}}) {
        put(partner_url, status, "{}",
            status == 429 ? std::vector<net::HttpField>{{"retry-after", "60"}}
                          : std::vector<net::HttpField>{});
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, outcome) << status;
        EXPECT_EQ(answer.retry_at.has_value(), outcome == Outcome::throttled);
    }
    for (const char* body : {"", "{]", "<html>"}) {
        put(partner_url, 200, body);
        EXPECT_EQ(ask().outcome, Outcome::failed) << body;
    }
    web_.put_error(std::string(partner_url), errc::timed_out);
    EXPECT_EQ(ask().outcome, Outcome::failed);
}

TEST_F(CustomExample, HostileTextsAreBounded) {
    for (const std::string& text : test::hostile_posts()) {
        put("https://forum.example/api/users/noor.json", 200,
            boost::json::serialize(boost::json::object{
                {"user", {{"name", text}, {"bio", text}, {"websites", text}}},
                {"topics",
                 boost::json::array{{{"title", text}, {"created_at", "2026-11-20"}, {"url", text}}}}}));
        const auto answer = ask_forum("https://forum.example/u/noor");
        ASSERT_EQ(answer.outcome, Outcome::found);
        EXPECT_LE(answer.profile.display_name.value.size(), profile::max_name_octets);
        EXPECT_LE(answer.profile.activities.at(0).text.size(), profile::max_post_octets);
        EXPECT_EQ(answer.profile.activities.at(0).url, "");
    }
}

TEST_F(CustomExample, IsMadeFromTheConfiguration) {
    settings_.gateway.state_dir = std::filesystem::temp_directory_path() / "decorum-nowhere";
    const auto made = make_connectors(settings_, {&web_, nullptr});
    ASSERT_TRUE(made) << made.error().text();
    std::vector<std::string> names;
    for (const auto& connector : made->all) names.emplace_back(connector->traits().name);
    EXPECT_THAT(names, testing::ElementsAre("registry", "custom.forum", "custom.partner"));
}

}  // namespace
}  // namespace decorum::connectors
