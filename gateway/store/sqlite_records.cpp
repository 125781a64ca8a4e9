// Schema, reads and writes of the store. A fault in one record (a version that can't be read back) is an
// Error for that record alone; the others go on.
#include "gateway/store/sqlite_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "gateway/store/sqlite_notices.hpp"

namespace decorum::store {
namespace {

constexpr std::int64_t schema_number = 4;
constexpr std::uint64_t max_number = std::numeric_limits<std::int64_t>::max();  // of a column
constexpr std::chrono::seconds wipe_timeout{2};                                 // for the locks of others

// Each brings a file from the schema of its index to the next; 0 is an empty file.
constexpr std::array<std::string_view, schema_number> migrations{
    R"(
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
)",
    R"(
CREATE TABLE tombstone(
    change INTEGER PRIMARY KEY NOT NULL,
    key    BLOB UNIQUE NOT NULL,
    time   INTEGER NOT NULL,
    lifted INTEGER NOT NULL);
CREATE TABLE spent(
    source       TEXT NOT NULL,
    day          INTEGER NOT NULL,
    microdollars INTEGER NOT NULL,
    PRIMARY KEY(source, day)) WITHOUT ROWID;
)",
    R"(
CREATE INDEX nobody ON state(fetched) WHERE found = 0;
)",
    R"(
CREATE TABLE standing(
    change   INTEGER PRIMARY KEY AUTOINCREMENT,
    key      BLOB UNIQUE NOT NULL,
    standing TEXT NOT NULL);
CREATE TABLE letter(
    id       TEXT PRIMARY KEY NOT NULL,
    key      BLOB NOT NULL,
    kind     INTEGER NOT NULL,
    address  TEXT NOT NULL,
    language TEXT NOT NULL,
    about    TEXT NOT NULL,
    octets   BLOB NOT NULL,
    queued   INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    tries    INTEGER NOT NULL);
CREATE INDEX letter_order ON letter(kind, due);
CREATE TABLE notice(
    id     TEXT PRIMARY KEY NOT NULL,
    key    BLOB NOT NULL,
    mark   TEXT NOT NULL,
    about  TEXT NOT NULL,
    queued INTEGER NOT NULL,
    state  INTEGER NOT NULL,
    ended  INTEGER NOT NULL);
CREATE INDEX notice_time ON notice(queued);
CREATE INDEX notice_key ON notice(key);
)"};

// Refuses a newer schema and files that are somebody else's. 0: there is nothing in it yet.
Result<std::int64_t> schema_of(Database& database) {
    const auto number = database.number("PRAGMA user_version");
    if (!number || *number == schema_number) return number;
    if (*number > schema_number)
        return fail(
            errc::unsupported,
            fmt::format("written by a newer Decorum (schema {}, this one knows {})", *number, schema_number));
    const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
    if (!tables) return std::unexpected(tables.error());
    if (*number < 0 || (*number == 0 && *tables != 0))
        return fail(errc::invalid, "a database of something else");
    return number;
}

// Makes the tables in an empty file and those that an older one has not.
Result<> prepare_schema(Database& database) {
    const auto number = schema_of(database);
    if (!number) return std::unexpected(number.error());
    if (*number == schema_number) return {};
    for (auto from = static_cast<std::size_t>(*number); from < migrations.size(); ++from)
        if (auto migrated = database.execute(std::string(migrations[from])); !migrated) return migrated;
    return database.execute(fmt::format("PRAGMA user_version = {};", schema_number));
}

// Two processes may open a new file at the same time: looking and making are one step.
Result<> ensure_schema(Database& database) {
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun;
    auto prepared = prepare_schema(database);
    if (!prepared) {
        static_cast<void>(database.execute("ROLLBACK"));  // the first failure is the one to tell
        return prepared;
    }
    return database.execute("COMMIT");
}

}  // namespace

Result<> SqliteRecords::look(const std::filesystem::path& path) {
    auto database = Database::open_unchanged(path);
    if (!database) return std::unexpected(std::move(database.error()));
    if (const auto number = schema_of(*database); !number) return std::unexpected(number.error());
    return {};
}

