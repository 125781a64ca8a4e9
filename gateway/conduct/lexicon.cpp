#include "gateway/conduct/lexicon.hpp"

#include <algorithm>
#include <iterator>

namespace decorum::conduct {

bool Lexicon::add(std::string_view word, Meaning meaning, Reading& space) {
    const bool open_begin = word.starts_with('*');
    const bool open_end = word.ends_with('*');
    if (open_begin) word.remove_prefix(1);
    if (open_end && !word.empty()) word.remove_suffix(1);
    const std::string_view phrase = read_phrase(word, space);
    if (phrase.empty()) return true;
    if (std::ranges::count(phrase, ' ') >= static_cast<std::ptrdiff_t>(Phrases::max_words)) return false;
    const std::uint32_t number = phrases_.add(phrase, open_begin, open_end);
    if (number == read_.size()) read_.emplace_back();
    auto& meanings = read_[number];
    const bool known = std::ranges::any_of(meanings, [&](const Meaning& other) {
        return other.role == meaning.role && other.language == meaning.language &&
               other.index == meaning.index;
    });
    if (!known) meanings.push_back(meaning);
    constexpr std::size_t min_hidden_octets = 3;
    const bool single = !phrase.contains(' ') && !open_begin;
    if (meaning.role == Role::entry && single && phrase.size() >= min_hidden_octets)
        revealer_.add(phrase, open_end, !rules_[meaning.index].ambiguous);
    return true;
}

bool Lexicon::build() {
    begins_.assign(1, 0);
    for (const auto& meanings : read_) {
        meanings_.insert(meanings_.end(), meanings.begin(), meanings.end());
        begins_.push_back(static_cast<std::uint32_t>(meanings_.size()));
    }
    read_ = {};
    return phrases_.build();
}

void Lexicon::scan(const Reading& reading, std::vector<Hit>& out) const {
    out.clear();
    std::vector<Phrases::Found> found;
    found.reserve(reading.tokens.size());
    phrases_.scan(reading, found);
    for (const Phrases::Found& phrase : found)
        for (std::uint32_t i = begins_[phrase.phrase]; i < begins_[phrase.phrase + 1]; ++i)
            out.emplace_back(meanings_[i].role, meanings_[i].language, meanings_[i].index, phrase.begin,
                             phrase.end);
}

}  // namespace decorum::conduct
