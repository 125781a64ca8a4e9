#include "connectors/orcid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/profile/limits.hpp"
#include "tests/unit/connectors/networks.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;

constexpr std::string_view orcid_token_url = "https://orcid.org/oauth/token";
constexpr std::string_view search_url =
    "https://pub.orcid.org/v3.0/expanded-search/?q=email%3A%22noor%40haddad.example%22";
constexpr std::string_view id = "0000-0002-1825-0097";
constexpr std::string_view record_url = "https://pub.orcid.org/v3.0/0000-0002-1825-0097/record";

json::object value(std::string_view text) {
    return {{"value", text}};
}

json::object match(std::string_view orcid, json::array emails) {
    return {{"orcid-id", orcid},
            {"given-names", "Noor"},
            {"family-names", "Haddad"},
            {"email", std::move(emails)}};
}

std::string found(json::array results) {
    const auto count = results.size();
    return json::serialize(json::object{{"expanded-result", std::move(results)}, {"num-found", count}});
}

json::object affiliation(std::string_view kind, std::string_view title, std::string_view where,
                         std::string_view from, json::value to, std::string_view visibility = "public") {
    json::object summary{{"role-title", title},
                         {"organization", {{"name", where}}},
                         {"start-date", {{"year", value(from)}, {"month", value("03")}, {"day", nullptr}}},
                         {"end-date", std::move(to)},
                         {"visibility", visibility}};
    return {{"summaries", json::array{json::object{{kind, std::move(summary)}}}}};
}

json::object record() {
    return {
        {"orcid-identifier", {{"path", id}}},
        {"history", {{"deactivation-date", nullptr}}},
        {"person",
         {{"name",
           {{"given-names", value("Noor")},
            {"family-name", value("Haddad")},
            {"credit-name", nullptr},
            {"visibility", "public"}}},
          {"biography", {{"content", "Studies night work."}, {"visibility", "public"}}},
          {"emails", {{"email", json::array{{{"email", "Noor@Haddad.example"}, {"visibility", "public"}}}}}},
          {"researcher-urls",
           {{"researcher-url",
             json::array{{{"url", value("https://haddad.example")}, {"visibility", "public"}},
                         {{"url", value("https://private.example")}, {"visibility", "limited"}}}}}}}},
        {"activities-summary",
         {{"employments",
           {{"affiliation-group",
             json::array{
                 affiliation("employment-summary", "Lecturer", "Harbour University", "2019", nullptr),
                 affiliation("employment-summary", "Nurse", "Harbour Hospital", "2012",
                             {{"year", value("2019")}}),
                 affiliation("employment-summary", "Secret", "Agency", "2001", nullptr, "private")}}}},
          {"educations",
           {{"affiliation-group",
             json::array{affiliation("education-summary", "PhD", "Lyon University", "2020", nullptr)}}}}}}};
}

class OrcidTest : public testing::Test {
protected:
    OrcidTest() {
        put(orcid_token_url, 200, R"({"access_token":"T0","expires_in":631138518})");
        put(search_url, 200, found({match(id, {"noor@haddad.example"})}));
        put(record_url, 200, json::serialize(record()));
    }
    void put(std::string_view url, int status, std::string body, std::vector<net::HttpField> fields = {}) {
        web_.put(std::string(url), status, "application/vnd.orcid+json;charset=UTF-8", std::move(body),
                 std::move(fields));
    }
    profile::Answer ask() { return test::ask(orcid_, {"noor@haddad.example", std::nullopt}); }

    test::Web web_;
    Instant now_ = test::noon;
    Orcid orcid_{web_, {.app_id = "APP-1", .secret = Secret("s3cret"), .now = [this] { return now_; }}};
};

TEST_F(OrcidTest, GivesThePublicRecordWithEmploymentsAndEducationsAsCareer) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "the address is public at ORCID");
    EXPECT_EQ(orcid_.traits().tier, profile::Tier::a);
    const auto& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Noor Haddad");
    EXPECT_EQ(p.summary.value, "Studies night work.");
    EXPECT_EQ(p.headline.value, "Lecturer") << "not what somebody studies";
    EXPECT_EQ(p.organisation.value, "Harbour University");
    std::vector<std::string> positions;
    for (const auto& position : p.positions)
        positions.push_back(position.title + ", " + position.organisation + " " + position.start + ":" +
                            position.end);
    EXPECT_THAT(positions, testing::ElementsAre("Lecturer, Harbour University 2019-03:",
                                                "Nurse, Harbour Hospital 2012-03:2019",
                                                "PhD, Lyon University 2020-03:"));
    ASSERT_EQ(p.links.size(), 2U);
    EXPECT_EQ(p.links[0].url, "https://orcid.org/0000-0002-1825-0097");
    EXPECT_EQ(p.links[0].origin.tier, profile::Tier::a);
    EXPECT_EQ(p.links[1].url, "https://haddad.example/");
    EXPECT_EQ(p.links[1].origin.tier, profile::Tier::c);
}

