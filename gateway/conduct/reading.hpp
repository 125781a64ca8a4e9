// The second half of the normaliser: the words of a text, as they are read.
//
// The line holds the tokens, each once, separated by single spaces, with one at both ends: what the lexicon
// matches and the classifier gets. A token keeps the octets of the original text. Words are runs of letters
// and digits; apostrophes and hyphens part them. A mention is "@user", a link or a mail address "url", a
// number "0"; sentence ends, exclamation and question marks, quotation marks, signs of currency and symbols
// (emoji) are tokens of their own, one each; other punctuation is left out.
//
// Words in disguise (sh1t, f*ck, s h i t, fuuuck, look-alike letters) are read as what they hide, where a
// Revealer knows it; where it doesn't they stay as they are, so that w1nd0ws and B.B.C. come to no harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/conduct/fold.hpp"

namespace decorum::conduct {

class Revealer;

enum class TokenKind : std::uint8_t { word, mention, link, number, mark, quote, symbol };

struct Token {
    std::uint32_t begin;  // octets of the line
    std::uint32_t end;
    std::uint32_t from;  // octets of the original text
    std::uint32_t to;
    TokenKind kind;
    bool revealed = false;  // a word that was in disguise
};

struct Reading {
    std::string line;
    std::vector<Token> tokens;
    std::vector<Character> characters;  // the folded text, kept for the patterns

    [[nodiscard]] std::string_view word(const Token& token) const {
        return std::string_view(line).substr(token.begin, token.end - token.begin);
    }
};

// Replaces the content of `out`, whose memory is reused. Only assessed_part(text) is read. Without a revealer
// every word is read as it stands.
void read(std::string_view text, const Revealer* revealer, Reading& out);

// How entries and phrases of the lexicon are written: the words of `phrase` alone, without spaces at the
// ends. They stand in `phrase` itself or in `reading`, whose content may be replaced.
[[nodiscard]] std::string_view read_phrase(std::string_view phrase, Reading& reading);

}  // namespace decorum::conduct
