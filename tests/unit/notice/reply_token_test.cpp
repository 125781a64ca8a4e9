// What a token binds, and that nobody can make or change one.
#include "gateway/notice/reply_token.hpp"

#include <gtest/gtest.h>

#include <set>

#include "config/checks.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::notice {
namespace {

const Secret token_key("a key of thirty-two octets, or so");
const Instant now = *from_rfc3339("2026-11-24T10:00:00Z");

ReplyToken sample() {
    return {.purpose = Purpose::notice,
            .expires = now + std::chrono::hours{24},
            .mark = mark_of_fingerprint("first"),
            .person = mark_of_person("the record key of Paul")};
}

TEST(ReplyToken, ReadsBackAsItWasSigned) {
    for (const Purpose purpose : {Purpose::notice, Purpose::profile}) {
        ReplyToken token = sample();
        token.purpose = purpose;
        EXPECT_EQ(*verify(sign(token, token_key), token_key, now), token);
        token.mark.clear();
        EXPECT_EQ(*verify(sign(token, token_key), token_key, now), token);
    }
}

TEST(ReplyToken, FitsALocalPartBehindTheLongestNameThatIsAllowed) {
    const std::string token = sign(sample(), token_key);
    EXPECT_EQ(token.size(), token_characters);
    static_assert(max_own_local_part_octets == config::max_sender_local_part);
    EXPECT_EQ(max_own_local_part_octets + 1 + token.size(), max_local_part_octets);
    for (char c : token) EXPECT_TRUE(ascii::is_lower(c) || (c >= '2' && c <= '7')) << token;
}

// RFC 5321 §2.4 lets a local part's case matter; real servers change it all the same.
TEST(ReplyToken, IsTheSameInAnyCase) {
    std::string token = sign(sample(), token_key);
    for (std::size_t i = 0; i < token.size(); i += 2) token[i] = ascii::to_upper(token[i]);
    EXPECT_EQ(*verify(token, token_key, now), sample());
}

TEST(ReplyToken, EveryChangeOfACharacterMakesItAForgery) {
    const std::string token = sign(sample(), token_key);
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    for (std::size_t i = 0; i < token.size(); ++i)
        for (char c : alphabet) {
            if (c == token[i]) continue;
            std::string forged = token;
            forged[i] = c;
            const auto verified = verify(forged, token_key, now);
            ASSERT_FALSE(verified) << forged;
            ASSERT_NE(verified.error().code, errc::timed_out)
                << "the expiry is believed before the signature";
        }
}

TEST(ReplyToken, AnotherKeyMakesItAForgery) {
    EXPECT_EQ(verify(sign(sample(), token_key), Secret("another"), now).error().code, errc::invalid);
}

TEST(ReplyToken, OtherTextsAreNone) {
    for (std::string_view text : {"", "a", "00000000000000000000000000000000000000000000000000aa",
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
        EXPECT_EQ(verify(text, token_key, now).error().code, errc::syntax) << text;
}

TEST(ReplyToken, ExpiresNotBeforeItsTimeAndAtMostAnHourAfter) {
    ReplyToken token = sample();
    token.expires += std::chrono::minutes{1};
    const std::string text = sign(token, token_key);
    EXPECT_TRUE(verify(text, token_key, token.expires));
    const auto expired = verify(text, token_key, token.expires + std::chrono::hours{1});
    ASSERT_FALSE(expired);
    EXPECT_EQ(expired.error().code, errc::timed_out);
}

TEST(ReplyToken, PersonsPurposesAndMarksGiveTokensOfTheirOwn) {
    std::set<std::string> tokens;
    for (const Purpose purpose : {Purpose::notice, Purpose::profile})
        for (std::string_view mark : {"first", "second", ""})
            for (std::string_view person : {"Paul", "Jane"}) {
                ReplyToken token = sample();
                token.purpose = purpose;
                token.mark = mark_of_fingerprint(mark);
                token.person = mark_of_person(person);
                tokens.insert(sign(token, token_key));
            }
    EXPECT_EQ(tokens.size(), 12u);
}

}  // namespace
}  // namespace decorum::notice
