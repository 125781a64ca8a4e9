// What is kept of notices: nothing lost, nothing twice, nothing left of who was erased.
#include <gmock/gmock.h>

#include <fstream>

#include "scratch.hpp"
#include "tests/support/redis_server.hpp"

namespace decorum::store {
namespace {

using namespace test;

Result<Standing> amend(Store& store, const std::string& key, NoticeBook::Amend change) {
    return wait_for<Standing>(
        [&](auto done) { store.notices().amend(key, std::move(change), std::move(done)); });
}
std::optional<Letter> claim(Store& store, Instant now, Instant again) {
    auto claimed = wait_for<std::optional<Letter>>(
        [&](auto done) { store.notices().claim(now, again, std::move(done)); });
    EXPECT_TRUE(claimed) << claimed.error().text();
    return claimed.value_or(std::nullopt);
}
void conclude(Store& store, const std::string& id, LetterState state, Instant now) {
    EXPECT_TRUE(
        wait_for<void>([&](auto done) { store.notices().conclude(id, state, now, std::move(done)); }));
}
std::vector<NoticeRecord> notices(Store& store, const std::string& key = {}) {
    return wait_for<std::vector<NoticeRecord>>(
               [&](auto done) { store.notices().notices(key, 100, std::move(done)); })
        .value();
}
Standings since(Store& store, std::uint64_t cursor) {
    return wait_for<Standings>([&](auto done) { store.notices().standings_since(cursor, std::move(done)); })
        .value();
}

Letter letter(std::string id, std::string key, Instant due, LetterKind kind = LetterKind::notice) {
    return {.id = std::move(id),
            .key = std::move(key),
            .kind = kind,
            .address = "paul@example.org",
            .language = "en",
            .about = "harassment 2",
            .mark = "0123456789abcdef",
            .octets = "Subject: x\r\n\r\nunmistakable words\r\n",
            .queued = second(0),
            .expires = second(1000),
            .due = due};
}

NoticeBook::Amend queue(Letter one) {
    return [one](Standing& standing) {
        standing.noticed = one.mark;
        return std::optional(one);
    };
}

class AnyNoticeBook : public testing::TestWithParam<std::string> {
protected:
    std::unique_ptr<Store> make() {
        if (GetParam() == "memory") return make_memory_store();
        if (GetParam() == "redis") return redis_.emplace().open();
        auto made = make_sqlite_store({.path = scratch_ / "store.sqlite"});
        EXPECT_TRUE(made) << made.error().text();
        return std::move(*made);
    }
    Scratch scratch_;
    std::optional<RedisServer> redis_;
};

TEST_P(AnyNoticeBook, WhoIsErasedIsToldNothingUnderATagEither) {
    const auto store = make();
    const Secret secret("secret");
    const std::string tagged = record_key(secret, "jane+x@example.org");
    ASSERT_TRUE(erase(*store, record_key(secret, "jane@example.org"), second(0)));
    ASSERT_TRUE(amend(*store, tagged, queue(letter("1@x", tagged, second(0)))));
    EXPECT_FALSE(claim(*store, second(0), second(60)));
    EXPECT_TRUE(notices(*store, tagged).empty());
}

TEST_P(AnyNoticeBook, MovesWhatAnOlderKeyHas) {
    if (GetParam() == "memory") return;
    const auto store = make();
    ASSERT_TRUE(amend(*store, "older", queue(letter("1@x", "older", second(0)))));
    const auto cursor = since(*store, 0).cursor;
    ASSERT_TRUE(move(*store, "older", "paul"));
    const auto seen = amend(*store, "paul", [](Standing&) { return std::nullopt; });
    EXPECT_EQ(seen->noticed, "0123456789abcdef");
    ASSERT_EQ(since(*store, cursor).entries.size(), 1u);
    EXPECT_EQ(since(*store, cursor).entries[0].key, "paul");
    EXPECT_EQ(notices(*store, "paul").size(), 1u);
    EXPECT_TRUE(notices(*store, "older").empty());
    const auto claimed = claim(*store, second(0), second(60));
    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->key, "paul");
    conclude(*store, "1@x", LetterState::sent, second(1));
    ASSERT_TRUE(erase(*store, "paul", second(2)));
    EXPECT_TRUE(notices(*store).empty());
}

TEST_P(AnyNoticeBook, KeepsAStandingAndALetterInOneStep) {
    const auto store = make();
    ASSERT_TRUE(amend(*store, "paul", queue(letter("1@x", "paul", second(0)))));
    const auto seen = amend(*store, "paul", [](Standing&) { return std::nullopt; });
    EXPECT_EQ(seen->noticed, "0123456789abcdef");
    const auto claimed = claim(*store, second(0), second(60));
    ASSERT_TRUE(claimed);
    const Letter expected = letter("1@x", "paul", second(0));
    EXPECT_EQ(claimed->id, expected.id);
    EXPECT_EQ(claimed->key, expected.key);
    EXPECT_EQ(claimed->address, expected.address);
    EXPECT_EQ(claimed->octets, expected.octets);
    EXPECT_EQ(claimed->expires, expected.expires);
    EXPECT_EQ(claimed->tries, 1u);
}

TEST_P(AnyNoticeBook, StandingsReadBackWhole) {
    const auto store = make();
    Standing all;
    all.noticed = "a";
    all.notices = {second(1), second(2)};
    all.told = {{"a", second(1), {"f", "g"}}, {"b", second(2), {}}};
    all.acknowledged = {"a", "b"};
    all.wrong = {"c"};
    all.wrongs = 3;
    all.opted_out = true;
    all.answers = {second(3)};
    all.language = "fr";
    ASSERT_TRUE(amend(*store, "paul", [&](Standing& standing) {
        standing = all;
        return std::nullopt;
    }));
    const auto changed = since(*store, 0);
    ASSERT_EQ(changed.entries.size(), 1u);
    EXPECT_EQ(changed.entries[0].key, "paul");
    EXPECT_EQ(changed.entries[0].standing, all);
}

TEST_P(AnyNoticeBook, OnlyWhatChangedSinceIsTold) {
    const auto store = make();
    const auto note = [&](const std::string& key, const std::string& mark) {
        ASSERT_TRUE(amend(*store, key, [&](Standing& standing) {
            standing.noticed = mark;
            return std::nullopt;
        }));
    };
    note("a", "1");
    note("b", "1");
    auto changed = since(*store, 0);
    EXPECT_EQ(changed.entries.size(), 2u);
    EXPECT_TRUE(since(*store, changed.cursor).entries.empty());
    note("a", "1");  // as it was
    EXPECT_TRUE(since(*store, changed.cursor).entries.empty());
    note("a", "2");
    changed = since(*store, changed.cursor);
    ASSERT_EQ(changed.entries.size(), 1u);
    EXPECT_EQ(changed.entries[0].standing.noticed, "2");
}

TEST_P(AnyNoticeBook, WhatIsQueuedTwiceIsQueuedOnce) {
    const auto store = make();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(amend(*store, "paul", queue(letter("1@x", "paul", second(0)))));
    EXPECT_TRUE(claim(*store, second(0), second(60)));
    EXPECT_FALSE(claim(*store, second(0), second(60)));
    EXPECT_EQ(notices(*store).size(), 1u);
}

TEST_P(AnyNoticeBook, AClaimedLetterComesAgainUntilItIsConcluded) {
    const auto store = make();
    ASSERT_TRUE(amend(*store, "paul", queue(letter("1@x", "paul", second(0)))));
    const auto first = claim(*store, second(0), second(60));
    EXPECT_FALSE(claim(*store, second(59), second(120)));
    const auto again = claim(*store, second(60), second(120));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->octets, first->octets);
    EXPECT_EQ(again->tries, 2u);
    conclude(*store, "1@x", LetterState::sent, second(61));
    EXPECT_FALSE(claim(*store, second(1000), second(2000)));
    const auto told = notices(*store, "paul");
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].state, LetterState::sent);
    EXPECT_EQ(told[0].ended, second(61));
    EXPECT_EQ(told[0].about, "harassment 2");
}

