#include "gateway/conduct/lexicon.hpp"

#include <algorithm>
#include <iterator>

namespace decorum::conduct {

void Lexicon::add(std::string_view word, Meaning meaning) {
    const bool open_begin = word.starts_with('*');
    const bool open_end = word.ends_with('*');
    if (open_begin) word.remove_prefix(1);
    if (open_end && !word.empty()) word.remove_suffix(1);
    const std::string phrase = read_phrase(word);
    if (phrase.empty()) return;
    std::string pattern = phrase;
    if (!open_begin) pattern.insert(pattern.begin(), ' ');
    if (!open_end) pattern.push_back(' ');
    const std::uint32_t number = automaton_.add(pattern);
    if (number == read_.size()) read_.emplace_back();
    auto& meanings = read_[number];
    const bool known = std::ranges::any_of(meanings, [&](const Meaning& other) {
        return other.role == meaning.role && other.language == meaning.language &&
               other.index == meaning.index;
    });
    if (!known) meanings.push_back(meaning);
    constexpr std::size_t min_hidden_octets = 3;
    const bool single = phrase.find(' ') == std::string::npos && !open_begin;
    if (meaning.role == Role::entry && single && phrase.size() >= min_hidden_octets)
        revealer_.add(phrase, open_end, !rules_[meaning.index].ambiguous);
}

bool Lexicon::build() {
    begins_.assign(1, 0);
    for (const auto& meanings : read_) {
        meanings_.insert(meanings_.end(), meanings.begin(), meanings.end());
        begins_.push_back(static_cast<std::uint32_t>(meanings_.size()));
    }
    read_ = {};
    return automaton_.build();
}

void Lexicon::scan(const Reading& reading, std::vector<Hit>& out) const {
    out.clear();
    const auto& tokens = reading.tokens;
    std::size_t last = 0;  // the token in which the current hit ends
    automaton_.scan(reading.line, [&](std::uint32_t pattern, std::size_t end) {
        // A pattern may begin and end with the space between two tokens.
        while (last < tokens.size() && tokens[last].end + 1 < end) ++last;
        std::size_t first = last;
        const std::size_t begin = end - automaton_.length_of(pattern);
        while (first > 0 && tokens[first].begin > begin + 1) --first;
        for (std::uint32_t i = begins_[pattern]; i < begins_[pattern + 1]; ++i) {
            const Meaning& meaning = meanings_[i];
            out.push_back({meaning.role, meaning.language, meaning.index, static_cast<std::uint32_t>(first),
                           static_cast<std::uint32_t>(last + 1)});
        }
    });
}

}  // namespace decorum::conduct
