// The tables of the store and the reads and writes on them; belongs to the thread that writes.
//
//   state(key, found, fetched, profile, served): one row an address, the last lookup's answer
//   version(key, time, shown): append-only, what was shown from `time` on
//   tombstone(change, key, time, lifted): keys that were forgotten; `change` rises with each that is laid or
//     lifted, so that another process sees what is new
//   spent(source, day, microdollars): what sources cost; `day` counts from 1970-01-01
//   standing, letter, notice: sqlite_notices.hpp
//
// Keys are opaque octets, but that those of tagged addresses begin with the plain one's (plain_key): a
// tombstone holds for them, too. The number of the schema is SQLite's user_version; a file of a newer one is
// refused, for its rules are not known here; one of an older is brought forward when it is opened.
#pragma once

#include <string_view>

#include "gateway/store/sqlite.hpp"
#include "gateway/store/sqlite_store.hpp"

namespace decorum::store {

class SqliteRecords {
public:
    [[nodiscard]] static Result<SqliteRecords> open(const SqliteOptions& options);
    // Whether open() would take what stands in the file; nothing is made or changed.
    [[nodiscard]] static Result<> look(const std::filesystem::path& path);

    [[nodiscard]] Result<Record> load(std::string_view key);
    // `served`: the latest date that was served and is not written yet.
    [[nodiscard]] Result<Record> update(std::string_view key, const Update& update, Instant served);
    [[nodiscard]] Result<> serve(std::string_view key, Instant date);

    [[nodiscard]] Result<Erased> erase(std::string_view key, Instant now);
    // Not in a transaction. Makes the files forget what was deleted: secure_delete zeroes a row where it
    // lies, but copies of it stay in the unused parts of pages that were split or merged, and in the
    // write-ahead log. So the file is written anew, and the log emptied. Error unavailable: others hold the
    // files.
    [[nodiscard]] Result<> wipe();
    // Drops some 1000 records at the most of whom nobody was ever shown, and that were written before
    // `before`.
    [[nodiscard]] Result<> drop_nobodies(Instant before);
    [[nodiscard]] Result<bool> revive(std::string_view key);
    // Is there something for move()?
    [[nodiscard]] Result<bool> has_anything(std::string_view key);
    [[nodiscard]] Result<> move(std::string_view older, std::string_view key);
    [[nodiscard]] Result<Erasures> erased_since(std::optional<std::uint64_t> cursor);
    [[nodiscard]] Result<std::uint64_t> spend(std::string_view source, std::chrono::sys_days day,
                                              std::int64_t microdollars);

    [[nodiscard]] Database& database() { return database_; }

    // All or nothing: what `work` did is undone where it, or the commit, fails. Waits at most the busy
    // time-out for another process's lock, and after such a failure not at all until a transaction succeeded,
    // so that a lock that is held for long does not hold up the queue.
    template <class Work>
    auto transaction(Work work) -> decltype(work()) {
        if (auto begun = begin(); !begun) return std::unexpected(std::move(begun.error()));
        auto result = work();
        if (auto ended = end(result.has_value()); result && !ended)
            return std::unexpected(std::move(ended.error()));
        return result;
    }

    // The same, and on the disk when it returns, even where the machine loses its power.
    template <class Work>
    auto durable_transaction(Work work) -> decltype(work()) {
        if (auto set = database_.execute("PRAGMA synchronous = FULL"); !set)
            return std::unexpected(std::move(set.error()));
        auto result = transaction(std::move(work));
        if (auto set = database_.execute("PRAGMA synchronous = NORMAL"); result && !set)
            return std::unexpected(std::move(set.error()));
        return result;
    }

private:
    // In the order in which open() prepares them.
    struct Statements {
        Statement begin;
        Statement commit;
        Statement rollback;
        Statement read_state;
        Statement read_versions;
        Statement read_tombstone;
        Statement write_state;
        Statement write_served;
        Statement write_version;
        Statement drop_versions;
    };

    SqliteRecords(Database database, std::chrono::milliseconds busy_timeout, Statements statements)
        : database_(std::move(database)), busy_timeout_(busy_timeout), statements_(std::move(statements)) {}

    [[nodiscard]] Result<> begin();
    [[nodiscard]] Result<> end(bool keep);
    [[nodiscard]] Result<> move_tombstone(std::string_view older, std::string_view key);
    // Runs a statement that is not worth keeping, with `key` as its first parameter; the rows it changed.
    [[nodiscard]] Result<std::size_t> change(std::string_view sql, std::string_view key);

    Database database_;
    std::chrono::milliseconds busy_timeout_;
    bool busy_ = false;
    Statements statements_;
};

}  // namespace decorum::store