TEST_P(AnyNoticeBook, AnswersLeaveBeforeNotices) {
    const auto store = make();
    ASSERT_TRUE(amend(*store, "a", queue(letter("n@x", "a", second(0)))));
    ASSERT_TRUE(amend(*store, "b", queue(letter("p@x", "b", second(1), LetterKind::profile))));
    ASSERT_TRUE(amend(*store, "c", queue(letter("r@x", "c", second(2), LetterKind::answer))));
    std::vector<std::string> order;
    while (const auto next = claim(*store, second(10), second(100))) order.push_back(next->id);
    EXPECT_THAT(order, testing::ElementsAre("r@x", "p@x", "n@x"));
    EXPECT_EQ(notices(*store).size(), 1u) << "answers are no notices";
}

TEST_P(AnyNoticeBook, PostponingAndWritingChangeTheLetter) {
    const auto store = make();
    Letter empty = letter("1@x", "paul", second(0), LetterKind::profile);
    empty.octets.clear();
    ASSERT_TRUE(amend(*store, "paul", queue(empty)));
    EXPECT_TRUE(wait_for<void>([&](auto done) { store->notices().write("1@x", "octets", std::move(done)); }));
    EXPECT_TRUE(
        wait_for<void>([&](auto done) { store->notices().postpone("1@x", second(50), std::move(done)); }));
    EXPECT_FALSE(claim(*store, second(49), second(60)));
    EXPECT_EQ(claim(*store, second(50), second(60))->octets, "octets");
}

