// What survives a restart, or is shared between nodes: one record an address, under the HMAC of the address.
//
// Nothing here blocks the caller: `done` is called exactly once, on any thread, perhaps before the call
// returns. A failure is an Error; the caller goes on without the store (mail flows) and counts it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/base/tally.hpp"
#include "gateway/profile/history.hpp"
#include "gateway/store/notices.hpp"
#include "gateway/store/shared.hpp"

namespace decorum::store {

// The state of the last lookup of an address, and its history.
struct Record {
    bool found = false;        // the last complete lookup's answer: found or not found
    Instant fetched{};         // when; the epoch: never
    std::string profile_json;  // what each source said, in the lookup's form
    profile::History history;
    std::optional<Instant> forgotten;  // erased then, and nothing else is known or will be kept
};

struct Update {
    bool found = false;
    Instant fetched{};
    std::string profile_json;
    Instant not_before{};                                // a new version's earliest time, beside `fetched`
    std::shared_ptr<const profile::Presentation> shown;  // a version to append; without lines: gone since
    std::size_t max_versions = 0;                        // older ones are dropped; 0: no limit
};

// What an erasure found.
struct Erased {
    bool state = false;
    std::size_t versions = 0;
};

// Keys whose tombstone was laid or lifted: what memory holds about them is to be dropped and loaded again.
struct Erasures {
    std::vector<std::string> keys;
    std::uint64_t cursor = 0;  // for the next question
};

// Records of addresses of which nobody was ever shown are dropped after that time: strangers without end
// write mail.
inline constexpr std::chrono::seconds default_keep_nobody = std::chrono::hours{48};

// What a store counts of itself.
struct StoreTally {
    Tally failures;        // also those that nobody waits for
    LatencyTally latency;  // from the call to the answer, with the time in the queue; not of dates of serve()
};

class Store {
public:
    template <class T>
    using Done = std::move_only_function<void(Result<T>)>;

    virtual ~Store() = default;

    // No record: an empty one.
    virtual void load(std::string key, Done<Record> done) = 0;

    // Writes the state; with found and lines that differ from the latest version's, appends a version whose
    // time follows from history.hpp, atomically. Gives the record as it is then. Of a forgotten key nothing
    // is kept: its record comes back as it is, `forgotten` set.
    virtual void update(std::string key, Update update, Done<Record> done) = 0;

    // served = max(served, date), atomically. Where `date` is not after now the store may write later.
    // Of a forgotten key nothing is kept, and that is no failure.
    virtual void serve(std::string key, Instant date, Done<void> done) = 0;

    // Deletes all that is kept under the key, and under those of the same address with tags, and lays a
    // tombstone for all of them, atomically. An Error: nothing was erased. Octets of it may stay in the
    // store's files until wipe().
    virtual void erase(std::string key, Instant now, Done<Erased> done) = 0;
    // Makes the store's files forget what was erased. Error unavailable: others hold them, try again. It
    // costs the writing of the whole store: once after all that is to be erased.
    virtual void wipe(Done<void> done) = 0;
    // Lifts a tombstone; false: there was none.
    virtual void revive(std::string key, Done<bool> done) = 0;
    // Makes of what is kept under `older`, another key of the same address, a record of `key`: a tombstone
    // (of the plain address, too) is one of both; of histories and states that of `key` holds where it has
    // one. A store that outlives no process has nothing of the kind.
    virtual void move(std::string /*older*/, std::string /*key*/, Done<void> done) { done({}); }
    // What erase() and revive(), of any process, did since `cursor` (0: since ever; nothing: since now, which
    // gives the cursor alone); some 1000 keys at the most, so whoever gets any asks again. Costs a look at an
    // index.
    virtual void erased_since(std::optional<std::uint64_t> cursor, Done<Erasures> done) = 0;

    // Adds to what a source has cost on that day (UTC) and gives the day's total, of all processes; adding
    // 0 reads it, less than 0 gives back. Days before the eve of `day` are dropped.
    virtual void spend(std::string source, std::chrono::sys_days day, std::int64_t microdollars,
                       Done<std::uint64_t> done) = 0;

    // Notices, and what people said to them; erase() takes these too. Lives as long as the store.
    [[nodiscard]] virtual NoticeBook& notices() = 0;

    // What it adds where several gateways share it; null: this one has it to itself. Lives as long.
    [[nodiscard]] virtual SharedStore* shared() { return nullptr; }

    // Waits for what is under way.
    virtual void flush() = 0;

    [[nodiscard]] const StoreTally& tally() const { return tally_; }

protected:
    StoreTally tally_;
};

// sqlite:PATH (relative to the configuration file; empty: decorum.sqlite in state_dir, which is made where it
// is missing), memory:, or a Redis, which need not be there yet. An unusable database file is an error with
// its path and reason: the caller reports it and may go on with memory:. So is a file of a Redis's settings.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const config::Settings& settings);
[[nodiscard]] std::unique_ptr<Store> make_memory_store(
    std::chrono::seconds keep_nobody = default_keep_nobody);

// What an address is kept under: its HMAC (in lower case) under the deployment's secret. The key of a tagged
// address ("jane+news@…") is the one of the plain address and its own, one after the other: who is erased
// under the plain one is erased with all tags, and nobody else can tell which keys belong together by less.
[[nodiscard]] std::string record_key(const Secret& secret, std::string_view address);
// What it was kept under before domains were kept as their A-labels; empty: the same. See Store::move().
[[nodiscard]] std::string older_record_key(const Secret& secret, std::string_view address);
// Erases what is kept of an address under either key, tagged forms of both included, and lays a tombstone for
// each: other gateways may have a name for the older one in their audit logs. An Error: some of it may be
// erased, so ask again. `store` outlives `done`.
void erase_address(Store& store, const Secret& secret, std::string_view address, Instant now,
                   Store::Done<Erased> done);
// The key of the address without tag.
inline constexpr std::size_t plain_key_octets = 32;
[[nodiscard]] constexpr std::string_view plain_key(std::string_view key) {
    return key.substr(0, plain_key_octets);
}

// Costs are capped where they no longer fit, never wrapped to nothing, and never less than that.
inline constexpr std::uint64_t max_microdollars = std::numeric_limits<std::int64_t>::max();
[[nodiscard]] constexpr std::uint64_t add_microdollars(std::uint64_t spent, std::int64_t more) {
    const auto unsigned_more = static_cast<std::uint64_t>(more);
    if (more < 0) return spent - std::min(spent, 0 - unsigned_more);
    return unsigned_more >= max_microdollars - std::min(spent, max_microdollars) ? max_microdollars
                                                                                 : spent + unsigned_more;
}
// What spend() takes so that `cost` is on record where `recorded` was.
[[nodiscard]] constexpr std::int64_t change_of_cost(std::uint64_t recorded, std::uint64_t cost) {
    return static_cast<std::int64_t>(std::min(cost, max_microdollars)) -
           static_cast<std::int64_t>(std::min(recorded, max_microdollars));
}

}  // namespace decorum::store