Result<SqliteRecords> SqliteRecords::open(const SqliteOptions& options) {
    auto database = Database::open(options.path);
    if (!database) return std::unexpected(std::move(database.error()));
    database->set_busy_timeout(options.busy_timeout);
    // A newer file is refused before anything in it changes, its journal mode included.
    const auto number = database->number("PRAGMA user_version");
    if (!number) return std::unexpected(number.error());
    if (*number <= schema_number) {
        if (database->is_read_only()) return fail(errc::io, "the file is read-only");
        auto set = database->execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;"
            "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 16777216;");
        if (set && options.max_pages != 0)
            set = database->execute(fmt::format("PRAGMA max_page_count = {};", options.max_pages));
        if (!set) return std::unexpected(std::move(set.error()));
    }
    if (auto ready = ensure_schema(*database); !ready) return std::unexpected(std::move(ready.error()));

    constexpr std::array<std::string_view, 10> texts{
        "BEGIN IMMEDIATE",
        "COMMIT",
        "ROLLBACK",
        "SELECT found, fetched, profile, served FROM state WHERE key = ?1",
        "SELECT time, shown FROM version WHERE key = ?1 ORDER BY time",
        "SELECT time FROM tombstone WHERE key IN (?1, ?2) AND lifted = 0",
        "INSERT INTO state(key, found, fetched, profile, served) VALUES(?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(key) DO UPDATE SET found = ?2, fetched = ?3, profile = ?4, served = max(served, ?5)",
        "INSERT INTO state(key, found, fetched, profile, served) SELECT ?1, 0, 0, '', ?2 "
        "WHERE NOT EXISTS(SELECT 1 FROM tombstone WHERE key IN (?1, ?3) AND lifted = 0) "
        "ON CONFLICT(key) DO UPDATE SET served = max(served, ?2)",
        "INSERT INTO version(key, time, shown) VALUES(?1, ?2, ?3)",
        "DELETE FROM version WHERE key = ?1 AND time < ?2",
    };
    std::vector<Statement> statements;
    for (std::string_view text : texts) {
        auto statement = database->prepare(text);
        if (!statement) return std::unexpected(std::move(statement.error()));
        statements.push_back(std::move(*statement));
    }
    auto next = statements.begin();
    const auto take = [&]() -> Statement&& { return std::move(*next++); };
    // Braces keep the order of evaluation.
    return SqliteRecords{
        std::move(*database), options.busy_timeout,
        Statements{take(), take(), take(), take(), take(), take(), take(), take(), take(), take()}};
}

Result<> SqliteRecords::begin() {
    database_.set_busy_timeout(busy_ ? std::chrono::milliseconds{0} : busy_timeout_);
    auto begun = statements_.begin.run();
    busy_ = !begun && begun.error().code == errc::unavailable;
    return begun;
}

Result<> SqliteRecords::end(bool keep) {
    auto ended = keep ? statements_.commit.run() : Result<>{};
    // Some failures have rolled back by themselves.
    if (database_.in_transaction()) static_cast<void>(statements_.rollback.run());
    return ended;
}

Result<Record> SqliteRecords::load(std::string_view key) {
    Record record;
    auto buried = statements_.read_tombstone.bind(1, key).bind(2, plain_key(key)).step();
    if (buried && *buried) record.forgotten = instant_of(statements_.read_tombstone.number(0));
    statements_.read_tombstone.reset();
    if (!buried) return std::unexpected(std::move(buried.error()));
    if (record.forgotten) return record;

    auto row = statements_.read_state.bind(1, key).step();
    if (row && *row) {
        record.found = statements_.read_state.number(0) != 0;
        record.fetched = instant_of(statements_.read_state.number(1));
        record.profile_json = statements_.read_state.octets(2);
        record.history.served = instant_of(statements_.read_state.number(3));
    }
    statements_.read_state.reset();
    if (!row) return std::unexpected(std::move(row.error()));

    row = statements_.read_versions.bind(1, key).step();
    while (row && *row) {
        auto shown = profile::presentation_from_json(statements_.read_versions.octets(1));
        if (!shown) {
            statements_.read_versions.reset();
            return std::unexpected(std::move(shown.error()));
        }
        record.history.versions.push_back({instant_of(statements_.read_versions.number(0)),
                                           std::make_shared<const profile::Presentation>(std::move(*shown))});
        row = statements_.read_versions.step();
    }
    statements_.read_versions.reset();
    if (!row) return std::unexpected(std::move(row.error()));
    return record;
}

Result<Record> SqliteRecords::update(std::string_view key, const Update& update, Instant served) {
    auto record = load(key);
    if (!record || record->forgotten) return record;
    record->found = update.found;
    record->fetched = update.fetched;
    record->profile_json = update.profile_json;
    profile::History& history = record->history;
    history.served = std::max(history.served, served);

    auto written = statements_.write_state.bind(1, key)
                       .bind(2, std::int64_t{update.found})
                       .bind(3, seconds_of(update.fetched))
                       .bind_text(4, update.profile_json)
                       .bind(5, seconds_of(history.served))
                       .run();
    if (!written) return std::unexpected(std::move(written.error()));
    if (!update.shown) return record;
    const Instant now = std::max(update.fetched, update.not_before);
    if (!profile::append_version(history, update.shown, now, update.max_versions)) return record;
    written = statements_.write_version.bind(1, key)
                  .bind(2, seconds_of(history.versions.back().time))
                  .bind_text(3, profile::to_json(*update.shown))
                  .run();
    if (!written) return std::unexpected(std::move(written.error()));
    written = statements_.drop_versions.bind(1, key).bind(2, seconds_of(history.versions.front().time)).run();
    if (!written) return std::unexpected(std::move(written.error()));
    return record;
}

