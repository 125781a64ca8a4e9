#include "connectors/facebook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/base/digest.hpp"
#include "gateway/profile/limits.hpp"
#include "tests/unit/connectors/networks.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;

constexpr std::string_view graph = "https://graph.facebook.com/v19.0";
constexpr std::string_view page_fields =
    "id%2Cname%2Cabout%2Clink%2Cwebsite%2Cpicture.width%28200%29%7Burl%2Cis_silhouette%7D";
constexpr std::string_view person_fields =
    "id%2Cname%2Clink%2Cpicture.width%28200%29%7Burl%2Cis_silhouette%7D";
constexpr std::string_view post_fields = "message%2Ccreated_time%2Cpermalink_url%2Cprivacy";

std::string profile_url(std::string_view name, std::string_view fields, std::string_view token = {}) {
    std::string url = std::string(graph) + "/" + std::string(name) + "?fields=" + std::string(fields);
    if (!token.empty()) url += "&appsecret_proof=" + to_hex(view_of(hmac_sha256("s3cret", {token})));
    return url;
}
std::string posts_url(std::string_view id, std::string_view token = {}) {
    std::string url =
        std::string(graph) + "/" + std::string(id) + "/posts?fields=" + std::string(post_fields) + "&limit=5";
    if (!token.empty()) url += "&appsecret_proof=" + to_hex(view_of(hmac_sha256("s3cret", {token})));
    return url;
}

json::object page() {
    return {{"id", "1029384756"},
            {"name", "Harbour Hospital"},
            {"about", "Care since 1911."},
            {"link", "https://www.facebook.com/harbour.hospital/"},
            {"website", "https://harbour.example"},
            {"picture",
             {{"data", {{"url", "https://scontent.xx.fbcdn.net/v/p.jpg?oh=1"}, {"is_silhouette", false}}}}}};
}

json::object post(std::string_view text, std::string_view privacy = {}) {
    json::object out{{"id", "1029384756_1"},
                     {"message", text},
                     {"created_time", "2026-11-20T08:00:00+0000"},
                     {"permalink_url", "https://www.facebook.com/harbour.hospital/posts/1"}};
    if (!privacy.empty()) out["privacy"] = json::object{{"value", privacy}};
    return out;
}

std::string error(int code, int subcode = 0, std::string_view message = "secret message") {
    json::object error{{"message", message}, {"type", "OAuthException"}, {"code", code}, {"fbtrace_id", "A"}};
    if (subcode != 0) error["error_subcode"] = subcode;
    return json::serialize(json::object{{"error", std::move(error)}});
}

// Three that share the code 100, as Graph words them.
const std::string no_such_object =
    error(100, 33,
          "Unsupported get request. Object with ID '1029384756' does not exist, cannot be loaded due to "
          "missing permissions, or does not support this operation. Please read the Graph API documentation "
          "at https://developers.facebook.com/docs/graph-api");
const std::string no_public_content_access = error(
    100, 0,
    "(#100) Object does not exist, cannot be loaded due to missing permission or reviewable feature, or "
    "does not support this operation. This endpoint requires the 'pages_read_engagement' permission or "
    "the 'Page Public Content Access' feature or the 'Page Public Metadata Access' feature.");
const std::string no_such_field =
    error(100, 0, "(#100) Tried accessing nonexisting field (about) on node type (User)");

// A Page, and a token that can't be renewed.
class FacebookTest : public testing::Test {
protected:
    FacebookTest() {
        put(profile_url("harbour.hospital", page_fields), 200, json::serialize(page()));
        put(posts_url("1029384756"), 200,
            json::serialize(json::object{{"data", json::array{post("Open day")}}}));
    }
    void put(const std::string& url, int status, std::string body, std::vector<net::HttpField> fields = {}) {
        web_.put(url, status, "application/json", std::move(body), std::move(fields));
    }
    profile::Answer ask() {
        return test::ask(facebook_, test::account("https://facebook.com/harbour.hospital"));
    }

    test::Web web_;
    Facebook facebook_{web_, {.secret = Secret("t0ken"), .now = test::at_noon}};
};

TEST_F(FacebookTest, GivesAPageAndItsPosts) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    const auto& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Harbour Hospital");
    EXPECT_EQ(p.summary.value, "Care since 1911.");
    EXPECT_EQ(p.photo_url.value, "https://scontent.xx.fbcdn.net/v/p.jpg?oh=1");
    ASSERT_EQ(p.activities.size(), 1U);
    EXPECT_EQ(p.activities[0].text, "Open day");
    EXPECT_EQ(to_rfc3339(p.activities[0].time), "2026-11-20T08:00:00Z");
    EXPECT_EQ(p.activities[0].url, "https://www.facebook.com/harbour.hospital/posts/1");
    for (const auto& request : web_.requests) EXPECT_EQ(request.bearer.reveal(), "t0ken");
}

