#include "connectors/webfinger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ranges>

#include "tests/unit/connectors/fediverse.hpp"
#include "tests/unit/connectors/plain_worker.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;
using profile::Tier;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WebFingerTest : public testing::Test {
protected:
    WebFingerTest() { server_.publish(); }
    profile::Answer ask(std::string_view address = "noor@haddad.example") {
        return test::ask(finger_, {std::string(address), std::nullopt});
    }
    profile::Answer ask_account(std::string_view user = "noor", std::string_view host = "haddad.example") {
        return test::ask(finger_, {"", profile::Handle{"mastodon", fmt::format("{}@{}", user, host),
                                                       fmt::format("https://{}/@{}", host, user)}});
    }
    std::vector<std::string> links(const profile::Answer& answer) {
        std::vector<std::string> out;
        for (const auto& link : answer.profile.links)
            out.push_back(fmt::format("{} {} {} {}", profile::name_of(link.origin.tier), link.network,
                                      link.url, link.origin.reason));
        return out;
    }
    static std::vector<std::string> texts(const profile::Answer& answer) {
        std::vector<std::string> out;
        for (const auto& activity : answer.profile.activities) out.push_back(activity.text);
        return out;
    }

    test::Web web_;
    test::PlainWorker worker_;
    test::FediverseServer server_{web_, "haddad.example", "noor"};
    WebFinger finger_{web_, worker_, {.timeout = Milliseconds{700}, .now = [] { return test::noon; }}};
};

TEST_F(WebFingerTest, TheDomainAndTheAccountNameEachOther) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "haddad.example and the account name each other");
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    EXPECT_EQ(answer.profile.summary.value, "Ward sister, Nantes.");
    EXPECT_EQ(answer.profile.photo_url.value, "https://files.haddad.example/noor.png");
    EXPECT_THAT(
        links(answer),
        ElementsAre("B mastodon https://haddad.example/@noor the domain names it, and it names the address",
                    "B web https://noor.example/ verified at haddad.example",
                    "C github https://github.com/noorh listed at haddad.example"));
    EXPECT_THAT(
        web_.asked(),
        ElementsAre("https://haddad.example/.well-known/webfinger?resource=acct%3Anoor%40haddad.example",
                    "https://haddad.example/users/noor",
                    "https://haddad.example/api/v1/accounts/lookup?acct=noor",
                    "https://haddad.example/api/v1/accounts/1142/"
                    "statuses?exclude_replies=1&exclude_reblogs=1&limit=20"));
    EXPECT_THAT(worker_.jobs, Contains(worker::Job::text));
    EXPECT_THAT(worker_.jobs, Contains(worker::Job::page));
}

TEST_F(WebFingerTest, EachRequestHasItsTimeAndTakesNoOtherServersWord) {
    (void)ask();
    ASSERT_EQ(web_.requests.size(), 4U);
    for (const auto& request : web_.requests) EXPECT_EQ(request.limit, Milliseconds{700});
    EXPECT_FALSE(web_.requests[0].may_lead_to) << "a domain may have its WebFinger kept elsewhere";
    for (const std::size_t i : {1U, 2U, 3U}) {
        ASSERT_TRUE(web_.requests[i].may_lead_to) << i;
        EXPECT_FALSE(web_.requests[i].may_lead_to("elsewhere.example")) << i;
    }
    EXPECT_EQ(web_.requests[1].accept, "application/activity+json");
    EXPECT_FALSE(web_.requests[1].allow_port);
}

