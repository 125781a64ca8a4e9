// The atomic steps of the Redis store: Lua, run by Redis, one at a time. All that is told apart by key is
// under "decorum:"; keys are built in the scripts, so this is not for Redis Cluster.
//
//   state:KEY        hash    found, fetched, profile, served
//   versions:KEY     list    "TIME DIGEST JSON", ascending in time; DIGEST is of the lines alone
//   nobodies         zset    keys of whom nobody was ever shown, by time of the lookup
//   tags:KEY         set     keys of the same address with tags, under the one without
//   tombstones       hash    KEY: time
//   erasures         zset    keys by number of the change; erasures:last
//   spent:DAY        hash    source: microdollars; spent: zset of the days
//   standings        hash    KEY: JSON; standings:changes: zset by number; standings:last
//   letter:ID        hash    letters:KIND: zset by time due; letters-of:KEY: set
//   notice:ID        hash    notices, notices-of:KEY: zsets by time; notices:ended: zset by end
//   flight:KEY       token   with expiry
//   refusals         zset    messages by number; refusals:at: hash (0: passed); refusals:ends: zset by time
//   of the
//                            end; all three with expiry
//   document:NAME    hash    version, lineage, octets
//   schema           number
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"

namespace decorum::store::redis {

// In the order of the scripts.
enum class Script : std::size_t {
    load,
    update,
    serve,
    show,
    restore,
    erase,
    revive,
    move,
    erased_since,
    spend,
    standing,
    amend,
    standings_since,
    claim,
    write,
    postpone,
    conclude,
    notices,
    drop_notices,
    take_flight,
    end_flight,
    refusal,
    refusals_since,
    read_document,
    write_document,
};
inline constexpr std::size_t script_count = 25;

[[nodiscard]] const std::array<std::string_view, script_count>& scripts();

// As the scripts take a time: in seconds since the epoch.
[[nodiscard]] inline std::string text_of(Instant time) {
    return std::to_string(time.time_since_epoch().count());
}

// Sets the schema's number where there is none, and gives it.
[[nodiscard]] std::string_view schema_script();
inline constexpr std::int64_t schema_number = 1;

}  // namespace decorum::store::redis
