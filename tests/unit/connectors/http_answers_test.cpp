#include "connectors/http_answers.hpp"

#include <gtest/gtest.h>

#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;

net::HttpResponse response(int status, std::vector<net::HttpField> fields = {}, std::string body = {}) {
    return {status, std::move(fields), std::move(body), "https://source.example/", false};
}

std::string text_of(std::optional<Instant> time) {
    return time ? to_rfc3339(*time) : "none";
}

TEST(HttpAnswers, AStatusIsAnOutcome) {
    for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{{200, Outcome::found},
                                                                              {204, Outcome::found},
                                                                              {301, Outcome::failed},
                                                                              {304, Outcome::failed},
                                                                              {400, Outcome::failed},
                                                                              {401, Outcome::forbidden},
                                                                              {402, Outcome::forbidden},
                                                                              {403, Outcome::forbidden},
                                                                              {404, Outcome::not_found},
                                                                              {407, Outcome::forbidden},
                                                                              {410, Outcome::not_found},
                                                                              {418, Outcome::failed},
                                                                              {429, Outcome::throttled},
                                                                              {451, Outcome::forbidden},
                                                                              {500, Outcome::failed},
                                                                              {502, Outcome::failed},
                                                                              {503, Outcome::failed},
                                                                              {0, Outcome::failed},
                                                                              {999, Outcome::failed}})
        EXPECT_EQ(outcome_of(response(status)), outcome) << status;
}

TEST(HttpAnswers, AForbiddenAnswerWithNothingLeftIsThrottled) {
    EXPECT_EQ(outcome_of(response(403, {{"x-ratelimit-remaining", "0"}})), Outcome::throttled);
    EXPECT_EQ(outcome_of(response(403, {{"x-ratelimit-remaining", "7"}})), Outcome::forbidden);
    EXPECT_EQ(outcome_of(response(403, {{"x-ratelimit-remaining", "none"}})), Outcome::forbidden);
}

TEST(HttpAnswers, AForbiddenAnswerThatSaysWhenToComeBackIsThrottled) {
    EXPECT_EQ(outcome_of(response(403, {{"x-ratelimit-remaining", "7"}, {"retry-after", "60"}})),
              Outcome::throttled);
    EXPECT_EQ(outcome_of(response(401, {{"retry-after", "60"}})), Outcome::forbidden);
}

TEST(HttpAnswers, AResetIsReadInEachForm) {
    for (const auto& [written, read] : std::vector<std::pair<std::string, std::string>>{
             {"1795528800", "2026-11-24T14:00:00Z"},  // Gravatar, GitHub, X
             {"1795528800.25", "2026-11-24T14:00:00Z"},
             {"2026-11-24T12:05:00.000000Z", "2026-11-24T12:05:00Z"},  // Mastodon
             {"2026-11-24T13:05:00+01:00", "2026-11-24T12:05:00Z"},
             {"90", "2026-11-24T12:01:30Z"},  // Retry-After, RateLimit-Reset
             {" 90 ", "2026-11-24T12:01:30Z"},
             {"0", "2026-11-24T12:00:00Z"},
             {"Tue, 24 Nov 2026 12:30:00 GMT", "2026-11-24T12:30:00Z"},
             {"Tuesday, 24-Nov-26 12:30:00 GMT", "2026-11-24T12:30:00Z"},
             {"Tue Nov 24 12:30:00 2026", "2026-11-24T12:30:00Z"},
             {"Sun, 06 Nov 1994 08:49:37 GMT", "2026-11-24T12:00:00Z"},
             {"1500000000", "2026-11-24T12:00:00Z"},
             {"86401", "2026-11-25T12:00:00Z"},
             {"99999999999999999", "2026-11-25T12:00:00Z"},
             {"9223372036854775807", "2026-11-25T12:00:00Z"}})
        EXPECT_EQ(text_of(reset_time(written, test::noon)), read) << written;
}

TEST(HttpAnswers, WhatIsNoResetIsNone) {
    for (const std::string written :
         {"", " ", "soon", "-5", "12x", "99999999999999999999", "0x10", "Tue, 31 Feb 2026 12:30:00 GMT",
          "Tue, 24 Nov 2026 25:30:00 GMT", "Tue, 24 Nov 2026 12:30:00 CET", "Tue, 24 Foo 2026 12:30:00 GMT",
          "Tue, 24 Nov 2026 12:30:00", "2026-11-24", "a b c d e f g h",
          "99999999999 99999999999 Nov : : : : GMT"})
        EXPECT_EQ(text_of(reset_time(written, test::noon)), "none") << written;
}

