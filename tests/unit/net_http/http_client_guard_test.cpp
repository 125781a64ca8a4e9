// Where the client must not go, whoever sends it there.
#include <arpa/nameser.h>
#include <gmock/gmock.h>

#include "tests/support/connect_proxy.hpp"
#include "tests/unit/net_http/client_fixture.hpp"

namespace decorum::net {
namespace {
using test::ConnectProxy;

class Guard : public HttpClientTest {
protected:
    void SetUp() override { server.on("/jane", HttpServer::Response{.body = "jane"}); }
    // Redirects from profiles.example.
    errc fault_after_redirect(const std::string& location) {
        server.on("/moved", HttpServer::redirect(location));
        const auto out = get(server.url("/moved", "profiles.example"));
        EXPECT_FALSE(out) << location << " was followed";
        return out ? errc::io : out.error().code;
    }
    [[nodiscard]] std::size_t requests_for(const std::string& path) const {
        std::size_t count = 0;
        for (const auto& seen : server.requests()) count += seen.path == path ? 1 : 0;
        return count;
    }
};

TEST_F(Guard, AnAddressThatIsNotPublicIsInvalid) {
    for (const char* host : {"127.0.0.2", "[::1]", "[::ffff:127.0.0.2]", "10.0.0.1", "169.254.169.254",
                             "[fd00:ec2::254]", "[64:ff9b::7f00:2]"})
        EXPECT_EQ(get(server.url("/jane", host)).error().code, errc::invalid) << host;
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(Guard, ANameWithOnlySuchAddressesIsInvalid) {
    dns.a("inside.example", {"127.0.0.2", "10.0.0.1", "::1", "fd00:ec2::254"});
    EXPECT_EQ(get(server.url("/jane", "inside.example")).error().code, errc::invalid);
    EXPECT_TRUE(server.requests().empty());
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(Guard, OfSeveralAddressesOnlyThoseThatMayBeAreTried) {
    dns.a("mixed.example", {"127.0.0.2", "127.0.0.1", "::1"});
    EXPECT_TRUE(get(server.url("/jane", "mixed.example")));
}

TEST_F(Guard, WithoutAllowPrivateLocalhostAndPlainHttpAreRefused) {
    auto plain = options();
    plain.exceptions.clear();
    use(plain);
    EXPECT_EQ(get(server.url("/jane", "localhost")).error().code, errc::invalid);
    EXPECT_EQ(get("http://profiles.example/").error().code, errc::invalid);
    auto usual = request(server.url("/jane", "profiles.example"));
    usual.allow_port = false;
    EXPECT_EQ(fetch(usual).error().code, errc::invalid);
}

TEST_F(Guard, AllowPrivateLetsTestsReachLoopbackOverPlainHttp) {
    HttpServer plain;
    plain.on("/jane", HttpServer::Response{.body = "plain"});
    auto lenient = options();
    lenient.exceptions.clear();
    lenient.allow_private = true;
    use(lenient);
    auto asked = request(plain.url("/jane"));
    asked.allow_port = false;
    const auto out = fetch(asked);
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->body, "plain");
}

TEST_F(Guard, AnAnswerOfTheDnsThatChangesAfterTheCheckIsNotSeen) {
    dns.a_in_turn("rebinds.example", {{"127.0.0.1"}, {"127.0.0.2"}});
    const auto first = get(server.url("/jane", "rebinds.example"));
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(dns.questions("rebinds.example", ns_t_a), 1U);
    // The next request asks again, and is refused although a checked connection is open.
    EXPECT_EQ(get(server.url("/jane", "rebinds.example")).error().code, errc::invalid);
    EXPECT_EQ(dns.questions("rebinds.example", ns_t_a), 2U);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Guard, FollowsARedirectToAnotherHost) {
    server.on("/moved", HttpServer::redirect(server.url("/jane", "other.example")));
    const auto out = get(server.url("/moved", "profiles.example"));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->body, "jane");
    EXPECT_EQ(out->url, server.url("/jane", "other.example"));
}

TEST_F(Guard, NoRedirectLeadsToLoopbackOrInside) {
    dns.a("inside.example", {"127.0.0.2"});
    const std::string port = ":" + std::to_string(server.port());
    for (const std::string& host :
         {std::string("127.0.0.2"), std::string("[::1]"), std::string("inside.example"),
          std::string("2130706434"), std::string("127.2"), std::string("10.0.0.1"),
          std::string("169.254.169.254")})
        EXPECT_EQ(fault_after_redirect("https://" + host + port + "/jane"), errc::invalid) << host;
    EXPECT_EQ(requests_for("/jane"), 0U);
}

TEST_F(Guard, NoRedirectLeadsToPlainHttpOrAnotherScheme) {
    for (const char* location : {"http://profiles.example/jane", "ftp://profiles.example/",
                                 "file:///etc/passwd", "https://u:p@profiles.example/", ""})
        EXPECT_EQ(fault_after_redirect(location), errc::invalid) << location;
}

TEST_F(Guard, ThreeRedirectsAreFollowedAndFourAreNot) {
    for (int i = 0; i < 4; ++i)
        server.on("/" + std::to_string(i), HttpServer::redirect("/" + std::to_string(i + 1), 301 + i % 3));
    server.on("/4", HttpServer::Response{.body = "here"});
    EXPECT_EQ(get(server.url("/1", "profiles.example"))->body, "here");
    EXPECT_EQ(get(server.url("/0", "profiles.example")).error().code, errc::limit);
}

TEST_F(Guard, ARedirectToWhereTheCallerDoesNotGoIsTheAnswer) {
    server.on("/old", HttpServer::redirect(server.url("/jane", "other.example")));
    server.on("/jane", HttpServer::Response{.body = "here"});
    auto asked = request(server.url("/old", "profiles.example"));
    std::vector<std::string> hosts;
    asked.may_lead_to = [&](std::string_view host) { return hosts.emplace_back(host).empty(); };
    const auto answer = fetch(asked);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(hosts, std::vector<std::string>{"other.example"});
    EXPECT_EQ(requests_for("/jane"), 0U);
    asked.may_lead_to = [](std::string_view host) { return host == "other.example"; };
    EXPECT_EQ(fetch(asked)->body, "here");
}

TEST_F(Guard, ALoopOfRedirectsEnds) {
    server.on("/a", HttpServer::redirect("/b"));
    server.on("/b", HttpServer::redirect("/a"));
    EXPECT_EQ(get(server.url("/a", "profiles.example")).error().code, errc::limit);
    EXPECT_EQ(server.requests().size(), 4U);
}

TEST_F(Guard, NoRedirectsWhereNoneAreAllowed) {
    auto none = options();
    none.max_redirects = 0;
    use(none);
    EXPECT_EQ(fault_after_redirect("/jane"), errc::limit);
}

TEST_F(Guard, CredentialsGoToTheFirstOriginOnly) {
    auto asked = request(server.url("/moved", "profiles.example"));
    asked.bearer = Secret("token");
    asked.fields = {{"X-Api-Key", "key"}};
    server.on("/moved", HttpServer::redirect("/jane"));
    ASSERT_TRUE(fetch(asked));
    EXPECT_EQ(server.requests().back().field("Authorization"), "Bearer token");
    EXPECT_EQ(server.requests().back().field("X-Api-Key"), "key");

    server.on("/moved", HttpServer::redirect(server.url("/jane", "other.example")));
    ASSERT_TRUE(fetch(asked));
    EXPECT_EQ(server.requests().back().field("Authorization"), "");
    EXPECT_EQ(server.requests().back().field("X-Api-Key"), "");
}

TEST_F(Guard, CredentialsDoNotComeBackWithARedirectToTheFirstHost) {
    auto asked = request(server.url("/out", "profiles.example"));
    asked.bearer = Secret("token");
    server.on("/out", HttpServer::redirect(server.url("/back", "other.example")));
    server.on("/back", HttpServer::redirect(server.url("/jane", "profiles.example")));
    ASSERT_TRUE(fetch(asked));
    EXPECT_EQ(server.requests().back().field("Authorization"), "");
}

TEST_F(Guard, AnAnswerKeptForOneOriginIsNoneForAnotherWithoutItsCredentials) {
    server.on("/jane", [](const HttpServer::Request& seen) {
        return HttpServer::Response{.fields = {{"Cache-Control", "max-age=60"}},
                                    .body = seen.field("Authorization").empty() ? "public" : "secret"};
    });
    auto asked = request(server.url("/jane", "profiles.example"));
    asked.bearer = Secret("token");
    EXPECT_EQ(fetch(asked)->body, "secret");
    EXPECT_EQ(get(server.url("/jane", "profiles.example"))->body, "public");
}

TEST_F(Guard, ARedirectOfAPostIsHandedBack) {
    server.on("/moved", HttpServer::redirect("/jane", 307));
    auto asked = request(server.url("/moved", "profiles.example"));
    asked.method = "POST";
    asked.body = "secret";
    const auto out = fetch(asked);
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->status, 307);
    EXPECT_EQ(requests_for("/jane"), 0U);
}

class Proxied : public Guard {
protected:
    void SetUp() override {
        Guard::SetUp();
        auto proxied = options();
        proxied.proxy = proxy.url();
        use(proxied);
    }
    ConnectProxy proxy;
};

TEST_F(Proxied, TheProxyIsAskedForTheAddressThatWasChecked) {
    auto asked = request(server.url("/jane", "profiles.example"));
    asked.bearer = Secret("token");
    const auto out = fetch(asked);
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->body, "jane");
    EXPECT_THAT(proxy.targets(), testing::ElementsAre("127.0.0.1:" + std::to_string(server.port())));
    EXPECT_THAT(proxy.octets_seen(), testing::Not(testing::HasSubstr("token")));
    EXPECT_THAT(proxy.octets_seen(), testing::Not(testing::HasSubstr("profiles.example")));
}

