#include "connectors/x.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/profile/limits.hpp"
#include "tests/unit/connectors/networks.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;
using testing::HasSubstr;

constexpr std::string_view user_url =
    "https://api.x.com/2/users/by/username/noor_h?user.fields="
    "description%2Centities%2Clocation%2Cname%2Cprofile_image_url%2Cprotected%2Cusername";
constexpr std::string_view posts_of_noor =
    "https://api.x.com/2/users/2244994945/tweets?max_results=5&exclude=replies%2Cretweets&tweet.fields="
    "created_at%2Centities%2Ctext";
constexpr std::uint64_t user_price = 10'000;
constexpr std::uint64_t post_price = 5'000;

json::object noor_on_x() {
    return {{"id", "2244994945"},
            {"username", "Noor_H"},
            {"name", "Noor Haddad"},
            {"location", "Nantes"},
            {"description", "Nurse &amp; reader. https://t.co/a"},
            {"protected", false},
            {"profile_image_url", "https://pbs.twimg.com/profile_images/1/n_normal.jpg"},
            {"entities",
             {{"url", {{"urls", json::array{{{"expanded_url", "https://haddad.example"}}}}}},
              {"description",
               {{"urls", json::array{{{"url", "https://t.co/a"}, {"display_url", "haddad.example"}}}}}}}}};
}

json::object post_on_x(std::string_view id, std::string_view text,
                       std::string_view time = "2026-11-20T08:00:00.000Z") {
    return {{"id", id}, {"text", text}, {"created_at", time}};
}

class XTest : public testing::Test {
protected:
    XTest() {
        user(noor_on_x());
        posts({post_on_x("11", "Night shift is over"), post_on_x("10", "Hello")});
    }
    void put(std::string_view url, int status, std::string body, std::vector<net::HttpField> fields = {}) {
        web_.put(std::string(url), status, "application/json", std::move(body), std::move(fields));
    }
    void user(json::object data) {
        put(user_url, 200, json::serialize(json::object{{"data", std::move(data)}}));
    }
    void posts(json::array data) {
        put(posts_of_noor, 200,
            json::serialize(json::object{{"data", std::move(data)}, {"meta", json::object{}}}));
    }
    void error(std::string_view url, std::string_view title) {
        put(url, 200,
            json::serialize(json::object{
                {"errors",
                 json::array{{{"title", title}, {"detail", "secret detail"}, {"resource_type", "user"}}}}}));
    }
    profile::Answer ask() { return test::ask(x_, test::account("https://x.com/noor_h")); }

    test::Web web_;
    Instant now_ = test::noon;
    X x_{web_, {.token = Secret("t0ken"), .now = [this] { return now_; }}};
};

TEST_F(XTest, GivesTheAccountAndItsPosts) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    const auto& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Noor Haddad");
    EXPECT_EQ(p.location.value, "Nantes");
    EXPECT_EQ(p.summary.value, "Nurse & reader. haddad.example");
    EXPECT_EQ(p.photo_url.value, "https://pbs.twimg.com/profile_images/1/n_bigger.jpg");
    ASSERT_EQ(p.links.size(), 1U);
    EXPECT_EQ(p.links[0].url, "https://haddad.example/");
    EXPECT_EQ(p.links[0].origin.tier, profile::Tier::c);
    ASSERT_EQ(p.activities.size(), 2U);
    EXPECT_EQ(p.activities[0].text, "Night shift is over");
    EXPECT_EQ(p.activities[0].url, "https://x.com/Noor_H/status/11");
    EXPECT_EQ(to_rfc3339(p.activities[0].time), "2026-11-20T08:00:00Z");
    for (const auto& request : web_.requests) {
        EXPECT_EQ(request.bearer.reveal(), "t0ken");
        EXPECT_FALSE(request.url.contains("t0ken"));
    }
}

TEST_F(XTest, IsAskedByAccountOnlyAndNeverByAddress) {
    EXPECT_FALSE(x_.traits().by_address);
    EXPECT_EQ(test::ask(x_, {"noor_h@haddad.example", std::nullopt}).outcome, Outcome::not_found);
    EXPECT_TRUE(web_.requests.empty());
    EXPECT_TRUE(x_.answers(*test::account("https://twitter.com/Noor_H").handle));
    EXPECT_FALSE(x_.answers(*test::account("https://github.com/noor").handle));
    EXPECT_FALSE(x_.answers({"x", "noor", "https://x.com/noor/status/1"}));
}

