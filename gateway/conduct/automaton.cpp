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

    // The trie, breadth first, so that the states near the root, where nearly all steps are, lie together.
    // 0 stands for no transition, because none leads back to the root.
    next_.assign(states * symbols_, 0);
    ends_.assign(states, none);
    std::uint32_t fresh = symbols_;
    std::vector<std::uint32_t> rows(patterns.size(), 0);  // where each pattern has come to
    for (std::size_t depth = 0, under_way = patterns.size(); under_way > 0; ++depth) {
        for (std::size_t i = 0; i < patterns.size(); ++i) {
            const auto& [pattern, number] = patterns[i];
            if (pattern.size() <= depth) continue;
            std::uint32_t& to = next_[rows[i] + symbol_of_[static_cast<unsigned char>(pattern[depth])]];
            if (to == 0) {
                to = fresh;
                fresh += symbols_;
            }
            rows[i] = to;
            if (pattern.size() > depth + 1) continue;
            ends_[to / symbols_] = number;
            --under_way;
        }
    }

    // What a state lacks it takes from its longest proper suffix, which is finished before it.
    shorter_.assign(states, 0);
    std::vector<std::uint32_t> suffix(states, 0);
    for (std::uint32_t state = 0; state < states; ++state) {
        std::uint32_t* const row = next_.data() + std::size_t{state} * symbols_;
        const std::uint32_t* const back = next_.data() + suffix[state];
        for (std::uint32_t symbol = 0; symbol < symbols_; ++symbol) {
            const std::uint32_t instead = state == 0 ? 0 : back[symbol];
            std::uint32_t& to = row[symbol];
            if (to == 0) {
                to = instead;
                continue;
            }
            const std::uint32_t child = to / symbols_;
            suffix[child] = instead & ~hit;
            const std::uint32_t shorter = suffix[child] / symbols_;
            shorter_[child] = ends_[shorter] != none ? shorter : shorter_[shorter];
            if (ends_[child] != none || shorter_[child] != 0) to |= hit;
        }
    }
    numbers_.clear();
    return true;
}

}  // namespace decorum::conduct