TEST_F(WebFingerTest, TheLatestPostsWithoutRepliesReblogsAndWhatIsNotForEverybody) {
    auto reply = server_.status("a reply");
    reply["in_reply_to_id"] = "77";
    auto reblog = server_.status("");
    reblog["reblog"] = server_.status("somebody else's words");
    auto unlisted = server_.status("an unlisted one");
    unlisted["visibility"] = "unlisted";
    auto private_one = server_.status("for followers");
    private_one["visibility"] = "private";
    auto warned = server_.status("behind a warning");
    warned["spoiler_text"] = "é";
    auto sensitive = server_.status("sensitive");
    sensitive["sensitive"] = true;
    auto foreign = server_.status("of another account");
    foreign["account"] = {{"id", "1143"}};
    auto picture = server_.status("");
    auto tomorrow = server_.status("<p>from the future</p>");
    tomorrow["created_at"] = "2099-01-01T00:00:00.000Z";
    auto elsewhere = server_.status("<p>elsewhere</p>");
    elsewhere["url"] = "https://evil.example/@noor/1";
    server_.statuses = {
        reply,     reblog,  unlisted, private_one, warned,
        sensitive, foreign, picture,  tomorrow,    server_.status("<p>We are <b>hiring</b></p>"),
        elsewhere};
    server_.publish();
    const auto answer = ask();
    ASSERT_THAT(texts(answer), ElementsAre("from the future", "We are hiring", "elsewhere"));
    EXPECT_EQ(answer.profile.activities[0].time, test::noon);
    EXPECT_EQ(to_rfc3339(answer.profile.activities[1].time), "2026-11-20T08:00:00Z");
    EXPECT_EQ(answer.profile.activities[1].network, "mastodon");
    EXPECT_EQ(answer.profile.activities[1].url, "https://haddad.example/@noor/113");
    EXPECT_EQ(answer.profile.activities[2].url, "");
}

TEST_F(WebFingerTest, WhatAPostHoldsStaysInIt) {
    server_.statuses = {server_.status("<p>Paul\r\nBcc: all@example.org\u202E\u200B</p>"),
                        server_.status(std::string(100'000, 'x'))};
    server_.publish();
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found);
    ASSERT_EQ(answer.profile.activities.size(), 2U);
    EXPECT_EQ(answer.profile.activities[1].text.size(), 5000U);
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad") << "a name in a post is nobody's";
}

// An account on a host of another name than the mail domain, as with Mastodon's LOCAL_DOMAIN.
class Hosted : public WebFingerTest {
protected:
    Hosted() {
        hosted_.subject = "acct:noor@haddad.example";
        hosted_.publish();
        web_.put("https://haddad.example/.well-known/webfinger?resource=acct%3Anoor%40haddad.example", 200,
                 "application/jrd+json", json::serialize(hosted_.descriptor()));
    }
    test::FediverseServer hosted_{web_, "social.example", "noor"};
};

TEST_F(Hosted, IsFoundWhereItsHostNamesTheAddress) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.links[0].url, "https://social.example/@noor");
    EXPECT_THAT(
        web_.asked(),
        Contains("https://social.example/.well-known/webfinger?resource=acct%3Anoor%40social.example"));
}

TEST_F(Hosted, ADomainCantTakeAnotherHostsActor) {
    hosted_.subject = "acct:noor@social.example";
    hosted_.publish();
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::not_found);
    EXPECT_EQ(answer.detail, "the actor has another address");
    EXPECT_TRUE(answer.profile.empty());
    EXPECT_THAT(web_.asked(), Not(Contains(HasSubstr("/api/v1/")))) << "nothing of hers is read";
}

TEST_F(Hosted, AnActorCantTakeAnothersAddress) {
    // mallory's actor says that it is noor's account; its host leads to noor's own actor.
    test::FediverseServer mallory(web_, "social.example", "mallory");
    mallory.actor["preferredUsername"] = "noor";
    mallory.publish();
    web_.put("https://haddad.example/.well-known/webfinger?resource=acct%3Anoor%40haddad.example", 200,
             "application/jrd+json", json::serialize(mallory.descriptor()));
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::not_found);
    EXPECT_EQ(answer.detail, "the actor's own account is another actor");
}

TEST_F(WebFingerTest, AnAccountOfAnotherNameAtTheDomainIsNotTheAddress) {
    test::FediverseServer bob(web_, "haddad.example", "bob");
    bob.publish();
    web_.put("https://haddad.example/.well-known/webfinger?resource=acct%3Anoor%40haddad.example", 200,
             "application/jrd+json", json::serialize(bob.descriptor()));
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(ask().detail, "the actor has another address");
    EXPECT_EQ(ask_account().detail, "the account has another name");
}