TEST_F(FacebookTest, AWebsiteMayLackItsScheme) {
    for (const char* website : {"https://harbour.example", "harbour.example"}) {
        json::object with = page();
        with["website"] = website;
        put(profile_url("harbour.hospital", page_fields), 200, json::serialize(with));
        const auto answer = ask();
        ASSERT_EQ(answer.profile.links.size(), 1U) << website;
        EXPECT_EQ(answer.profile.links[0].url, "https://harbour.example/");
        EXPECT_EQ(answer.profile.links[0].origin.reason, "listed at Facebook");
    }
}

TEST_F(FacebookTest, IsNeverAskedByAddress) {
    EXPECT_FALSE(facebook_.traits().by_address);
    EXPECT_EQ(test::ask(facebook_, {"noor@facebook.com", std::nullopt}).outcome, Outcome::not_found);
    EXPECT_TRUE(web_.requests.empty());
    EXPECT_TRUE(facebook_.answers(*test::account("https://m.facebook.com/harbour.hospital").handle));
    EXPECT_FALSE(facebook_.answers(*test::account("https://x.com/harbour").handle));
}

TEST_F(FacebookTest, EachErrorCodeIsItsOutcome) {
    for (const auto& [code, outcome] : std::vector<std::pair<int, Outcome>>{{4, Outcome::throttled},
                                                                            {17, Outcome::throttled},
                                                                            {32, Outcome::throttled},
                                                                            {613, Outcome::throttled},
                                                                            {80001, Outcome::throttled},
                                                                            {190, Outcome::forbidden},
                                                                            {10, Outcome::forbidden},
                                                                            {200, Outcome::forbidden},
                                                                            {299, Outcome::forbidden},
                                                                            {803, Outcome::not_found},
                                                                            {100, Outcome::forbidden},
                                                                            {1, Outcome::failed},
                                                                            {2, Outcome::failed},
                                                                            {368, Outcome::failed}}) {
        // The status says less than the code: 400 for most, 403 for throttling, 500 for its own trouble.
        for (const int status : {400, 403, 404, 500}) {
            put(profile_url("harbour.hospital", page_fields), status, error(code));
            const auto answer = ask();
            EXPECT_EQ(answer.outcome, outcome) << code << " " << status;
            EXPECT_FALSE(answer.detail.contains("secret")) << answer.detail;
            EXPECT_EQ(answer.retry_at.has_value(), outcome == Outcome::throttled) << code;
        }
    }
}

TEST_F(FacebookTest, AFeatureThatOurAppLacksSaysNothingOfTheAccount) {
    put(profile_url("harbour.hospital", page_fields), 400, no_such_object);
    auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::not_found);
    EXPECT_EQ(answer.detail, "error 100, subcode 33");
    for (const std::string& lacking : {no_public_content_access, no_such_field}) {
        put(profile_url("harbour.hospital", page_fields), 400, lacking);
        answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::forbidden) << lacking;
        EXPECT_EQ(answer.detail, "error 100");
    }
    put(profile_url("harbour.hospital", page_fields), 400, error(100, 2'018'001));
    EXPECT_EQ(ask().outcome, Outcome::forbidden) << "another subcode";
}

TEST_F(FacebookTest, UsageTellsOfOurAllowance) {
    put(posts_url("1029384756"), 200, R"({"data":[]})",
        {{"x-app-usage", R"({"call_count":28,"total_time":25,"total_cputime":61})"}});
    auto answer = ask();
    ASSERT_TRUE(answer.quota);
    EXPECT_EQ(answer.quota->limit, 100U);
    EXPECT_EQ(answer.quota->left, 39U);
    EXPECT_FALSE(answer.quota->resets);
    put(profile_url("harbour.hospital", page_fields), 400, error(32),
        {{"x-business-use-case-usage",
          R"({"77":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":19}]})"}});
    answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::throttled);
    EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T12:19:00Z");
    EXPECT_EQ(answer.quota->left, 0U);
    put(profile_url("harbour.hospital", page_fields), 400, error(4));
    EXPECT_EQ(to_rfc3339(ask().retry_at.value_or(Instant{})), "2026-11-24T13:00:00Z") << "an hour's window";
    for (const char* usage :
         {"", "{]", "[]", R"({"call_count":"x"})", R"({"call_count":-5})", R"({"call_count":1e99})"}) {
        put(profile_url("harbour.hospital", page_fields), 200, json::serialize(page()),
            {{"x-app-usage", usage}, {"x-business-use-case-usage", usage}});
        EXPECT_EQ(ask().outcome, Outcome::found) << usage;
    }
}

