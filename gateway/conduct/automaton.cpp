#include "gateway/conduct/automaton.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

std::size_t shared_length(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

std::uint32_t Automaton::add(std::string_view pattern) {
    const auto [at, added] =
        numbers_.try_emplace(std::string(pattern), static_cast<std::uint32_t>(lengths_.size()));
    if (added) lengths_.push_back(static_cast<std::uint32_t>(pattern.size()));
    return at->second;
}

bool Automaton::build() {
    // Symbol 0 is that of all octets in no pattern. There are at most 255 others: UTF-8 never holds 0xFF.
    std::array<bool, 256> used{};
    for (const auto& [pattern, number] : numbers_)
        for (const char c : pattern) used[static_cast<unsigned char>(c)] = true;
    symbols_ = 1;
    for (std::size_t octet = 0; octet < used.size(); ++octet)
        symbol_of_[octet] = used[octet] ? static_cast<std::uint8_t>(symbols_++) : std::uint8_t{0};

    // In order, each pattern adds the states after what it shares with the one before: their number is known
    // before memory is taken for them.
    std::vector<std::pair<std::string_view, std::uint32_t>> patterns(numbers_.begin(), numbers_.end());
    std::ranges::sort(patterns);
    std::size_t states = 1;
    std::string_view before;
    for (const auto& [pattern, number] : patterns) {
        states += pattern.size() - shared_length(before, pattern);
        before = pattern;
    }
    if (states > max_states) return false;

    // The trie, breadth first. Patterns that share a beginning stand together, so that the children of a state
    // are made one after the other.
    states_.assign(states + 1, {0, 0});
    entries_.assign(states, 0);
    ends_.assign(states, none);
    std::uint32_t fresh = 1;
    std::vector<std::uint32_t> come_to(patterns.size(), 0);  // by pattern: its state so far
    std::vector<std::uint32_t> parents(states, 0);
    for (std::size_t depth = 0, under_way = patterns.size(); under_way > 0; ++depth) {
        const std::uint32_t first = fresh;  // of this depth
        for (std::size_t i = 0; i < patterns.size(); ++i) {
            const auto& [pattern, number] = patterns[i];
            if (pattern.size() <= depth) continue;
            const std::uint32_t symbol = symbol_of_[static_cast<unsigned char>(pattern[depth])];
            const std::uint32_t parent = come_to[i];
            if (fresh == first || parents[fresh - 1] != parent || entries_[fresh - 1] != symbol) {
                parents[fresh] = parent;
                entries_[fresh++] = symbol;
            }
            come_to[i] = fresh - 1;
            if (pattern.size() > depth + 1) continue;
            ends_[fresh - 1] = number;
            --under_way;
        }
    }
    for (std::uint32_t state = 0, child = 1; state <= states; ++state) {
        while (child < states && parents[child] < state) ++child;
        states_[state].children = state == states ? static_cast<std::uint32_t>(states) : child;
    }

    // A state's suffix is where its parent's suffix goes by the same symbol; what is shorter is finished
    // before it, its row too.
    with_row_ = std::min(static_cast<std::uint32_t>(states), most_rows);
    rows_.assign(std::size_t{with_row_} * symbols_, 0);
    shorter_.assign(states, 0);
    for (std::uint32_t state = 0; state < states; ++state) {
        const std::uint32_t suffix = states_[state].suffix;
        if (state < with_row_ && state > 0)
            std::copy_n(rows_.begin() + suffix * symbols_, symbols_, rows_.begin() + state * symbols_);
        for (std::uint32_t child = states_[state].children; child < states_[state + 1].children; ++child) {
            const std::uint32_t symbol = entries_[child];
            const std::uint32_t back = state == 0 ? 0 : next(suffix, symbol) & ~hit;
            states_[child].suffix = back;
            shorter_[child] = ends_[back] != none ? back : shorter_[back];
            if (ends_[child] != none || shorter_[child] != 0) entries_[child] |= hit;
            if (state < with_row_) rows_[state * symbols_ + symbol] = child | (entries_[child] & hit);
        }
    }
    numbers_.clear();
    return true;
}

}  // namespace decorum::conduct
