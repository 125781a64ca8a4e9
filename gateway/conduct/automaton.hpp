// Aho-Corasick over octets: all occurrences of all patterns in one pass, in time linear in the text.
//
// The states near the root, where most steps are, have a row of transitions each, which is complete: a step
// from there is one look-up. The others, of which there are many and each is rare, have few children: these
// are looked through, and where the octet is none of them the longest suffix goes on. A whole table of many
// would be some megabytes, and each step a wait for memory; so a state lies beside its first child, too.
// Octets that no pattern holds share one symbol, so that a row is short. Patterns are numbered in the order
// in which they are added; equal ones share a number.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/conduct/known_words.hpp"

namespace decorum::conduct {

class Automaton {
public:
    static constexpr std::size_t max_states = std::size_t{1} << 18;

    // The number of a pattern, which must not be empty. Only before build().
    std::uint32_t add(std::string_view pattern) { return patterns_.add(pattern); }
    // False: the patterns take more than max_states.
    [[nodiscard]] bool build();

    // Calls found(pattern, end) for each occurrence, by its end; for the same end the longest first.
    template <class Found>
    void scan(std::string_view text, Found&& found) const {
        std::uint32_t state = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            state = next(state, symbol_of_[static_cast<unsigned char>(text[i])]);
            for (std::uint32_t at = states_[state].found; at != none; at = shorter_[at]) found(at, i + 1);
        }
    }

private:
    static constexpr std::uint32_t none = 0xFFFFFFFF;
    static constexpr std::uint32_t most_rows = 1024;

    struct State {
        std::uint32_t suffix = 0;    // the longest proper suffix that is a state
        std::uint32_t found = none;  // the longest pattern that ends here
        std::uint32_t sibling = 0;   // the next child of its parent, or 0
        std::uint8_t symbol = 0;     // that leads here from its parent
        bool parent = false;         // of the state after it; only of those without a row
    };
    struct Trie;

    // Where a symbol leads to.
    [[nodiscard]] std::uint32_t next(std::uint32_t state, std::uint32_t symbol) const {
        while (state >= with_row_) {
            if (states_[state].parent)
                for (std::uint32_t child = state + 1; child != 0; child = states_[child].sibling)
                    if (states_[child].symbol == symbol) return child;
            state = states_[state].suffix;
        }
        return rows_[state * symbols_ + symbol];
    }
    void number_states(const Trie& trie, const std::vector<std::uint32_t>& breadth_first,
                       std::vector<std::uint32_t>& numbers);

    KnownWords patterns_;  // until build()
    std::array<std::uint8_t, 256> symbol_of_{};
    std::uint32_t symbols_ = 1;
    std::uint32_t with_row_ = 0;       // the states before this one have a row
    std::vector<std::uint32_t> rows_;  // of `symbols_` states each
    std::vector<State> states_;
    std::vector<std::uint32_t> shorter_;  // by pattern: the longest that ends where it does
};

}  // namespace decorum::conduct
