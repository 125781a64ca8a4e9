// Signing in at Facebook: what is sent where, and what comes of each answer.
#include "connectors/facebook_login.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "web.hpp"

namespace decorum::connectors {
namespace {

constexpr const char* token_url = "https://graph.facebook.com/v19.0/oauth/access_token";
// HMAC-SHA256 of "TOKEN1" under "s3cret".
constexpr const char* me_prefix = "https://graph.facebook.com/v19.0/me?fields=id,link&appsecret_proof=";

class FacebookLogin : public testing::Test {
protected:
    FacebookLogin() {
        std::string name = (std::filesystem::temp_directory_path() / "decorum-facebook-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        std::ofstream(folder_ / "secret") << "s3cret\n";
        config::Connector& keys = settings_.connectors["facebook"];
        keys.app_id = "123";
        keys.redirect_uri = "https://decorum.example/back?x=1&y";
        keys.token_file = folder_ / "secret";
    }
    ~FacebookLogin() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    FacebookApp app() const {
        auto made = facebook_app(settings_);
        if (!made) throw std::runtime_error(made.error().text());
        return std::move(*made);
    }
    Result<SignedIn> redeem_code() {
        std::optional<Result<SignedIn>> answer;
        redeem(web_, app(), "CODE&1", [&](Result<SignedIn> a) { answer = std::move(a); });
        return answer.value();
    }
    // The second question's URL depends on the token: it is learnt from a first try.
    void put_me(int status, std::string body) {
        web_.put(token_url, 200, "application/json", R"({"access_token":"TOKEN1","token_type":"bearer"})");
        static_cast<void>(redeem_code());
        web_.put(web_.requests.back().url, status, "application/json", std::move(body));
        web_.requests.clear();
    }
    config::Settings settings_;
    test::Web web_;
    std::filesystem::path folder_;
};

TEST_F(FacebookLogin, NamesTheKeyThatIsMissing) {
    for (const char* key : {"app_id", "redirect_uri", "token_file"}) {
        config::Settings settings = settings_;
        config::Connector& keys = settings.connectors["facebook"];
        if (key == std::string("app_id")) keys.app_id.clear();
        if (key == std::string("redirect_uri")) keys.redirect_uri.clear();
        if (key == std::string("token_file")) keys.token_file.clear();
        const auto made = facebook_app(settings);
        ASSERT_FALSE(made);
        EXPECT_NE(made.error().detail.find(std::string("connector.facebook.") + key), std::string::npos);
    }
    EXPECT_FALSE(facebook_app(config::Settings{}));
}

TEST_F(FacebookLogin, TheAddressToOpenIsEscaped) {
    EXPECT_EQ(sign_in_address(app(), "decorum-abc"),
              "https://www.facebook.com/v19.0/dialog/oauth?client_id=123&redirect_uri="
              "https%3A%2F%2Fdecorum.example%2Fback%3Fx%3D1%26y&state=decorum-abc&scope=public_profile%"
              "2Cuser_link%2Cuser_posts&"
              "response_type=code");
    settings_.connectors["facebook"].base_url = "http://127.0.0.1:8080/";
    EXPECT_TRUE(
        sign_in_address(app(), "s").starts_with("http://127.0.0.1:8080/v19.0/dialog/oauth?client_id=123&"));
}

TEST_F(FacebookLogin, TheCodeComesInTheAddressWithOurState) {
    EXPECT_EQ(
        pasted_code(" https://decorum.example/back?code=AQB-x_1&state=state#_=_\n", "state").value_or("none"),
        "AQB-x_1");
    EXPECT_FALSE(pasted_code("AQB-x_1", "state")) << "a code alone may be that of another's sign-in";
    EXPECT_FALSE(pasted_code("https://decorum.example/back?code=a%0Ab&state=state", "state"));
    EXPECT_FALSE(pasted_code("https://decorum.example/back?code=AQB1&state=other", "state"));
    EXPECT_FALSE(pasted_code("https://decorum.example/back?code=AQB1", "state"));
    EXPECT_FALSE(pasted_code("https://decorum.example/back?error=access_denied&state=state", "state"));
    for (const std::string& text :
         {std::string(), std::string("a b"), std::string("a\r\nb"), std::string("a&b=c"),
          std::string(10'000, 'a'), std::string("\xe2\x80\xae")})
        EXPECT_FALSE(pasted_code(text, "state")) << text.substr(0, 20);
}

TEST_F(FacebookLogin, WhatAPagePublishesTellsNothingOfTheState) {
    EXPECT_EQ(page_code("decorum-abcdefghjk"), page_code("decorum-abcdefghjk"));
    EXPECT_NE(page_code("decorum-abcdefghjk"), page_code("decorum-abcdefghjm"));
    EXPECT_FALSE(page_code("decorum-abcdefghjk").contains("abcdefghjk"));
    EXPECT_EQ(page_code("decorum-abcdefghjk").size(), std::string_view("decorum-").size() + 16);
}

TEST_F(FacebookLogin, ExchangesTheCodeAndAsksWhoItIs) {
    put_me(200, R"({"id":"100012345","name":"Jane Martin","link":"https://www.facebook.com/Jane.Martin/"})");
    const auto signed_in = redeem_code();
    ASSERT_TRUE(signed_in) << signed_in.error().text();
    EXPECT_EQ(signed_in->id, "100012345");
    EXPECT_EQ(signed_in->link, "https://facebook.com/jane.martin");

    ASSERT_EQ(web_.requests.size(), 2u);
    const auto& exchange = web_.requests[0];
    EXPECT_EQ(exchange.method, "POST");
    EXPECT_EQ(exchange.url, token_url) << "neither code nor secret may stand in a URL, which logs keep";
    EXPECT_EQ(exchange.body,
              "client_id=123&redirect_uri=https%3A%2F%2Fdecorum.example%2Fback%3Fx%3D1%26y&client_secret="
              "s3cret&code=CODE%261");
    const auto& me = web_.requests[1];
    EXPECT_TRUE(me.url.starts_with(me_prefix)) << me.url;
    EXPECT_EQ(me.url.size(), std::string_view(me_prefix).size() + 64);
    EXPECT_EQ(me.url.find("TOKEN1"), std::string::npos);
    EXPECT_EQ(me.bearer.reveal(), "TOKEN1");
    EXPECT_FALSE(exchange.cacheable || me.cacheable);
}

TEST_F(FacebookLogin, EachFaultOfTheExchangeIsAnError) {
    web_.put(token_url, 400, "application/json",
             R"({"error":{"message":"This authorization code has expired."}})");
    EXPECT_EQ(redeem_code().error().code, errc::invalid);
    web_.put(token_url, 503, "text/html", "");
    EXPECT_EQ(redeem_code().error().code, errc::unavailable);
    web_.put_error(token_url, errc::timed_out);
    EXPECT_EQ(redeem_code().error().code, errc::timed_out);
    for (const char* body : {"", "[]", "{}", R"({"access_token":7})", R"({"access_token":""})",
                             R"({"access_token":"a b"})", R"({"access_token":"a\r\nb"})", "<html>"}) {
        web_.put(token_url, 200, "application/json", body);
        EXPECT_FALSE(redeem_code()) << body;
    }
    EXPECT_EQ(web_.requests.size(), 11u) << "no question without a token";
}

TEST_F(FacebookLogin, AnAnswerWithoutAnAccountIsAnError) {
    for (const char* body :
         {"{}", R"({"id":5})", R"({"id":""})", R"({"id":"12x"})", R"({"id":"123456789012345678901"})"}) {
        put_me(200, body);
        EXPECT_FALSE(redeem_code()) << body;
    }
    put_me(401, "{}");
    EXPECT_EQ(redeem_code().error().code, errc::invalid);
}

TEST_F(FacebookLogin, ALinkToSomewhereElseIsNone) {
    for (const char* link : {"https://evil.example/jane", "https://facebook.com.evil.example/jane",
                             "javascript:alert(1)", "https://user@facebook.com/jane", ""}) {
        put_me(200, std::string(R"({"id":"1","link":")") + link + "\"}");
        const auto signed_in = redeem_code();
        ASSERT_TRUE(signed_in);
        EXPECT_EQ(signed_in->link, "") << link;
    }
}

}  // namespace
}  // namespace decorum::connectors
