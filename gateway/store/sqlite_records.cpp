// Schema, reads and writes of the store. A fault in one record (a version that can't be read back) is an
// Error for that record alone; the others go on.
#include "gateway/store/sqlite_records.hpp"

#include <fmt/format.h>

#include <array>

namespace decorum::store {
namespace {

constexpr std::int64_t schema_number = 1;

constexpr std::string_view schema = R"(
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
)";

std::int64_t seconds_of(Instant time) {
    return time.time_since_epoch().count();
}
Instant instant_of(std::int64_t seconds) {
    return Instant{std::chrono::seconds{seconds}};
}

// Makes the tables in an empty file; refuses a newer schema and files that are somebody else's.
Result<> prepare_schema(Database& database) {
    const auto number = database.number("PRAGMA user_version");
    if (!number) return std::unexpected(number.error());
    if (*number == schema_number) return {};
    if (*number > schema_number)
        return fail(
            errc::unsupported,
            fmt::format("written by a newer Decorum (schema {}, this one knows {})", *number, schema_number));
    const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
    if (!tables) return std::unexpected(tables.error());
    if (*tables != 0) return fail(errc::invalid, "a database of something else");
    return database.execute(fmt::format("{} PRAGMA user_version = {};", schema, schema_number));
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

    constexpr std::array<std::string_view, 9> texts{
        "BEGIN IMMEDIATE",
        "COMMIT",
        "ROLLBACK",
        "SELECT found, fetched, profile, served FROM state WHERE key = ?1",
        "SELECT time, shown FROM version WHERE key = ?1 ORDER BY time",
        "INSERT INTO state(key, found, fetched, profile, served) VALUES(?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(key) DO UPDATE SET found = ?2, fetched = ?3, profile = ?4, served = max(served, ?5)",
        "INSERT INTO state(key, found, fetched, profile, served) VALUES(?1, 0, 0, '', ?2) "
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
    return SqliteRecords{std::move(*database),
                         options.busy_timeout,
                         take(),
                         take(),
                         take(),
                         take(),
                         take(),
                         take(),
                         take(),
                         take(),
                         take()};
}

Result<> SqliteRecords::begin() {
    database_.set_busy_timeout(busy_ ? std::chrono::milliseconds{0} : busy_timeout_);
    auto begun = begin_.run();
    busy_ = !begun && begun.error().code == errc::unavailable;
    return begun;
}

Result<> SqliteRecords::end(bool keep) {
    auto ended = keep ? commit_.run() : Result<>{};
    // Some failures have rolled back by themselves.
    if (database_.in_transaction()) static_cast<void>(rollback_.run());
    return ended;
}

Result<Record> SqliteRecords::load(std::string_view key) {
    Record record;
    auto row = read_state_.bind(1, key).step();
    if (row && *row) {
        record.found = read_state_.number(0) != 0;
        record.fetched = instant_of(read_state_.number(1));
        record.profile_json = read_state_.octets(2);
        record.history.served = instant_of(read_state_.number(3));
    }
    read_state_.reset();
    if (!row) return std::unexpected(std::move(row.error()));

    row = read_versions_.bind(1, key).step();
    while (row && *row) {
        auto shown = profile::presentation_from_json(read_versions_.octets(1));
        if (!shown) {
            read_versions_.reset();
            return std::unexpected(std::move(shown.error()));
        }
        record.history.versions.push_back({instant_of(read_versions_.number(0)),
                                           std::make_shared<const profile::Presentation>(std::move(*shown))});
        row = read_versions_.step();
    }
    read_versions_.reset();
    if (!row) return std::unexpected(std::move(row.error()));
    return record;
}

Result<Record> SqliteRecords::update(std::string_view key, const Update& update, Instant served) {
    auto record = load(key);
    if (!record) return record;
    record->found = update.found;
    record->fetched = update.fetched;
    record->profile_json = update.profile_json;
    profile::History& history = record->history;
    history.served = std::max(history.served, served);

    auto written = write_state_.bind(1, key)
                       .bind(2, std::int64_t{update.found})
                       .bind(3, seconds_of(update.fetched))
                       .bind_text(4, update.profile_json)
                       .bind(5, seconds_of(history.served))
                       .run();
    if (!written) return std::unexpected(std::move(written.error()));
    if (!update.shown) return record;
    const Instant now = std::max(update.fetched, update.not_before);
    if (!profile::append_version(history, update.shown, now, update.max_versions)) return record;
    written = write_version_.bind(1, key)
                  .bind(2, seconds_of(history.versions.back().time))
                  .bind_text(3, profile::to_json(*update.shown))
                  .run();
    if (!written) return std::unexpected(std::move(written.error()));
    written = drop_versions_.bind(1, key).bind(2, seconds_of(history.versions.front().time)).run();
    if (!written) return std::unexpected(std::move(written.error()));
    return record;
}

Result<> SqliteRecords::serve(std::string_view key, Instant date) {
    return write_served_.bind(1, key).bind(2, seconds_of(date)).run();
}

}  // namespace decorum::store
