// Phrases, each with a number: all that stand in a text.
//
// A tree of words. Each word of a text is looked up once, and from each the tree is followed as far as a
// phrase goes on, which few do; phrases are short, so that time stays linear. Words with an open end stand
// for all that begin, end or go on so; an automaton over letters finds them. Phrases are numbered in the
// order in which they are added; equal ones share a number.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/conduct/automaton.hpp"
#include "gateway/conduct/known_words.hpp"
#include "gateway/conduct/reading.hpp"

namespace decorum::conduct {

class Phrases {
public:
    static constexpr std::size_t max_words = 32;  // of a phrase
    static constexpr std::size_t max_nodes = std::size_t{1} << 18;

    struct Found {
        std::uint32_t phrase;
        std::uint32_t begin;  // tokens
        std::uint32_t end;
        std::uint32_t letters_end;  // octets of the line: a closed word ends with the space after it
    };

    // `phrase` holds words separated by single spaces, one at least and max_words at most. An open begin is
    // that of its first word, an open end that of its last. Only before build().
    std::uint32_t add(std::string_view phrase, bool open_begin, bool open_end);
    // False: the phrases take more than max_nodes, or the open words more than Automaton::max_states.
    [[nodiscard]] bool build() { return nodes_.size() <= max_nodes && open_words_.build(); }

    // Only after build(). By where their letters end, then by where they begin. Replaces the content of
    // `out`.
    void scan(const Reading& reading, std::vector<Found>& out) const;

private:
    class Scan;

    static constexpr std::uint32_t none = 0xFFFFFFFF;
    static constexpr std::uint32_t first_open = 0x80000000;

    struct Node {
        std::uint32_t parent;
        std::uint32_t word;
        std::uint32_t phrase = none;  // that ends here
        std::uint32_t next = 0;       // bit_of() each word that it goes on with: most others need no look-up
    };

    static std::uint32_t bit_of(std::uint32_t word) { return std::uint32_t{1} << (word % 32); }
    std::uint32_t word_of(std::string_view word, bool open_begin, bool open_end);
    std::uint32_t add_child(std::uint32_t node, std::uint32_t word);
    void grow();
    [[nodiscard]] std::size_t first_slot(std::uint32_t node, std::uint32_t word) const {
        const std::uint64_t mixed = ((std::uint64_t{node} << 32U) + word + 1) * 0x9E3779B97F4A7C15U;
        return (mixed >> 32U) & (slots_.size() - 1);
    }
    // The child of a node, or 0.
    [[nodiscard]] std::uint32_t child(std::uint32_t node, std::uint32_t word) const {
        return is_first(node, word) ? first_[word] : slots_[slot_of(node, word)];
    }
    [[nodiscard]] static bool is_first(std::uint32_t node, std::uint32_t word) {
        return node == 0 && word < first_open;
    }
    // Where that child of the node is, or would be.
    [[nodiscard]] std::size_t slot_of(std::uint32_t node, std::uint32_t word) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = first_slot(node, word);
        while (slots_[at] != 0 && (nodes_[slots_[at]].parent != node || nodes_[slots_[at]].word != word))
            at = (at + 1) & mask;
        return at;
    }

    KnownWords words_;                  // the closed ones
    std::vector<std::uint32_t> first_;  // by closed word: the node of those phrases that it begins, or 0
    Automaton open_words_;              // numbered from `first_open` on
    std::vector<Node> nodes_ = {{.parent = none, .word = none}};
    std::vector<std::uint32_t> slots_ =
        std::vector<std::uint32_t>(2);  // the other nodes: open addressing, at most a quarter full
    std::size_t in_slots_ = 0;
    std::uint32_t phrases_ = 0;
};

}  // namespace decorum::conduct