TEST_F(WebFingerTest, AnActorThatCallsItselfOtherwiseIsNotBelieved) {
    server_.actor["id"] = "https://social.example/users/noor";
    server_.publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(ask().detail, "the actor names another one as itself");
}

TEST_F(WebFingerTest, ADeclaredAccountIsAskedByItsHandle) {
    const auto answer = ask_account();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "") << "the link's";
    EXPECT_EQ(links(answer)[0], "B mastodon https://haddad.example/@noor the account itself");
    EXPECT_TRUE(finger_.answers({"mastodon", "noor@haddad.example", "https://haddad.example/@noor"}));
    for (const auto& handle :
         std::vector<profile::Handle>{{"mastodon", "noor", "https://haddad.example/@noor"},
                                      {"mastodon", "noor@haddad.example", ""},
                                      {"mastodon", "noor@haddad.example", "https://evil.example/@noor"},
                                      {"github", "noor@haddad.example", "https://haddad.example/@noor"}}) {
        EXPECT_FALSE(finger_.answers(handle)) << handle.name << handle.url;
        EXPECT_EQ(test::ask(finger_, {"", handle}).outcome, Outcome::not_found);
    }
    EXPECT_EQ(ask("not an address").outcome, Outcome::not_found);
    EXPECT_EQ(ask("@haddad.example").outcome, Outcome::not_found);
    EXPECT_EQ(web_.requests.size(), 4U);
}

TEST_F(WebFingerTest, ADeclaredAccountThatIsKeptElsewhereIsNotRead) {
    test::FediverseServer victim(web_, "social.example", "noor");
    victim.publish();
    web_.put("https://haddad.example/.well-known/webfinger?resource=acct%3Anoor%40haddad.example", 200,
             "application/jrd+json", json::serialize(victim.descriptor()));
    EXPECT_EQ(ask_account().outcome, Outcome::not_found);
    EXPECT_EQ(ask_account().detail, "the account is kept elsewhere");
}

TEST_F(WebFingerTest, TheirWishesAreObeyedWhereverTheyStand) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, bool>>{
             {"suspended", true}, {"memorial", true}, {"noindex", true}, {"discoverable", false}}) {
        for (auto* document : {&server_.actor, &server_.account}) {
            (*document)[name] = value;
            server_.publish();
            const auto answer = ask();
            EXPECT_EQ(answer.outcome, Outcome::not_found) << name;
            EXPECT_TRUE(answer.hidden) << name;
            EXPECT_TRUE(answer.profile.empty());
            (*document)[name] = nullptr;
            server_.publish();
            EXPECT_EQ(ask().outcome, Outcome::found) << name << " not stated";
            document->erase(name);
        }
    }
    for (auto* document : {&server_.actor, &server_.account}) {
        (*document)["indexable"] = false;
        server_.publish();
        EXPECT_EQ(ask().outcome, Outcome::found);
        EXPECT_THAT(ask().profile.activities, IsEmpty()) << "posts that are not to be found are not shown";
        document->erase("indexable");
    }
}

TEST_F(WebFingerTest, ALockedAccountsPublicProfileIsPublic) {
    server_.actor["manuallyApprovesFollowers"] = true;
    server_.account["locked"] = true;
    server_.publish();
    EXPECT_EQ(ask().outcome, Outcome::found);
    EXPECT_EQ(ask().profile.activities.size(), 1U);
}

TEST_F(WebFingerTest, AccountsThatAreGoneAreNotFound) {
    const std::string webfinger =
        "https://haddad.example/.well-known/webfinger?resource=acct%3Anoor%40haddad.example";
    for (const auto& [url, status] :
         std::vector<std::pair<std::string, int>>{{webfinger, 404},
                                                  {webfinger, 410},
                                                  {"https://haddad.example/users/noor", 404},
                                                  {"https://haddad.example/users/noor", 410},
                                                  {server_.statuses_url(), 404},
                                                  {server_.statuses_url(), 410}}) {
        server_.publish();
        web_.put(url, status, "application/json", R"({"error": "Record not found"})");
        EXPECT_EQ(ask().outcome, Outcome::not_found) << url << status;
        EXPECT_FALSE(ask().hidden);
    }
    server_.publish();
    server_.account["moved"] = {{"acct", "noor@elsewhere.example"}};
    server_.publish();
    EXPECT_EQ(ask().detail, "the account has moved");
    server_.account.erase("moved");
    server_.actor["movedTo"] = "https://elsewhere.example/users/noor";
    server_.publish();
    EXPECT_EQ(ask().detail, "the account has moved");
}