TEST_F(OrcidTest, TheTokenIsAskedForOnceAndNeitherItNorTheSecretStandsInAUrl) {
    (void)ask();
    (void)ask();
    ASSERT_EQ(web_.requests.size(), 5U);
    EXPECT_EQ(web_.requests[0].method, "POST");
    EXPECT_EQ(web_.requests[0].body,
              "client_id=APP-1&client_secret=s3cret&grant_type=client_credentials&scope=%2Fread-public");
    EXPECT_EQ(web_.requests[1].bearer.reveal(), "T0");
    for (const auto& url : web_.asked()) EXPECT_FALSE(url.contains("s3cret") || url.contains("T0")) << url;
}

TEST_F(OrcidTest, NobodyIs200WithNoneFound) {
    for (const char* body :
         {R"({"expanded-result":null,"num-found":0})", R"({"result":null,"num-found":0})"}) {
        put(search_url, 200, body);
        EXPECT_EQ(ask().outcome, Outcome::not_found) << body;
    }
}

TEST_F(OrcidTest, OnlyTheExactAddressCounts) {
    put(search_url, 200, found({match(id, {"noor@haddad.example.org"}), match(id, {})}));
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    put(search_url, 200,
        found({match("0000-0001-5109-3700", {"other@haddad.example"}),
               match(id, {"x@y.example", "NOOR@haddad.example"})}));
    EXPECT_EQ(ask().outcome, Outcome::found);
    put(search_url, 200,
        found({match(id, {"noor@haddad.example"}), match("0000-0001-5109-3700", {"noor@haddad.example"})}));
    EXPECT_EQ(ask().outcome, Outcome::not_found) << "whose it is, nobody can tell";
    put(search_url, 200, found({match("0000-0002-1825-0098", {"noor@haddad.example"})}));
    EXPECT_EQ(ask().outcome, Outcome::not_found) << "no id of theirs: the check digit is wrong";
}

TEST_F(OrcidTest, AnAddressIsQuotedInTheQuery) {
    (void)test::ask(orcid_, {R"("a\" or *:*"@haddad.example)", std::nullopt});
    EXPECT_EQ(web_.asked().back(),
              "https://pub.orcid.org/v3.0/expanded-search/?q=email%3A%22%5C%22a%5C%5C%5C%22%20or%20"
              "%2A%3A%2A%5C%22%40haddad.example%22");
}

TEST_F(OrcidTest, TheRecordMustStillShowTheAddress) {
    json::object changed = record();
    changed["person"].as_object()["emails"].as_object()["email"] = json::array{};
    put(record_url, 200, json::serialize(changed));
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    changed["person"].as_object()["emails"].as_object()["email"] =
        json::array{{{"email", "noor@haddad.example"}, {"visibility", "limited"}}};
    put(record_url, 200, json::serialize(changed));
    EXPECT_EQ(ask().outcome, Outcome::not_found);
}

TEST_F(OrcidTest, DeletedDeactivatedLockedOrMergedBetweenTheTwoQuestions) {
    put(record_url, 404, R"({"error-code":9016})");
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    put(record_url, 409, R"({"error-code":9018,"developer-message":"The ORCID record is locked."})");
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    json::object changed = record();
    changed["history"].as_object()["deactivation-date"] = value("1540896558250");
    put(record_url, 200, json::serialize(changed));
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    changed = record();
    changed["orcid-identifier"].as_object()["path"] = "0000-0001-5109-3700";
    put(record_url, 200, json::serialize(changed));
    EXPECT_EQ(ask().outcome, Outcome::not_found);
}

TEST_F(OrcidTest, AnAccountIsAskedForByItsId) {
    ASSERT_TRUE(orcid_.answers(*test::account("https://orcid.org/0000-0002-1825-0097").handle));
    EXPECT_FALSE(orcid_.answers(*test::account("https://github.com/noor").handle));
    const auto answer = test::ask(orcid_, test::account("https://orcid.org/0000-0002-1825-0097"));
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_EQ(web_.asked().back(), record_url);
    EXPECT_EQ(web_.requests.size(), 2U) << "no search";
}

TEST_F(OrcidTest, ThrottledIs503) {
    for (const std::string_view url : {search_url, record_url}) {
        put(url, 503, "", {{"retry-after", "20"}});
        auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::throttled);
        EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T12:00:20Z");
        put(url, 503, "");
        answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::throttled);
        EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T12:00:30Z");
        put(search_url, 200, found({match(id, {"noor@haddad.example"})}));
    }
}