TEST_F(FacebookTest, PostsThatWeMayNotReadCostOnlyThemselves) {
    for (const std::string& refusal : {error(10), error(200), no_public_content_access, no_such_field}) {
        put(posts_url("1029384756"), 403, refusal);
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::found) << refusal;
        EXPECT_EQ(answer.profile.display_name.value, "Harbour Hospital");
        EXPECT_TRUE(answer.profile.activities.empty());
    }
}

TEST_F(FacebookTest, GoneThrottledOrBrokenBetweenTheTwoQuestions) {
    for (const auto& [refusal, outcome] :
         std::vector<std::pair<std::string, Outcome>>{{no_such_object, Outcome::not_found},
                                                      {error(803), Outcome::not_found},
                                                      {error(32), Outcome::throttled},
                                                      {error(2), Outcome::failed}}) {
        put(posts_url("1029384756"), 400, refusal);
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, outcome) << refusal;
        EXPECT_TRUE(answer.profile.empty());
    }
}

TEST_F(FacebookTest, APageThatWasRenamedIsNotTheOneThatWasDeclared) {
    json::object other = page();
    other["link"] = "https://www.facebook.com/somebody.else";
    put(profile_url("harbour.hospital", page_fields), 200, json::serialize(other));
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    other["link"] = "https://www.facebook.com/HarbourHospital";  // dots don't count there
    put(profile_url("harbour.hospital", page_fields), 200, json::serialize(other));
    EXPECT_EQ(ask().outcome, Outcome::found);
    // Renamed between the two questions: posts are asked for by the id.
    EXPECT_EQ(web_.asked().back(), posts_url("1029384756"));
}

TEST_F(FacebookTest, GarbageIsAFailure) {
    for (const char* body : {"", "{]", "[]", "{}", "null", R"({"id":"x","name":"n"})", R"({"id":"1"})",
                             R"({"id":"123456789012345678901","name":"n"})"}) {
        put(profile_url("harbour.hospital", page_fields), 200, body);
        EXPECT_EQ(ask().outcome, Outcome::failed) << body;
    }
    put(profile_url("harbour.hospital", page_fields), 200, json::serialize(page()));
    for (const char* body : {"", "{]", "[]", "{}", R"({"data":{}})"}) {
        put(posts_url("1029384756"), 200, body);
        EXPECT_EQ(ask().outcome, Outcome::failed) << body;
    }
    put(profile_url("harbour.hospital", page_fields), 503, "<html>");
    EXPECT_EQ(ask().outcome, Outcome::failed);
    web_.put_error(profile_url("harbour.hospital", page_fields), errc::timed_out);
    EXPECT_EQ(ask().outcome, Outcome::failed);
}

TEST_F(FacebookTest, OnlyPicturesThatAreSetAndStandAtFacebook) {
    json::object with = page();
    for (const char* url : {"https://evil.example/a.jpg", "http://scontent.xx.fbcdn.net/a.jpg",
                            "https://fbcdn.net.evil.example/a"}) {
        with["picture"] = json::object{{"data", {{"url", url}}}};
        put(profile_url("harbour.hospital", page_fields), 200, json::serialize(with));
        EXPECT_EQ(ask().profile.photo_url.value, "") << url;
    }
    with["picture"] =
        json::object{{"data", {{"url", "https://scontent.xx.fbcdn.net/a.jpg"}, {"is_silhouette", true}}}};
    put(profile_url("harbour.hospital", page_fields), 200, json::serialize(with));
    EXPECT_EQ(ask().profile.photo_url.value, "");
}

TEST_F(FacebookTest, HostilePostsAreBoundedAndKeepTheirPlace) {
    for (const std::string& text : test::hostile_posts()) {
        put(posts_url("1029384756"), 200, json::serialize(json::object{{"data", json::array{post(text)}}}));
        const auto answer = ask();
        ASSERT_EQ(answer.profile.activities.size(), 1U) << text.substr(0, 30);
        EXPECT_LE(answer.profile.activities[0].text.size(), profile::max_post_octets);
        EXPECT_EQ(answer.profile.display_name.value, "Harbour Hospital");
    }
    put(posts_url("1029384756"), 200,
        json::serialize(json::object{{"data", json::array{post("For friends", "ALL_FRIENDS"),
                                                          post("Public", "EVERYONE"), 5, nullptr}}}));
    const auto answer = ask();
    ASSERT_EQ(answer.profile.activities.size(), 1U);
    EXPECT_EQ(answer.profile.activities[0].text, "Public");
}

// A person who signed in, and a token made from the app's id and secret.
class FacebookPersonTest : public FacebookTest {
protected:
    static constexpr std::string_view token_url = "https://graph.facebook.com/v19.0/oauth/access_token";

