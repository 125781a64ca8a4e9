#include "gateway/conduct/automaton.hpp"

namespace decorum::conduct {

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

    // The trie; 0 stands for no transition, because none leads back to the root.
    next_.assign(symbols_, 0);
    ends_.assign(1, none);
    for (const auto& [pattern, number] : numbers_) {
        std::uint32_t row = 0;
        for (const char c : pattern) {
            const std::uint32_t slot = row + symbol_of_[static_cast<unsigned char>(c)];
            if (next_[slot] == 0) {
                if (ends_.size() == max_states) return false;
                const auto fresh = static_cast<std::uint32_t>(next_.size());
                next_.resize(next_.size() + symbols_, 0);
                ends_.push_back(none);
                next_[slot] = fresh;
            }
            row = next_[slot];
        }
        ends_[row / symbols_] = number;
    }

    // Breadth first: what a state lacks it takes from its longest proper suffix.
    shorter_.assign(ends_.size(), 0);
    std::vector<std::uint32_t> suffix(ends_.size(), 0);
    std::vector<std::uint32_t> queue;
    for (std::uint32_t symbol = 0; symbol < symbols_; ++symbol)
        if (next_[symbol] != 0) queue.push_back(next_[symbol]);
    for (std::size_t head = 0; head < queue.size(); ++head) {
        const std::uint32_t row = queue[head];
        const std::uint32_t back = suffix[row / symbols_];
        shorter_[row / symbols_] =
            ends_[back / symbols_] != none ? back / symbols_ : shorter_[back / symbols_];
        for (std::uint32_t symbol = 0; symbol < symbols_; ++symbol) {
            std::uint32_t& to = next_[row + symbol];
            if (to == 0) {
                to = next_[back + symbol];
            } else {
                suffix[to / symbols_] = next_[back + symbol];
                queue.push_back(to);
            }
        }
    }
    for (std::uint32_t& to : next_)
        if (const std::uint32_t state = to / symbols_; ends_[state] != none || shorter_[state] != 0)
            to |= hit;
    numbers_.clear();
    return true;
}

}  // namespace decorum::conduct
