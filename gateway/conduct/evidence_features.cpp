#include "gateway/conduct/evidence_features.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace decorum::conduct {
namespace {

constexpr std::size_t longest_run = 3;
constexpr std::uint8_t word_size = 2;
constexpr std::uint8_t gram_size = 1;
constexpr std::uint8_t sign_size = 2;
constexpr std::uint8_t pair_size = 1;
constexpr std::uint8_t stems_size = 2;
constexpr std::uint8_t stem_with_sign_size = 1;
constexpr std::uint8_t edge_sign_size = 2;
constexpr std::uint8_t edge_word_size = evidence_most_size;
constexpr std::uint8_t length_size = evidence_most_size;
constexpr std::uint8_t sign_at_length_size = 1;
constexpr std::uint8_t sign_after_size = 1;
constexpr std::size_t stem_letters = 5;
constexpr std::uint32_t words_a_length = 4;
constexpr std::uint32_t longest_length = 12;
// Every two signs are one feature, and so is each of the first stems with each of the first signs. Nearly all
// time goes into fetching the weights of these from memory, and those that come later tell hardly more.
constexpr std::size_t max_paired_signs = 12;  // with the length and with the first stem, too
constexpr std::size_t max_paired_stems = 32;
constexpr std::size_t max_signs_with_stems = 4;

enum Salt : std::uint64_t {
    salt_word = 1,
    salt_gram,
    salt_sign,
    salt_sign_run,
    salt_of_two,
    salt_stems,
    salt_stem_with_sign,
    salt_first_word,
    salt_first_words,
    salt_last_word,
    salt_first_sign,
    salt_last_sign,
    salt_length,
    salt_sign_at_length,
    salt_sign_after
};

// Mixes hashes so that any of their bits can be taken (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t seed, std::uint32_t hash) {
    std::uint64_t x = seed * 0x9E3779B97F4A7C15U + hash + 1;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

// Not a mark of ASCII.
bool is_word(std::string_view word) {
    const auto c = static_cast<unsigned char>(word.front());
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

std::uint32_t stem_hash(std::string_view word) {
    std::uint32_t hash = hash_begin;
    std::size_t letters = 0;
    for (const char c : word) {
        if (!is_continuation(c) && ++letters > stem_letters) break;
        hash = hashed(hash, c);
    }
    return hash;
}

// Hashes, each once, up to so many.
template <std::size_t most>
class Few {
public:
    struct Entry {
        std::uint32_t hash;
        std::uint32_t at;     // where it was first
        std::uint64_t mixed;  // that of two features is both with exclusive or
    };

    // Whether it is new.
    bool add(std::uint32_t hash, std::uint32_t at, Salt salt) {
        if (count_ == most || std::ranges::find(entries(), hash, &Entry::hash) != entries().end())
            return false;
        entries_[count_++] = {hash, at, mixed(salt, hash)};
        return true;
    }
    [[nodiscard]] std::span<const Entry> entries() const { return std::span(entries_).first(count_); }

private:
    std::array<Entry, most> entries_;
    std::size_t count_ = 0;
};

class Maker {
public:
    explicit Maker(std::vector<EvidenceFeature>& out) : out_(out) { out_.clear(); }

    // `grams` are the n-grams that `features` has of it.
    void word(std::string_view letters, const Features::Word& word, std::span<const std::uint32_t> grams,
              std::uint32_t at) {
        if (word.known >= KnownWords::common) put(mixed(salt_word, word.hash()), at, word_size);
        for (const std::uint32_t gram : grams) put(mixed(salt_gram, gram), at, gram_size);
        const std::uint32_t stem = stem_hash(letters);
        if (tokens_ == 0) {
            first_stem_ = stem;
            put(mixed(salt_first_word, word.hash()), at, edge_word_size);
        } else {
            put(mixed(mixed(salt_stems, last_stem_), stem), at, stems_size);
        }
        if (tokens_ == 1) put(mixed(mixed(salt_first_words, last_word_), word.hash()), at, edge_word_size);
        if (is_word(letters)) {
            ++words_;
            stems_.add(stem, at, salt_stem_with_sign);
        }
        last_stem_ = stem;
        last_word_ = word.hash();
        last_word_at_ = at;
        ++tokens_;
    }

    void sign(std::uint32_t hash, std::uint32_t at) {
        put(mixed(salt_sign, hash), at, sign_size);
        if (run_ == 0) put(mixed(salt_first_sign, hash), at, edge_sign_size);
        run(hash, at);
        const auto before = signs_.entries();
        if (!signs_.add(hash, at, salt_of_two)) return;
        const std::uint64_t mixed_hash = signs_.entries().back().mixed;
        for (const auto& other : before) put(other.mixed ^ mixed_hash, at, pair_size);
    }

    // After all words and signs.
    void end(std::uint32_t at) {
        if (tokens_ + run_ == 0) return;
        if (tokens_ > 0) put(mixed(salt_last_word, last_word_), last_word_at_, edge_word_size);
        if (run_ > 0) put(mixed(salt_last_sign, last_.back()), last_sign_at_, edge_sign_size);
        const auto first = signs_.entries().first(std::min(signs_.entries().size(), max_signs_with_stems));
        for (const auto& stem : stems_.entries())
            for (const auto& sign : first) put(stem.mixed ^ sign.mixed, stem.at, stem_with_sign_size);
        const std::uint32_t length = std::min(words_ / words_a_length, longest_length);
        put(mixed(salt_length, length), at, length_size);
        const std::uint64_t at_length = mixed(salt_sign_at_length, std::min(length / 2, longest_length / 3));
        const std::uint64_t after = mixed(salt_sign_after, first_stem_);
        for (const auto& sign : signs_.entries()) {
            put(at_length ^ sign.mixed, sign.at, sign_at_length_size);
            if (tokens_ > 0) put(after ^ sign.mixed, sign.at, sign_after_size);
        }
    }

private:
    void put(std::uint64_t hash, std::uint32_t at, std::uint8_t size) {
        out_.emplace_back(static_cast<std::uint32_t>(hash), at, size);
    }
    // The runs of two and three signs that end here.
    void run(std::uint32_t hash, std::uint32_t at) {
        std::shift_left(last_.begin(), last_.end(), 1);
        last_.back() = hash;
        last_sign_at_ = at;
        run_ = std::min(run_ + 1, longest_run);
        for (std::size_t length = 2; length <= run_; ++length) {
            std::uint64_t seed = mixed(salt_sign_run, static_cast<std::uint32_t>(length));
            for (std::size_t i = longest_run - length; i < longest_run; ++i) seed = mixed(seed, last_[i]);
            put(seed, at, sign_size);
        }
    }

    std::vector<EvidenceFeature>& out_;
    std::uint32_t tokens_ = 0;  // words and marks
    std::uint32_t words_ = 0;
    std::uint32_t first_stem_ = 0;
    std::uint32_t last_stem_ = 0;
    std::uint32_t last_word_ = 0;
    std::uint32_t last_word_at_ = 0;
    Few<max_paired_stems> stems_;
    std::array<std::uint32_t, longest_run> last_{};  // signs
    std::uint32_t last_sign_at_ = 0;
    std::size_t run_ = 0;
    Few<max_paired_signs> signs_;
};

}  // namespace

void make_evidence(std::string_view line, const Features& features, std::vector<EvidenceFeature>& out) {
    if (features.words.empty()) return out.clear();
    Maker maker(out);
    const std::span grams(features.grams);
    const auto last = static_cast<std::uint32_t>(features.words.size() - 1);
    for (std::uint32_t i = 0; i < last; ++i) {
        const Features::Word& word = features.words[i];
        const std::string_view letters = line.substr(word.begin, word.end - word.begin);
        if (is_sign(letters)) {
            maker.sign(word.hash(), i);
            continue;
        }
        // Of the n-grams of words the pairs count alone: longer ones say little that is new, and cost as
        // much.
        const std::uint32_t pairs_end = std::min(word.runs_begin + 1, word.grams_end);
        maker.word(letters, word, grams.subspan(word.grams_begin, pairs_end - word.grams_begin), i);
    }
    maker.end(last);
}

void add_word_evidence(std::uint32_t hash, const std::vector<std::uint32_t>& grams,
                       std::vector<EvidenceFeature>& out) {
    auto put = [&](std::uint64_t mixed_hash, std::uint8_t size) {
        out.push_back({.hash = static_cast<std::uint32_t>(mixed_hash), .word = 0, .size = size});
    };
    put(mixed(salt_word, hash), word_size);
    for (const std::uint32_t gram : grams) put(mixed(salt_gram, gram), gram_size);
}

}  // namespace decorum::conduct