TEST(HttpAnswers, TheAllowanceIsReadUnderEachName) {
    for (const std::string prefix : {"x-ratelimit-", "x-rate-limit-", "ratelimit-"}) {
        const auto quota = quota_of(
            response(200,
                     {{prefix + "limit", "100"}, {prefix + "remaining", "99"}, {prefix + "reset", "60"}}),
            test::noon);
        ASSERT_TRUE(quota) << prefix;
        EXPECT_EQ(quota->limit, 100U);
        EXPECT_EQ(quota->left, 99U);
        EXPECT_EQ(text_of(quota->resets), "2026-11-24T12:01:00Z");
    }
    EXPECT_FALSE(quota_of(response(200), test::noon));
    auto cached = response(200, {{"x-ratelimit-remaining", "5"}});
    EXPECT_TRUE(quota_of(cached, test::noon));
    cached.from_cache = true;
    EXPECT_FALSE(quota_of(cached, test::noon)) << "that was true once";
    EXPECT_FALSE(
        quota_of(response(200, {{"x-ratelimit-remaining", "-1"}, {"x-ratelimit-reset", "x"}}), test::noon));
}

TEST(HttpAnswers, TheLatestWordOnWhenToComeBackCounts) {
    const auto at = [](std::vector<net::HttpField> fields, std::string body = {}) {
        return text_of(retry_at(response(429, std::move(fields), std::move(body)), test::noon));
    };
    const net::HttpField json{"content-type", "application/json; charset=utf-8"};
    EXPECT_EQ(at({}), "none");
    EXPECT_EQ(at({{"retry-after", "120"}}), "2026-11-24T12:02:00Z");
    EXPECT_EQ(at({{"x-ratelimit-reset", "1795528800"}, {"retry-after", "120"}}), "2026-11-24T14:00:00Z");
    EXPECT_EQ(at({json}, R"({"backoff": 30})"), "2026-11-24T12:00:30Z");
    EXPECT_EQ(at({json, {"retry-after", "10"}}, R"({"backoff": "30"})"), "2026-11-24T12:00:30Z");
    EXPECT_EQ(at({json, {"retry-after", "10"}}, R"({"backoff": -30})"), "2026-11-24T12:00:10Z");
    EXPECT_EQ(at({json}, R"([1, 2)"), "none");
    EXPECT_EQ(at({{"content-type", "text/html"}}, R"({"backoff": 30})"), "none");
}

TEST(HttpAnswers, ARefusalSaysWhatKindAndNotWhat) {
    const auto down = refusal(fail(errc::tls_failed, "https://source.example/secret"), test::noon);
    ASSERT_TRUE(down);
    EXPECT_EQ(down->outcome, Outcome::failed);
    EXPECT_EQ(down->detail, "transfer: tls_failed");

    const auto busy =
        refusal(response(429, {{"retry-after", "60"}, {"x-ratelimit-remaining", "0"}}, "secret"), test::noon);
    ASSERT_TRUE(busy);
    EXPECT_EQ(busy->outcome, Outcome::throttled);
    EXPECT_EQ(busy->detail, "HTTP 429");
    EXPECT_EQ(text_of(busy->retry_at), "2026-11-24T12:01:00Z");
    ASSERT_TRUE(busy->quota);
    EXPECT_EQ(busy->quota->left, 0U);

    const auto down_for_a_while = refusal(response(503, {{"retry-after", "60"}}), test::noon);
    ASSERT_TRUE(down_for_a_while);
    EXPECT_EQ(down_for_a_while->outcome, Outcome::failed);
    EXPECT_FALSE(down_for_a_while->retry_at);

    EXPECT_FALSE(refusal(response(200), test::noon));
}

TEST(HttpAnswers, ABodyIsJsonWhereItsTypeSaysSo) {
    const auto body = [](std::string type, std::string text) {
        const auto read = json_body(response(200, {{"content-type", std::move(type)}}, std::move(text)));
        return read ? std::string("JSON") : std::string(name_of(read.error().code));
    };
    EXPECT_EQ(body("application/json", "{}"), "JSON");
    EXPECT_EQ(body("Application/JSON; charset=utf-8", "{}"), "JSON");
    EXPECT_EQ(body("application/ld+json", "[]"), "JSON");
    EXPECT_EQ(body("", "{}"), "JSON");
    EXPECT_EQ(body("application/json", "\xEF\xBB\xBF{}"), "JSON");
    EXPECT_EQ(body("text/html", "{}"), "syntax");
    EXPECT_EQ(body("application/json", ""), "syntax");
    EXPECT_EQ(body("application/json", " \r\n"), "syntax");
    EXPECT_EQ(body("application/json", "<html>"), "syntax");
    EXPECT_EQ(body("application/json", "{} {}"), "syntax");
    EXPECT_EQ(body("application/json", std::string(1000, '[') + std::string(1000, ']')), "limit");
    EXPECT_EQ(body("application/json", "\"" + std::string(10'000'000, 'x') + "\""), "limit");
}

}  // namespace
}  // namespace decorum::connectors
