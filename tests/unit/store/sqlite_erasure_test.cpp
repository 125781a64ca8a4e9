// Erasure in the files themselves, between processes, and in files of the version before.
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

#include "scratch.hpp"

namespace decorum::store {
namespace {

using namespace test;

class SqliteErasure : public testing::Test {
protected:
    std::unique_ptr<Store> open() const {
        SqliteOptions options{.path = path_};
        options.now = [] { return second(1000); };
        auto made = make_sqlite_store(std::move(options));
        if (!made) throw std::runtime_error(made.error().text());
        return std::move(*made);
    }

    // Database, log and index, as they lie on the disk.
    bool files_hold(std::string_view octets) const {
        for (const char* suffix : {"", "-wal", "-shm"}) {
            std::stringstream content;
            content << std::ifstream(path_.native() + suffix, std::ios::binary).rdbuf();
            if (content.str().find(octets) != std::string::npos) return true;
        }
        return false;
    }

    void execute(const char* sql) const {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }

    Scratch scratch_;
    std::filesystem::path path_ = scratch_ / "store.sqlite";
};

// A text that stands in no other record, as long as asked for.
std::string mark(int person, std::size_t octets) {
    const std::string word = "mark-" + std::to_string(1'000'000 + person) + ".";
    std::string text;
    while (text.size() < octets) text += word;
    return text;
}

Update told(int person, std::size_t octets, Instant now) {
    Update update = found(mark(person, octets / 3), now);
    update.profile_json = mark(person, octets);
    return update;
}

// Pages split and merge while records grow and shrink, and leave copies behind in places that nothing refers
// to.
TEST_F(SqliteErasure, LeavesNoOctetInTheFilesWhileAnotherProcessHasThemOpen) {
    const auto gateway = open();
    constexpr int persons = 60;
    std::mt19937 random(9);  // with it three of the twenty leave copies where the file is not written anew
    std::vector<int> order(persons);
    std::iota(order.begin(), order.end(), 0);
    std::uniform_int_distribution<std::size_t> octets(50, 3000);
    for (int round = 0; round < 3; ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (int person : order)
            ASSERT_TRUE(update(*gateway, "key" + std::to_string(person),
                               told(person, octets(random), second(round * 1000 + person))));
    }
    const auto command = open();
    for (int person = 0; person < 20; ++person) {
        const std::string known = "mark-" + std::to_string(1'000'000 + person);
        ASSERT_TRUE(files_hold(known));
        const auto erased = erase(*command, "key" + std::to_string(person), second(5000));
        ASSERT_TRUE(erased) << erased.error().text();
        EXPECT_TRUE(erased->state);
        ASSERT_TRUE(wipe(*command));
        EXPECT_GE(erased->versions, 2u);
        EXPECT_FALSE(files_hold(known)) << "person " << person;
    }
    EXPECT_TRUE(files_hold("mark-1000020")) << "the others stay";
    EXPECT_GE(load(*gateway, "key25")->history.versions.size(), 2u);
}

TEST_F(SqliteErasure, ARunningGatewaySeesWhatAnotherProcessForgot) {
    const auto gateway = open();
    ASSERT_TRUE(update(*gateway, "key", told(1, 500, second(10))));
    const auto before = erased_since(*gateway, 0);
    ASSERT_TRUE(before);
    {
        const auto command = open();
        ASSERT_TRUE(erase(*command, "key", second(20)));
    }
    const auto after = erased_since(*gateway, before->cursor);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->keys, std::vector<std::string>{"key"});
    EXPECT_TRUE(load(*gateway, "key")->forgotten);
}

TEST_F(SqliteErasure, DatesThatAGatewayStillHoldsDontComeBack) {
    const auto gateway = open();
    ASSERT_TRUE(serve(*gateway, "first", second(1)));  // the first one starts the second of waiting
    gateway->flush();
    ASSERT_TRUE(update(*gateway, "key", told(1, 500, second(10))));
    ASSERT_TRUE(serve(*gateway, "key", second(30)));  // held in memory
    {
        const auto command = open();
        ASSERT_TRUE(erase(*command, "key", second(40)));
    }
    gateway->flush();
    EXPECT_EQ(load(*gateway, "key")->forgotten, second(40));
    ASSERT_TRUE(revive(*gateway, "key"));
    EXPECT_EQ(load(*gateway, "key")->history.served, Instant{})
        << "the date was not written under the tombstone";
}

TEST_F(SqliteErasure, TombstonesAndCostsOutliveTheProcess) {
    {
        const auto store = open();
        ASSERT_TRUE(erase(*store, "key", second(40)));
        ASSERT_TRUE(spend(*store, "x", 1, 10'000));
    }
    const auto store = open();
    EXPECT_EQ(load(*store, "key")->forgotten, second(40));
    EXPECT_EQ(spend(*store, "x", 1, 1), 10'001u);
}

TEST_F(SqliteErasure, AReaderWhoKeepsOldOctetsIsToldOfAndTheNextTryEndsIt) {
    const auto store = open();
    ASSERT_TRUE(update(*store, "key", told(1, 5000, second(10))));
    sqlite3* reader = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &reader), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM state", nullptr, nullptr, nullptr),
              SQLITE_OK);
    const auto kept = erase(*store, "key", second(20));
    ASSERT_TRUE(kept);
    EXPECT_TRUE(kept->state);
    EXPECT_EQ(wipe(*store).error().code, errc::unavailable);
    EXPECT_TRUE(load(*store, "key")->forgotten) << "the tombstone stands all the same";
    EXPECT_TRUE(files_hold("mark-1000001"));
    ASSERT_EQ(sqlite3_exec(reader, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(reader);
    EXPECT_TRUE(wipe(*store));
    EXPECT_FALSE(files_hold("mark-1000001"));
}

// As the first version made it.
constexpr const char* version_1 = R"(
PRAGMA journal_mode = WAL;
CREATE TABLE state(
    key     BLOB PRIMARY KEY NOT NULL,
    found   INTEGER NOT NULL,
    fetched INTEGER NOT NULL,
    profile TEXT NOT NULL,
    served  INTEGER NOT NULL);
CREATE TABLE version(
    key   BLOB NOT NULL,
    time  INTEGER NOT NULL,
    shown TEXT NOT NULL,
    PRIMARY KEY(key, time)) WITHOUT ROWID;
INSERT INTO state VALUES(x'6b6579', 1, 1700000010, '[{}]', 1700000030);
PRAGMA user_version = 1;
)";

TEST_F(SqliteErasure, AFileOfTheFirstVersionIsBroughtForward) {
    execute(version_1);
    {
        const auto store = open();
        const auto record = load(*store, "key");
        ASSERT_TRUE(record) << record.error().text();
        EXPECT_TRUE(record->found);
        EXPECT_EQ(record->fetched, second(10));
        EXPECT_EQ(record->history.served, second(30));
        EXPECT_FALSE(record->forgotten);
        ASSERT_TRUE(update(*store, "key", found("b", second(20))));
        EXPECT_EQ(load(*store, "key")->history.versions.at(0).time, second(31));
        ASSERT_TRUE(erase(*store, "key", second(40)));
        EXPECT_EQ(spend(*store, "x", 1, 5), 5u);
    }
    EXPECT_EQ(load(*open(), "key")->forgotten, second(40));
}

TEST_F(SqliteErasure, AForwardStepThatFailsLeavesTheFileAsItWas) {
    execute(version_1);
    execute("CREATE TABLE spent(mine)");  // the name is taken: the second statement of the step fails
    ASSERT_FALSE(make_sqlite_store({.path = path_}));
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(database,
                                 "SELECT (SELECT user_version FROM pragma_user_version), "
                                 "(SELECT count(*) FROM sqlite_schema WHERE name = 'tombstone')",
                                 -1, &statement, nullptr),
              SQLITE_OK);
    ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
    EXPECT_EQ(sqlite3_column_int(statement, 0), 1);
    EXPECT_EQ(sqlite3_column_int(statement, 1), 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

TEST_F(SqliteErasure, ACursorOfAFileThatWasReplacedStartsOver) {
    const auto store = open();
    ASSERT_TRUE(erase(*store, "key", second(40)));
    EXPECT_EQ(erased_since(*store, 700)->keys, std::vector<std::string>{"key"});
}

TEST_F(SqliteErasure, ManyErasuresComeInPortions) {
    const auto store = open();
    ASSERT_TRUE(erase(*store, "key", second(40)));
    execute(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        "INSERT INTO tombstone SELECT i, CAST('k' || i AS BLOB), 0, 0 FROM n");
    std::size_t keys = 0;
    std::uint64_t cursor = 0;
    for (;;) {
        const auto some = erased_since(*store, cursor);
        ASSERT_TRUE(some);
        EXPECT_LE(some->keys.size(), 1000u);
        if (some->keys.empty()) break;
        keys += some->keys.size();
        cursor = some->cursor;
    }
    EXPECT_EQ(keys, 2500u);
}

}  // namespace
}  // namespace decorum::store