TEST_F(WebFingerTest, AnAccountThatIsRenamedBetweenTwoRequestsIsNotFound) {
    server_.account["acct"] = "noor_h";
    server_.publish();
    EXPECT_EQ(ask().detail, "the account has another name");
    server_.account["acct"] = "noor";
    server_.account["uri"] = "https://haddad.example/users/noor_h";
    server_.publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
}

TEST_F(WebFingerTest, WithoutRestTheActorAndItsOutboxServe) {
    for (const int status : {401, 403, 404, 422, 302}) {
        server_.publish();
        web_.put(server_.lookup_url(), status, "application/json", R"({"error": "not for you"})");
        const auto answer = ask();
        ASSERT_EQ(answer.outcome, Outcome::found) << status << answer.detail;
        EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
        EXPECT_THAT(texts(answer), ElementsAre("We are hiring nurses"));
        EXPECT_EQ(answer.profile.activities[0].url, "https://haddad.example/@noor/113");
        EXPECT_THAT(
            links(answer),
            ElementsAre(
                "B mastodon https://haddad.example/@noor the domain names it, and it names the address",
                "C web https://noor.example/ listed at haddad.example",
                "C github https://github.com/noorh listed at haddad.example"))
            << "an actor can't say what was verified";
    }
    web_.put(server_.lookup_url(), 200, "text/html", "<html>an app for everything</html>");
    EXPECT_EQ(ask().outcome, Outcome::found);
    web_.put(server_.outbox_url(), 404, "text/html", "");
    EXPECT_EQ(ask().outcome, Outcome::not_found) << "deleted meanwhile";
}

TEST_F(WebFingerTest, TheOutboxGivesPublicNotesOfTheActorAlone) {
    web_.put(server_.lookup_url(), 404, "application/json", "{}");
    auto own = [&](const char* text) { return server_.activity(text); };
    auto announce = own("an announcement");
    announce["type"] = "Announce";
    auto reply = own("a reply");
    reply["object"].as_object()["inReplyTo"] = "https://elsewhere.example/1";
    auto unlisted = own("unlisted");
    unlisted["object"].as_object()["to"] = "https://haddad.example/users/noor/followers";
    unlisted["object"].as_object()["cc"] = "https://www.w3.org/ns/activitystreams#Public";
    auto foreign = own("foreign");
    foreign["object"].as_object()["attributedTo"] = "https://social.example/users/eve";
    auto warned = own("warned");
    warned["object"].as_object()["summary"] = "a warning";
    auto bare = own("bare");
    bare["object"] = "https://haddad.example/notes/1";
    auto short_name = own("as:Public too");
    short_name["object"].as_object()["to"] = json::array{"as:Public"};
    server_.activities = {announce, reply, unlisted, foreign, warned, bare, short_name};
    server_.publish();
    web_.put(server_.lookup_url(), 404, "application/json", "{}");
    EXPECT_THAT(texts(ask()), ElementsAre("as:Public too"));

    server_.outbox = {
        {"type", "OrderedCollection"},
        {"first", {{"type", "OrderedCollectionPage"}, {"orderedItems", json::array{own("embedded")}}}}};
    server_.publish();
    web_.put(server_.lookup_url(), 404, "application/json", "{}");
    EXPECT_THAT(texts(ask()), ElementsAre("embedded"));

    server_.outbox = {{"type", "OrderedCollection"}, {"first", "https://evil.example/outbox"}};
    server_.publish();
    web_.put(server_.lookup_url(), 404, "application/json", "{}");
    EXPECT_THAT(texts(ask()), IsEmpty());
    EXPECT_THAT(web_.asked(), Not(Contains(HasSubstr("evil.example"))));
}

