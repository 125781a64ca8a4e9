#include "connectors/bluesky.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

// Name servers that a test writes. Whatever stands nowhere is not_found.
class Names final : public net::Dns {
public:
    void services(std::string, Milliseconds, ServicesDone done) override { done(fail(errc::not_found)); }
    void texts(std::string name, Milliseconds, TextsDone done) override {
        asked.push_back(name);
        if (fault != errc{}) return done(fail(fault));
        const auto at = records.find(name);
        done(at != records.end() ? Result<net::TextRecords>(at->second) : fail(errc::not_found));
    }
    std::map<std::string, net::TextRecords> records;
    errc fault{};
    std::vector<std::string> asked;
};

class BlueskyTest : public testing::Test {
protected:
    BlueskyTest() {
        account_ = {{"did", did},
                    {"handle", "noor.example"},
                    {"displayName", "Noor Haddad"},
                    {"description", "Ward sister, Nantes."},
                    {"avatar", "https://cdn.bsky.app/img/avatar/plain/x@jpeg"},
                    {"labels", json::array{}}};
        document_ = {{"id", did}, {"alsoKnownAs", {"at://noor.example"}}};
        feed_ = {post("We are hiring nurses")};
        publish();
        names_.records["_atproto.noor.example"] = {"v=1", "did=" + did};
    }
    static json::object post(const std::string& text, const std::string& author = did) {
        return {
            {"post",
             {{"uri", fmt::format("at://{}/app.bsky.feed.post/3l7abc", author)},
              {"author", {{"did", author}, {"handle", "noor.example"}}},
              {"record",
               {{"$type", "app.bsky.feed.post"}, {"text", text}, {"createdAt", "2026-11-20T08:00:00.000Z"}}},
              {"labels", json::array{}},
              {"indexedAt", "2026-11-20T08:00:05.000Z"}}}};
    }
    void put(const std::string& url, const json::value& body, int status = 200) {
        web_.put(url, status, "application/json; charset=utf-8", json::serialize(body));
    }
    void publish() {
        put(profile_url("noor.example"), account_);
        put(profile_url(did), account_);
        put("https://plc.example/" + did, document_);
        put(feed_url(), {{"feed", feed_}});
    }
    static std::string profile_url(std::string_view actor) {
        std::string escaped;
        for (const char c : actor) escaped += c == ':' ? std::string("%3A") : std::string(1, c);
        return "https://api.example/xrpc/app.bsky.actor.getProfile?actor=" + escaped;
    }
    static std::string feed_url() {
        return "https://api.example/xrpc/"
               "app.bsky.feed.getAuthorFeed?actor=did%3Aplc%3Aewvi7nxzyoun6zhxrhs64oiz"
               "&filter=posts_no_replies&limit=20";
    }
    profile::Answer ask_account(std::string name = "noor.example") {
        return test::ask(sky_, {"", profile::Handle{"bluesky", name, "https://bsky.app/profile/" + name}});
    }
    profile::Answer ask(std::string address = "noor@noor.example") {
        return test::ask(sky_, {std::move(address), std::nullopt});
    }
    static std::vector<std::string> texts(const profile::Answer& answer) {
        std::vector<std::string> out;
        for (const auto& activity : answer.profile.activities) out.push_back(activity.text);
        return out;
    }

    test::Web web_;
    Names names_;
    json::object account_;
    json::object document_;
    json::array feed_;
    Bluesky sky_{web_,
                 &names_,
                 {.base_url = "https://api.example",
                  .plc_url = "https://plc.example",
                  .personal_domains = {"noor.example"},
                  .timeout = Milliseconds{700},
                  .now = [] { return test::noon; }}};
};

