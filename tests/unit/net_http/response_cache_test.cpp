// Lifetimes, what is kept at all, and room. No network.
#include "gateway/net/http/response_cache.hpp"

#include <gtest/gtest.h>

namespace decorum::net {
namespace {
using std::chrono::seconds;

HttpResponse answer(std::vector<HttpField> fields, std::string body = "body") {
    HttpResponse out;
    out.status = 200;
    out.fields = std::move(fields);
    out.body = std::move(body);
    out.url = "https://a.example/";
    return out;
}

class Cache : public testing::Test {
protected:
    // How long an answer with these fields is fresh; nothing where it isn't kept.
    std::optional<seconds> lifetime(std::vector<HttpField> fields) {
        cache.put("key", answer(std::move(fields)), now);
        const auto kept = cache.find("key");
        if (!kept) return std::nullopt;
        return std::chrono::duration_cast<seconds>(kept->fresh_until - now);
    }
    const ResponseCache::Time now = SteadyClock::now();
    ResponseCache cache{1024 * 1024};
};

TEST_F(Cache, MaxAgeIsTheLifetime) {
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60"}}), seconds(60));
    EXPECT_EQ(lifetime({{"cache-control", "private, Max-Age=\"60\""}}), seconds(60));
    EXPECT_EQ(lifetime({{"cache-control", "public"}, {"cache-control", "max-age=60"}}), seconds(60));
}

TEST_F(Cache, SharedMaxAgeSaysNothingToUs) {
    EXPECT_EQ(lifetime({{"cache-control", "s-maxage=600, max-age=60"}}), seconds(60));
    EXPECT_EQ(lifetime({{"cache-control", "s-maxage=600"}}), std::nullopt);
}

TEST_F(Cache, OfTwoLifetimesTheShorterCounts) {
    EXPECT_EQ(lifetime({{"cache-control", "max-age=600, max-age=60"}}), seconds(60));
}

TEST_F(Cache, AgeIsTakenOffTheLifetime) {
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60"}, {"age", "20"}}), seconds(40));
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60"}, {"age", "80"}}), std::nullopt);
}

TEST_F(Cache, ExpiresCountsFromTheAnswersOwnDate) {
    EXPECT_EQ(
        lifetime({{"date", "Mon, 23 Nov 2026 06:00:00 GMT"}, {"expires", "Mon, 23 Nov 2026 06:01:30 GMT"}}),
        seconds(90));
    EXPECT_EQ(lifetime({{"cache-control", "max-age=5"},
                        {"date", "Mon, 23 Nov 2026 06:00:00 GMT"},
                        {"expires", "Mon, 23 Nov 2026 06:01:30 GMT"}}),
              seconds(5));
}

TEST_F(Cache, WhatCannotBeReadIsStale) {
    EXPECT_EQ(lifetime({{"expires", "0"}}), std::nullopt);
    EXPECT_EQ(lifetime({{"cache-control", "max-age=-1"}}), std::nullopt);
    EXPECT_EQ(lifetime({{"cache-control", "max-age=1x"}}), std::nullopt);
    EXPECT_EQ(lifetime({{"cache-control", "max-age"}}), std::nullopt);
}

TEST_F(Cache, ALifetimeHasALimit) {
    EXPECT_EQ(lifetime({{"cache-control", "max-age=99999999999999999999"}}), std::chrono::days(1));
}

TEST_F(Cache, NoStoreIsNotKeptAndNoCacheIsKeptToBeRevalidated) {
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60, no-store"}}), std::nullopt);
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60, no-cache"}, {"etag", "\"1\""}}), seconds(0));
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60, no-cache"}}), std::nullopt);
}

TEST_F(Cache, AValidatorAloneIsEnoughToBeKept) {
    EXPECT_EQ(lifetime({{"etag", "\"1\""}}), seconds(0));
    EXPECT_EQ(lifetime({{"last-modified", "Mon, 23 Nov 2026 06:00:00 GMT"}}), seconds(0));
    EXPECT_EQ(lifetime({}), std::nullopt);
}