TEST_F(XTest, TellsWhatWasReadAndPaidFor) {
    EXPECT_EQ(x_.max_microdollars(), user_price + 5 * post_price);
    EXPECT_EQ(ask().microdollars, user_price + 2 * post_price);
    EXPECT_EQ(ask().microdollars, 0U) << "once a day";
    posts({post_on_x("12", "New"), post_on_x("11", "Night shift is over")});
    EXPECT_EQ(ask().microdollars, post_price) << "the new one alone";
    now_ += std::chrono::hours{12};  // midnight, UTC
    EXPECT_EQ(ask().microdollars, user_price + 2 * post_price);
    X cheap(web_, {.user_price = 1, .post_price = 2});
    EXPECT_EQ(test::ask(cheap, test::account("https://x.com/noor_h")).microdollars, 5U);
    EXPECT_EQ(cheap.max_microdollars(), 11U);
}

TEST_F(XTest, WhatWasReadIsPaidForThoughTheRestFails) {
    put(posts_of_noor, 503, "");
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::failed);
    EXPECT_EQ(answer.microdollars, user_price);
}

TEST_F(XTest, ErrorsInsideOf200) {
    error(user_url, "Not Found Error");
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    error(user_url, "Forbidden");
    const auto suspended = ask();
    EXPECT_EQ(suspended.outcome, Outcome::not_found);
    EXPECT_EQ(suspended.detail, "the account is suspended");
    error(user_url, "Authorization Error");
    EXPECT_EQ(ask().outcome, Outcome::forbidden);
    error(user_url, "Something New");
    const auto other = ask();
    EXPECT_EQ(other.outcome, Outcome::failed);
    EXPECT_FALSE(other.detail.contains("secret"));
    EXPECT_EQ(other.microdollars, 0U);
}

TEST_F(XTest, AProtectedAccountShowsNothing) {
    json::object data = noor_on_x();
    for (const json::value& flag : {json::value(true), json::value("yes"), json::value(1)}) {
        data["protected"] = flag;
        user(data);
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::not_found);
        EXPECT_TRUE(answer.hidden);
        EXPECT_TRUE(answer.profile.empty());
    }
    EXPECT_FALSE(web_.asked().back().contains("/tweets")) << "its posts are not asked for";
}

TEST_F(XTest, AnotherNameIsAnotherAccount) {
    json::object data = noor_on_x();
    data["username"] = "somebody_else";
    user(data);
    EXPECT_EQ(ask().outcome, Outcome::not_found);
}

TEST_F(XTest, GoneBetweenTheTwoQuestions) {
    for (const char* title : {"Not Found Error", "Forbidden"}) {
        error(posts_of_noor, title);
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::not_found) << title;
        EXPECT_TRUE(answer.profile.empty());
    }
}

TEST_F(XTest, PostsThatWeMayNotReadCostOnlyThemselves) {
    put(posts_of_noor, 403, R"({"title":"Client Forbidden"})");
    EXPECT_EQ(ask().outcome, Outcome::found);
    error(posts_of_noor, "Authorization Error");
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_TRUE(answer.profile.activities.empty());
    put(posts_of_noor, 200, R"({"meta":{"result_count":0}})");
    EXPECT_EQ(ask().outcome, Outcome::found) << "who has written nothing";
}

TEST_F(XTest, ThrottledUntilItsReset) {
    const std::vector<net::HttpField> fields{
        {"x-rate-limit-limit", "300"}, {"x-rate-limit-remaining", "0"}, {"x-rate-limit-reset", "1795523400"}};
    put(user_url, 429, R"({"title":"Too Many Requests"})", fields);
    auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::throttled);
    EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T12:30:00Z");
    user(noor_on_x());
    put(posts_of_noor, 429, "{}", fields);
    answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::throttled);
    EXPECT_TRUE(answer.retry_at);
}

TEST_F(XTest, OtherStatuses) {
    for (const int status : {401, 402, 403}) {
        put(user_url, status, "{}");
        EXPECT_EQ(ask().outcome, Outcome::forbidden) << status;
    }
    for (const int status : {404, 500, 503}) {
        put(user_url, status, "{}");
        EXPECT_EQ(ask().outcome, Outcome::failed) << status;
    }
    web_.put_error(std::string(user_url), errc::timed_out);
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::failed);
    EXPECT_FALSE(answer.detail.contains("secret"));
}

