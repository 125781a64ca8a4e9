// What survives a restart, or is shared between nodes: one record an address, under the HMAC of the address.
//
// Nothing here blocks the caller: `done` is called exactly once, on any thread, perhaps before the call
// returns. A failure is an Error; the caller goes on without the store (mail flows) and counts it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/profile/history.hpp"

namespace decorum::store {

// The state of the last lookup of an address, and its history.
struct Record {
    bool found = false;        // the last complete lookup's answer: found or not found
    Instant fetched{};         // when; the epoch: never
    std::string profile_json;  // what each source said, in the lookup's form
    profile::History history;
};

struct Update {
    bool found = false;
    Instant fetched{};
    std::string profile_json;
    Instant not_before{};                                // a new version's earliest time, beside `fetched`
    std::shared_ptr<const profile::Presentation> shown;  // a version to append; without lines: gone since
    std::size_t max_versions = 0;                        // older ones are dropped; 0: no limit
};

class Store {
public:
    template <class T>
    using Done = std::move_only_function<void(Result<T>)>;

    virtual ~Store() = default;

    // No record: an empty one.
    virtual void load(std::string key, Done<Record> done) = 0;

    // Writes the state; with found and lines that differ from the latest version's, appends a version whose
    // time follows from history.hpp, atomically. Gives the record as it is then.
    virtual void update(std::string key, Update update, Done<Record> done) = 0;

    // served = max(served, date), atomically. Where `date` is not after now the store may write later.
    virtual void serve(std::string key, Instant date, Done<void> done) = 0;

    // Waits for what is under way.
    virtual void flush() = 0;
};

// sqlite:PATH (relative to the configuration file; empty: decorum.sqlite in state_dir, which is made where it
// is missing), memory:. An unusable database file is an error with its path and reason: the caller reports it
// and may go on with memory:.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const config::Settings& settings);
[[nodiscard]] std::unique_ptr<Store> make_memory_store();

}  // namespace decorum::store