TEST_P(AnyNoticeBook, OldNoticesGoAndWaitingOnesStay) {
    const auto store = make();
    ASSERT_TRUE(amend(*store, "a", queue(letter("1@x", "a", second(0)))));
    ASSERT_TRUE(amend(*store, "b", queue(letter("2@x", "b", second(0)))));
    conclude(*store, "1@x", LetterState::refused, second(10));
    EXPECT_TRUE(
        wait_for<void>([&](auto done) { store->notices().drop_notices(second(10), std::move(done)); }));
    EXPECT_EQ(notices(*store).size(), 2u);
    EXPECT_TRUE(
        wait_for<void>([&](auto done) { store->notices().drop_notices(second(11), std::move(done)); }));
    const auto left = notices(*store);
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].state, LetterState::waiting);
}

TEST_P(AnyNoticeBook, ErasureTakesAllOfItAndLetsNothingIn) {
    const auto store = make();
    ASSERT_TRUE(amend(*store, "paul", queue(letter("1@x", "paul", second(0)))));
    ASSERT_TRUE(amend(*store, "jane", queue(letter("2@x", "jane", second(5)))));
    ASSERT_TRUE(erase(*store, "paul", second(1)));
    EXPECT_EQ(notices(*store).size(), 1u);
    EXPECT_EQ(since(*store, 0).entries.size(), 1u);
    bool called = false;
    const auto refused = amend(*store, "paul", [&](Standing&) {
        called = true;
        return std::optional(letter("3@x", "paul", second(0)));
    });
    ASSERT_TRUE(refused);
    EXPECT_FALSE(called);
    EXPECT_EQ(claim(*store, second(10), second(60))->id, "2@x");
    EXPECT_FALSE(claim(*store, second(10), second(60)));
}

INSTANTIATE_TEST_SUITE_P(Each, AnyNoticeBook, testing::Values("memory", "sqlite", "redis"));

// The gateway dies after the mail server took the letter and before it was struck off.
TEST(SqliteNoticeBook, ACrashBetweenSendingAndStrikingOffSendsTheSameLetterAgain) {
    const Scratch scratch;
    const auto open = [&] { return std::move(*make_sqlite_store({.path = scratch / "store.sqlite"})); };
    std::string octets;
    {
        const auto store = open();
        ASSERT_TRUE(amend(*store, "paul", queue(letter("1@x", "paul", second(0)))));
        octets = claim(*store, second(0), second(60))->octets;
    }
    const auto store = open();
    EXPECT_FALSE(claim(*store, second(1), second(60))) << "the other one may still be at it";
    const auto again = claim(*store, second(60), second(120));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, "1@x");
    EXPECT_EQ(again->octets, octets);
}

TEST(SqliteNoticeBook, NoOctetOfAnErasedPersonsLetterStaysInTheFile) {
    const Scratch scratch;
    const auto store = std::move(*make_sqlite_store({.path = scratch / "store.sqlite"}));
    ASSERT_TRUE(amend(*store, "paul", queue(letter("1@x", "paul", second(0)))));
    ASSERT_TRUE(erase(*store, "paul", second(1)));
    ASSERT_TRUE(wipe(*store));
    for (const char* suffix : {"", "-wal"}) {
        std::ifstream file((scratch / "store.sqlite").native() + suffix, std::ios::binary);
        const std::string all{std::istreambuf_iterator<char>(file), {}};
        EXPECT_EQ(all.find("unmistakable"), std::string::npos) << suffix;
        EXPECT_EQ(all.find("paul@example.org"), std::string::npos) << suffix;
    }
}

TEST(StandingJson, WhatIsDamagedIsAnError) {
    const std::string good = to_json(Standing{});
    EXPECT_EQ(*standing_from_json(good), Standing{});
    for (std::string_view bad : {"", "[]", "{}", R"({"wrongs":"x"})", R"({"wrongs":"1","notices":["never"]})",
                                 R"({"wrongs":"1","acknowledged":"a"})"})
        EXPECT_FALSE(standing_from_json(bad)) << bad;
}

}  // namespace
}  // namespace decorum::store
