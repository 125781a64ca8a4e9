// The connectors that ask the web, with the real HTTP client against a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <future>

#include "connectors/gravatar.hpp"
#include "connectors/profile_page.hpp"
#include "connectors/webfinger.hpp"
#include "gateway/net/http/http_client.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/http_server.hpp"
#include "tests/unit/connectors/page_facts.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;
using profile::Outcome;
using test::HttpServer;

constexpr std::string_view small_answer =
    R"({"hash": "00", "display_name": "Noor Haddad", "job_title": "Ward Sister"})";

class OverHttpsTest : public testing::Test {
protected:
    OverHttpsTest() {
        net::HttpOptions options;
        options.ca_file = authority_.ca_file();
        options.allow_private = true;
        options.user_agent = "Decorum/0 (+test)";
        auto started = net::HttpClient::start(std::move(options));
        if (!started) throw std::runtime_error(started.error().text());
        client_ = std::move(*started);
    }
    // One that is handed in is asked before `client_` ends.
    static Answer ask(profile::Connector& connector, profile::Query query) {
        std::promise<Answer> promise;
        auto answer = promise.get_future();
        connector.find(query, [&](Answer a) { promise.set_value(std::move(a)); });
        if (answer.wait_for(std::chrono::seconds{30}) != std::future_status::ready)
            throw std::runtime_error("not answered");
        return answer.get();
    }
    Answer ask_gravatar(Milliseconds timeout = Milliseconds{10'000}) {
        Gravatar gravatar(*client_, {.base_url = server_.url(""), .key = Secret("k3y"), .timeout = timeout});
        return ask(gravatar, {"noor@haddad.example", std::nullopt});
    }
    void gravatar_says(HttpServer::Response response) {
        server_.otherwise([response = std::move(response)](const HttpServer::Request&) { return response; });
    }
    Answer ask_page(const std::string& path, std::string network = "web") {
        ProfilePage page(*client_, decoder_);
        return ask(page, {"", profile::Handle{std::move(network), "", server_.url(path)}});
    }

    test::TemporaryFolder folder_;
    test::Authority authority_{folder_};
    HttpServer server_{authority_.issue("server", {.alt_names = "DNS:localhost,IP:127.0.0.1"})};
    test::Decoder decoder_;
    std::unique_ptr<net::HttpClient> client_;
};

TEST_F(OverHttpsTest, GravatarFindsByHashAndKey) {
    auto found = HttpServer::json(std::string(small_answer));
    found.fields.push_back({"X-RateLimit-Limit", "1000"});
    found.fields.push_back({"X-RateLimit-Remaining", "999"});
    gravatar_says(found);
    const auto answer = ask_gravatar();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    ASSERT_TRUE(answer.quota);
    EXPECT_EQ(answer.quota->left, 999U);
    const auto requests = server_.requests();
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_TRUE(requests[0].path.starts_with("/v3/profiles/"));
    EXPECT_EQ(requests[0].path.size(), std::string("/v3/profiles/").size() + 64);
    EXPECT_EQ(requests[0].field("Authorization"), "Bearer k3y");
    EXPECT_EQ(requests[0].field("Accept"), "application/json");
    EXPECT_EQ(requests[0].field("User-Agent"), "Decorum/0 (+test)");
    EXPECT_EQ(requests[0].field("Cookie"), "");
}

TEST_F(OverHttpsTest, GravatarsOtherAnswersAreKeptApart) {
    gravatar_says({.status = 404});
    EXPECT_EQ(ask_gravatar().outcome, Outcome::not_found);
    gravatar_says({.status = 401});
    EXPECT_EQ(ask_gravatar().outcome, Outcome::forbidden);
    gravatar_says({.status = 429, .fields = {{"Retry-After", "60"}}});
    EXPECT_EQ(ask_gravatar().outcome, Outcome::throttled);
    EXPECT_TRUE(ask_gravatar().retry_at);
    for (HttpServer::Response fault :
         {HttpServer::Response{.status = 503}, HttpServer::json(std::string(10'000'000, ' ')),
          HttpServer::json(std::string(1000, '[') + std::string(1000, ']')), HttpServer::json(""),
          HttpServer::Response{.fields = {{"Content-Type", "text/html"}}, .body = std::string(small_answer)},
          HttpServer::Response{.raw = "garbage\r\n\r\n"}, HttpServer::redirect("/again"),
          HttpServer::Response{.body = std::string(small_answer), .cut_after_octets = 10}}) {
        gravatar_says(fault);
        const auto answer = ask_gravatar();
        EXPECT_EQ(answer.outcome, Outcome::failed) << fault.status << fault.body.substr(0, 20);
        EXPECT_FALSE(answer.detail.empty());
    }
    auto bomb = HttpServer::json(std::string(50'000'000, ' '));
    bomb.gzip = true;
    gravatar_says(bomb);
    EXPECT_EQ(ask_gravatar().detail, "transfer: limit");
    gravatar_says({.never = true});
    EXPECT_EQ(ask_gravatar(Milliseconds{200}).detail, "transfer: timed_out");
}

TEST_F(OverHttpsTest, AnAccountOfTheFediverseStepAfterStep) {
    const std::string host = server_.url("").substr(std::string("https://").size());
    const auto put = [this](const std::string& path, const boost::json::value& body) {
        server_.on(path, HttpServer::json(boost::json::serialize(body)));
    };
    put("/.well-known/webfinger",
        {{"subject", "acct:noor@" + host},
         {"links",
          {{{"rel", "self"}, {"type", "application/activity+json"}, {"href", server_.url("/users/noor")}}}}});
    put("/users/noor", {{"id", server_.url("/users/noor")}, {"preferredUsername", "noor"}, {"name", "Noor"}});
    put("/api/v1/accounts/lookup", {{"id", "7"}, {"acct", "noor"}, {"display_name", "Noor Haddad"}});
    put("/api/v1/accounts/7/statuses", {{{"created_at", "2026-11-20T08:00:00Z"},
                                         {"visibility", "public"},
                                         {"content", "We are hiring"},
                                         {"url", server_.url("/@noor/1")},
                                         {"account", {{"id", "7"}}}}});
    WebFinger finger(*client_, decoder_);
    const profile::Query query{"", profile::Handle{"mastodon", "noor@" + host, server_.url("/@noor")}};
    const auto answer = ask(finger, query);
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    ASSERT_EQ(answer.profile.activities.size(), 1U);
    EXPECT_EQ(answer.profile.activities[0].text, "We are hiring");
    EXPECT_EQ(server_.requests()[0].query,
              "resource=acct%3Anoor%40localhost%3A" + host.substr(host.find(':') + 1));
    server_.on("/api/v1/accounts/7/statuses",
               HttpServer::Response{.status = 429, .fields = {{"Retry-After", "60"}}});
    EXPECT_EQ(ask(finger, query).outcome, Outcome::throttled);
}

TEST_F(OverHttpsTest, APageIsReadAfterRobotsTxt) {
    server_.on("/luc.json", HttpServer::json(R"({"name": "Luc Moreau", "headline": "Acheteur",
        "career": [{"position": "Acheteur", "company_name": "Filature", "begin": "2008"}],
        "recommendations": [{"from": {"name": "Anne"}, "message": "Bien."}]})"));
    const auto answer = ask_page("/luc.json", "viadeo");
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.positions.size(), 1U);
    EXPECT_EQ(answer.profile.recommendations.size(), 1U);
    const auto requests = server_.requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].path, "/robots.txt");
    EXPECT_EQ(requests[1].path, "/luc.json");

    server_.on("/robots.txt", HttpServer::Response{.body = "User-agent: decorum\nDisallow: /luc\n"});
    EXPECT_TRUE(ask_page("/luc.json").hidden);
    server_.on("/robots.txt", HttpServer::Response{.status = 500});
    EXPECT_EQ(ask_page("/luc.json").outcome, Outcome::failed);
}

