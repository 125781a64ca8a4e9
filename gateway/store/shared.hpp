// What a store adds that several gateways share: here nobody's memory decides, the store does.
//
// A version gets its time from the store, and a date is shown of a history only once the store has it on
// record that it was. So each message shows the same on every gateway, whatever their clocks say, and what
// one of them looked up the others know. Nothing here blocks the caller: `done` is called exactly once, on
// any thread, perhaps before the call returns; an Error: the store can't be reached now.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/profile/history.hpp"

namespace decorum::store {

struct Record;

// A small text that all gateways keep alike: the registry, the opt-out list, the IMAP epoch.
struct Document {
    std::uint64_t version = 0;  // 0: there is none
    // The names of this version and those it comes of, the latest first, each followed by a space: a name
    // never comes twice, so whoever holds a version that is not among them holds something else.
    std::string lineage;
    std::string octets;

    [[nodiscard]] std::string_view name() const {
        return std::string_view(lineage).substr(0, lineage.find(' '));
    }
};

struct Refusals {
    struct Entry {
        std::string message;
        std::optional<std::chrono::seconds> ago;  // by the store's clock; nothing: it passed
    };
    std::vector<Entry> entries;
    std::uint64_t cursor = 0;  // for the next question
};

class SharedStore {
public:
    template <class T>
    using Done = std::move_only_function<void(Result<T>)>;

    virtual ~SharedStore() = default;

    // Records that dates up to `until` are shown of a history whose last version is of the time `latest`, by
    // somebody who knows no later one: every version to come is later than that. The record as it is then
    // where there is a later version, or nothing is to be shown any more; nothing: `latest` it is. Where the
    // last version is earlier the store has lost some, and records nothing: see restore().
    virtual void show(std::string key, Instant until, Instant latest, Done<std::optional<Record>> done) = 0;

    // Brings back what the store has lost (files that were gone, a replica that was behind): the versions of
    // `history` that are later than all it has, but none of a time that others have shown something else of
    // since; records `history.served` as served. The record as it is then is everybody's.
    virtual void restore(std::string key, profile::History history, Done<Record> done) = 0;

    // How often a connection was made: whoever was told something before the last one can't be sure that the
    // store still has it.
    [[nodiscard]] virtual std::uint64_t connections() const = 0;

    // Single flight: false: another gateway looks the key up. Given back with the same token, or by itself
    // after `lease`: whoever took it may have died.
    virtual void take_flight(std::string key, std::string token, Milliseconds lease, Done<bool> done) = 0;
    virtual void end_flight(std::string key, std::string token) = 0;

    // A message was refused, and may pass when it comes again; or it did pass. Kept for `latest`.
    virtual void refused(std::string message, std::chrono::seconds latest, Done<void> done) = 0;
    virtual void passed(std::string message, std::chrono::seconds latest, Done<void> done) = 0;
    // What any gateway said of messages since `cursor` (0: all that is kept), some 1000 at the most.
    virtual void refusals_since(std::uint64_t cursor, Done<Refusals> done) = 0;

    // Where the version of the name `known` is there, without its octets.
    virtual void read_document(std::string file, std::string known, Done<Document> done) = 0;
    // Replaces that version (of no name: where there is none). False: another is there, and this was not
    // written.
    virtual void write_document(std::string file, std::string known, Document next, Done<bool> done) = 0;
};

}  // namespace decorum::store
