// Aho-Corasick over octets: all occurrences of all patterns in one pass, in time linear in the text.
//
// States are numbered breadth first, so that those near the root, where most steps are, lie together, and the
// children of each in a row. The first have a row of transitions each, which is complete: a step from there is
// one look-up. The others, of which there are many and each is rare, have few children: they are looked
// through, and where the octet is none of them the longest suffix goes on. A whole table would be some
// megabytes, and each step a wait for memory. Octets that no pattern holds share one symbol, so that a row is
// short. Patterns are numbered in the order in which they are added; equal ones share a number.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace decorum::conduct {

class Automaton {
public:
    static constexpr std::size_t max_states = std::size_t{1} << 18;

    // The number of a pattern, which must not be empty. Only before build().
    std::uint32_t add(std::string_view pattern);
    // False: the patterns take more than max_states.
    [[nodiscard]] bool build();

    [[nodiscard]] std::size_t patterns() const { return lengths_.size(); }
    [[nodiscard]] std::size_t length_of(std::uint32_t pattern) const { return lengths_[pattern]; }

    // Calls found(pattern, end) for each occurrence, by its end; for the same end the longest first.
    template <class Found>
    void scan(std::string_view text, Found&& found) const {
        std::uint32_t state = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const std::uint32_t to = next(state, symbol_of_[static_cast<unsigned char>(text[i])]);
            state = to & ~hit;
            if ((to & hit) == 0) continue;
            for (std::uint32_t at = state; at != 0; at = shorter_[at])
                if (ends_[at] != none) found(ends_[at], i + 1);
        }
    }

private:
    static constexpr std::uint32_t none = 0xFFFFFFFF;
    static constexpr std::uint32_t hit = 0x80000000;  // in a transition: some pattern ends where it leads
    static constexpr std::uint32_t most_rows = 1024;

    struct State {
        std::uint32_t children;  // the first of them; they end where those of the next state begin
        std::uint32_t suffix;    // the longest proper suffix that is a state
    };

    // Where a symbol leads to, and `hit`.
    [[nodiscard]] std::uint32_t next(std::uint32_t state, std::uint32_t symbol) const {
        while (state >= with_row_) {
            for (std::uint32_t child = states_[state].children; child < states_[state + 1].children; ++child)
                if ((entries_[child] & ~hit) == symbol) return child | (entries_[child] & hit);
            state = states_[state].suffix;
        }
        return rows_[state * symbols_ + symbol];
    }

    std::unordered_map<std::string, std::uint32_t> numbers_;  // until build()
    std::vector<std::uint32_t> lengths_;
    std::array<std::uint8_t, 256> symbol_of_{};
    std::uint32_t symbols_ = 1;
    std::uint32_t with_row_ = 0;          // the states before this one have a row
    std::vector<std::uint32_t> rows_;     // of `symbols_` transitions each
    std::vector<State> states_;           // and one more, where the last children end
    std::vector<std::uint32_t> entries_;  // by state: the symbol that leads to it, and `hit`
    std::vector<std::uint32_t> ends_;     // by state: the pattern that ends there
    std::vector<std::uint32_t> shorter_;  // by state: the longest proper suffix at which a pattern ends, or 0
};

}  // namespace decorum::conduct
