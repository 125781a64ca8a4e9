// What fastText sees of a line: its words, and the hashed n-grams of characters and of words.
//
// All models that are used together hash alike, so that a text is hashed once for all of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/conduct/known_words.hpp"

namespace decorum::conduct {

// fastText's hash of a word: the low half of its key.
inline constexpr auto hash_begin = static_cast<std::uint32_t>(key_begin);
[[nodiscard]] constexpr std::uint32_t hashed(std::uint32_t hash, char c) {
    return static_cast<std::uint32_t>(key_with(hash, c));
}
[[nodiscard]] constexpr std::uint32_t hash_of(std::string_view word) {
    return static_cast<std::uint32_t>(key_of(word));
}

// Whether an octet of UTF-8 goes on with a character.
[[nodiscard]] constexpr bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The word that fastText puts at the end of each line.
inline constexpr std::string_view end_of_line = "</s>";

// Whether it is a sign of the lexicon; they stand behind the words of a text.
[[nodiscard]] constexpr bool is_sign(std::string_view word) {
    return word.starts_with('_');
}

struct Hashing {
    std::uint32_t buckets = 0;
    std::int32_t min_characters = 0;  // of character n-grams
    std::int32_t max_characters = 0;
    std::int32_t word_grams = 1;
    bool operator==(const Hashing&) const = default;

    // As our own files hold it: buckets, least and most characters, words. None: out of range.
    [[nodiscard]] static std::optional<Hashing> of_file(const std::array<std::uint32_t, 4>& numbers);
};

struct Features {
    struct Word {
        std::uint64_t key;
        std::uint32_t begin;  // octets of the line; none: the end of the line
        std::uint32_t end;
        std::uint32_t grams_begin;  // its part of `grams`: the n-grams in it, then
        std::uint32_t runs_begin;   // those of words that end with it
        std::uint32_t grams_end;
        std::uint32_t known;  // its number, or none; where it is common `grams` lacks the n-grams in it

        [[nodiscard]] std::uint32_t hash() const { return static_cast<std::uint32_t>(key); }
    };
    std::vector<Word> words;           // the end of the line last
    std::vector<std::uint32_t> grams;  // buckets
    std::uint32_t signs_begin = 0;     // the first word that is a sign (is_sign), or the end of the line

    // The n-grams of characters in a word.
    [[nodiscard]] std::span<const std::uint32_t> grams_in(const Word& word) const {
        return std::span(grams).subspan(word.grams_begin, word.runs_begin - word.grams_begin);
    }
};

// Appends the buckets of the n-grams of characters in a word.
void add_character_grams(std::string_view word, const Hashing& hashing, std::vector<std::uint32_t>& out);

// `line` holds words separated by spaces. Replaces the content of `out`, whose memory is reused. Without
// `known` no word has a number.
void make_features(std::string_view line, const Hashing& hashing, Features& out,
                   const KnownWords* known = nullptr);

}  // namespace decorum::conduct
