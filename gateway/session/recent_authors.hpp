// Whom a thread's sessions have had looked up ahead of late: a list of messages names the same people again
// and again, and what is known of strangers is not kept, so asking anew would cost as much each time.
//
// A table of hashes, each in one place: a collision only means a question more, or one less.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "gateway/base/clock.hpp"

namespace decorum::session {

class RecentAuthors {
public:
    static constexpr std::size_t entries = 4096;
    static constexpr std::chrono::minutes lifetime{5};

    // True once in a lifetime for each author.
    [[nodiscard]] bool is_new(std::string_view author, SteadyClock::time_point now) {
        if (!table_) table_ = std::make_unique<Table>();
        const std::size_t hash = std::hash<std::string_view>{}(author);
        Entry& entry = (*table_)[hash % entries];
        if (entry.hash == hash && now < entry.until) return false;
        entry = {hash, now + lifetime};
        return true;
    }

private:
    struct Entry {
        std::size_t hash = 0;
        SteadyClock::time_point until;
    };
    using Table = std::array<Entry, entries>;
    std::unique_ptr<Table> table_;  // made by the first list
};

}  // namespace decorum::session
