// The embedded store: one SQLite file, written by one thread of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/store/store.hpp"

namespace decorum::store {

struct SqliteOptions {
    std::filesystem::path path;
    std::chrono::milliseconds busy_timeout{200};  // for a lock that another process holds
    std::size_t max_jobs = 4096;                  // waiting; more are refused with errc::unavailable
    std::uint64_t max_pages = 0;                  // of the file; 0: no limit of ours
    std::chrono::seconds keep_nobody = default_keep_nobody;
    std::chrono::milliseconds patience{
        60'000};  // with others who hold the lock, before an update is given up
    WallClock now = wall_clock_now;
};

// Errors name the file: corrupt (not a database, damaged), unsupported (a newer schema), io, unavailable.
[[nodiscard]] Result<std::unique_ptr<Store>> make_sqlite_store(SqliteOptions options);

// What make_sqlite_store() would say of what stands in this file, which is there; nothing is made or changed.
[[nodiscard]] Result<> look_at_sqlite(const std::filesystem::path& path);

}  // namespace decorum::store
