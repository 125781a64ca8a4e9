// What every store promises.
#include <thread>

#include "scratch.hpp"

namespace decorum::store {
namespace {

using namespace test;

class AnyStore : public testing::TestWithParam<std::string> {
protected:
    // The store's own clock stands at second(1000).
    std::unique_ptr<Store> make() {
        if (GetParam() == "memory") return make_memory_store();
        SqliteOptions options{.path = scratch_ / "store.sqlite"};
        options.now = [] { return second(1000); };
        auto made = make_sqlite_store(std::move(options));
        EXPECT_TRUE(made) << made.error().text();
        return std::move(*made);
    }

private:
    Scratch scratch_;
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

INSTANTIATE_TEST_SUITE_P(Each, AnyStore, testing::Values("memory", "sqlite"),
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
    for (const char* url : {"", "mongodb://x", "sqlite", "memory"}) {
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
