// Whom a thread's sessions have had looked up ahead of late: a list of messages names the same people again
// and again, and what is known of strangers is not kept, so asking anew would cost as much each time.
//
// A table of hashes, in sets of a few: who is asked for anew takes the place of the oldest in his set. Two
// with the same hash are one: that means a question less.
#pragma once

#include <algorithm>
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
    static constexpr std::size_t sets = 1024;
    static constexpr std::size_t entries_a_set = 4;
    static constexpr std::chrono::minutes lifetime{5};

    // True once in a lifetime for each author.
    [[nodiscard]] bool is_new(std::string_view author, SteadyClock::time_point now) {
        if (!table_) table_ = std::make_unique<Table>();
        const std::size_t hash = std::hash<std::string_view>{}(author);
        Set& set = (*table_)[hash % sets];
        const auto known = std::ranges::find(set, hash, &Entry::hash);
        if (known != set.end() && now < known->until) return false;
        Entry& entry = known != set.end() ? *known : *std::ranges::min_element(set, {}, &Entry::until);
        entry = {hash, now + lifetime};
        return true;
    }

private:
    struct Entry {
        std::size_t hash = 0;
        SteadyClock::time_point until;
    };
    using Set = std::array<Entry, entries_a_set>;
    using Table = std::array<Set, sets>;
    std::unique_ptr<Table> table_;  // made by the first list
};

}  // namespace decorum::session
