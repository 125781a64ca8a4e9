#include "gateway/conduct/phrases.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace decorum::conduct {

std::uint32_t Phrases::word_of(std::string_view word, bool open_begin, bool open_end) {
    if (!open_begin && !open_end) {
        const std::uint32_t number = words_.add(word);
        first_.resize(words_.size());
        return number;
    }
    std::string letters(word);
    if (!open_begin) letters.insert(letters.begin(), ' ');
    if (!open_end) letters.push_back(' ');
    return first_open + open_words_.add(letters);
}

std::uint32_t Phrases::add(std::string_view phrase, bool open_begin, bool open_end) {
    std::uint32_t node = 0;
    for (std::size_t at = 0; at <= phrase.size();) {
        const std::size_t end = std::min(phrase.find(' ', at), phrase.size());
        const bool first = at == 0;
        const bool last = end == phrase.size();
        node = add_child(node, word_of(phrase.substr(at, end - at), first && open_begin, last && open_end));
        at = end + 1;
    }
    if (nodes_[node].phrase == none) nodes_[node].phrase = phrases_++;
    return nodes_[node].phrase;
}

std::uint32_t Phrases::add_child(std::uint32_t node, std::uint32_t word) {
    const bool first = is_first(node, word);
    if (!first && 4 * (in_slots_ + 1) > slots_.size()) grow();
    std::uint32_t& child = first ? first_[word] : slots_[slot_of(node, word)];
    if (child == 0) {
        if (!first) ++in_slots_;
        child = static_cast<std::uint32_t>(nodes_.size());
        nodes_.push_back({.parent = node, .word = word});
        nodes_[node].next |= bit_of(word);
    }
    return child;
}

void Phrases::grow() {
    slots_.assign(2 * slots_.size(), 0);
    for (std::uint32_t node = 1; node < nodes_.size(); ++node)
        if (!is_first(nodes_[node].parent, nodes_[node].word))
            slots_[slot_of(nodes_[node].parent, nodes_[node].word)] = node;
}

class Phrases::Scan {
public:
    Scan(const Phrases& phrases, const Reading& reading, std::vector<Found>& out)
        : phrases_(phrases), tokens_(reading.tokens), out_(out) {
        read_words(reading);
        read_open_words(reading.line);
    }

    void run() {
        for (std::uint32_t begin = 0; begin < tokens_.size(); ++begin) walk(0, begin, begin);
        std::ranges::sort(out_, {}, [](const Found& found) {
            return std::tuple(found.letters_end, found.begin, found.phrase);
        });
    }

private:
    struct OpenWord {
        std::uint32_t token;
        std::uint32_t word;
        std::uint32_t letters_end;
    };

    void read_words(const Reading& reading) {
        std::vector<std::uint64_t> keys;
        keys.reserve(tokens_.size());
        for (const Token& token : tokens_) {
            keys.push_back(key_of(reading.word(token)));
            phrases_.words_.prefetch(keys.back());
        }
        words_.reserve(tokens_.size());
        for (const std::uint64_t key : keys) {
            words_.push_back(phrases_.words_.find(key));
            if (words_.back() != none) __builtin_prefetch(&phrases_.first_[words_.back()]);
        }
    }

    void read_open_words(std::string_view line) {
        std::uint32_t token = 0;
        phrases_.open_words_.scan(line, [&](std::uint32_t word, std::size_t end) {
            // It may end with the space after its token.
            while (tokens_[token].end + 1 < end) ++token;
            open_.push_back({token, first_open + word, static_cast<std::uint32_t>(end)});
        });
        open_begin_.reserve(tokens_.size());
        std::uint32_t open = 0;
        for (std::uint32_t at = 0; at < tokens_.size(); ++at) {
            while (open < open_.size() && open_[open].token < at) ++open;
            open_begin_.push_back(open);
        }
    }

    // Goes on from a node with each word that the token is.
    void walk(std::uint32_t node, std::uint32_t begin, std::uint32_t at) {
        if (words_[at] != none) step(node, begin, at, words_[at], tokens_[at].end + 1);
        for (std::size_t open = open_begin_[at]; open < open_.size() && open_[open].token == at; ++open)
            step(node, begin, at, open_[open].word, open_[open].letters_end);
    }

    void step(std::uint32_t node, std::uint32_t begin, std::uint32_t at, std::uint32_t word,
              std::uint32_t letters_end) {
        if ((phrases_.nodes_[node].next & bit_of(word)) == 0) return;
        const std::uint32_t next = phrases_.child(node, word);
        if (next == 0) return;
        const Node& reached = phrases_.nodes_[next];
        if (reached.phrase != none) out_.emplace_back(reached.phrase, begin, at + 1, letters_end);
        if (reached.next != 0 && at + 1 < tokens_.size()) walk(next, begin, at + 1);
    }

    const Phrases& phrases_;
    const std::vector<Token>& tokens_;
    std::vector<Found>& out_;
    std::vector<std::uint32_t> words_;       // by token: its word, or none
    std::vector<OpenWord> open_;             // by token
    std::vector<std::uint32_t> open_begin_;  // by token: the first of them that stands there or later
};

void Phrases::scan(const Reading& reading, std::vector<Found>& out) const {
    out.clear();
    Scan(*this, reading, out).run();
}

}  // namespace decorum::conduct
