// How much outside sources may learn of who writes to us, by the registrable domain of the sender: so many
// new addresses an hour; and of a source on the sender's own domain, one fetch in the lifetime of an answer,
// however many addresses there are, because it would learn of each delivery.
//
// Thread-safe. The tables are bounded: where there is no room the domain that was used least recently goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/clock.hpp"

namespace decorum::lookup {

class SenderBudgets {
public:
    static constexpr std::size_t default_max_domains = 16'384;
    explicit SenderBudgets(std::uint64_t new_addresses_an_hour, std::size_t max_domains = default_max_domains)
        : new_addresses_(new_addresses_an_hour), max_domains_(max_domains) {}

    // For addresses to come.
    void set_new_addresses(std::uint64_t an_hour) {
        const std::lock_guard lock(mutex_);
        new_addresses_ = an_hour;
    }

    // Nothing: granted, and counted. Else the time from which it would be.
    [[nodiscard]] std::optional<Instant> take_new_address(std::string_view domain, Instant now);
    [[nodiscard]] std::optional<Instant> take_fetch(std::string_view source, std::string_view domain,
                                                    Instant now, std::chrono::seconds lifetime);

private:
    struct Used {
        std::string key;
        std::vector<Instant> times;  // ascending
    };
    class Table {
    public:
        [[nodiscard]] Used& of(std::string key, std::size_t max_entries);

    private:
        std::list<Used> entries_;                                                // most recently used first
        std::unordered_map<std::string_view, std::list<Used>::iterator> index_;  // views into entries_
    };

    std::uint64_t new_addresses_;
    const std::size_t max_domains_;
    std::mutex mutex_;
    Table new_;
    Table fetched_;
};

}  // namespace decorum::lookup
