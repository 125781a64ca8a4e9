// What the file adds: it outlives the process, it may be shared, damaged, locked or full.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <fstream>
#include <latch>
#include <thread>

#include "scratch.hpp"

namespace decorum::store {
namespace {

using namespace test;

std::unique_ptr<Store> open(SqliteOptions options) {
    auto made = make_sqlite_store(std::move(options));
    if (!made) throw std::runtime_error(made.error().text());
    return std::move(*made);
}

// Another program with the same file open.
class OtherConnection {
public:
    explicit OtherConnection(const std::filesystem::path& path) {
        EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
    }
    ~OtherConnection() { sqlite3_close(database_); }
    OtherConnection(const OtherConnection&) = delete;
    OtherConnection& operator=(const OtherConnection&) = delete;
    void execute(const char* sql) {
        EXPECT_EQ(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database_);
    }
    std::int64_t number(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr), SQLITE_OK);
        EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
        const std::int64_t value = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        return value;
    }

private:
    sqlite3* database_ = nullptr;
};

class SqliteStoreTest : public testing::Test {
protected:
    SqliteOptions options(std::chrono::milliseconds busy_timeout = std::chrono::milliseconds{200}) const {
        SqliteOptions options{.path = path_, .busy_timeout = busy_timeout};
        options.now = [] { return second(1000); };
        return options;
    }
    Scratch scratch_;
    std::filesystem::path path_ = scratch_ / "store.sqlite";
};

TEST_F(SqliteStoreTest, ReopeningKeepsEverything) {
    {
        const auto store = open(options());
        ASSERT_TRUE(update(*store, "key", found("a", second(10))));
        ASSERT_TRUE(update(*store, "key", found("b", second(20))));
        ASSERT_TRUE(serve(*store, "key", second(30)));
    }
    const auto store = open(options());
    const auto record = load(*store, "key");
    ASSERT_TRUE(record);
    EXPECT_TRUE(record->found);
    EXPECT_EQ(record->fetched, second(20));
    EXPECT_EQ(record->profile_json, "[{}]");
    EXPECT_EQ(record->history.served, second(30));
    ASSERT_EQ(record->history.versions.size(), 2u);
    EXPECT_EQ(record->history.versions[0].time, second(10));
    EXPECT_EQ(record->history.versions[1].shown->profile, "b");
}

TEST_F(SqliteStoreTest, PastDatesAreCoalescedUntilFlush) {
    const auto store = open(options());
    ASSERT_TRUE(serve(*store, "first", second(1)));  // the first one starts the second of waiting
    store->flush();
    OtherConnection other(path_);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(serve(*store, "key", second(i)));
    EXPECT_EQ(other.number("SELECT count(*) FROM state WHERE key = x'6b6579'"), 0);
    EXPECT_EQ(load(*store, "key")->history.served, second(99));  // counted all the same
    store->flush();
    EXPECT_EQ(other.number("SELECT served - 1700000000 FROM state WHERE key = x'6b6579'"), 99);
}

TEST_F(SqliteStoreTest, AFutureDateIsOnDiskBeforeDone) {
    const auto store = open(options());
    ASSERT_TRUE(serve(*store, "key", second(1001)));
    OtherConnection other(path_);
    EXPECT_EQ(other.number("SELECT served - 1700000000 FROM state"), 1001);
}

TEST_F(SqliteStoreTest, TwoGatewaysRacingOnOneFileLoseNothing) {
    const auto one = open(options(std::chrono::seconds{20}));
    const auto two = open(options(std::chrono::seconds{20}));
    constexpr int rounds = 50;
    {
        std::vector<std::jthread> writers;
        for (Store* store : {one.get(), two.get()})
            writers.emplace_back([store, name = store == one.get() ? "one" : "two"] {
                for (int i = 0; i < rounds; ++i)
                    EXPECT_TRUE(update(*store, "key", found(name + std::to_string(i), second(i))));
            });
    }
    const auto a = load(*one, "key")->history.versions;
    const auto b = load(*two, "key")->history.versions;
    ASSERT_EQ(a.size(), 2u * rounds);
    ASSERT_EQ(b.size(), a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].time, b[i].time);
        EXPECT_EQ(a[i].shown->profile, b[i].shown->profile);
        if (i > 0) EXPECT_LT(a[i - 1].time, a[i].time);
    }
}