TEST_F(BlueskyTest, AnAccountWithItsPosts) {
    const auto answer = ask_account();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    EXPECT_EQ(answer.profile.summary.value, "Ward sister, Nantes.");
    EXPECT_EQ(answer.profile.photo_url.value, "https://cdn.bsky.app/img/avatar/plain/x@jpeg");
    ASSERT_EQ(answer.profile.links.size(), 1U);
    EXPECT_EQ(answer.profile.links[0].url, "https://bsky.app/profile/noor.example");
    EXPECT_EQ(answer.profile.links[0].network, "bluesky");
    ASSERT_THAT(texts(answer), ElementsAre("We are hiring nurses"));
    EXPECT_EQ(answer.profile.activities[0].url, "https://bsky.app/profile/noor.example/post/3l7abc");
    EXPECT_EQ(answer.profile.activities[0].network, "bluesky");
    EXPECT_EQ(to_rfc3339(answer.profile.activities[0].time), "2026-11-20T08:00:00Z");
    EXPECT_THAT(web_.asked(),
                ElementsAre(profile_url("noor.example"), "https://plc.example/" + did, feed_url()));
    for (const auto& request : web_.requests) EXPECT_EQ(request.limit, Milliseconds{700});
    EXPECT_THAT(names_.asked, IsEmpty()) << "the person's own domain does not learn of it";
}

// It becomes part of the URLs that a reader is shown.
TEST_F(BlueskyTest, AHandleIsADomainName) {
    account_["did"] = "did:web:noor.example";
    for (const char* odd : {"noor", "noor.example/../x", "noor example", "noor.ex\u00e4mple", ""}) {
        account_["handle"] = odd;
        publish();
        EXPECT_EQ(ask_account().outcome, Outcome::failed) << odd;
    }
}

TEST_F(BlueskyTest, AnAccountByItsDid) {
    EXPECT_EQ(ask_account(did).outcome, Outcome::found);
    EXPECT_EQ(ask_account(did).account_id, did);
    EXPECT_EQ(web_.requests[0].url, profile_url(did));
}

TEST_F(BlueskyTest, TheDocumentMustNameTheHandle) {
    document_["alsoKnownAs"] = json::array{"at://eve.example"};
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::not_found);
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(ask().detail, "the DID document does not name the handle");
    EXPECT_THAT(web_.asked(), Not(Contains(feed_url())));
}

TEST_F(BlueskyTest, ADidOnAHostOfTheAccountsChoiceIsNotFetchedForAnAccount) {
    account_["did"] = "did:web:noor.example";
    publish();
    put("https://api.example/xrpc/app.bsky.feed.getAuthorFeed?actor=did%3Aweb%3Anoor.example"
        "&filter=posts_no_replies&limit=20",
        {{"feed", json::array{}}});
    EXPECT_EQ(ask_account().outcome, Outcome::found);
    EXPECT_THAT(web_.asked(), Not(Contains(HasSubstr("did.json"))));
}

TEST_F(BlueskyTest, ByAddressOnlyAtTheDomainOfOnePerson) {
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "noor.example and the account name each other");
    EXPECT_THAT(names_.asked, ElementsAre("_atproto.noor.example"));
    EXPECT_THAT(web_.asked(), ElementsAre("https://plc.example/" + did, profile_url(did), feed_url()));
    web_.requests.clear();
    names_.asked.clear();
    for (const char* address : {"noor@company.example", "noor@sub.noor.example", "noor@example", "noor"})
        EXPECT_EQ(ask(address).outcome, Outcome::not_found) << address;
    EXPECT_THAT(web_.requests, IsEmpty());
    EXPECT_THAT(names_.asked, IsEmpty());
    EXPECT_TRUE(sky_.traits().by_address);
    EXPECT_TRUE(sky_.traits().at_senders_domain);
    EXPECT_EQ(sky_.traits().server, "api.example");
    EXPECT_EQ(sky_.traits().tier, profile::Tier::b);
    EXPECT_FALSE(Bluesky(web_, &names_, {}).traits().by_address);
    EXPECT_FALSE(Bluesky(web_, nullptr, {.personal_domains = {"noor.example"}}).traits().by_address);
}

TEST_F(BlueskyTest, TheDomainMayNameTheDidOnItsWebServer) {
    names_.records.clear();
    web_.put("https://noor.example/.well-known/atproto-did", 200, "text/plain", did + "\n");
    EXPECT_EQ(ask().outcome, Outcome::found);
    names_.fault = errc::timed_out;
    EXPECT_EQ(ask().outcome, Outcome::found) << "the web server is sure where the name server is not";
    web_.put("https://noor.example/.well-known/atproto-did", 200, "text/html", "<html>hello</html>");
    EXPECT_EQ(ask().outcome, Outcome::failed);
    names_.fault = errc{};
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    web_.put("https://noor.example/.well-known/atproto-did", 404, "text/html", "");
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    web_.put_error("https://noor.example/.well-known/atproto-did", errc::refused);
    EXPECT_EQ(ask().outcome, Outcome::failed);
    names_.records["_atproto.noor.example"] = {"did=" + did, "did=did:web:eve.example"};
    EXPECT_EQ(ask().detail, "the domain names several accounts");
}

