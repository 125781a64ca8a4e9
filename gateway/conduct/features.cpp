#include "gateway/conduct/features.hpp"

#include <algorithm>
#include <string>

namespace decorum::conduct {
namespace {

// hash % divisor without a division: the quotient that multiplication gives is too small by one at most.
class Remainder {
public:
    explicit Remainder(std::uint32_t divisor) : divisor_(divisor), reciprocal_(~std::uint64_t{0} / divisor) {}

    std::uint32_t operator()(std::uint64_t hash) const {
        __extension__ using Wide = unsigned __int128;
        const auto quotient = static_cast<std::uint64_t>((static_cast<Wide>(reciprocal_) * hash) >> 64U);
        const std::uint64_t rest = hash - quotient * divisor_;
        return static_cast<std::uint32_t>(rest < divisor_ ? rest : rest - divisor_);
    }

private:
    std::uint64_t divisor_;
    std::uint64_t reciprocal_;
};

constexpr std::uint32_t max_gram_buckets = std::uint32_t{1} << 24;
constexpr std::uint32_t longest_gram = 16;

}  // namespace

std::optional<Hashing> Hashing::of_file(const std::array<std::uint32_t, 4>& numbers) {
    const auto [buckets, least, most, words] = numbers;
    if (buckets > max_gram_buckets || least > longest_gram || most > longest_gram || words > longest_gram)
        return std::nullopt;
    return Hashing{buckets, static_cast<std::int32_t>(least), static_cast<std::int32_t>(most),
                   static_cast<std::int32_t>(words)};
}

// The n-grams of "<word>" that fastText takes: not a bracket alone, and none of the end of the line.
void add_character_grams(std::string_view word, const Hashing& hashing, std::vector<std::uint32_t>& out) {
    if (hashing.max_characters <= 0 || hashing.buckets == 0 || word == end_of_line) return;
    const std::int32_t least = std::max(hashing.min_characters, 1);
    if (least > hashing.max_characters) return;
    std::string letters;
    letters.reserve(word.size() + 2);
    letters.append(1, '<').append(word).append(1, '>');
    const std::size_t size = letters.size();
    const Remainder bucket_of(hashing.buckets);
    const std::size_t before = out.size();
    out.resize(before + size * static_cast<std::size_t>(hashing.max_characters - least + 1));
    auto put = out.begin() + static_cast<std::ptrdiff_t>(before);
    for (std::size_t i = 0; i < size; ++i) {
        if (is_continuation(letters[i])) continue;
        std::uint32_t hash = hash_begin;
        std::size_t j = i;
        for (std::int32_t n = 1; j < size && n <= hashing.max_characters; ++n) {
            hash = hashed(hash, letters[j++]);
            while (j < size && is_continuation(letters[j])) hash = hashed(hash, letters[j++]);
            if (n >= least && !(n == 1 && (i == 0 || j == size))) *put++ = bucket_of(hash);
        }
    }
    out.erase(put, out.end());
}

void make_features(std::string_view line, const Hashing& hashing, Features& out, const KnownWords* known) {
    out.words.clear();
    out.grams.clear();
    bool signs = false;
    auto put = [&](std::uint64_t key, std::size_t begin, std::size_t end) {
        if (known != nullptr) known->prefetch(key);
        out.words.emplace_back(key, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), 0U,
                               0U, 0U, KnownWords::none);
    };
    for (std::size_t at = 0; at < line.size(); ++at) {
        const std::size_t begin = at;
        std::uint64_t key = key_begin;
        for (; at < line.size() && line[at] != ' '; ++at) key = key_with(key, line[at]);
        if (at == begin) continue;
        if (!signs && is_sign(line.substr(begin))) {
            signs = true;
            out.signs_begin = static_cast<std::uint32_t>(out.words.size());
        }
        put(key, begin, at);
    }
    if (!signs) out.signs_begin = static_cast<std::uint32_t>(out.words.size());
    put(key_of(end_of_line), line.size(), line.size());
    const Remainder bucket_of(std::max(hashing.buckets, 1U));
    const auto longest = static_cast<std::size_t>(std::max(hashing.word_grams, 1));
    for (std::size_t last = 0; last < out.words.size(); ++last) {
        Features::Word& word = out.words[last];
        const std::string_view letters =
            word.begin == word.end ? end_of_line : line.substr(word.begin, word.end - word.begin);
        if (known != nullptr) word.known = known->find(word.key);
        word.grams_begin = static_cast<std::uint32_t>(out.grams.size());
        if (word.known >= KnownWords::common) add_character_grams(letters, hashing, out.grams);
        word.runs_begin = static_cast<std::uint32_t>(out.grams.size());
        // The word n-grams that end here; fastText makes them from hashes that are signed.
        for (std::size_t length = 2; length <= longest && length <= last + 1 && hashing.buckets > 0;
             ++length) {
            std::uint64_t gram = 0;
            for (std::size_t i = last + 1 - length; i <= last; ++i)
                gram = gram * 116049371U + static_cast<std::uint64_t>(static_cast<std::int64_t>(
                                               static_cast<std::int32_t>(out.words[i].hash())));
            out.grams.push_back(bucket_of(gram));
        }
        word.grams_end = static_cast<std::uint32_t>(out.grams.size());
    }
}

}  // namespace decorum::conduct