TEST_F(SqliteStoreTest, ALockedFileIsReadAndThenWorksAgain) {
    const auto store = open(options(std::chrono::milliseconds{1}));
    ASSERT_TRUE(update(*store, "key", found("a", second(1))));
    OtherConnection other(path_);
    other.execute("BEGIN IMMEDIATE");
    EXPECT_FALSE(serve(*store, "key", second(5000)));
    EXPECT_TRUE(serve(*store, "key", second(50)));                // kept in memory
    store->flush();                                               // fails, and returns
    EXPECT_EQ(load(*store, "key")->history.versions.size(), 1u);  // reading goes on
    other.execute("ROLLBACK");
    const auto record = update(*store, "key", found("b", second(2)));
    ASSERT_TRUE(record) << record.error().text();
    EXPECT_EQ(record->history.versions.back().time, second(51));
    store->flush();
    EXPECT_EQ(other.number("SELECT served - 1700000000 FROM state"), 50);
}

// Whoever erases somebody writes the whole file anew meanwhile, which may take long.
TEST_F(SqliteStoreTest, UpdatesOutlastALockAndKeepTheirOrder) {
    std::vector<std::string> written;
    const auto note = [&written](const std::string& what) {
        return [&written, what](const Result<Record>& record) {
            written.push_back(record ? what : record.error().text());
        };
    };
    const auto store = open(options(std::chrono::milliseconds{1}));
    OtherConnection other(path_);
    other.execute("BEGIN IMMEDIATE");
    store->update("key", found("a", second(1)), note("a"));
    store->update("other", found("x", second(2)), note("x"));
    store->update("key", found("b", second(3)), note("b"));
    store->flush();
    EXPECT_TRUE(load(*store, "key")->history.versions.empty()) << "nobody is held up";
    EXPECT_TRUE(written.empty());
    other.execute("ROLLBACK");
    EXPECT_EQ(load(*store, "key")->history.versions.size(), 2u) << "the next call of any kind writes them";
    store->flush();
    EXPECT_EQ(written, (std::vector<std::string>{"a", "x", "b"}));
}

TEST_F(SqliteStoreTest, AnUpdateIsGivenUpWhenItsPatienceOrTheStoreEnds) {
    std::vector<errc> ends;
    const auto note = [&ends](const Result<Record>& record) {
        ASSERT_FALSE(record);
        ends.push_back(record.error().code);
    };
    SqliteOptions impatient = options(std::chrono::milliseconds{1});
    impatient.patience = std::chrono::milliseconds{0};
    const auto store = open(impatient);
    OtherConnection other(path_);
    {
        const auto patient = open(options(std::chrono::milliseconds{1}));
        other.execute("BEGIN IMMEDIATE");
        store->update("key", found("a", second(1)), note);
        store->flush();
        EXPECT_EQ(ends, std::vector<errc>{errc::unavailable});
        patient->update("key", found("a", second(1)), note);
        patient->flush();
        EXPECT_EQ(ends.size(), 1u);
    }
    EXPECT_EQ(ends, (std::vector<errc>{errc::unavailable, errc::unavailable}));
    other.execute("ROLLBACK");
}

