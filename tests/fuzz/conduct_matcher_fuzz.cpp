// Properties of the matcher, for any octets:
// - the automaton finds in a text exactly what a search for each of its patterns finds (the lines of the
//   input are patterns, the last is the text), and the phrases what a search for each phrase finds;
// - the hits and matches of the shipped lexicon are tokens of the reading, an excerpt is never empty, and
//   what lowers a match looks at tokens alone.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "gateway/conduct/automaton.hpp"
#include "gateway/conduct/language.hpp"
#include "gateway/conduct/matcher.hpp"
#include "gateway/conduct/modifiers.hpp"

using namespace decorum::conduct;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

const Lexicon& lexicon() {
    static const Lexicon instance = *Lexicon::load(DECORUM_SOURCE_DIR "/config/lexicon");
    return instance;
}

void check_automaton(std::string_view input) {
    constexpr std::size_t max_patterns = 64;
    Automaton automaton;
    std::vector<std::string> patterns;
    for (std::size_t end; (end = input.find('\n')) != std::string_view::npos; input.remove_prefix(end + 1)) {
        const std::string pattern(input.substr(0, end));
        if (pattern.empty() || pattern.find('\xff') != std::string::npos || patterns.size() == max_patterns)
            continue;
        if (automaton.add(pattern) == patterns.size()) patterns.push_back(pattern);
    }
    if (!automaton.build()) return;
    std::multiset<std::pair<std::uint32_t, std::size_t>> found;
    std::multiset<std::pair<std::uint32_t, std::size_t>> expected;
    automaton.scan(input, [&](std::uint32_t pattern, std::size_t end) { found.emplace(pattern, end); });
    for (std::uint32_t i = 0; i < patterns.size(); ++i)
        for (std::size_t at = input.find(patterns[i]); at != std::string_view::npos;
             at = input.find(patterns[i], at + 1))
            expected.emplace(i, at + patterns[i].size());
    require(found == expected);
}

struct Phrase {
    std::vector<std::string> words;
    bool open_begin;
    bool open_end;
};

bool is(const Phrase& phrase, std::size_t at, std::string_view word) {
    const std::string& letters = phrase.words[at];
    const bool open_begin = at == 0 && phrase.open_begin;
    const bool open_end = at + 1 == phrase.words.size() && phrase.open_end;
    if (open_begin && open_end) return word.contains(letters);
    if (open_begin) return word.ends_with(letters);
    return open_end ? word.starts_with(letters) : word == letters;
}

// An asterisk at the begin or the end of a line is an open one.
void check_phrases(std::string_view input) {
    constexpr std::size_t max_phrases = 64;
    Phrases phrases;
    std::vector<Phrase> known;
    for (std::size_t end; (end = input.find('\n')) != std::string_view::npos; input.remove_prefix(end + 1)) {
        std::string_view line = input.substr(0, end);
        const bool open_begin = line.starts_with('*');
        if (open_begin) line.remove_prefix(1);
        const bool open_end = line.ends_with('*');
        if (open_end) line.remove_suffix(1);
        Reading reading;
        read(line, nullptr, reading);
        if (reading.tokens.empty() || reading.tokens.size() > Phrases::max_words ||
            known.size() == max_phrases)
            continue;
        Phrase phrase{.words = {}, .open_begin = open_begin, .open_end = open_end};
        for (const Token& token : reading.tokens) phrase.words.emplace_back(reading.word(token));
        if (phrases.add(std::string_view(reading.line).substr(1, reading.line.size() - 2), open_begin,
                        open_end) == known.size())
            known.push_back(phrase);
    }
    if (!phrases.build()) return;
    Reading reading;
    read(input, nullptr, reading);
    std::vector<Phrases::Found> all;
    phrases.scan(reading, all);
    using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
    std::set<Place> found;
    std::set<Place> expected;
    std::uint32_t last = 0;
    for (const Phrases::Found& one : all) {
        found.emplace(one.phrase, one.begin, one.end);
        require(last <= one.letters_end);
        last = one.letters_end;
    }
    for (std::uint32_t i = 0; i < known.size(); ++i)
        for (std::uint32_t begin = 0; begin + known[i].words.size() <= reading.tokens.size(); ++begin) {
            std::uint32_t at = 0;
            while (at < known[i].words.size() && is(known[i], at, reading.word(reading.tokens[begin + at])))
                ++at;
            if (at == known[i].words.size()) expected.emplace(i, begin, begin + at);
        }
    require(found == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_automaton(text);
    check_phrases(text);
    Reading reading;
    std::vector<Hit> hits;
    read(text, &lexicon().revealer(), reading);
    lexicon().scan(reading, hits);
    std::uint32_t last = 0;
    for (const Hit& hit : hits) {
        require(hit.begin < hit.end && hit.end <= reading.tokens.size());
        require(last <= hit.end);
        last = hit.end;
    }
    const Context context(text, reading, hits);
    for (const Match& found : match(lexicon(), reading, hits, context, guess_language(reading, hits))) {
        require(found.begin < found.end && found.end <= reading.tokens.size());
        require(reading.tokens[found.begin].from < reading.tokens[found.end - 1].to);
        const auto [begin, end] = context.sentence_of(found.begin);
        require(begin <= found.begin && found.begin < end && end <= reading.tokens.size());
        require(found.begin <= found.said_begin && found.said_begin < found.said_end &&
                found.said_end <= found.end);
        require(modifiers_of(found, context).size() <= 4);
        require(modifiers_of(found.rule->category, found.end - 1, context).size() <= 4);
        (void)dissuades(found, context);
    }
    return 0;
}
