#include "connectors/gravatar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/digest.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;
using profile::Tier;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view base = "https://api.gravatar.com";

constexpr std::string_view noor_in_full = R"json({
  "hash": "31c5543c1734d25c7206f5fd591525d0295bec6fe84ff82f946a34fe970a1e66",
  "display_name": "Noor Haddad", "profile_url": "https://gravatar.com/noorh",
  "avatar_url": "https://0.gravatar.com/avatar/33252cd1?d=mp", "avatar_alt_text": "",
  "location": "Nantes, France", "description": "Fourteen years on children's wards.",
  "job_title": "Ward Sister", "company": "Harbour Hospital", "pronunciation": "", "pronouns": "",
  "verified_accounts": [
    {"service_type": "github", "service_label": "GitHub", "url": "https://github.com/noorh", "is_hidden": false},
    {"service_type": "twitter", "service_label": "X", "url": "https://twitter.com/noor_h", "is_hidden": false},
    {"service_type": "mastodon", "service_label": "Mastodon", "url": "https://social.example/@noor"},
    {"service_type": "tumblr", "service_label": "Tumblr", "url": "https://noor.tumblr.example/", "is_hidden": true},
    {"service_type": "evil", "service_label": "Evil", "url": "javascript:alert(1)", "is_hidden": false}],
  "links": [{"label": "My site", "url": "https://haddad.example"}]
})json";

class GravatarTest : public testing::Test {
protected:
    profile::Answer ask(std::string_view address = "noor@haddad.example") {
        Gravatar gravatar(web_, {.base_url = std::string(base), .now = [] { return test::noon; }});
        return test::ask(gravatar, {std::string(address), std::nullopt});
    }
    static std::string url_of(std::string_view address) {
        return std::string(base) + "/v3/profiles/" + to_hex(view_of(sha256({address})));
    }
    void put(int status, std::string body, std::vector<net::HttpField> fields = {},
             std::string type = "application/json") {
        web_.put(url_of("noor@haddad.example"), status, std::move(type), std::move(body), std::move(fields));
    }
    test::Web web_;
};

TEST_F(GravatarTest, GivesWhatItsOwnerTyped) {
    put(200, std::string(noor_in_full));
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "the address is verified at Gravatar");
    const auto& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Noor Haddad");
    EXPECT_EQ(p.headline.value, "Ward Sister");
    EXPECT_EQ(p.organisation.value, "Harbour Hospital");
    EXPECT_EQ(p.location.value, "Nantes, France");
    EXPECT_EQ(p.summary.value, "Fourteen years on children's wards.");
    EXPECT_EQ(p.photo_url.value, "https://0.gravatar.com/avatar/33252cd1?s=96&d=404");
}

TEST_F(GravatarTest, VerifiedAccountsAreTiedToTheAddressAndListedOnesAreNot) {
    put(200, std::string(noor_in_full));
    std::vector<std::string> links;
    for (const auto& link : ask().profile.links)
        links.push_back(std::string(profile::name_of(link.origin.tier)) + " " + link.network + " " +
                        link.handle + " " + link.url + " " + link.origin.reason);
    EXPECT_THAT(
        links, ElementsAre("A gravatar  https://gravatar.com/noorh the address's own profile at Gravatar",
                           "A github noorh https://github.com/noorh verified by Gravatar",
                           "A x noor_h https://x.com/noor_h verified by Gravatar",
                           "A mastodon noor@social.example https://social.example/@noor verified by Gravatar",
                           "C web  https://haddad.example/ listed at Gravatar"));
}

TEST_F(GravatarTest, HiddenSectionsStayHidden) {
    std::string body(noor_in_full);
    body.insert(1, R"("section_visibility": {"hidden_verified_accounts": true, "hidden_links": true},)");
    put(200, body);
    EXPECT_EQ(ask().profile.links.size(), 1U) << "the profile itself";
}

TEST_F(GravatarTest, AFlagOfAnotherTypeHides) {
    put(200, R"({"hash": "x", "display_name": "Noor", "verified_accounts": [
        {"service_type": "github", "url": "https://github.com/noorh", "is_hidden": "yes"}]})");
    EXPECT_THAT(ask().profile.links, IsEmpty());
}