TEST_F(OverHttpsTest, AnHtmlPageReachesTheWorkerWhole) {
    const std::string html = "<p class=h-card>Jane</p>" + std::string(300'000, ' ');
    server_.on("/me",
               HttpServer::Response{.fields = {{"Content-Type", "text/html"}}, .body = html, .gzip = true});
    worker::PageFacts facts;
    facts.items = {test::item("h-card", {{"name", "Jane"}})};
    decoder_.show(facts);
    EXPECT_EQ(ask_page("/me").outcome, Outcome::found);
    ASSERT_EQ(decoder_.inputs.size(), 1U);
    EXPECT_EQ(decoder_.inputs[0], html);
}

TEST_F(OverHttpsTest, APageThatMovedToAnotherHostIsNotTheDeclaredOne) {
    server_.on("/old", HttpServer::redirect("/new"));
    server_.on("/new", HttpServer::json(R"({"basics": {"name": "Noor"}})"));
    EXPECT_EQ(ask_page("/old").outcome, Outcome::found);
    server_.on("/old", HttpServer::redirect(server_.url("/new", "127.0.0.1")));
    EXPECT_EQ(ask_page("/old").detail, "moved elsewhere");
    server_.on("/old", HttpServer::redirect("/old"));
    EXPECT_EQ(ask_page("/old").detail, "too many redirects");
}

TEST_F(OverHttpsTest, QuestionsUnderWayEndWithTheClient) {
    server_.on("/me", HttpServer::Response{.never = true});
    std::promise<Answer> promise;
    auto answer = promise.get_future();
    ProfilePage page(*client_, decoder_);
    page.find({"", profile::Handle{"web", "", server_.url("/me")}},
              [&](Answer a) { promise.set_value(std::move(a)); });
    client_->close();
    ASSERT_EQ(answer.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    EXPECT_EQ(answer.get().outcome, Outcome::failed);
}

}  // namespace
}  // namespace decorum::connectors