Result<> SqliteRecords::serve(std::string_view key, Instant date) {
    return statements_.write_served.bind(1, key).bind(2, seconds_of(date)).bind(3, plain_key(key)).run();
}

Result<std::size_t> SqliteRecords::change(std::string_view sql, std::string_view key) {
    auto statement = database_.prepare(sql);
    if (!statement) return std::unexpected(std::move(statement.error()));
    if (auto done = statement->bind(1, key).run(); !done) return std::unexpected(std::move(done.error()));
    return database_.changes();
}

Result<Erased> SqliteRecords::erase(std::string_view key, Instant now) {
    // Its own, and those of its tagged forms, which begin with it.
    constexpr std::string_view mine = " key >= ?1 AND (key = ?1 OR substr(key, 1, 32) = ?1)";
    static_assert(plain_key_octets == 32);
    // A row that only counts served dates is no state that anybody was told of.
    const auto known = change(fmt::format("DELETE FROM state WHERE fetched <> 0 AND{}", mine), key);
    if (!known) return std::unexpected(known.error());
    if (const auto rest = change(fmt::format("DELETE FROM state WHERE{}", mine), key); !rest)
        return std::unexpected(rest.error());
    const auto versions = change(fmt::format("DELETE FROM version WHERE{}", mine), key);
    if (!versions) return std::unexpected(versions.error());
    if (auto notices = SqliteNotices(database_).erase(key); !notices)
        return std::unexpected(std::move(notices.error()));
    auto laid = database_.prepare(
        "INSERT OR REPLACE INTO tombstone(change, key, time, lifted) "
        "VALUES((SELECT coalesce(max(change), 0) + 1 FROM tombstone), ?1, ?2, 0)");
    if (!laid) return std::unexpected(std::move(laid.error()));
    if (auto done = laid->bind(1, key).bind(2, seconds_of(now)).run(); !done)
        return std::unexpected(std::move(done.error()));
    return Erased{*known != 0, *versions};
}

