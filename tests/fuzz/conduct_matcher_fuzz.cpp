// Properties of the matcher, for any octets:
// - the automaton finds in a text exactly what a search for each of its patterns finds (the lines of the
// input
//   are patterns, the last is the text);
// - the hits and matches of the shipped lexicon are tokens of the reading, and an excerpt is never empty.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_automaton(text);
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
    const Context context(reading, hits);
    for (const Match& found : match(lexicon(), reading, hits, context, guess_language(reading, hits))) {
        require(found.begin < found.end && found.end <= reading.tokens.size());
        require(reading.tokens[found.begin].from < reading.tokens[found.end - 1].to);
        const auto [begin, end] = context.sentence_of(found.begin);
        require(begin <= found.begin && found.begin < end && end <= reading.tokens.size());
        require(modifiers_of(found.rule->category, found.begin, found.end, context).size() <= 4);
    }
    return 0;
}
