#include "gateway/conduct/classifier_line.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

// A text of a profile has a dozen; more would drown its words.
constexpr std::size_t max_signs = 48;

void append_sign(const Hit& hit, const Lexicon& lexicon, std::string& out) {
    switch (hit.role) {
        case Role::theme: out += theme_names[hit.index]; break;
        case Role::cue: out += cue_names[hit.index]; break;
        case Role::exception: out += "harmless"; break;
        case Role::entry: out += name_of(lexicon.rule(hit.index).category); break;
        case Role::first:
        case Role::second:
            out += name_of(lexicon.rule(hit.index).category);
            out += hit.role == Role::first ? "_1" : "_2";
            break;
        case Role::function_word: break;
    }
}

}  // namespace

void make_classifier_line(const Reading& reading, const std::vector<Hit>& hits, const Lexicon& lexicon,
                          const LanguageGuess& language, ClassifierLine& out) {
    out.text = reading.line;
    out.origins.clear();
    std::size_t last = out.text.size();  // where the sign before this one begins
    for (const Hit& hit : hits) {
        if (hit.role == Role::function_word || !language.plausible(hit.language)) continue;
        const std::size_t begin = out.text.size();
        out.text += '_';
        append_sign(hit, lexicon, out.text);
        out.text += ' ';
        const std::string_view text = out.text;
        if (text.substr(last, begin - last) == text.substr(begin)) {
            out.text.resize(begin);
            continue;
        }
        last = begin;
        out.origins.push_back(hit.begin);
        if (out.origins.size() == max_signs) break;
    }
}

}  // namespace decorum::conduct