TEST_F(Proxied, WhatMayNotBeReachedIsNotAskedFor) {
    dns.a("inside.example", {"127.0.0.2"});
    EXPECT_EQ(get(server.url("/jane", "inside.example")).error().code, errc::invalid);
    EXPECT_EQ(get(server.url("/jane", "10.0.0.1")).error().code, errc::invalid);
    EXPECT_EQ(fault_after_redirect(server.url("/jane", "inside.example")), errc::invalid);
    EXPECT_EQ(proxy.targets().size(), 1U);
}

TEST_F(Proxied, TheProxysOwnAddressIsExemptAndNoOther) {
    auto proxied = options();
    proxied.exceptions.clear();
    proxied.proxy = proxy.url();
    use(proxied);
    // The destination may not be reached, whatever is true of the proxy on the same address.
    EXPECT_EQ(get(server.url("/jane", "profiles.example")).error().code, errc::invalid);
    // A public one is asked for through a proxy on loopback.
    dns.a("public.example", {"8.8.8.8"});
    proxy.refuse();
    EXPECT_EQ(get("https://public.example/").error().code, errc::refused);
    EXPECT_THAT(proxy.targets(), testing::ElementsAre("8.8.8.8:443"));
}

TEST_F(Proxied, IsResolvedByUsWhereItHasAName) {
    auto proxied = options();
    dns.a("proxy.example", {"127.0.0.1"});
    proxied.proxy = "http://proxy.example:" + std::to_string(proxy.port());
    use(proxied);
    EXPECT_TRUE(get(server.url("/jane", "profiles.example")));
    EXPECT_EQ(proxy.targets().size(), 1U);
}

TEST_F(Proxied, TheEnvironmentExemptsNothingFromTheProxy) {
    setenv("no_proxy", "*", 1);
    const auto out = get(server.url("/jane", "profiles.example"));
    unsetenv("no_proxy");
    EXPECT_TRUE(out);
    EXPECT_EQ(proxy.targets().size(), 1U);
}

TEST_F(Proxied, AnAddressOfV4IsPreferredBecauseAProxyTriesOne) {
    auto proxied = options();
    proxied.proxy = proxy.url();
    proxied.exceptions.push_back(IpPrefix::parse("::1").value());
    use(proxied);
    dns.a("both.example", {"::1", "127.0.0.1"});
    EXPECT_TRUE(get(server.url("/jane", "both.example")));
}

}  // namespace
}  // namespace decorum::net
