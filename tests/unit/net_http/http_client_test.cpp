// What the client does where nothing is wrong: requests as they go out, bodies as they come in, the cache.
#include "gateway/net/http/http_client.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "gateway/base/log.hpp"
#include "tests/unit/net_http/client_fixture.hpp"

namespace decorum::net {
namespace {

class Client : public HttpClientTest {
protected:
    void SetUp() override { server.on("/jane", HttpServer::json(R"({"name":"Jane"})")); }
    const std::string jane = server.url("/jane", "profiles.example");
};

TEST_F(Client, FetchesOverTls) {
    const auto out = get(jane);
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->status, 200);
    EXPECT_EQ(out->body, R"({"name":"Jane"})");
    EXPECT_EQ(out->field("content-type"), "application/json");
    EXPECT_EQ(out->url, jane);
    EXPECT_FALSE(out->from_cache);
}

TEST_F(Client, AnyStatusIsAnAnswer) {
    for (const int status : {204, 304, 400, 401, 404, 429, 500, 503}) {
        server.on("/status", HttpServer::Response{.status = status});
        const auto out = get(server.url("/status", "profiles.example"));
        ASSERT_TRUE(out) << status << out.error().text();
        EXPECT_EQ(out->status, status);
    }
}

TEST_F(Client, SaysWhoAsksAndSendsNothingThatTracks) {
    auto asked = request(jane);
    asked.accept = "application/json";
    asked.fields = {{"X-Version", "2"}};
    asked.bearer = Secret("token");
    server.on("/jane", HttpServer::Response{.fields = {{"Set-Cookie", "id=1"}}});
    ASSERT_TRUE(fetch(asked));
    ASSERT_TRUE(fetch(asked));
    for (const auto& seen : server.requests()) {
        EXPECT_EQ(seen.method, "GET");
        EXPECT_EQ(seen.field("User-Agent"), "Decorum/0 (+test)");
        EXPECT_EQ(seen.field("Accept"), "application/json");
        EXPECT_EQ(seen.field("X-Version"), "2");
        EXPECT_EQ(seen.field("Authorization"), "Bearer token");
        EXPECT_EQ(seen.field("Host"), "profiles.example:" + std::to_string(server.port()));
        EXPECT_EQ(seen.field("Cookie"), "");
        EXPECT_EQ(seen.field("Referer"), "");
    }
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(Client, PostsABody) {
    server.on("/token", [](const HttpServer::Request& seen) {
        return HttpServer::Response{.body = seen.method + " " + seen.field("content-type") + " " + seen.body};
    });
    auto asked = request(server.url("/token", "profiles.example"));
    asked.method = "POST";
    asked.body = "grant_type=client_credentials";
    asked.fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
    const auto out = fetch(asked);
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->body, "POST application/x-www-form-urlencoded grant_type=client_credentials");
}

TEST_F(Client, ReusesConnections) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(get(jane));
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(Client, UnpacksGzipAndBrotli) {
    server.on("/gzip", HttpServer::Response{.body = std::string(100'000, 'x'), .gzip = true});
    const auto gzip = get(server.url("/gzip", "profiles.example"));
    ASSERT_TRUE(gzip) << gzip.error().text();
    EXPECT_EQ(gzip->body, std::string(100'000, 'x'));
    EXPECT_THAT(server.requests().back().field("Accept-Encoding"), testing::HasSubstr("gzip"));
    EXPECT_THAT(server.requests().back().field("Accept-Encoding"), testing::HasSubstr("br"));

    // A stored meta-block of five octets, RFC 7932 §9.2.
    server.on("/br",
              HttpServer::Response{.fields = {{"Content-Encoding", "br"}}, .body = "\x0b\x02\x80hello\x03"});
    const auto brotli = get(server.url("/br", "profiles.example"));
    ASSERT_TRUE(brotli) << brotli.error().text();
    EXPECT_EQ(brotli->body, "hello");
}

TEST_F(Client, ABodyMayComeInPiecesOfAnySize) {
    std::string body;
    for (int i = 0; i < 300; ++i) body += std::to_string(i);
    for (const bool chunked : {false, true}) {
        for (const std::size_t octets : {1U, 7U, 100U}) {
            server.on("/pieces",
                      HttpServer::Response{.body = body, .chunked = chunked, .piece_octets = octets});
            const auto out = get(server.url("/pieces", "profiles.example"));
            ASSERT_TRUE(out) << out.error().text();
            EXPECT_EQ(out->body, body);
        }
    }
}

TEST_F(Client, FieldsAreTheFinalAnswersWithoutThoseOf1xxAndTrailers) {
    server.on("/early", HttpServer::Response{.raw = "HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n"
                                                    "HTTP/1.1 200 OK\r\nX-Final:  a\r\n b \r\nX-FINAL: c\r\n"
                                                    "Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n"
                                                    "2\r\nok\r\n0\r\nX-Late: yes\r\n\r\n"});
    const auto out = get(server.url("/early", "profiles.example"));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->status, 200);
    EXPECT_EQ(out->body, "ok");
    EXPECT_EQ(out->field("x-early"), "");
    EXPECT_EQ(out->field("x-late"), "");
    EXPECT_EQ(out->field("x-final"), "a b");
    EXPECT_EQ(std::ranges::count(out->fields, "x-final", &HttpField::name), 2);
}

TEST_F(Client, ReachesAServerNamedByItsAddress) {
    const auto out = get(server.url("/jane", "127.0.0.1"));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->status, 200);
}

TEST_F(Client, TriesTheNextAddressWhereOneDoesNotAnswer) {
    // Nothing listens on that port of the first: the exception list admits both.
    auto lenient = options();
    lenient.exceptions.push_back(IpPrefix::parse("::1").value());
    use(lenient);
    dns.a("both.example", {"::1", "127.0.0.1"});
    const auto out = get(server.url("/jane", "both.example"));
    ASSERT_TRUE(out) << out.error().text();
}

TEST_F(Client, AFreshAnswerIsGivenAgainWithoutAsking) {
    server.on("/jane", HttpServer::Response{.fields = {{"Cache-Control", "max-age=60"}}, .body = "one"});
    ASSERT_EQ(get(jane)->body, "one");
    server.on("/jane", HttpServer::Response{.body = "two"});
    const auto out = get(jane);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->body, "one");
    EXPECT_TRUE(out->from_cache);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Client, ForgetsWhatItKeeps) {
    server.on("/jane", HttpServer::Response{.fields = {{"Cache-Control", "max-age=60"}}, .body = "one"});
    ASSERT_EQ(get(jane)->body, "one");
    server.on("/jane", HttpServer::Response{.body = "two"});
    client->forget();
    EXPECT_EQ(get(jane)->body, "two");
}

// Forgotten while the server thinks: the answer comes to who asked, and is not kept.
TEST_F(Client, AnAnswerUnderWayDoesNotComeBackIntoWhatWasForgotten) {
    for (const bool revalidated : {false, true}) {
        const std::string path = revalidated ? "/stale" : "/new";
        const std::string url = server.url(path, "profiles.example");
        server.on(path, HttpServer::Response{.fields = {{"ETag", "\"1\""}}, .body = "one"});
        if (revalidated) ASSERT_EQ(get(url)->body, "one");
        server.on(path, [&](const HttpServer::Request& seen) {
            client->forget();
            const bool known = !seen.field("If-None-Match").empty();
            return HttpServer::Response{.status = known ? 304 : 200,
                                        .fields = {{"Cache-Control", "max-age=60"}},
                                        .body = known ? "" : "one"};
        });
        EXPECT_EQ(get(url)->body, "one");
        server.on(path, HttpServer::Response{.body = "two"});
        EXPECT_EQ(get(url)->body, "two") << path;
    }
}

TEST_F(Client, OtherCredentialsOrTypesDoNotShareAnAnswer) {
    server.on("/jane", [](const HttpServer::Request& seen) {
        return HttpServer::Response{.fields = {{"Cache-Control", "max-age=60"}},
                                    .body = seen.field("Authorization") + seen.field("Accept")};
    });
    auto one = request(jane);
    one.bearer = Secret("one");
    auto two = request(jane);
    two.bearer = Secret("two");
    auto html = request(jane);
    html.accept = "text/html";
    EXPECT_EQ(fetch(one)->body, "Bearer one*/*");
    EXPECT_EQ(fetch(two)->body, "Bearer two*/*");
    EXPECT_EQ(fetch(html)->body, "text/html");
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(Client, AStaleAnswerIsRevalidatedByItsEtag) {
    server.on("/jane", [](const HttpServer::Request& seen) {
        const bool known = seen.field("If-None-Match") == "\"1\"";
        return known ? HttpServer::Response{.status = 304, .fields = {{"X-Left", "9"}}}
                     : HttpServer::Response{.fields = {{"ETag", "\"1\""}, {"X-Left", "10"}}, .body = "one"};
    });
    EXPECT_FALSE(get(jane)->from_cache);
    const auto out = get(jane);
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->status, 200);
    EXPECT_EQ(out->body, "one");
    EXPECT_TRUE(out->from_cache);
    EXPECT_EQ(out->field("x-left"), "9");
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(Client, AStaleAnswerIsRevalidatedByItsDate) {
    const std::string date = "Mon, 23 Nov 2026 06:00:00 GMT";
    server.on("/jane", [date](const HttpServer::Request& seen) {
        const bool known = seen.field("If-Modified-Since") == date;
        return known ? HttpServer::Response{.status = 304}
                     : HttpServer::Response{.fields = {{"Last-Modified", date}}, .body = "one"};
    });
    EXPECT_FALSE(get(jane)->from_cache);
    EXPECT_TRUE(get(jane)->from_cache);
}

TEST_F(Client, AChangedAnswerReplacesTheKeptOne) {
    server.on("/jane", HttpServer::Response{.fields = {{"ETag", "\"1\""}}, .body = "one"});
    EXPECT_EQ(get(jane)->body, "one");
    server.on("/jane", HttpServer::Response{.fields = {{"ETag", "\"2\""}}, .body = "two"});
    const auto out = get(jane);
    EXPECT_EQ(out->body, "two");
    EXPECT_FALSE(out->from_cache);
    EXPECT_TRUE(get(jane));
    EXPECT_EQ(server.requests().back().field("If-None-Match"), "\"2\"");
}

TEST_F(Client, WhatMayNotBeCachedIsAskedEachTime) {
    server.on("/jane", HttpServer::Response{.fields = {{"Cache-Control", "max-age=60"}}});
    auto asked = request(jane);
    asked.cacheable = false;
    ASSERT_TRUE(fetch(asked));
    EXPECT_FALSE(fetch(asked)->from_cache);
    auto conditional = request(jane);
    conditional.fields = {{"If-None-Match", "\"mine\""}};
    ASSERT_TRUE(fetch(conditional));
    EXPECT_FALSE(fetch(conditional)->from_cache);
    EXPECT_EQ(server.requests().size(), 4U);
}

TEST_F(Client, AKeptAnswerThatIsTooLongForThisRequestIsALimit) {
    server.on("/jane",
              HttpServer::Response{.fields = {{"Cache-Control", "max-age=60"}}, .body = "0123456789"});
    ASSERT_TRUE(get(jane));
    auto asked = request(jane);
    asked.max_octets = 5;
    EXPECT_EQ(fetch(asked).error().code, errc::limit);
}

TEST_F(Client, TakesNoProxyFromTheEnvironment) {
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        setenv(name, "http://127.0.0.1:9", 1);
    const auto out = get(jane);
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) unsetenv(name);
    EXPECT_TRUE(out) << out.error().text();
}

TEST_F(Client, AnswersServicesAndTexts) {
    dns.srv("_avatars-sec._tcp.example.org", {{0, 0, 8443, "avatars.example"}});
    dns.txt("_atproto.example.org", {{"did=did:plc:abc"}});
    Awaited<ServiceRecords> services;
    client->services("_avatars-sec._tcp.example.org", Milliseconds(5000), services.done());
    EXPECT_EQ(services.get().value().at(0).port, 8443);
    Awaited<TextRecords> texts;
    client->texts("_atproto.example.org", Milliseconds(5000), texts.done());
    EXPECT_EQ(texts.get().value().at(0), "did=did:plc:abc");
}

TEST_F(Client, LogsHostAndOutcomeAndNothingMoreOfARequest) {
    const std::string file = folder.file("log");
    ASSERT_TRUE(log::start({.level = log::Level::debug, .format = log::Format::text, .target = file}));
    auto asked = request(jane + "?address=jane@example.org");
    asked.bearer = Secret("token");
    const auto answered = fetch(asked);
    asked.url = server.url("/jane@example.org", "nobody.example");
    const auto refused = fetch(asked);
    client->close();
    log::flush();
    ASSERT_TRUE(log::start({.level = log::Level::info, .format = log::Format::text, .target = "stderr"}));
    EXPECT_TRUE(answered);
    EXPECT_FALSE(refused);
    std::ifstream in(file);
    const std::string lines(std::istreambuf_iterator<char>(in), {});
    EXPECT_THAT(lines, testing::HasSubstr("event=http_answer host=profiles.example status=200 octets=15"));
    EXPECT_THAT(lines, testing::HasSubstr("event=http_fault code=refused"));
    EXPECT_THAT(lines, testing::HasSubstr("nobody.example"));
    for (const char* secret : {"jane", "Jane", "token", "/"})
        EXPECT_THAT(lines, testing::Not(testing::HasSubstr(secret))) << lines;
}

TEST_F(Client, WhatACallerHandsInBecomesNoFieldOfItsOwn) {
    auto name = request(jane);
    name.fields = {{"X-A\r\nX-B", "1"}};
    auto value = request(jane);
    value.fields = {{"X-A", "1\r\nX-B: 2"}};
    auto token = request(jane);
    token.bearer = Secret("a\nX-B: 2");
    auto accept = request(jane);
    accept.accept = "a\r\nX-B: 2";
    auto method = request(jane);
    method.method = "DELETE";
    for (const auto& asked : {name, value, token, accept, method})
        EXPECT_EQ(fetch(asked).error().code, errc::invalid);
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(Client, RefusesToStartWithWhatIsNoProxyOrNameServer) {
    for (const char* proxy : {"proxy:3128", "https://proxy:3128", "http://u:p@proxy:3128",
                              "http://proxy:3128/x", "socks5://proxy"}) {
        auto wrong = options();
        wrong.proxy = proxy;
        EXPECT_EQ(HttpClient::start(wrong).error().code, errc::invalid) << proxy;
    }
    auto wrong = options();
    wrong.dns_servers = {"ns.example"};
    EXPECT_EQ(HttpClient::start(wrong).error().code, errc::invalid);
}

}  // namespace
}  // namespace decorum::net