TEST_F(Cache, VaryIsMetByTheKeyUnlessItNamesEverything) {
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60"}, {"vary", "Accept-Encoding, Accept"}}), seconds(60));
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60"}, {"vary", "*"}}), std::nullopt);
    EXPECT_EQ(lifetime({{"cache-control", "max-age=60"}, {"vary", "Accept"}, {"vary", "x, *"}}),
              std::nullopt);
}

TEST_F(Cache, OnlyAnAnswerOf200IsKeptAndAnotherOneDropsIt) {
    HttpResponse out = answer({{"cache-control", "max-age=60"}});
    cache.put("key", out, now);
    EXPECT_TRUE(cache.find("key"));
    out.status = 404;
    cache.put("key", out, now);
    EXPECT_FALSE(cache.find("key"));
    EXPECT_EQ(cache.octets(), 0U);
}

TEST_F(Cache, ANotModifiedRenewsFieldsAndLifetimeAndKeepsTheBody) {
    cache.put("key", answer({{"etag", "\"1\""}, {"age", "3"}, {"x", "old"}, {"content-type", "text/html"}}),
              now);
    HttpResponse not_modified;
    not_modified.status = 304;
    not_modified.fields = {{"x", "new"}, {"cache-control", "max-age=60"}, {"content-length", "0"}};
    const HttpResponse out = ResponseCache::renewed(*cache.find("key"), not_modified);
    cache.put("key", out, now);
    EXPECT_EQ(out.status, 200);
    EXPECT_EQ(out.body, "body");
    EXPECT_EQ(out.field("x"), "new");
    EXPECT_EQ(out.field("content-type"), "text/html");
    EXPECT_EQ(out.field("age"), "");
    EXPECT_EQ(out.field("content-length"), "");
    EXPECT_EQ(cache.find("key")->fresh_until, now + seconds(60));
    EXPECT_FALSE(cache.find("key")->response.from_cache);
}

TEST_F(Cache, TheLeastRecentlyUsedGoesFirst) {
    ResponseCache small(16 * 1024);
    const std::string body(3000, 'x');
    for (const char* key : {"a", "b", "c", "d"}) small.put(key, answer({{"etag", "\"1\""}}, body), now);
    EXPECT_TRUE(small.find("a"));
    small.put("e", answer({{"etag", "\"1\""}}, body), now);
    EXPECT_TRUE(small.find("a"));
    EXPECT_FALSE(small.find("b"));
    EXPECT_TRUE(small.find("e"));
    EXPECT_LE(small.octets(), 16U * 1024);
}

TEST_F(Cache, AnAnswerThatWouldPushAllOthersOutIsNotKept) {
    ResponseCache small(16 * 1024);
    small.put("a", answer({{"etag", "\"1\""}}, std::string(5000, 'x')), now);
    EXPECT_FALSE(small.find("a"));
    EXPECT_EQ(small.octets(), 0U);
}

TEST_F(Cache, NothingIsKeptWithoutRoom) {
    ResponseCache none(0);
    none.put("a", answer({{"etag", "\"1\""}}, ""), now);
    EXPECT_FALSE(none.find("a"));
}

TEST_F(Cache, TheKeyHoldsUrlAcceptFieldsAndCredentials) {
    const std::string url = "https://a.example/";
    const HttpRequest plain;
    HttpRequest accept;
    accept.accept = "text/html";
    HttpRequest token;
    token.bearer = Secret("one");
    HttpRequest other_token;
    other_token.bearer = Secret("two");
    HttpRequest field;
    field.fields = {{"X-Version", "2"}};
    const std::vector<std::string> keys{
        ResponseCache::key_of(plain, url),       ResponseCache::key_of(plain, url + "x"),
        ResponseCache::key_of(accept, url),      ResponseCache::key_of(token, url),
        ResponseCache::key_of(other_token, url), ResponseCache::key_of(field, url)};
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
    EXPECT_EQ(ResponseCache::key_of(token, url), ResponseCache::key_of(token, url));
    for (const std::string& key : keys) EXPECT_FALSE(key.contains("example"));
}

}  // namespace
}  // namespace decorum::net