TEST_F(SqliteStoreTest, AFullFileIsAnErrorAndWhatItHoldsIsStillRead) {
    SqliteOptions small = options();
    small.max_pages = 24;
    const auto store = open(small);
    ASSERT_TRUE(update(*store, "key", found("a", second(1))));
    bool full = false;
    for (int i = 0; i < 100 && !full; ++i) {
        Update large = found("b", second(2));
        large.profile_json = std::string(4000, 'x');
        const auto written = update(*store, "filler" + std::to_string(i), large);
        full = !written;
        if (full) EXPECT_EQ(written.error().code, errc::limit) << written.error().text();
    }
    EXPECT_TRUE(full);
    EXPECT_EQ(store->tally().failures.value(), 1u);
    EXPECT_EQ(load(*store, "key")->history.versions.size(), 1u);
    // All or nothing: the refused record left nothing behind.
    OtherConnection other(path_);
    EXPECT_EQ(other.number("SELECT count(*) FROM version"), other.number("SELECT count(*) FROM state"));
}

TEST_F(SqliteStoreTest, AFullQueueRefusesAtOnce) {
    SqliteOptions narrow = options();
    narrow.max_jobs = 2;
    const auto store = open(narrow);
    std::latch entered{1};
    std::latch leave{1};
    store->load("key", [&](const auto&) {  // holds up the writer
        entered.count_down();
        leave.wait();
    });
    entered.wait();
    std::atomic<int> answered = 0;
    for (int i = 0; i < 2; ++i) store->load("key", [&](const auto& record) { answered += record ? 1 : 0; });
    bool refused = false;
    store->load("key",
                [&](const auto& record) { refused = !record && record.error().code == errc::unavailable; });
    EXPECT_TRUE(refused);
    EXPECT_EQ(store->tally().failures.value(), 1u);
    EXPECT_EQ(answered, 0);
    leave.count_down();
    store->flush();
    EXPECT_EQ(answered, 2);
    EXPECT_TRUE(load(*store, "key"));
}

TEST_F(SqliteStoreTest, EverythingQueuedIsAnsweredBeforeTheEnd) {
    std::atomic<int> answered = 0;
    {
        const auto store = open(options());
        for (int i = 0; i < 100; ++i)
            store->update(std::to_string(i), found("a", second(i)),
                          [&](const auto& r) { answered += r ? 1 : 0; });
    }
    EXPECT_EQ(answered, 100);
}

struct Unusable {
    const char* name;
    void (*make)(const std::filesystem::path&);
    errc code;
};

class SqliteUnusable : public testing::TestWithParam<Unusable> {};

TEST_P(SqliteUnusable, IsAnErrorWithItsPath) {
    const Scratch scratch;
    const auto path = scratch / "store.sqlite";
    GetParam().make(path);
    const auto store = make_sqlite_store({.path = path});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, GetParam().code) << store.error().text();
    EXPECT_TRUE(store.error().detail.starts_with(path.native() + ": ")) << store.error().text();
}

void fill(const std::filesystem::path& path) {
    const auto store = open({.path = path});
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(update(*store, std::to_string(i), found("a", second(i))));
}

INSTANTIATE_TEST_SUITE_P(Each, SqliteUnusable,
                         testing::Values(Unusable{"Garbage",
                                                  [](const std::filesystem::path& path) {
                                                      std::ofstream(path) << std::string(10'000, 'g');
                                                  },
                                                  errc::corrupt},
                                         Unusable{"Truncated",
                                                  [](const std::filesystem::path& path) {
                                                      fill(path);
                                                      std::filesystem::resize_file(path, 5000);
                                                  },
                                                  errc::corrupt},
                                         Unusable{"IsAFolder",
                                                  [](const std::filesystem::path& path) {
                                                      std::filesystem::create_directory(path);
                                                  },
                                                  errc::io},
                                         Unusable{"NewerSchema",
                                                  [](const std::filesystem::path& path) {
                                                      OtherConnection(path).execute(
                                                          "PRAGMA user_version = 5");
                                                  },
                                                  errc::unsupported},
                                         Unusable{"SomebodyElses",
                                                  [](const std::filesystem::path& path) {
                                                      OtherConnection(path).execute("CREATE TABLE mine(x)");
                                                  },
                                                  errc::invalid}),
                         [](const auto& info) { return info.param.name; });

TEST_F(SqliteStoreTest, AFolderThatIsMissingIsAnError) {
    const auto store = make_sqlite_store({.path = scratch_ / "no/such/store.sqlite"});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, errc::io);
}