TEST_F(BlueskyTest, ADidOnTheDomainsOwnHostIsReadThereByAddress) {
    names_.records["_atproto.noor.example"] = {"did=did:web:noor.example"};
    account_["did"] = "did:web:noor.example";
    put(profile_url("did:web:noor.example"), account_);
    put("https://noor.example/.well-known/did.json",
        {{"id", "did:web:noor.example"}, {"alsoKnownAs", {"at://noor.example"}}});
    put("https://api.example/xrpc/app.bsky.feed.getAuthorFeed?actor=did%3Aweb%3Anoor.example"
        "&filter=posts_no_replies&limit=20",
        {{"feed", json::array{}}});
    EXPECT_EQ(ask().outcome, Outcome::found);
}

TEST_F(BlueskyTest, AnAccountThatIsRenamedMeanwhileIsNotTheAddress) {
    account_["handle"] = "noor-haddad.example";
    publish();
    EXPECT_EQ(ask().detail, "the account has another handle");
    account_["handle"] = "handle.invalid";
    publish();
    EXPECT_EQ(ask().outcome, Outcome::not_found);
    EXPECT_EQ(ask_account().outcome, Outcome::not_found);
}

TEST_F(BlueskyTest, WhoAsksToBeShownToMembersOnlyIsHidden) {
    for (const char* label : {"!no-unauthenticated", "!hide", "!takedown"}) {
        account_["labels"] = json::array{{{"src", did}, {"val", label}}};
        publish();
        EXPECT_EQ(ask_account().outcome, Outcome::not_found) << label;
        EXPECT_TRUE(ask_account().hidden);
        EXPECT_TRUE(ask().hidden);
        EXPECT_THAT(web_.asked(), Not(Contains(feed_url())));
    }
    account_["labels"] = json::array{{{"src", did}, {"val", "!no-unauthenticated"}, {"neg", true}}};
    publish();
    EXPECT_EQ(ask_account().outcome, Outcome::found) << "taken back";
}

TEST_F(BlueskyTest, NobodyThereIs400) {
    for (const char* error : {"InvalidRequest", "AccountTakedown", "AccountDeactivated"}) {
        put(profile_url("noor.example"), {{"error", error}, {"message", "secret"}}, 400);
        const auto answer = ask_account();
        EXPECT_EQ(answer.outcome, Outcome::not_found) << error;
        EXPECT_FALSE(answer.detail.contains("secret"));
        EXPECT_FALSE(answer.hidden);
    }
    put(profile_url("noor.example"), {{"error", "UpstreamFailure"}}, 400);
    EXPECT_EQ(ask_account().outcome, Outcome::failed);
    web_.put(profile_url("noor.example"), 400, "text/html", "InvalidRequest");
    EXPECT_EQ(ask_account().outcome, Outcome::failed);
    publish();
    put(feed_url(), {{"error", "InvalidRequest"}, {"message", "Profile not found"}}, 400);
    EXPECT_EQ(ask_account().outcome, Outcome::not_found) << "deleted meanwhile";
    publish();
    put("https://plc.example/" + did, {{"message", "DID not available"}}, 410);
    EXPECT_EQ(ask_account().outcome, Outcome::not_found) << "tombstoned";
}