TEST_F(GravatarTest, IsAskedByTheHashOfTheTrimmedAddressInLowerCase) {
    put(200, std::string(noor_in_full));
    EXPECT_EQ(ask(" Noor@Haddad.Example\t").outcome, Outcome::found);
    ASSERT_EQ(web_.requests.size(), 1U);
    const auto& request = web_.requests[0];
    EXPECT_EQ(request.url,
              "https://api.gravatar.com/v3/profiles/"
              "0674982dd83765f61e07148e228ca9fa5a9a6317bdb4dd5f3e8027ce052e7f6c")
        << "sha256sum of noor@haddad.example";
    EXPECT_EQ(request.accept, "application/json");
    EXPECT_TRUE(request.bearer.empty());
    EXPECT_TRUE(request.fields.empty());
}

TEST_F(GravatarTest, AKeyIsSentAndAllowsMore) {
    Gravatar anonymous(web_, {});
    EXPECT_EQ(anonymous.traits().default_rate, "100/h");
    EXPECT_EQ(anonymous.traits().tier, Tier::a);
    EXPECT_TRUE(anonymous.traits().by_address);
    EXPECT_EQ(anonymous.traits().reach, profile::Reach::outside);
    Gravatar known(web_, {.key = Secret("k3y"), .timeout = Milliseconds{700}});
    EXPECT_EQ(known.traits().default_rate, "1000/h");
    (void)test::ask(known, {"a@b.example", std::nullopt});
    EXPECT_EQ(web_.requests[0].bearer.reveal(), "k3y");
    EXPECT_EQ(web_.requests[0].limit, Milliseconds{700});
}

TEST_F(GravatarTest, TheHashOfAnotherAddressOfTheSameAccountIsFine) {
    put(200, R"({"hash": "0000", "display_name": "Noor Haddad"})");
    EXPECT_EQ(ask().outcome, Outcome::found);
}

TEST_F(GravatarTest, PicturesElsewhereAreNotFetched) {
    for (const std::string& url : {"https://evil.example/x.png", "http://0.gravatar.com/avatar/1",
                                   "https://gravatar.com.evil.example/1", "https://notgravatar.com/1",
                                   "https://user@0.gravatar.com/1", "file:///etc/passwd", ""}) {
        put(200, R"({"hash": "x", "display_name": "Noor", "avatar_url": ")" + url + R"("})");
        EXPECT_EQ(ask().profile.photo_url.value, "") << url;
    }
    put(200, R"({"hash": "x", "display_name": "Noor", "avatar_url": "https://gravatar.com/avatar/1"})");
    EXPECT_EQ(ask().profile.photo_url.value, "https://gravatar.com/avatar/1?s=96&d=404");
    put(200, R"({"hash": "x", "display_name": "Noor", "avatar_url": "https://api.gravatar.com/avatar/1#x"})");
    EXPECT_EQ(ask().profile.photo_url.value, "https://api.gravatar.com/avatar/1?s=96&d=404");
}

TEST_F(GravatarTest, NobodyThereIsNotFound) {
    put(404, R"({"error": "Profile not found", "code": "profile_not_found"})",
        {{"x-ratelimit-limit", "100"}, {"x-ratelimit-remaining", "98"}, {"x-ratelimit-reset", "1795528800"}});
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::not_found);
    ASSERT_TRUE(answer.quota);
    EXPECT_EQ(answer.quota->left, 98U);
    EXPECT_EQ(to_rfc3339(answer.quota->resets.value_or(Instant{})), "2026-11-24T14:00:00Z");
}

TEST_F(GravatarTest, ThrottledWithEachKindOfReset) {
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"x-ratelimit-reset", "1795528800"},
                                                          {"retry-after", "7200"},
                                                          {"retry-after", "Tue, 24 Nov 2026 14:00:00 GMT"}}) {
        put(429, "{}", {{name, value}});
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::throttled);
        EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T14:00:00Z") << name;
    }
    put(429, "");
    EXPECT_EQ(ask().outcome, Outcome::throttled);
    EXPECT_FALSE(ask().retry_at);
}