TEST_F(SqliteStoreTest, DamageInsideIsAnErrorOfTheRecordsItHit) {
    {
        const auto store = open(options());
        ASSERT_TRUE(update(*store, "key", found("a", second(1))));
        ASSERT_TRUE(update(*store, "good", found("a", second(1))));
    }
    OtherConnection(path_).execute("UPDATE version SET shown = '{\"tier\":7}' WHERE key = x'6b6579'");
    const auto store = open(options());
    const auto record = load(*store, "key");
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().code, errc::corrupt);
    EXPECT_FALSE(update(*store, "key", found("b", second(2))));
    EXPECT_EQ(load(*store, "good")->history.versions.size(), 1u);
}

TEST_F(SqliteStoreTest, ANewerSchemaIsLeftUntouched) {
    OtherConnection other(path_);
    other.execute("CREATE TABLE theirs(x); PRAGMA user_version = 9");
    const auto before = std::filesystem::file_size(path_);
    ASSERT_FALSE(make_sqlite_store(options()));
    EXPECT_EQ(std::filesystem::file_size(path_), before);
    EXPECT_FALSE(std::filesystem::exists(path_.native() + "-wal"));
}

TEST_F(SqliteStoreTest, ALookSaysWhatOpeningWouldAndMakesNothing) {
    const auto expect_alike = [&](const std::filesystem::path& path, bool good) {
        SCOPED_TRACE(path);
        std::error_code error;
        const auto looked = look_at_sqlite(path);
        EXPECT_EQ(looked.has_value(), good);
        EXPECT_FALSE(std::filesystem::exists(path.native() + "-wal", error));
        EXPECT_FALSE(std::filesystem::exists(path.native() + "-shm", error));
        auto with_path = options();
        with_path.path = path;
        const auto made = make_sqlite_store(with_path);
        EXPECT_EQ(made.has_value(), good);
        if (!looked && !made) EXPECT_EQ(looked.error().detail, made.error().detail);
    };
    const auto beside = [&](const char* name) { return path_.parent_path() / name; };
    std::ofstream(beside("text")) << "no database\n";
    expect_alike(beside("text"), false);
    std::ofstream(beside("empty?mode=ro#50%")).flush();
    expect_alike(beside("empty?mode=ro#50%"), true);
    OtherConnection(beside("newer")).execute("PRAGMA user_version = 9");
    expect_alike(beside("newer"), false);
    OtherConnection(beside("theirs")).execute("CREATE TABLE theirs(x)");
    expect_alike(beside("theirs"), false);
    open(options());
    expect_alike(path_, true);
}

// As a gateway leaves it that was killed, or runs.
TEST_F(SqliteStoreTest, ALookSeesWhatTheLogAloneHoldsAndLeavesItThere) {
    const auto log = path_.native() + "-wal";
    const auto copy = path_.native() + ".copy";
    {
        OtherConnection other(path_);
        other.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 9");
        const auto beside_them = look_at_sqlite(path_);
        ASSERT_FALSE(beside_them);
        EXPECT_THAT(beside_them.error().detail, testing::HasSubstr("newer Decorum"));
        std::filesystem::copy_file(path_, copy);
        std::filesystem::copy_file(log, copy + "-wal");
    }
    const auto octets = std::filesystem::file_size(copy + "-wal");
    const auto alone = look_at_sqlite(copy);
    ASSERT_FALSE(alone);
    EXPECT_THAT(alone.error().detail, testing::HasSubstr("newer Decorum"));
    EXPECT_EQ(std::filesystem::file_size(copy + "-wal"), octets);
    EXPECT_FALSE(std::filesystem::exists(copy + "-shm"));
}

}  // namespace
}  // namespace decorum::store
