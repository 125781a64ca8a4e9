// The tables of the store and the reads and writes on them; belongs to the thread that writes.
//
//   state(key, found, fetched, profile, served): one row an address, the last lookup's answer
//   version(key, time, shown): append-only, what was shown from `time` on
//
// Keys are opaque octets. The number of the schema is SQLite's user_version; a file of a newer one is
// refused, for its rules are not known here. secure_delete wipes what is deleted: erasure must leave no
// octet.
#pragma once

#include <string_view>

#include "gateway/store/sqlite.hpp"
#include "gateway/store/sqlite_store.hpp"

namespace decorum::store {

class SqliteRecords {
public:
    [[nodiscard]] static Result<SqliteRecords> open(const SqliteOptions& options);

    [[nodiscard]] Result<Record> load(std::string_view key);
    // `served`: the latest date that was served and is not written yet.
    [[nodiscard]] Result<Record> update(std::string_view key, const Update& update, Instant served);
    [[nodiscard]] Result<> serve(std::string_view key, Instant date);

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

private:
    SqliteRecords(Database database, std::chrono::milliseconds busy_timeout, Statement begin,
                  Statement commit, Statement rollback, Statement read_state, Statement read_versions,
                  Statement write_state, Statement write_served, Statement write_version,
                  Statement drop_versions)
        : database_(std::move(database)),
          busy_timeout_(busy_timeout),
          begin_(std::move(begin)),
          commit_(std::move(commit)),
          rollback_(std::move(rollback)),
          read_state_(std::move(read_state)),
          read_versions_(std::move(read_versions)),
          write_state_(std::move(write_state)),
          write_served_(std::move(write_served)),
          write_version_(std::move(write_version)),
          drop_versions_(std::move(drop_versions)) {}

    [[nodiscard]] Result<> begin();
    [[nodiscard]] Result<> end(bool keep);

    Database database_;
    std::chrono::milliseconds busy_timeout_;
    bool busy_ = false;
    Statement begin_;
    Statement commit_;
    Statement rollback_;
    Statement read_state_;
    Statement read_versions_;
    Statement write_state_;
    Statement write_served_;
    Statement write_version_;
    Statement drop_versions_;
};

}  // namespace decorum::store
