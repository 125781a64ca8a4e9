// A small convolutional network over the words of a text in their order (Kim 2014).
//
// It sees what a sum of features does not: which words stand beside each other, whatever their inflexions. A
// word is the mean of the rows of itself and of its n-grams of characters; filters look at three words in a
// row, and of each its largest value counts, and the sum of all words beside. All sums up to those largest
// values are of whole numbers, and come out alike on every machine. It stands beside another model and adds
// to its scores: the topics' (evidence.hpp), or a head of fastText (head_network.hpp).
// tests/conduct/fit_network.cpp trains it.
//
//   buckets, in 32 bits; buckets × dimensions, as signed octets; for each filter its window × dimensions
//   weights, in 16 bits; a bias for each filter, in 32 bits; for each label the weights of the filters, then
//   of the dimensions, then an intercept, as floats. All of it little-endian.
//
// A file is not trusted: its size is checked before memory is taken for it, its numbers for their range.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/features.hpp"

namespace decorum::conduct {

class Network {
public:
    static constexpr std::size_t max_labels = 8;
    static constexpr std::size_t dimensions = 8;
    static constexpr std::size_t filters = 48;
    static constexpr std::size_t window = 3;           // words
    static constexpr std::int32_t word_unit = 16;      // a word's values are in so many parts of a row's
    static constexpr std::int32_t most_weight = 8191;  // of a filter, so that its sums fit into 32 bits
    static constexpr std::int32_t most_bias = 1'000'000'000;

    // How it speaks beside another model.
    struct Manner {
        float least_doubt;  // where no score is so much, it isn't asked
        float most_say;     // how far a score can go either way
        bool reads_signs;   // those of the lexicon, behind the words of the text
    };

    // For so many labels, 1 to max_labels. `name` is for faults.
    [[nodiscard]] static Result<Network> parse(std::string_view octets, std::size_t labels,
                                               std::string_view name);

    // Forgets all common words, and makes room for so many.
    void forget_words(std::size_t count);
    // Works out what a common word is, by its number; `grams` are the n-grams of characters in it. Features
    // that lack those of a word are read right only where that word was learnt.
    void learn(std::uint32_t number, std::uint32_t hash, std::span<const std::uint32_t> grams);

    using Sums = std::array<std::int32_t, filters>;
    // What it saw of a text.
    struct Seen {
        bool asked = false;                          // nothing of what follows where it wasn't
        Sums most{};                                 // of each filter, and no less than nothing
        std::array<std::uint32_t, filters> at{};     // the word in whose midst that is
        std::array<std::int64_t, dimensions> sum{};  // of the words
        float share = 1;                             // what the sum is multiplied with
    };

    // Adds its say to the other model's scores: -most_say to most_say for each label. Where it isn't asked it
    // takes most_say from each, so that such a text stands below the others, by one calibration for both.
    // Replaces `seen`.
    void add_say(const Features& features, const Manner& manner, std::span<float> scores, Seen& seen) const;
    // Adds to `effects` what each word added so to the score of a label, and at the end of the line the rest.
    void add_effects(const Features& features, const Manner& manner, const Seen& seen, std::size_t label,
                     std::vector<float>& effects) const;

    static constexpr std::size_t max_rows = 255;
    // The words that it reads: those before this one.
    [[nodiscard]] static std::uint32_t end_of(const Features& features, bool reads_signs) {
        return reads_signs ? static_cast<std::uint32_t>(features.words.size()) - 1 : features.signs_begin;
    }
    // Gives `take` the buckets of a word's rows, among so many: that of itself (hash_of()) and those of the
    // n-grams of characters in it, at most max_rows together. Returns how many there are.
    template <class Take>
    static std::size_t each_row(std::uint32_t hash, std::span<const std::uint32_t> grams,
                                std::uint32_t buckets, Take&& take) {
        constexpr std::uint32_t salt_word = 0x5BD1E995;
        auto bucket_of = [&](std::uint32_t of) {
            return static_cast<std::uint32_t>((std::uint64_t{of * 2654435769U} * buckets) >> 32U);
        };
        take(bucket_of(hash ^ salt_word));
        const std::span counted = grams.first(std::min(grams.size(), max_rows - 1));
        for (const std::uint32_t gram : counted) take(bucket_of(gram));
        return counted.size() + 1;
    }

private:
    using Word = std::array<std::int16_t, dimensions>;
    using Row = std::array<std::int8_t, dimensions>;
    using Window = std::array<std::int16_t, window * dimensions>;
    // For two of a window's values in turn the weights of all filters.
    using Pair = std::array<std::array<std::int16_t, 2>, filters>;

    // Of each filter the largest sum, and the word where that is.
    struct Most {
        alignas(32) Sums sums{};
        alignas(32) std::array<std::uint32_t, filters> at{};

        void take(const Sums& seen, std::uint32_t word) {
            for (std::size_t f = 0; f < filters; ++f) {
                const std::uint32_t more = seen[f] > sums[f] ? ~0U : 0U;  // no branch: nobody foresees it
                at[f] = (word & more) | (at[f] & ~more);
                sums[f] = seen[f] > sums[f] ? seen[f] : sums[f];
            }
        }
    };

    // By label, so that what a value adds to all of them is added at once.
    using Labels = std::array<float, max_labels>;
    struct Outputs {
        std::array<Labels, filters> of_filter{};
        std::array<Labels, dimensions> of_dimension{};
        Labels intercept{};
    };

    [[nodiscard]] Word make_word(std::uint32_t hash, std::span<const std::uint32_t> grams) const;
    [[nodiscard]] Word word(const Features& features, std::size_t at, std::size_t end) const;
    // Takes what the filters see in a window around the word `at` where it is more than before.
    void look(const Window& window_seen, std::uint32_t at, Most& most) const;
    void look_wide(const Window& window_seen, std::uint32_t at, Most& most) const;
    void see(const Features& features, std::uint32_t end, Seen& seen) const;
    // Of each label, before it is held within most_say.
    [[nodiscard]] Labels sums(const Seen& seen) const;

    std::vector<Row> rows_;                                          // by bucket
    std::array<Window, filters> weights_{};                          // for add_effects()
    alignas(32) std::array<Pair, window * dimensions / 2> pairs_{};  // the same, for look()
    Sums bias_{};
    Outputs outputs_;
    std::vector<Word> common_;  // by the number of a word
};

}  // namespace decorum::conduct