TEST_F(XTest, WhatDoesNotComeWholeMayBePaidForAllTheSame) {
    for (const errc code : {errc::timed_out, errc::reset, errc::limit}) {
        web_.put_error(std::string(user_url), code);
        EXPECT_EQ(ask().microdollars, user_price) << name_of(code);
    }
    put(user_url, 200, "{]");
    EXPECT_EQ(ask().microdollars, user_price);
    for (const errc code : {errc::refused, errc::tls_failed}) {
        web_.put_error(std::string(user_url), code);
        EXPECT_EQ(ask().microdollars, 0U) << name_of(code);
    }
    put(user_url, 503, "");
    EXPECT_EQ(ask().microdollars, 0U);
    user(noor_on_x());
    web_.put_error(std::string(posts_of_noor), errc::timed_out);
    EXPECT_EQ(ask().microdollars, user_price + 5 * post_price);
    put(posts_of_noor, 200, "{]");
    EXPECT_EQ(ask().microdollars, 5 * post_price) << "the account is paid for already";
}

TEST_F(XTest, GarbageIsAFailure) {
    for (const char* body :
         {"", "{]", "[]", "{}", "null", R"({"data":[]})", R"({"data":{"id":"x","username":"noor_h"}})",
          R"({"data":{"id":"1","username":"no or"}})", R"({"data":{"id":1}})"}) {
        put(user_url, 200, body);
        EXPECT_EQ(ask().outcome, Outcome::failed) << body;
    }
    user(noor_on_x());
    for (const char* body : {"", "{]", "[]", "{}", R"({"errors":[]})"}) {
        put(posts_of_noor, 200, body);
        EXPECT_EQ(ask().outcome, body == std::string(R"({"errors":[]})") ? Outcome::found : Outcome::failed)
            << body;
    }
}

TEST_F(XTest, HostilePostsAreBoundedAndKeepTheirPlace) {
    for (const std::string& text : test::hostile_posts()) {
        posts({post_on_x("11", text)});
        const auto answer = ask();
        ASSERT_EQ(answer.outcome, Outcome::found);
        ASSERT_EQ(answer.profile.activities.size(), 1U) << text.substr(0, 30);
        EXPECT_LE(answer.profile.activities[0].text.size(), profile::max_post_octets);
        EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
        EXPECT_TRUE(profile::profile_from_json(profile::to_json(answer.profile)));
    }
    posts({post_on_x("../../1", "x"), post_on_x("", "x"), post_on_x("12", ""),
           post_on_x("13", "x", "yesterday")});
    EXPECT_TRUE(ask().profile.activities.empty());
    json::array many;
    for (int i = 0; i < 100; ++i)
        many.push_back(post_on_x(std::to_string(1000 + i), "post " + std::to_string(i)));
    posts(many);
    const auto answer = ask();
    EXPECT_EQ(answer.profile.activities.size(), 5U);
    EXPECT_EQ(answer.microdollars, 100 * post_price) << "what came is paid for, wanted or not";
}

TEST_F(XTest, LinksThatStandForLinksMakeNoEndlessText) {
    auto data = noor_on_x();
    json::array urls;
    for (int i = 0; i < 6; ++i) {
        std::string display;
        for (int j = 0; j < 100; ++j) display += "https://t.co/" + std::to_string(i + 1);
        urls.push_back({{"url", "https://t.co/" + std::to_string(i)}, {"display_url", display}});
    }
    data["description"] = "https://t.co/0";
    data["entities"].as_object()["description"].as_object()["urls"] = urls;
    user(std::move(data));
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_LE(answer.profile.summary.value.size(), profile::max_summary_octets);
}

TEST_F(XTest, PicturesElsewhereAreNotFetched) {
    json::object data = noor_on_x();
    for (const char* url :
         {"https://evil.example/a.jpg", "http://pbs.twimg.com/a.jpg", "https://twimg.com.evil.example/a",
          "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"}) {
        data["profile_image_url"] = url;
        user(data);
        EXPECT_EQ(ask().profile.photo_url.value, "") << url;
    }
}

}  // namespace
}  // namespace decorum::connectors