TEST_F(WebFingerTest, ThrottledAtAnyStepUntilTheServersOwnTime) {
    for (const std::string& url : server_.all_urls()) {
        server_.publish();
        web_.put(url, 429, "application/json", R"({"error": "Too many requests"})",
                 {{"x-ratelimit-limit", "300"},
                  {"x-ratelimit-remaining", "0"},
                  {"x-ratelimit-reset", "2026-11-24T12:05:00.809356Z"}});
        const auto answer = ask();
        EXPECT_EQ(answer.outcome, Outcome::throttled) << url;
        EXPECT_EQ(to_rfc3339(answer.retry_at.value_or(Instant{})), "2026-11-24T12:05:00Z") << url;
        EXPECT_TRUE(answer.profile.empty());
    }
}

TEST_F(WebFingerTest, WhateverElseIsAFailureThatQuotesNothing) {
    const std::string deep = std::string(1000, '[') + std::string(1000, ']');
    for (const std::string& url : server_.all_urls()) {
        for (const std::string& body : {std::string("\x01\x02 secret"), std::string(), deep,
                                        std::string("\"secret\""), std::string(2'000'000, ' ') + "{}"}) {
            server_.publish();
            web_.put(url, 200, "application/json", body);
            const auto answer = ask();
            const bool no_actor = url.contains("webfinger") && body.contains('"');
            EXPECT_EQ(answer.outcome, no_actor ? Outcome::not_found : Outcome::failed)
                << url << body.substr(0, 30) << answer.detail;
            EXPECT_FALSE(answer.detail.contains("secret"));
            EXPECT_TRUE(answer.profile.empty());
        }
        for (const int status : {500, 503}) {
            server_.publish();
            web_.put(url, status, "text/html", "secret");
            EXPECT_EQ(ask().outcome, Outcome::failed) << url;
        }
        server_.publish();
        web_.put_error(url, errc::timed_out);
        EXPECT_EQ(ask().outcome, Outcome::failed) << url;
    }
    server_.publish();
    web_.put("https://haddad.example/users/noor", 403, "text/html", "");
    EXPECT_EQ(ask().outcome, Outcome::forbidden);
}

TEST_F(WebFingerTest, MembersOfAnotherTypeAreAbsent) {
    for (const auto& name :
         {"name", "summary", "icon", "url", "outbox", "attachment", "discoverable", "movedTo"})
        for (const json::value& odd :
             std::vector<json::value>{3, json::array{json::array{}}, json::object{}}) {
            if (std::string_view(name) == "movedTo") continue;
            auto copy = server_;
            copy.actor[name] = odd;
            copy.publish();
            EXPECT_EQ(ask().outcome, Outcome::found) << name << json::serialize(odd);
        }
    server_.account["fields"] = "none";
    server_.account["emojis"] = 3;
    server_.publish();
    EXPECT_EQ(ask().outcome, Outcome::found);
    server_.account["id"] = "../../oauth";
    server_.publish();
    EXPECT_EQ(ask().outcome, Outcome::failed);
    EXPECT_THAT(web_.asked(), Not(Contains(HasSubstr("oauth"))));
}

TEST_F(WebFingerTest, TextsThatTheWorkerCantReadCostThemselves) {
    worker_.fault = errc::limit;
    EXPECT_EQ(ask().outcome, Outcome::found);
    EXPECT_EQ(ask().profile.summary.value, "");
    EXPECT_THAT(texts(ask()), IsEmpty());
    for (const errc code : {errc::unavailable, errc::cancelled}) {
        worker_.fault = code;
        EXPECT_EQ(ask().outcome, Outcome::failed) << "half a profile would be taken for all of it";
        EXPECT_EQ(ask().detail, "worker: " + std::string(name_of(code)));
    }
}

TEST_F(WebFingerTest, AQuestionUnderWayOutlivesTheConnector) {
    web_.hold();
    std::optional<Outcome> outcome;
    {
        WebFinger short_lived(web_, worker_);
        short_lived.find({"noor@haddad.example", std::nullopt},
                         [&](const profile::Answer& answer) { outcome = answer.outcome; });
    }
    web_.answer_all();
    EXPECT_EQ(outcome, Outcome::found);
}

}  // namespace
}  // namespace decorum::connectors
