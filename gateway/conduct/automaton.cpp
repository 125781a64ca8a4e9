#include "gateway/conduct/automaton.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

std::size_t shared_length(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

// The patterns' beginnings, each once; a node's first child is the one after it.
struct Automaton::Trie {
    struct Node {
        std::uint32_t child = 0;  // 0: none
        std::uint32_t sibling = 0;
        std::uint32_t pattern = none;
        std::uint8_t symbol = 0;
    };
    std::vector<Node> nodes = std::vector<Node>(1);
    std::vector<std::uint32_t> path = std::vector<std::uint32_t>(1, 0);  // to the pattern before
    std::string_view before;

    // Patterns come in order, so each adds the nodes after what it shares with the one before.
    template <class Symbols>
    void add(std::string_view pattern, std::uint32_t number, const Symbols& symbol_of) {
        const std::size_t shared = shared_length(before, pattern);
        std::uint32_t elder = shared + 1 < path.size() ? path[shared + 1] : 0;
        path.resize(shared + 1);
        for (const char c : pattern.substr(shared)) {
            const auto fresh = static_cast<std::uint32_t>(nodes.size());
            (elder == 0 ? nodes[path.back()].child : nodes[elder].sibling) = fresh;
            elder = 0;
            nodes.emplace_back().symbol = symbol_of[static_cast<unsigned char>(c)];
            path.push_back(fresh);
        }
        nodes[path.back()].pattern = number;
        before = pattern;
    }

    [[nodiscard]] std::vector<std::uint32_t> breadth_first() const {
        std::vector<std::uint32_t> out(1, 0);
        out.reserve(nodes.size());
        for (std::size_t i = 0; i < out.size(); ++i)
            for (std::uint32_t child = nodes[out[i]].child; child != 0; child = nodes[child].sibling)
                out.push_back(child);
        return out;
    }
};

bool Automaton::build() {
    // Symbol 0 is that of all octets in no pattern. There are at most 255 others: UTF-8 never holds 0xFF.
    std::array<bool, 256> used{};
    std::vector<std::pair<std::string_view, std::uint32_t>> patterns;
    std::size_t octets = 0;
    for (std::uint32_t number = 0; number < patterns_.size(); ++number) {
        patterns.emplace_back(patterns_.word(number), number);
        octets += patterns_.word(number).size();
        for (const char c : patterns_.word(number)) used[static_cast<unsigned char>(c)] = true;
    }
    symbols_ = 1;
    for (std::size_t octet = 0; octet < used.size(); ++octet)
        symbol_of_[octet] = used[octet] ? static_cast<std::uint8_t>(symbols_++) : std::uint8_t{0};

    std::ranges::sort(patterns);
    Trie trie;
    trie.nodes.reserve(std::min(octets + 1, max_states));
    for (const auto& [pattern, number] : patterns) {
        if (trie.nodes.size() + pattern.size() > max_states) return false;
        trie.add(pattern, number, symbol_of_);
    }
    const std::vector<std::uint32_t> order = trie.breadth_first();
    std::vector<std::uint32_t> numbers(order.size());
    number_states(trie, order, numbers);

    // A child's suffix is where its parent's suffix goes by the same symbol. What is shorter is finished
    // before it, its row too.
    rows_.assign(std::size_t{with_row_} * symbols_, 0);
    shorter_.assign(patterns_.size(), none);
    for (const std::uint32_t node : order) {
        const std::uint32_t state = numbers[node];
        const std::uint32_t suffix = states_[state].suffix;
        if (state < with_row_ && state > 0)
            std::copy_n(rows_.begin() + suffix * symbols_, symbols_, rows_.begin() + state * symbols_);
        for (std::uint32_t at = trie.nodes[node].child; at != 0; at = trie.nodes[at].sibling) {
            State& child = states_[numbers[at]];
            if (state != 0) child.suffix = next(suffix, child.symbol);
            const std::uint32_t shorter = states_[child.suffix].found;
            const std::uint32_t pattern = trie.nodes[at].pattern;
            if (pattern != none) shorter_[pattern] = shorter;
            child.found = pattern != none ? pattern : shorter;
            if (state < with_row_) rows_[state * symbols_ + child.symbol] = numbers[at];
        }
    }
    patterns_ = {};
    return true;
}

// Those with a row first, breadth first; then the others, depth first.
void Automaton::number_states(const Trie& trie, const std::vector<std::uint32_t>& breadth_first,
                              std::vector<std::uint32_t>& numbers) {
    with_row_ = static_cast<std::uint32_t>(std::min<std::size_t>(breadth_first.size(), most_rows));
    numbers.assign(trie.nodes.size(), 0);
    for (std::uint32_t state = 1; state < with_row_; ++state) numbers[breadth_first[state]] = state;
    std::uint32_t fresh = with_row_;
    for (std::size_t node = 1; node < numbers.size(); ++node)
        if (numbers[node] == 0) numbers[node] = fresh++;
    states_.resize(numbers.size());
    for (std::size_t node = 0; node < numbers.size(); ++node) {
        State& state = states_[numbers[node]];
        state.symbol = trie.nodes[node].symbol;
        state.sibling = numbers[trie.nodes[node].sibling];
        state.parent = trie.nodes[node].child != 0;
    }
}

}  // namespace decorum::conduct
