// What the classifier gets: the words of a text, and after them what the lexicon knows of each.
//
// "drunk at my desk" and "bourré au bureau" have no n-gram in common. After the words of the reading stand,
// in the order of the text, the themes, cues and categories that were found in it ("_drunk", "_work",
// "_first_person"): the same in every language, so that what was learnt of one word holds for its like. No
// word of a reading begins with "_". Hits in languages that the text isn't in are left out, and a sign says
// no more when it is repeated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/conduct/language.hpp"
#include "gateway/conduct/lexicon.hpp"

namespace decorum::conduct {

struct ClassifierLine {
    std::string text;
    std::vector<std::uint32_t> origins;  // for each sign, in order: the token of the reading where it begins
};

// Replaces the content of `out`, whose memory is reused.
void make_classifier_line(const Reading& reading, const std::vector<Hit>& hits, const Lexicon& lexicon,
                          const LanguageGuess& language, ClassifierLine& out);

}  // namespace decorum::conduct