TEST_F(GravatarTest, AWrongKeyIsForbidden) {
    for (const int status : {401, 403}) {
        put(status, R"({"error": "secret"})");
        EXPECT_EQ(ask().outcome, Outcome::forbidden);
        EXPECT_EQ(ask().detail, "HTTP " + std::to_string(status));
    }
}

TEST_F(GravatarTest, WhateverElseIsAFailureThatQuotesNothing) {
    const std::string deep = std::string(1000, '[') + std::string(1000, ']');
    struct Case {
        int status;
        std::string type, body;
    };
    for (const Case& c :
         std::vector<Case>{{500, "application/json", std::string(noor_in_full)},
                           {503, "text/html", "secret"},
                           {302, "text/html", "secret"},
                           {200, "application/json", "\x01\x02 secret"},
                           {200, "application/json", ""},
                           {200, "text/html", "<html>secret</html>"},
                           {200, "text/html", std::string(noor_in_full)},
                           {200, "application/json", "<html>secret</html>"},
                           {200, "application/json", "[\"secret\"]"},
                           {200, "application/json", "\"secret\""},
                           {200, "application/json", "null"},
                           {200, "application/json", "{}"},
                           {200, "application/json", R"({"hash": 1, "display_name": "secret"})"},
                           {200, "application/json", R"({"hash": "x", "display_name": {"a": 1}})"},
                           {200, "application/json", R"({"hash": "x", "display_name": null})"},
                           {200, "application/json", deep},
                           {200, "application/json", R"({"hash": "x", "display_name": )" + deep + "}"},
                           {200, "application/json", std::string(10'000'000, ' ') + "{}"}}) {
        put(c.status, c.body, {}, c.type);
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::failed) << c.status << c.type << c.body.substr(0, 100);
        EXPECT_FALSE(answer.detail.empty());
        EXPECT_FALSE(answer.detail.contains("secret")) << answer.detail;
        EXPECT_TRUE(answer.profile.empty());
    }
    for (const errc code : {errc::timed_out, errc::refused, errc::tls_failed, errc::limit, errc::invalid}) {
        web_.put_error(url_of("noor@haddad.example"), code);
        EXPECT_EQ(ask().outcome, Outcome::failed);
        EXPECT_EQ(ask().detail, "transfer: " + std::string(name_of(code)));
    }
}

TEST_F(GravatarTest, OptionalMembersOfAnotherTypeAreAbsent) {
    put(200, R"({"hash": "x", "display_name": "Noor", "job_title": ["a"], "company": {}, "location": null,
        "verified_accounts": {"url": 3}, "links": "none", "section_visibility": 4, "profile_url": 5})");
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found);
    EXPECT_EQ(answer.profile.display_name.value, "Noor");
    EXPECT_TRUE(answer.profile.headline.empty());
    EXPECT_THAT(answer.profile.links, IsEmpty());
}

TEST_F(GravatarTest, LongTextsAreCutAndManyLinksToo) {
    std::string accounts;
    for (int i = 0; i < 500; ++i)
        accounts +=
            R"({"service_type": "github", "url": "https://github.com/n)" + std::to_string(i) + R"("},)";
    accounts.back() = ' ';
    put(200, R"({"hash": "x", "display_name": ")" + std::string(10'000, 'n') +
                 R"(", "verified_accounts": [)" + accounts + "]}");
    const auto p = ask().profile;
    EXPECT_EQ(p.display_name.value.size(), 400U);
    EXPECT_EQ(p.links.size(), 50U);
}

TEST_F(GravatarTest, IsNotAskedWithoutAnAddress) {
    Gravatar gravatar(web_, {});
    const auto answer =
        test::ask(gravatar, {"", profile::Handle{"gravatar", "noorh", "https://gravatar.com/noorh"}});
    EXPECT_EQ(answer.outcome, Outcome::not_found);
    EXPECT_THAT(web_.requests, IsEmpty());
    EXPECT_FALSE(gravatar.answers({"gravatar", "noorh", "https://gravatar.com/noorh"}));
}

}  // namespace
}  // namespace decorum::connectors