TEST_F(BlueskyTest, PostsWithoutRepostsRepliesAndWhatALabelWarnsOf) {
    auto repost = post("somebody else's", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
    repost["reason"] = {{"$type", "app.bsky.feed.defs#reasonRepost"}};
    auto own_repost = post("old news");
    own_repost["reason"] = {{"$type", "app.bsky.feed.defs#reasonRepost"}};
    auto reply = post("a reply");
    reply["post"].at("record").as_object()["reply"] = {{"parent", {{"uri", "at://x"}}}};
    auto labelled = post("labelled");
    labelled["post"].as_object()["labels"] = json::array{{{"val", "graphic-media"}}};
    auto pinned = post("pinned");
    pinned["reason"] = {{"$type", "app.bsky.feed.defs#reasonPin"}};
    auto future = post("future");
    future["post"].at("record").as_object()["createdAt"] = "2099-01-01T00:00:00Z";
    auto odd = post("odd uri");
    odd["post"].as_object()["uri"] = "at://" + did + "/app.bsky.feed.post/../../x";
    feed_ = {repost, own_repost, reply, labelled, pinned, future, odd, post(""), json::object{}, 3};
    publish();
    const auto answer = ask_account();
    ASSERT_THAT(texts(answer), ElementsAre("pinned", "future", "odd uri"));
    EXPECT_EQ(to_rfc3339(answer.profile.activities[1].time), "2026-11-20T08:00:05Z");
    EXPECT_EQ(answer.profile.activities[2].url, "");
}

TEST_F(BlueskyTest, WhatAPostHoldsStaysInIt) {
    feed_ = {post("Paul Petit\r\nBcc: all@example.org\u202E"), post(std::string(100'000, 'x'))};
    publish();
    const auto answer = ask_account();
    ASSERT_EQ(answer.profile.activities.size(), 2U);
    EXPECT_EQ(answer.profile.activities[1].text.size(), 5000U);
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
}

TEST_F(BlueskyTest, EachOutcomeAtEachStep) {
    const std::vector<std::string> steps{profile_url("noor.example"), "https://plc.example/" + did,
                                         feed_url()};
    for (const std::string& url : steps) {
        for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{{404, Outcome::not_found},
                                                                                  {401, Outcome::forbidden},
                                                                                  {403, Outcome::forbidden},
                                                                                  {429, Outcome::throttled},
                                                                                  {500, Outcome::failed},
                                                                                  {502, Outcome::failed}}) {
            publish();
            web_.put(url, status, "application/json", R"({"error": "secret"})",
                     {{"ratelimit-limit", "3000"},
                      {"ratelimit-remaining", "0"},
                      {"ratelimit-reset", "1795521900"}});
            const auto answer = ask_account();
            // With nothing left of the allowance a 403 says no more than that.
            EXPECT_EQ(answer.outcome, status == 403 ? Outcome::throttled : outcome) << url << status;
            EXPECT_EQ(answer.retry_at.has_value(), answer.outcome == Outcome::throttled);
            EXPECT_FALSE(answer.detail.contains("secret"));
            EXPECT_TRUE(answer.profile.empty());
        }
        for (const char* body : {"", "\x01secret", "<html>", "[]", "{}", "\"secret\"", "3"}) {
            publish();
            web_.put(url, 200, "application/json", body);
            const auto answer = ask_account();
            const bool is_document = url.starts_with("https://plc");
            const bool is_json = std::string_view(body) == "[]" || std::string_view(body) == "{}" ||
                                 std::string_view(body) == "\"secret\"" || std::string_view(body) == "3";
            EXPECT_EQ(answer.outcome, is_document && is_json ? Outcome::not_found : Outcome::failed)
                << url << body;
            EXPECT_FALSE(answer.detail.contains("secret"));
        }
        publish();
        web_.put_error(url, errc::timed_out);
        EXPECT_EQ(ask_account().outcome, Outcome::failed);
    }
}

TEST_F(BlueskyTest, AnswersForItsOwnAccountsAlone) {
    EXPECT_TRUE(sky_.answers({"bluesky", "noor.bsky.social", "https://bsky.app/profile/noor.bsky.social"}));
    for (const auto& handle :
         std::vector<profile::Handle>{{"bluesky", "", "https://bsky.app/profile/x"},
                                      {"bluesky", "a&b=c", "https://bsky.app/profile/x"},
                                      {"bluesky", "127.0.0.1", "https://bsky.app/profile/x"},
                                      {"mastodon", "noor.example", "https://noor.example/@noor"}}) {
        EXPECT_FALSE(sky_.answers(handle)) << handle.name;
        EXPECT_EQ(test::ask(sky_, {"", handle}).outcome, Outcome::not_found);
    }
    EXPECT_THAT(web_.requests, IsEmpty());
}

}  // namespace
}  // namespace decorum::connectors
