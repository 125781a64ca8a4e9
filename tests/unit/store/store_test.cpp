// What every store promises.
#include <thread>

#include "scratch.hpp"
#include "tests/support/redis_server.hpp"

namespace decorum::store {
namespace {

using namespace test;

class AnyStore : public testing::TestWithParam<std::string> {
protected:
    // The store's own clock stands at second(1000).
    std::unique_ptr<Store> make() {
        if (GetParam() == "memory") return make_memory_store();
        if (GetParam() == "redis") return redis_.emplace().open();
        SqliteOptions options{.path = scratch_ / "store.sqlite"};
        options.now = [] { return second(1000); };
        auto made = make_sqlite_store(std::move(options));
        EXPECT_TRUE(made) << made.error().text();
        return std::move(*made);
    }

private:
    Scratch scratch_;
    std::optional<RedisServer> redis_;
};

TEST_P(AnyStore, GivesAnEmptyRecordForAnUnknownKey) {
    const auto store = make();
    const auto record = load(*store, "key");
    ASSERT_TRUE(record);
    EXPECT_FALSE(record->found);
    EXPECT_EQ(record->fetched, Instant{});
    EXPECT_TRUE(record->history.versions.empty());
}

TEST_P(AnyStore, KeepsStateAndVersions) {
    const auto store = make();
    Update first = found("a", second(10));
    first.profile_json = R"([{"source":"é"}])";
    const auto written = update(*store, "key", first);
    ASSERT_TRUE(written);
    const auto record = load(*store, "key");
    ASSERT_TRUE(record);
    for (const auto* seen : {&*written, &*record}) {
        EXPECT_TRUE(seen->found);
        EXPECT_EQ(seen->fetched, second(10));
        EXPECT_EQ(seen->profile_json, first.profile_json);
        ASSERT_EQ(seen->history.versions.size(), 1u);
        EXPECT_EQ(seen->history.versions[0].time, second(10));
        EXPECT_EQ(seen->history.versions[0].shown->profile, "a");
    }
    EXPECT_TRUE(load(*store, "other")->history.versions.empty());
}

TEST_P(AnyStore, KeysAreOpaqueOctets) {
    const auto store = make();
    const std::string a("\0\xff'\n", 4);
    const std::string b("\0\xff'", 3);
    ASSERT_TRUE(update(*store, a, found("a", second(1))));
    ASSERT_TRUE(update(*store, b, found("b", second(1))));
    EXPECT_EQ(load(*store, a)->history.versions[0].shown->profile, "a");
    EXPECT_EQ(load(*store, b)->history.versions[0].shown->profile, "b");
}

TEST_P(AnyStore, AppendsOnlyWhereTheLinesDiffer) {
    const auto store = make();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    const auto same = update(*store, "key", found("a", second(20)));
    ASSERT_TRUE(same);
    EXPECT_EQ(same->fetched, second(20));
    EXPECT_EQ(same->history.versions.size(), 1u);
    EXPECT_EQ(update(*store, "key", found("b", second(30)))->history.versions.size(), 2u);
    EXPECT_EQ(update(*store, "key", found("a", second(40)))->history.versions.size(), 3u);
}

TEST_P(AnyStore, NotFoundChangesTheStateAndKeepsTheVersions) {
    const auto store = make();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    Update gone;
    gone.fetched = second(20);
    ASSERT_TRUE(update(*store, "key", gone));
    const auto record = load(*store, "key");
    EXPECT_FALSE(record->found);
    EXPECT_EQ(record->fetched, second(20));
    EXPECT_EQ(record->history.versions.size(), 1u);
}

TEST_P(AnyStore, AVersionIsLaterThanWhatWasServedAndWhatCameBefore) {
    const auto store = make();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    ASSERT_TRUE(serve(*store, "key", second(500)));
    EXPECT_EQ(update(*store, "key", found("b", second(20)))->history.versions.back().time, second(501));
    // The clock goes backwards.
    EXPECT_EQ(update(*store, "key", found("c", second(-5000)))->history.versions.back().time, second(502));
    ASSERT_TRUE(serve(*store, "key", second(1)));  // an earlier date takes nothing back
    EXPECT_EQ(load(*store, "key")->history.served, second(500));
    EXPECT_EQ(update(*store, "key", found("d", second(600)))->history.versions.back().time, second(600));
    Update later = found("e", second(601));
    later.not_before = second(700);
    EXPECT_EQ(update(*store, "key", later)->history.versions.back().time, second(700));
}

TEST_P(AnyStore, AFutureDateIsServedLikeAnyOther) {
    const auto store = make();
    ASSERT_TRUE(serve(*store, "key", second(5000)));
    EXPECT_EQ(load(*store, "key")->history.served, second(5000));
    EXPECT_EQ(update(*store, "key", found("a", second(20)))->history.versions.back().time, second(5001));
}

TEST_P(AnyStore, RetentionDropsTheOldestVersions) {
    const auto store = make();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(update(*store, "key", found(std::to_string(i), second(i), 3)));
    const auto record = load(*store, "key");
    ASSERT_EQ(record->history.versions.size(), 3u);
    EXPECT_EQ(record->history.versions.front().shown->profile, "7");
    EXPECT_EQ(record->history.versions.back().shown->profile, "9");
}

TEST_P(AnyStore, RacingUpdatesEachAppendOnce) {
    const auto store = make();
    constexpr int threads = 4;
    constexpr int rounds = 25;
    {
        std::vector<std::jthread> writers;
        for (int t = 0; t < threads; ++t)
            writers.emplace_back([&, t] {
                for (int i = 0; i < rounds; ++i) {
                    const auto lines = std::to_string(t) + "/" + std::to_string(i);
                    EXPECT_TRUE(update(*store, "key", found(lines, second(i))));
                    EXPECT_TRUE(serve(*store, "key", second(i)));
                }
            });
    }
    const auto versions = load(*store, "key")->history.versions;
    EXPECT_EQ(versions.size(), static_cast<std::size_t>(threads * rounds));
    for (std::size_t i = 1; i < versions.size(); ++i) EXPECT_LT(versions[i - 1].time, versions[i].time);
}

TEST_P(AnyStore, ErasingTakesEverythingAndSaysWhatItWas) {
    const auto store = make();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    ASSERT_TRUE(update(*store, "key", found("b", second(20))));
    ASSERT_TRUE(serve(*store, "key", second(30)));
    ASSERT_TRUE(update(*store, "other", found("a", second(10))));
    const auto erased = erase(*store, "key", second(40));
    ASSERT_TRUE(erased) << erased.error().text();
    EXPECT_TRUE(erased->state);
    EXPECT_EQ(erased->versions, 2u);
    const auto record = load(*store, "key");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->forgotten, second(40));
    EXPECT_FALSE(record->found);
    EXPECT_EQ(record->fetched, Instant{});
    EXPECT_TRUE(record->profile_json.empty());
    EXPECT_TRUE(record->history.versions.empty());
    EXPECT_EQ(record->history.served, Instant{});
    EXPECT_EQ(load(*store, "other")->history.versions.size(), 1u);
    EXPECT_FALSE(load(*store, "other")->forgotten);
}

TEST_P(AnyStore, WhatWasNeverKnownIsForgottenAllTheSame) {
    const auto store = make();
    const auto erased = erase(*store, "key", second(40));
    ASSERT_TRUE(erased);
    EXPECT_FALSE(erased->state);
    EXPECT_EQ(erased->versions, 0u);
    EXPECT_EQ(load(*store, "key")->forgotten, second(40));
    ASSERT_TRUE(erase(*store, "key", second(50)));
    EXPECT_EQ(load(*store, "key")->forgotten, second(50));
}

TEST_P(AnyStore, ALookupUnderWayCannotBringAForgottenKeyBack) {
    const auto store = make();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    ASSERT_TRUE(erase(*store, "key", second(40)));
    const auto late = update(*store, "key", found("a", second(50)));
    ASSERT_TRUE(late) << late.error().text();
    EXPECT_EQ(late->forgotten, second(40));
    EXPECT_TRUE(late->history.versions.empty());
    EXPECT_TRUE(serve(*store, "key", second(60)));    // the past, which may be written later
    EXPECT_TRUE(serve(*store, "key", second(6000)));  // the future, which is written at once
    store->flush();
    EXPECT_EQ(load(*store, "key")->history.served, Instant{});
    EXPECT_EQ(load(*store, "key")->forgotten, second(40));
}

TEST_P(AnyStore, ARevivedKeyStartsAnew) {
    const auto store = make();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    ASSERT_TRUE(erase(*store, "key", second(40)));
    EXPECT_EQ(revive(*store, "key"), true);
    EXPECT_EQ(revive(*store, "key"), false);
    EXPECT_EQ(revive(*store, "never"), false);
    const auto record = load(*store, "key");
    EXPECT_FALSE(record->forgotten);
    EXPECT_TRUE(record->history.versions.empty());
    ASSERT_TRUE(update(*store, "key", found("b", second(50))));
    EXPECT_EQ(load(*store, "key")->history.versions.size(), 1u);
    ASSERT_TRUE(erase(*store, "key", second(60)));
    EXPECT_EQ(load(*store, "key")->forgotten, second(60));
}

TEST_P(AnyStore, ErasuresAreToldOnceToWhoeverAsksWithHisCursor) {
    const auto store = make();
    auto seen = erased_since(*store, 0);
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->keys.empty());
    ASSERT_TRUE(update(*store, "a", found("a", second(10))));
    ASSERT_TRUE(erase(*store, "a", second(40)));
    ASSERT_TRUE(erase(*store, "b", second(41)));
    seen = erased_since(*store, seen->cursor);
    EXPECT_EQ(seen->keys, (std::vector<std::string>{"a", "b"}));
    seen = erased_since(*store, seen->cursor);
    EXPECT_TRUE(seen->keys.empty());
    // Again, and the lifting of a tombstone, are changes too.
    ASSERT_TRUE(erase(*store, "a", second(50)));
    ASSERT_TRUE(revive(*store, "b"));
    const auto both = erased_since(*store, seen->cursor);
    EXPECT_EQ(both->keys, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(erased_since(*store, both->cursor)->keys.empty());
}

TEST_P(AnyStore, WithoutACursorOnlyWhatComesIsTold) {
    const auto store = make();
    ASSERT_TRUE(erase(*store, "a", second(40)));
    const auto now = erased_since(*store, std::nullopt);
    ASSERT_TRUE(now);
    EXPECT_TRUE(now->keys.empty());
    ASSERT_TRUE(erase(*store, "b", second(41)));
    EXPECT_EQ(erased_since(*store, now->cursor)->keys, std::vector<std::string>{"b"});
}

TEST_P(AnyStore, WhoIsErasedIsErasedWithAllTags) {
    const auto store = make();
    const Secret secret("secret");
    const std::string jane = record_key(secret, "jane@example.org");
    const std::string tagged = record_key(secret, "Jane+news@example.org");
    const std::string paul = record_key(secret, "paul+news@example.org");
    EXPECT_EQ(plain_key(tagged), jane);
    EXPECT_NE(tagged, record_key(secret, "jane+other@example.org"));
    EXPECT_EQ(record_key(secret, "jörg@müller.example"), record_key(secret, "jörg@xn--mller-kva.example"));
    EXPECT_EQ(record_key(secret, "+news@example.org").size(), plain_key_octets)
        << "no tag but the whole name";
    for (const std::string& key : {jane, tagged, paul})
        ASSERT_TRUE(update(*store, key, found("a", second(10))));
    const auto erased = erase(*store, jane, second(40));
    ASSERT_TRUE(erased);
    EXPECT_EQ(erased->versions, 2u);
    for (const std::string& key : {jane, tagged, record_key(secret, "jane+later@example.org")}) {
        EXPECT_EQ(load(*store, key)->forgotten, second(40));
        EXPECT_TRUE(update(*store, key, found("b", second(50)))->forgotten);
        EXPECT_TRUE(serve(*store, key, second(50)));
    }
    EXPECT_EQ(load(*store, paul)->history.versions.size(), 1u);
    store->flush();
    ASSERT_TRUE(revive(*store, jane));
    EXPECT_FALSE(load(*store, tagged)->forgotten);
    EXPECT_TRUE(load(*store, tagged)->history.versions.empty());
    EXPECT_EQ(load(*store, tagged)->history.served, Instant{});
    // The other way round nothing is taken.
    ASSERT_TRUE(update(*store, jane, found("a", second(60))));
    ASSERT_TRUE(erase(*store, tagged, second(70)));
    EXPECT_TRUE(load(*store, tagged)->forgotten);
    EXPECT_FALSE(load(*store, jane)->forgotten);
}

TEST(RecordKey, ADomainBeyondAsciiHadAnother) {
    const Secret secret("secret");
    EXPECT_EQ(older_record_key(secret, "jane@example.org"), "");
    EXPECT_EQ(older_record_key(secret, "jörg@example.org"), "");
    const std::string older = older_record_key(secret, "Jane@xn--mller-kva.example");
    EXPECT_EQ(older, older_record_key(secret, "jane@MÜLLER.example"));
    EXPECT_EQ(older.size(), plain_key_octets);
    EXPECT_NE(older, record_key(secret, "jane@müller.example"));
    EXPECT_EQ(plain_key(older_record_key(secret, "jane+x@müller.example")), older);
}

// What an older version kept under another spelling's key.
TEST_P(AnyStore, MovesWhatAnOlderKeyHas) {
    if (GetParam() == "memory") return;
    const auto store = make();
    ASSERT_TRUE(update(*store, "older", found("a", second(10))));
    ASSERT_TRUE(update(*store, "older", found("b", second(20))));
    ASSERT_TRUE(serve(*store, "older", second(2000)));
    ASSERT_TRUE(move(*store, "older", "key"));
    const auto record = load(*store, "key");
    ASSERT_TRUE(record);
    EXPECT_TRUE(record->found);
    EXPECT_EQ(record->fetched, second(20));
    EXPECT_EQ(record->history.served, second(2000));
    ASSERT_EQ(record->history.versions.size(), 2u);
    EXPECT_EQ(record->history.versions[1].shown->profile, "b");
    EXPECT_TRUE(load(*store, "older")->history.versions.empty());
    EXPECT_EQ(load(*store, "older")->fetched, Instant{});
    ASSERT_TRUE(move(*store, "older", "key")) << "again, and nothing is there any more";
    EXPECT_EQ(load(*store, "key")->history.versions.size(), 2u);
    EXPECT_EQ(erase(*store, "key", second(30))->versions, 2u);
}

TEST_P(AnyStore, WhatHasAHistoryUnderTheNewKeyKeepsIt) {
    if (GetParam() == "memory") return;
    const auto store = make();
    ASSERT_TRUE(update(*store, "older", found("a", second(10))));
    ASSERT_TRUE(serve(*store, "older", second(3000)));
    ASSERT_TRUE(update(*store, "key", found("b", second(20))));
    ASSERT_TRUE(move(*store, "older", "key"));
    const auto record = load(*store, "key");
    ASSERT_EQ(record->history.versions.size(), 1u);
    EXPECT_EQ(record->history.versions[0].shown->profile, "b");
    EXPECT_EQ(record->fetched, second(20));
    EXPECT_EQ(record->history.served, second(3000));
    EXPECT_TRUE(load(*store, "older")->history.versions.empty());

    Update nobody;
    nobody.fetched = second(40);
    ASSERT_TRUE(update(*store, "older", found("c", second(30))));
    ASSERT_TRUE(update(*store, "stranger", nobody));
    ASSERT_TRUE(move(*store, "older", "stranger"));
    EXPECT_EQ(load(*store, "stranger")->history.versions.size(), 1u) << "it had none of its own";
    EXPECT_EQ(load(*store, "stranger")->fetched, second(40));
}

TEST_P(AnyStore, AnErasureUnderAnOlderKeyHoldsForTheNewOneAndItsTags) {
    if (GetParam() == "memory") return;
    const auto store = make();
    const Secret secret("secret");
    const std::string older = older_record_key(secret, "jane@müller.example");
    const std::string key = record_key(secret, "jane@müller.example");
    const std::string older_tagged = older_record_key(secret, "jane+x@müller.example");
    const std::string tagged = record_key(secret, "jane+x@müller.example");
    ASSERT_TRUE(erase(*store, older, second(40)));
    ASSERT_TRUE(update(*store, key, found("a", second(50))));
    const auto before = erased_since(*store, std::nullopt)->cursor;
    ASSERT_TRUE(move(*store, older_tagged, tagged));
    EXPECT_EQ(load(*store, tagged)->forgotten, second(40));
    EXPECT_EQ(load(*store, key)->forgotten, second(40));
    EXPECT_TRUE(load(*store, key)->history.versions.empty());
    const auto told = erased_since(*store, before)->keys;
    EXPECT_NE(std::ranges::find(told, key), told.end()) << "memory must hear of it";
    ASSERT_TRUE(move(*store, older, key));
    ASSERT_TRUE(revive(*store, key));
    ASSERT_TRUE(move(*store, older, key));
    EXPECT_FALSE(load(*store, key)->forgotten) << "and so does its end";
}

// Strangers without end write mail.
TEST_P(AnyStore, OfWhomNobodyWasEverShownIsDroppedInTime) {
    const auto store = make();
    const auto nobody = [](int now) {
        Update update;
        update.fetched = second(now);
        update.profile_json = "[{}]";
        return update;
    };
    constexpr int days = 86'400;
    ASSERT_TRUE(update(*store, "stranger", nobody(0)));
    ASSERT_TRUE(update(*store, "known", found("a", second(0))));
    ASSERT_TRUE(update(*store, "gone", found("a", second(0))));
    ASSERT_TRUE(update(*store, "gone", nobody(1)));
    ASSERT_TRUE(erase(*store, "erased", second(0)));
    ASSERT_TRUE(update(*store, "other", nobody(2 * days - 1)));
    EXPECT_NE(load(*store, "stranger")->fetched, Instant{}) << "not yet old";
    ASSERT_TRUE(update(*store, "another", nobody(2 * days + 601)));
    EXPECT_EQ(load(*store, "stranger")->fetched, Instant{});
    EXPECT_NE(load(*store, "other")->fetched, Instant{});
    EXPECT_TRUE(load(*store, "known")->found);
    EXPECT_EQ(load(*store, "gone")->history.versions.size(), 1u) << "earlier mail goes on showing it";
    EXPECT_TRUE(load(*store, "erased")->forgotten);
}

TEST_P(AnyStore, WhatASourceCostsAddsUpByDay) {
    const auto store = make();
    EXPECT_EQ(spend(*store, "x", 1, 0), 0u);
    EXPECT_EQ(spend(*store, "x", 1, 10'000), 10'000u);
    EXPECT_EQ(spend(*store, "x", 1, 5'000), 15'000u);
    EXPECT_EQ(spend(*store, "orcid", 1, 7), 7u);
    EXPECT_EQ(spend(*store, "x", 2, 1), 1u);
    EXPECT_EQ(spend(*store, "x", 1, 0), 15'000u) << "a clock a little behind still sees the eve";
    EXPECT_EQ(spend(*store, "x", 3, 1), 1u);
    EXPECT_EQ(spend(*store, "x", 1, 0), 0u) << "older days are dropped";
    EXPECT_EQ(spend(*store, "orcid", 1, 0), 0u);
}

TEST_P(AnyStore, CostsAreCappedAndNeverWrapToNothing) {
    const auto store = make();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(spend(*store, "x", 1, most - 1), max_microdollars - 1);
    EXPECT_EQ(spend(*store, "x", 1, 5), max_microdollars);
    EXPECT_EQ(spend(*store, "x", 1, most), max_microdollars);
    EXPECT_EQ(spend(*store, "x", 1, 0), max_microdollars);
}

TEST_P(AnyStore, WhatWasNotSpentIsGivenBackAndNoMoreThanThat) {
    const auto store = make();
    EXPECT_EQ(spend(*store, "x", 1, 15'000), 15'000u);
    EXPECT_EQ(spend(*store, "orcid", 1, 7), 7u);
    EXPECT_EQ(spend(*store, "x", 1, -5'000), 10'000u);
    EXPECT_EQ(spend(*store, "x", 2, -1), 0u) << "on a day of which nothing is known";
    EXPECT_EQ(spend(*store, "x", 1, -10'001), 0u);
    EXPECT_EQ(spend(*store, "x", 1, 3), 3u);
    EXPECT_EQ(spend(*store, "x", 1, std::numeric_limits<std::int64_t>::min()), 0u);
    EXPECT_EQ(spend(*store, "orcid", 1, 0), 7u);
}

TEST_P(AnyStore, RacingSpendersLoseNothing) {
    const auto store = make();
    {
        std::vector<std::jthread> spenders;
        for (int t = 0; t < 4; ++t)
            spenders.emplace_back([&] {
                for (int i = 0; i < 25; ++i) EXPECT_TRUE(spend(*store, "x", 1, 3));
            });
    }
    EXPECT_EQ(spend(*store, "x", 1, 0), 300u);
}

INSTANTIATE_TEST_SUITE_P(Each, AnyStore, testing::Values("memory", "sqlite", "redis"),
                         [](const auto& info) { return info.param; });

TEST(OpenStore, MakesTheStateFolderForItsOwnerOnly) {
    const Scratch scratch;
    config::Settings settings;
    settings.store.url = "sqlite:";
    settings.gateway.state_dir = scratch / "a/state";
    const auto store = open_store(settings);
    ASSERT_TRUE(store) << store.error().text();
    namespace fs = std::filesystem;
    EXPECT_EQ(fs::status(scratch / "a/state").permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(scratch / "a/state/decorum.sqlite").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST(OpenStore, ARelativePathCountsFromTheConfigurationFile) {
    const Scratch scratch;
    config::Settings settings;
    settings.file = scratch / "decorum.toml";
    settings.store.url = "sqlite:people.sqlite";
    ASSERT_TRUE(open_store(settings));
    EXPECT_TRUE(std::filesystem::exists(scratch / "people.sqlite"));
    settings.store.url = "sqlite:" + (scratch / "absolute.sqlite").native();
    ASSERT_TRUE(open_store(settings));
    EXPECT_TRUE(std::filesystem::exists(scratch / "absolute.sqlite"));
}

TEST(OpenStore, RefusesWhatItDoesNotKnow) {
    config::Settings settings;
    settings.store.url = "memory:";
    EXPECT_TRUE(open_store(settings));
    for (const char* url : {"", "mongodb://x", "sqlite", "memory", "redis"}) {
        settings.store.url = url;
        const auto store = open_store(settings);
        ASSERT_FALSE(store) << url;
        EXPECT_EQ(store.error().code, errc::unsupported);
    }
}

TEST(OpenStore, AStateFolderThatCannotBeMadeIsAnErrorWithItsPath) {
    config::Settings settings;
    settings.store.url = "sqlite:";
    settings.gateway.state_dir = "/dev/null/state";
    const auto store = open_store(settings);
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().detail.find("/dev/null/state"), std::string::npos);
}

}  // namespace
}  // namespace decorum::store
