// Words, each with a number: those that the models know, those of the lexicon's phrases, and an automaton's
// patterns while it is made.
//
// Nearly all words of a text are among the common ones, so what such a word and the n-grams of characters in
// it add to the scores is worked out once, when the models are read (FeatureTable, EvidenceModel). For all
// words that would take too long.
//
// Letters are not compared, but the upper 40 bits of a word's key: of some 2^39 words that aren't known one
// is taken for one that is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace decorum::conduct {

// What a word is told by. The low half is FNV-1a as fastText computes it, with octets as signed characters;
// the high half is other, because that of the multiplier is.
inline constexpr std::uint64_t key_begin = 2166136261U;
[[nodiscard]] constexpr std::uint64_t key_with(std::uint64_t key, char c) {
    constexpr std::uint64_t multiplier = (std::uint64_t{0x9E3779B9U} << 32U) + 16777619U;
    const auto octet = static_cast<std::uint64_t>(static_cast<std::int8_t>(c)) & 0xFFFFFFFFU;
    return (key ^ octet) * multiplier;
}
[[nodiscard]] constexpr std::uint64_t key_of(std::string_view word) {
    std::uint64_t key = key_begin;
    for (const char c : word) key = key_with(key, c);
    return key;
}

class KnownWords {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFF;
    static constexpr std::uint32_t common = 8192;  // words before this one are

    KnownWords() : KnownWords(0) {}
    // Room for so many; more are taken, too, but fewer than 2^24.
    explicit KnownWords(std::size_t most);

    // Its number: as many as were added before it. Equal ones share a number.
    std::uint32_t add(std::string_view word);
    // The number of the word of this key, or `none`.
    [[nodiscard]] std::uint32_t find(std::uint64_t key) const {
        Slot slot = common_[slot_of(common_, key)];
        if (slot == empty) slot = others_[slot_of(others_, key)];
        return slot != empty ? number_of(slot) : none;
    }
    // Has the memory fetched that find() looks at.
    void prefetch(std::uint64_t key) const {
        __builtin_prefetch(&common_[key & (common_.size() - 1)]);
        __builtin_prefetch(&others_[key & (others_.size() - 1)]);
    }

    [[nodiscard]] std::size_t size() const { return begins_.size() - 1; }
    [[nodiscard]] std::string_view word(std::uint32_t number) const {
        return std::string_view(letters_).substr(begins_[number], begins_[number + 1] - begins_[number]);
    }

private:
    // The upper bits of a word's key, and in the lower ones its number.
    using Slot = std::uint64_t;
    static constexpr unsigned number_bits = 24;
    static constexpr Slot empty = (Slot{1} << number_bits) - 1;
    static std::uint32_t number_of(Slot slot) { return static_cast<std::uint32_t>(slot & empty); }
    // Open addressing: a power of two, at most half full.
    using Slots = std::vector<Slot>;

    void grow(Slots& slots);
    // That of the word, or the empty one where it would be.
    [[nodiscard]] std::size_t slot_of(const Slots& slots, std::uint64_t key) const {
        const std::size_t mask = slots.size() - 1;
        std::size_t at = key & mask;
        while (slots[at] != empty && (slots[at] ^ key) >> number_bits != 0) at = (at + 1) & mask;
        return at;
    }

    Slots common_;  // apart: models have their words by how common they are
    Slots others_;
    std::vector<std::uint32_t> begins_;  // of their letters, and where the last ones end
    std::string letters_;
};

}  // namespace decorum::conduct