TEST_F(OrcidTest, ATokenThatExpiresMidRunIsRenewedOnceThenItIsForbidden) {
    (void)ask();
    web_.put_in_turn(std::string(orcid_token_url), 200, R"({"access_token":"T1"})");
    web_.put_in_turn(std::string(record_url), 401, R"({"error":"invalid_token"})");
    EXPECT_EQ(ask().outcome, Outcome::found);
    EXPECT_EQ(web_.requests.back().bearer.reveal(), "T1");
    put(search_url, 401, R"({"error":"invalid_token"})");
    web_.requests.clear();
    EXPECT_EQ(ask().outcome, Outcome::forbidden);
    EXPECT_EQ(web_.requests.size(), 3U) << "refused, a new token, refused";
}

TEST_F(OrcidTest, ATokenIsGivenUpBeforeItsTime) {
    put(orcid_token_url, 200, R"({"access_token":"T0","expires_in":3600})");
    (void)ask();
    now_ += std::chrono::seconds{3539};
    (void)ask();
    EXPECT_EQ(std::ranges::count(web_.asked(), orcid_token_url), 1);
    now_ += std::chrono::seconds{2};
    (void)ask();
    EXPECT_EQ(std::ranges::count(web_.asked(), orcid_token_url), 2);
}

TEST_F(OrcidTest, ManyQuestionsWaitForOneToken) {
    web_.hold();
    int answered = 0;
    for (int i = 0; i < 10; ++i)
        orcid_.find({"noor@haddad.example", std::nullopt}, [&](const profile::Answer& answer) {
            EXPECT_EQ(answer.outcome, Outcome::found);
            ++answered;
        });
    EXPECT_EQ(web_.requests.size(), 1U);
    web_.answer_all();
    EXPECT_EQ(answered, 10);
    EXPECT_EQ(std::ranges::count(web_.asked(), orcid_token_url), 1);
}

TEST_F(OrcidTest, WithoutATokenThereIsNoQuestion) {
    for (const auto& [status, body, outcome] : std::vector<std::tuple<int, std::string, Outcome>>{
             {400, R"({"error":"invalid_client"})", Outcome::forbidden},
             {401, "", Outcome::forbidden},
             {403, "", Outcome::forbidden},
             {503, "", Outcome::throttled},
             {429, "", Outcome::throttled},
             {500, "", Outcome::failed},
             {200, "{}", Outcome::failed},
             {200, "<html>", Outcome::failed},
             {200, R"({"access_token":"a\r\nX-Evil: 1"})", Outcome::failed},
             {204, "", Outcome::failed}}) {
        put(orcid_token_url, status, body);
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, outcome) << status << body;
        EXPECT_EQ(web_.asked().back(), orcid_token_url);
    }
    web_.put_error(std::string(orcid_token_url), errc::timed_out);
    EXPECT_EQ(ask().outcome, Outcome::failed);
}

TEST_F(OrcidTest, OtherStatusesAndGarbage) {
    for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{{403, Outcome::forbidden},
                                                                              {404, Outcome::failed},
                                                                              {500, Outcome::failed},
                                                                              {400, Outcome::failed}}) {
        put(search_url, status, "{}");
        EXPECT_EQ(ask().outcome, outcome) << status;
    }
    for (const char* body : {"", "{]", "[]", "{}", "null"}) {
        put(search_url, 200, body);
        EXPECT_EQ(ask().outcome, Outcome::failed) << body;
    }
    put(search_url, 200, found({match(id, {"noor@haddad.example"})}));
    for (const char* body : {"", "{]", "[]", "{}", R"({"orcid-identifier":{"path":"x"}})"}) {
        put(record_url, 200, body);
        EXPECT_EQ(ask().outcome, Outcome::failed) << body;
    }
}

TEST_F(OrcidTest, HostileTextsAreBounded) {
    for (const std::string& text : test::hostile_posts()) {
        json::object changed = record();
        json::object& person = changed["person"].as_object();
        person["name"].as_object()["credit-name"] = value(text);
        person["biography"].as_object()["content"] = text;
        person["researcher-urls"] =
            json::object{{"researcher-url", json::array{{{"url", value(text)}, {"visibility", "public"}}}}};
        put(record_url, 200, json::serialize(changed));
        const auto answer = ask();
        ASSERT_EQ(answer.outcome, Outcome::found);
        EXPECT_LE(answer.profile.display_name.value.size(), profile::max_name_octets);
        EXPECT_LE(answer.profile.summary.value.size(), profile::max_summary_octets);
        EXPECT_EQ(answer.profile.links.size(), 1U);
    }
}

}  // namespace
}  // namespace decorum::connectors
