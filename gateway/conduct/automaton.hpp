// Aho-Corasick over octets: all occurrences of all patterns in one pass, in time linear in the text.
//
// Octets that no pattern holds share one symbol, so that a state's row is short; transitions are complete,
// and a step is one look-up. Patterns are numbered in the order in which they are added; equal ones share a
// number.
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
            state = next_[(state & ~hit) + symbol_of_[static_cast<unsigned char>(text[i])]];
            if ((state & hit) == 0) continue;
            for (std::uint32_t at = (state & ~hit) / symbols_; at != 0; at = shorter_[at])
                if (ends_[at] != none) found(ends_[at], i + 1);
        }
    }

private:
    static constexpr std::uint32_t none = 0xFFFFFFFF;
    static constexpr std::uint32_t hit = 0x80000000;  // in a transition: some pattern ends where it leads

    std::unordered_map<std::string, std::uint32_t> numbers_;  // until build()
    std::vector<std::uint32_t> lengths_;
    std::array<std::uint8_t, 256> symbol_of_{};
    std::uint32_t symbols_ = 1;
    std::vector<std::uint32_t>
        next_;  // a row of `symbols_` a state; a value is where the next row begins, and `hit`
    std::vector<std::uint32_t> ends_;     // by state: the pattern that ends there
    std::vector<std::uint32_t> shorter_;  // by state: the longest proper suffix at which a pattern ends, or 0
};

}  // namespace decorum::conduct