    void person(std::string_view token, json::array posts) {
        put(profile_url("100012345", person_fields, token), 200,
            json::serialize(json::object{
                {"id", "100012345"},
                {"name", "Noor Haddad"},
                {"picture",
                 {{"data",
                   {{"url", "https://platform-lookaside.fbsbx.com/p.jpg"}, {"is_silhouette", false}}}}}}));
        put(posts_url("100012345", token), 200, json::serialize(json::object{{"data", std::move(posts)}}));
    }
    void token(std::string_view text) {
        web_.put_in_turn(std::string(token_url), 200,
                         json::serialize(json::object{{"access_token", text}, {"token_type", "bearer"}}));
    }
    profile::Answer ask_for(std::string_view url = "https://facebook.com/noor.haddad") {
        return test::ask(app_, test::account(url));
    }
    Facebook app_{
        web_,
        {.app_id = "123",
         .secret = Secret("s3cret"),
         .signed_in =
             [](std::string_view account) {
                 return std::string(account == "https://facebook.com/noorhaddad" ? "100012345" : "");
             },
         .now = test::at_noon}};
};

TEST_F(FacebookPersonTest, WhoSignedInIsAskedForByTheIdAndShowsWhatEverybodyMaySee) {
    token("T1");
    person("T1", {post("For friends", "ALL_FRIENDS"), post("Unsaid"), post("Status for all", "EVERYONE")});
    const auto answer = ask_for();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    EXPECT_EQ(answer.profile.photo_url.value, "https://platform-lookaside.fbsbx.com/p.jpg");
    ASSERT_EQ(answer.profile.activities.size(), 1U);
    EXPECT_EQ(answer.profile.activities[0].text, "Status for all");
    EXPECT_EQ(web_.requests[0].url, token_url);
    EXPECT_EQ(web_.requests[0].body, "client_id=123&client_secret=s3cret&grant_type=client_credentials");
    for (const auto& url : web_.asked()) {
        EXPECT_FALSE(url.contains("T1"));
        EXPECT_FALSE(url.contains("s3cret"));
        EXPECT_FALSE(url.contains("noor")) << "people are not asked for by name";
    }
}

TEST_F(FacebookPersonTest, ATokenThatExpiresIsRenewedOnceAndKept) {
    token("T1");
    token("T2");
    person("T2", {post("Status", "EVERYONE")});
    put(profile_url("100012345", person_fields, "T1"), 400, error(190));
    EXPECT_EQ(ask_for().outcome, Outcome::found);
    const auto asked_before = web_.requests.size();
    EXPECT_EQ(ask_for().outcome, Outcome::found);
    EXPECT_EQ(web_.requests.size() - asked_before, 2U) << "no third token";
}

TEST_F(FacebookPersonTest, ATokenThatExpiresBetweenTheQuestionsIsRenewedToo) {
    token("T1");
    token("T2");
    person("T1", {});
    person("T2", {post("Status", "EVERYONE")});
    put(posts_url("100012345", "T1"), 400, error(190));
    const auto answer = ask_for();
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_EQ(answer.profile.activities.size(), 1U);
}

TEST_F(FacebookPersonTest, ARenewedTokenThatIsRefusedTooIsForbidden) {
    token("T1");
    token("T2");
    put(profile_url("100012345", person_fields, "T1"), 400, error(190));
    put(profile_url("100012345", person_fields, "T2"), 400, error(190));
    EXPECT_EQ(ask_for().outcome, Outcome::forbidden);
    EXPECT_EQ(web_.requests.size(), 4U);
}

TEST_F(FacebookPersonTest, WithoutATokenThereIsNoQuestion) {
    for (const auto& [status, body, outcome] : std::vector<std::tuple<int, std::string, Outcome>>{
             {400, error(101), Outcome::forbidden},
             {503, "", Outcome::failed},
             {200, "{}", Outcome::failed},
             {200, R"({"access_token":"a b"})", Outcome::failed},
             {401, "{}", Outcome::forbidden},
             {302, "", Outcome::failed}}) {
        put(std::string(token_url), status, body);
        web_.requests.clear();
        const auto answer = ask_for();
        EXPECT_EQ(answer.outcome, outcome) << status << body;
        EXPECT_EQ(web_.requests.size(), 1U);
    }
}

TEST_F(FacebookPersonTest, AnotherIdIsAnotherPerson) {
    token("T1");
    person("T1", {});
    put(profile_url("100012345", person_fields, "T1"), 200, R"({"id":"999","name":"Grace Hopper"})");
    EXPECT_EQ(ask_for().outcome, Outcome::not_found);
}

}  // namespace
}  // namespace decorum::connectors
