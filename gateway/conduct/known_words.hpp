// Words, each with a number: those that the models know, those of the lexicon's phrases, and an automaton's
// patterns while it is made.
//
// Nearly all words of a text are among the common ones, so what such a word and the n-grams of characters in
// it add to the scores is worked out once, when the models are read (FeatureTable, EvidenceModel). For all
// words that would take too long.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace decorum::conduct {

// A word is told by its key alone: one in some 2^45 has that of another. The low half is FNV-1a, in the high
// half its multiplication goes on.
inline constexpr std::uint64_t key_begin = 2166136261U;
[[nodiscard]] constexpr std::uint64_t key_with(std::uint64_t key, char c) {
    constexpr std::uint64_t multiplier = (std::uint64_t{0x9E3779B9U} << 32U) + 16777619U;
    return (key ^ static_cast<std::uint32_t>(static_cast<std::int8_t>(c))) * multiplier;
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
    // Room for so many; more are taken, too.
    explicit KnownWords(std::size_t most);

    // Its number: as many as were added before it. Equal ones share a number.
    std::uint32_t add(std::string_view word);
    // Or `none`.
    [[nodiscard]] std::uint32_t find(std::uint64_t key) const {
        const std::uint32_t number = common_[slot_of(common_, key)].number;
        return number != none ? number : others_[slot_of(others_, key)].number;
    }
    // Has the memory fetched that find() looks at first.
    void prefetch(std::uint64_t key) const {
        __builtin_prefetch(&common_[key & (common_.size() - 1)]);
        __builtin_prefetch(&others_[key & (others_.size() - 1)]);
    }

    [[nodiscard]] std::size_t size() const { return begins_.size() - 1; }
    [[nodiscard]] std::string_view word(std::uint32_t number) const {
        return std::string_view(letters_).substr(begins_[number], begins_[number + 1] - begins_[number]);
    }

private:
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t number = none;  // none: an empty slot
    };

    // Open addressing: a power of two, at most half full.
    using Slots = std::vector<Slot>;

    // What is left of a key beside the place of its slot.
    static std::uint32_t tag_of(std::uint64_t key) { return static_cast<std::uint32_t>(key >> 32U); }
    void grow(Slots& slots);
    // That of the word, or the empty one where it would be.
    [[nodiscard]] std::size_t slot_of(const Slots& slots, std::uint64_t key) const {
        const std::size_t mask = slots.size() - 1;
        std::size_t at = key & mask;
        while (slots[at].number != none && slots[at].tag != tag_of(key)) at = (at + 1) & mask;
        return at;
    }

    Slots common_;  // apart: models have their words by how common they are
    Slots others_;
    std::vector<std::uint32_t> begins_;  // of their letters, and where the last ones end
    std::string letters_;
};

}  // namespace decorum::conduct
