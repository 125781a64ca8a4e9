// Words, each with a number: those that the models know, and an automaton's patterns while it is made.
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

class KnownWords {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFF;
    static constexpr std::uint32_t common = 8192;  // words before this one are

    KnownWords() : KnownWords(0) {}
    // Room for so many; more are taken, too.
    explicit KnownWords(std::size_t most);

    // Its number: as many as were added before it. Equal ones share a number.
    std::uint32_t add(std::string_view word);
    // Or `none`. `hash` is hash_of(word).
    [[nodiscard]] std::uint32_t find(std::string_view word, std::uint32_t hash) const {
        return slots_[slot_of(word, hash)].number;
    }

    [[nodiscard]] std::size_t size() const { return begins_.size() - 1; }
    [[nodiscard]] std::string_view word(std::uint32_t number) const {
        return std::string_view(letters_).substr(begins_[number], begins_[number + 1] - begins_[number]);
    }

private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t number = none;  // none: an empty slot
    };

    void grow();
    // That of the word, or the empty one where it would be.
    [[nodiscard]] std::size_t slot_of(std::string_view word, std::uint32_t hash) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = hash & mask;
        while (slots_[at].number != none &&
               (slots_[at].hash != hash || this->word(slots_[at].number) != word))
            at = (at + 1) & mask;
        return at;
    }

    std::vector<Slot> slots_;            // open addressing, a power of two, at most half full
    std::vector<std::uint32_t> begins_;  // of their letters, and where the last ones end
    std::string letters_;
};

}  // namespace decorum::conduct