Result<> SqliteRecords::wipe() {
    database_.set_busy_timeout(wipe_timeout);
    if (auto written = database_.execute("VACUUM"); !written) return written;
    // Gives a row (busy, frames in the log, frames written back).
    const auto busy = database_.number("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!busy) return std::unexpected(busy.error());
    if (*busy != 0) return fail(errc::unavailable, "somebody who reads the file keeps erased octets in it");
    return {};
}

// A version is appended only where somebody was found, and dates are served of versions only.
Result<> SqliteRecords::drop_nobodies(Instant before) {
    auto drop = database_.prepare(
        "DELETE FROM state WHERE rowid IN (SELECT rowid FROM state WHERE found = 0 AND fetched < ?1 AND "
        "served = 0 "
        "AND NOT EXISTS(SELECT 1 FROM version WHERE version.key = state.key) LIMIT 1000)");
    if (!drop) return std::unexpected(std::move(drop.error()));
    return drop->bind(1, seconds_of(before)).run();
}

Result<bool> SqliteRecords::revive(std::string_view key) {
    const auto lifted = change(
        "UPDATE tombstone SET lifted = 1, change = (SELECT max(change) + 1 FROM tombstone) "
        "WHERE key = ?1 AND lifted = 0",
        key);
    if (!lifted) return std::unexpected(lifted.error());
    return *lifted != 0;
}

Result<bool> SqliteRecords::has_anything(std::string_view key) {
    auto statement = database_.prepare(
        "SELECT EXISTS(SELECT 1 FROM tombstone WHERE key IN (?1, ?2) AND lifted = 0) OR "
        "EXISTS(SELECT 1 FROM state WHERE key = ?1) OR EXISTS(SELECT 1 FROM version WHERE key = ?1) OR "
        "EXISTS(SELECT 1 FROM standing WHERE key = ?1) OR EXISTS(SELECT 1 FROM notice WHERE key = ?1) OR "
        "EXISTS(SELECT 1 FROM letter WHERE key = ?1)");  // without an index, but of letters that wait alone
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->bind(1, key).bind(2, plain_key(key)).step();
    if (!row) return std::unexpected(row.error());
    return *row && statement->number(0) != 0;
}

Result<> SqliteRecords::move_tombstone(std::string_view older, std::string_view key) {
    auto buried = database_.prepare("SELECT time FROM tombstone WHERE key = ?1 AND lifted = 0");
    if (!buried) return std::unexpected(std::move(buried.error()));
    const auto row = buried->bind(1, older).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const Instant time = instant_of(buried->number(0));
    buried->reset();
    if (auto erased = erase(key, time); !erased) return std::unexpected(std::move(erased.error()));
    auto lifted = revive(older);
    if (!lifted) return std::unexpected(std::move(lifted.error()));
    return {};
}

Result<> SqliteRecords::move(std::string_view older, std::string_view key) {
    if (auto moved = move_tombstone(plain_key(older), plain_key(key)); !moved) return moved;
    if (auto moved = move_tombstone(older, key); !moved) return moved;
    auto record = load(key);
    if (!record) return std::unexpected(std::move(record.error()));
    const bool forgotten = record->forgotten.has_value();
    // What both have, the state's date apart, the newer one has.
    static constexpr std::array<std::string_view, 6> moves{
        "UPDATE version SET key = ?2 WHERE key = ?1 AND NOT EXISTS(SELECT 1 FROM version WHERE key = ?2)",
        "UPDATE state SET served = max(served, (SELECT served FROM state WHERE key = ?1)) "
        "WHERE key = ?2 AND EXISTS(SELECT 1 FROM state WHERE key = ?1)",
        "UPDATE OR IGNORE state SET key = ?2 WHERE key = ?1",
        "INSERT INTO standing(key, standing) SELECT ?2, standing FROM standing WHERE key = ?1 "
        "AND NOT EXISTS(SELECT 1 FROM standing WHERE key = ?2)",
        "UPDATE letter SET key = ?2 WHERE key = ?1",
        "UPDATE notice SET key = ?2 WHERE key = ?1"};
    for (const std::string_view sql : forgotten ? std::span<const std::string_view>{} : std::span(moves)) {
        auto statement = database_.prepare(sql);
        if (!statement) return std::unexpected(std::move(statement.error()));
        if (auto done = statement->bind(1, older).bind(2, key).run(); !done) return done;
    }
    for (const std::string_view table : {"version", "state", "standing", "letter", "notice"})
        if (const auto rest = change(fmt::format("DELETE FROM {} WHERE key = ?1", table), older); !rest)
            return std::unexpected(rest.error());
    return {};
}

// A cursor ahead of the table is of a file that was replaced by an older one: all is new then.
Result<Erasures> SqliteRecords::erased_since(std::optional<std::uint64_t> cursor) {
    Erasures erasures;
    if (!cursor) {
        const auto latest = database_.number("SELECT coalesce(max(change), 0) FROM tombstone");
        if (!latest) return std::unexpected(latest.error());
        erasures.cursor = static_cast<std::uint64_t>(*latest);
        return erasures;
    }
    auto rows = database_.prepare(
        "SELECT change, key FROM tombstone WHERE change > "
        "CASE WHEN ?1 > (SELECT coalesce(max(change), 0) FROM tombstone) THEN 0 ELSE ?1 END "
        "ORDER BY change LIMIT 1000");
    if (!rows) return std::unexpected(std::move(rows.error()));
    rows->bind(1, static_cast<std::int64_t>(std::min(*cursor, max_number)));
    auto row = rows->step();
    while (row && *row) {
        erasures.cursor = static_cast<std::uint64_t>(rows->number(0));
        erasures.keys.emplace_back(rows->octets(1));
        row = rows->step();
    }
    if (!row) return std::unexpected(std::move(row.error()));
    if (erasures.keys.empty()) erasures.cursor = *cursor;
    return erasures;
}

Result<std::uint64_t> SqliteRecords::spend(std::string_view source, std::chrono::sys_days day,
                                           std::int64_t microdollars) {
    const std::int64_t number = day.time_since_epoch().count();
    auto read = database_.prepare("SELECT microdollars FROM spent WHERE source = ?1 AND day = ?2");
    if (!read) return std::unexpected(std::move(read.error()));
    const auto row = read->bind_text(1, source).bind(2, number).step();
    if (!row) return std::unexpected(row.error());
    const auto spent = static_cast<std::uint64_t>(*row ? read->number(0) : 0);
    read->reset();
    if (microdollars == 0) return spent;

    const std::uint64_t total = add_microdollars(spent, microdollars);
    auto write =
        database_.prepare("INSERT OR REPLACE INTO spent(source, day, microdollars) VALUES(?1, ?2, ?3)");
    if (!write) return std::unexpected(std::move(write.error()));
    auto done = write->bind_text(1, source).bind(2, number).bind(3, static_cast<std::int64_t>(total)).run();
    if (!done) return std::unexpected(std::move(done.error()));
    auto drop = database_.prepare("DELETE FROM spent WHERE day < ?1 - 1");
    if (!drop) return std::unexpected(std::move(drop.error()));
    if (done = drop->bind(1, number).run(); !done) return std::unexpected(std::move(done.error()));
    return total;
}

}  // namespace decorum::store
