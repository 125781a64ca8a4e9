#include "gateway/conduct/reading.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <span>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/base/lookalikes.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/conduct/character_class.hpp"
#include "gateway/conduct/reveal.hpp"

namespace decorum::conduct {
namespace {

using Class = CharacterClass;

bool is_space(Class c) {
    return c == Class::space || c == Class::line_end;
}

// Signs that part the letters of a word that is spelt out.
bool is_separator(char32_t c) {
    return c < 0x80 ? std::string_view(" .-_*/|~,").contains(static_cast<char>(c)) : c == U'•' || c == U'·';
}

class Reader {
public:
    Reader(std::string_view text, const Revealer* revealer, Reading& out)
        : text_(text), revealer_(revealer), out_(out) {}

    void run() {
        out_.line.assign(1, ' ');
        out_.tokens.clear();
        fold(text_, out_.characters);
        chars_ = out_.characters;
        std::size_t at = 0;
        while (at < chars_.size()) {
            const Class c = class_of(chars_[at].value);
            if (is_space(c)) {
                if (c == Class::line_end) put(TokenKind::mark, ".", at, at + 1);
                ++at;
                continue;
            }
            at = read_chunk(at);
        }
    }

private:
    struct Chunk {
        std::size_t end;
        bool letters = false;
        bool disguise =
            false;             // digits or signs that may stand for letters, or a letter three times in a row
        bool foreign = false;  // letters of other alphabets
        bool at_sign = false;
        bool colon = false;
    };

    // A chunk ends at white space. Gives where the next begins.
    std::size_t read_chunk(std::size_t begin) {
        Chunk chunk = survey(begin);
        if (chunk.foreign) unmask_letters(begin, chunk.end);
        if (revealer_ != nullptr && !begins_with_letters(begin))
            if (const std::size_t end = read_spelt_out(begin); end != begin) return end;
        if (is_link(begin, chunk)) return put_link(begin, chunk.end);
        if (chars_[begin].value == U'@' && begin + 1 < chunk.end) return read_mention(begin, chunk);
        if (chunk.disguise && revealer_ != nullptr) return read_disguised(begin, chunk.end), chunk.end;
        read_plain(begin, chunk.end);
        return chunk.end;
    }

    Chunk survey(std::size_t begin) const {
        Chunk chunk{.end = begin};
        bool signs = false;
        bool repeats = false;
        std::size_t run = 0;  // of equal letters
        char32_t before = 0;
        for (; chunk.end < chars_.size(); ++chunk.end) {
            const char32_t c = chars_[chunk.end].value;
            const Class kind = class_of(c);
            if (is_space(kind)) break;
            run = c == before ? run + 1 : 1;
            before = c;
            if (kind == Class::letter) {
                chunk.letters = true;
                chunk.foreign |= c >= 0x250;
                repeats |= run >= 3;
            } else {
                signs |= is_leet(c) || is_blank_sign(c) || c == U'-' || c == U'_';
                chunk.foreign |= kind == Class::symbol && c >= 0x1F150 && c <= 0x1F1FF;
                chunk.at_sign |= c == U'@';
                chunk.colon |= c == U':';
            }
        }
        chunk.disguise = repeats || (signs && (chunk.letters || chunk.foreign));
        return chunk;
    }

    // Letters of other alphabets, where each letter of a word looks like a Latin one. A word that is wholly
    // in another alphabet is unmasked only where it hides something: Russian stays Russian.
    void unmask_letters(std::size_t begin, std::size_t end) {
        auto in_word = [&](std::size_t i) {
            const Class kind = class_of(chars_[i].value);
            return kind == Class::letter || (kind == Class::symbol && look_at(i) != '\0');
        };
        for (std::size_t from = begin; from < end;) {
            if (!in_word(from)) {
                ++from;
                continue;
            }
            std::size_t to = from;
            std::size_t symbols = 0;
            bool all = true;
            bool latin = false;
            for (; to < end && in_word(to); ++to) {
                const char32_t c = chars_[to].value;
                if (class_of(c) == Class::symbol) ++symbols;
                all = all && (c < 0x250 || look_at(to) != '\0');
                latin = latin || c < 0x250 || is_phonetic(c);
            }
            const bool flag = symbols > 0 && symbols < 3;  // a flag, or a single button
            if (all && !flag && (latin || symbols > 0 || hides_word(from, to)))
                for (std::size_t i = from; i < to; ++i)
                    if (chars_[i].value >= 0x250) chars_[i].value = static_cast<unsigned char>(look_at(i));
            from = to;
        }
    }

    // Small capitals and their like, which no language of the web is written in.
    static bool is_phonetic(char32_t c) { return c < 0x2B0 || (c >= 0x1D00 && c < 0x1DC0); }

    bool hides_word(std::size_t from, std::size_t to) {
        constexpr std::size_t max_letters = 40;
        if (revealer_ == nullptr || to - from > max_letters) return false;
        pattern_.clear();
        for (std::size_t i = from; i < to; ++i)
            pattern_.push_back({Place::Kind::letter, static_cast<unsigned char>(look_at(i))});
        return revealer_->reveal(pattern_).has_value();
    }

    // How the character of the original text looks: a capital may look like another letter than its small
    // one.
    char look_at(std::size_t i) const {
        const char32_t original = first_code_point(text_.substr(chars_[i].from)).value;
        return original < 0x250 ? '\0' : look_of(original);
    }

    // So that its first letter isn't alone.
    bool begins_with_letters(std::size_t begin) const {
        return begin + 1 < chars_.size() && class_of(chars_[begin].value) == Class::letter &&
               class_of(chars_[begin + 1].value) == Class::letter;
    }

    // "s h i t", "s.h.i.t": three or more single letters with single separators between them. Gives `begin`
    // where nothing was revealed.
    std::size_t read_spelt_out(std::size_t begin) {
        if (begin < spelt_out_seen_) return begin;
        constexpr std::size_t max_letters = 64;
        pattern_.clear();
        places_.clear();
        std::size_t at = begin;
        while (at < chars_.size() && class_of(chars_[at].value) == Class::other && !is_leet(chars_[at].value))
            ++at;  // an opening bracket
        while (at < chars_.size() && pattern_.size() < max_letters) {
            const char32_t c = chars_[at].value;
            if (class_of(c) != Class::letter && !is_leet(c)) break;
            pattern_.push_back({Place::Kind::letter, c});
            places_.push_back(at++);
            if (at + 1 >= chars_.size() || !is_separator(chars_[at].value)) break;
            ++at;
        }
        // The last letter must be alone, too.
        if (at < chars_.size() && class_of(chars_[at].value) == Class::letter &&
            pattern_.size() < max_letters) {
            if (pattern_.empty() || places_.back() + 1 == at) {
                if (!pattern_.empty()) pattern_.pop_back(), places_.pop_back();
            }
        }
        if (pattern_.size() < 3) return begin;
        spelt_out_seen_ = places_.back() + 1;
        return put_spelt_out(begin);
    }

    std::size_t put_spelt_out(std::size_t begin) {
        const std::size_t end = places_.back() + 1;
        bool revealed = false;
        for (std::size_t i = 0; i < pattern_.size();) {
            std::size_t used = 0;
            const bool whole = i == 0 && pattern_.size() == 3;
            const auto word = revealer_->reveal_start(pattern_, i, whole ? 3 : 4, used);
            if (!word || used == 0) {
                ++i;
                continue;
            }
            if (!revealed) read_plain(begin, places_[i]);
            revealed = true;
            put(TokenKind::word, *word, places_[i], places_[i + used - 1] + 1, true);
            i += used;
            if (i < pattern_.size() && !revealer_->reveal_start(pattern_, i, 4, used))
                return read_plain(places_[i], end), end;
        }
        return revealed ? end : begin;
    }

    bool is_link(std::size_t begin, const Chunk& chunk) const {
        if (chunk.colon && find(begin, chunk.end, U"://") != chunk.end) return true;
        if (starts(begin, chunk.end, U"www.")) return true;
        if (!chunk.at_sign) return false;
        // local-part "@" domain "." top-level: enough to keep its words out
        const std::size_t at = find(begin, chunk.end, U"@");
        const std::size_t dot = find(at, chunk.end, U".");
        return at > begin && dot > at + 1 && dot + 2 < chunk.end &&
               class_of(chars_[dot + 1].value) == Class::letter;
    }

    std::size_t put_link(std::size_t begin, std::size_t end) {
        put(TokenKind::link, "url", begin, end);
        return end;
    }

    std::size_t read_mention(std::size_t begin, const Chunk& chunk) {
        std::size_t end = begin + 1;
        while (end < chunk.end && (is_alnum(end) || chars_[end].value == U'_')) ++end;
        if (end == begin + 1) return read_plain(begin, chunk.end), chunk.end;
        if (revealer_ == nullptr || !put_revealed(begin, end)) put(TokenKind::mention, "@user", begin, end);
        if (end < chunk.end) read_disguised(end, chunk.end);
        return chunk.end;
    }

    // Parts of letters, digits and signs that may stand for letters; each is tried without the signs at its
    // ends, then with the blanks at its end (f***).
    void read_disguised(std::size_t begin, std::size_t end) {
        auto in_part = [&](std::size_t i) {
            const char32_t c = chars_[i].value;
            return is_alnum(i) || is_leet(c) || is_blank_sign(c) || c == U'-' || c == U'_';
        };
        for (std::size_t from = begin; from < end;) {
            std::size_t to = from;
            while (to < end && in_part(to)) ++to;
            if (to == from) {
                while (to < end && !in_part(to)) ++to;
                read_plain(from, to);
            } else if (revealer_ != nullptr) {
                read_part(from, to);
            } else {
                read_plain(from, to);
            }
            from = to;
        }
    }

    void read_part(std::size_t from, std::size_t to) {
        auto edge = [&](std::size_t i) {
            const char32_t c = chars_[i].value;
            return !is_alnum(i) && c != U'@' && c != U'$' && c != U'€';
        };
        std::size_t first = from;
        std::size_t last = to;
        while (first < last && edge(first)) ++first;
        while (last > first && edge(last - 1)) --last;
        std::size_t blanks = last;
        while (blanks < to && is_blank_sign(chars_[blanks].value)) ++blanks;
        if (first == last ||
            (!put_revealed(first, last) && !(blanks >= last + 2 && put_revealed(first, last = blanks))))
            return read_words_of(from, to);
        // What stands around it: signs only.
        if (last < to) read_plain(last, to);
    }

    // No single word: perhaps one of those that hyphens join.
    void read_words_of(std::size_t from, std::size_t to) {
        while (from < to) {
            std::size_t end = from;
            while (end < to && chars_[end].value != U'-' && chars_[end].value != U'_') ++end;
            if (end == to || end == from || !put_revealed(from, end))
                read_plain(from, std::max(end, from + 1));
            from = std::max(end, from + 1);
        }
    }

    bool put_revealed(std::size_t from, std::size_t to) {
        constexpr std::size_t max_places = 64;
        if (to - from > 4 * max_places) return false;
        pattern_.clear();
        std::size_t letters = 0;
        std::size_t known = 0;
        bool disguised = false;
        bool dashes = false;
        for (std::size_t i = from; i < to;) {
            const char32_t c = chars_[i].value;
            std::size_t run = i + 1;
            while (run < to && chars_[run].value == c) ++run;
            const bool alnum = is_alnum(i);
            const std::size_t count = run - i;
            if (count >= 3 && (alnum || is_leet(c))) {
                pattern_.push_back({Place::Kind::repeated, c});
                disguised = true;
            } else {
                const bool blank = is_blank_sign(c) || c == U'-' || c == U'_';
                pattern_.insert(pattern_.end(), count, {blank ? Place::Kind::blank : Place::Kind::letter, c});
                disguised |= blank || is_leet(c);
                dashes |= c == U'-' || c == U'_';
            }
            letters += class_of(c) == Class::letter ? count : 0;
            known += is_blank_sign(c) || c == U'-' || c == U'_' ? 0 : count;
            i = run;
        }
        const std::size_t places = to - from;
        const bool blanks = known < places;
        if (!disguised || letters == 0 || pattern_.size() < 2 || pattern_.size() > max_places || places < 3)
            return false;
        // "a-s" and "co-op" are no words with a hole.
        if (dashes && (places < 4 || known < 3 || known + 1 < places)) return false;
        if (blanks && (places < 4 || pattern_.front().kind == Place::Kind::blank || known == 0)) return false;
        const auto word = revealer_->reveal(pattern_);
        if (!word) return false;
        put(TokenKind::word, *word, from, to, true);
        return true;
    }

    void read_plain(std::size_t begin, std::size_t end) {
        for (std::size_t from = begin; from < end;) {
            const Class kind = class_of(chars_[from].value);
            std::size_t to = from + 1;
            switch (kind) {
                case Class::letter:
                case Class::digit:
                    while (to < end && is_alnum(to)) ++to;
                    if (from > 0 && chars_[from - 1].value == U'#')
                        put_hashtag(from, to);
                    else
                        put_word(from, to);
                    break;
                case Class::stop: {
                    const char32_t c = chars_[from].value;
                    while (to < end && chars_[to].value == c) ++to;
                    put(TokenKind::mark, c == U'!' ? "!" : c == U'?' ? "?" : ".", from, to);
                    break;
                }
                case Class::line_end: put(TokenKind::mark, ".", from, to); break;
                case Class::quote: put(TokenKind::quote, "\"", from, to); break;
                case Class::sign: put_characters(TokenKind::mark, from, to); break;
                case Class::symbol: put_symbol(from, begin); break;
                case Class::space:
                case Class::other: break;
            }
            from = to;
        }
    }

    // Each symbol alone, and of a row of equal ones three.
    void put_symbol(std::size_t at, std::size_t begin) {
        const char32_t c = chars_[at].value;
        if (at >= begin + 3 && chars_[at - 1].value == c && chars_[at - 2].value == c &&
            chars_[at - 3].value == c)
            return;
        put_characters(TokenKind::symbol, at, at + 1);
    }

    // "#MyBossIsLate" is its words, which begin with capitals. Two are a name more often (#JavaScript).
    void put_hashtag(std::size_t from, std::size_t to) {
        constexpr std::size_t min_words = 3;
        std::size_t words = 1;
        for (std::size_t i = from + 1; i < to; ++i) words += begins_with_capital(i, to) ? 1U : 0U;
        if (words < min_words) return put_word(from, to);
        for (std::size_t i = from + 1; i < to; ++i)
            if (begins_with_capital(i, to)) put_word(std::exchange(from, i), i);
        put_word(from, to);
    }

    // A capital behind a small letter or digit, or the last of several: "IHateIT" has three.
    bool begins_with_capital(std::size_t at, std::size_t end) const {
        const auto is_upper = [this](std::size_t i) {
            return u_isupper(static_cast<UChar32>(first_code_point(text_.substr(chars_[i].from)).value)) != 0;
        };
        if (chars_[at].from == chars_[at - 1].from) return false;  // one ligature
        return is_upper(at) && (!is_upper(at - 1) || (at + 1 < end && !is_upper(at + 1)));
    }

    void put_word(std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i)
            if (class_of(chars_[i].value) == Class::letter) return put_characters(TokenKind::word, from, to);
        put(TokenKind::number, "0", from, to);
    }

    void put_characters(TokenKind kind, std::size_t from, std::size_t to) {
        const auto begin = static_cast<std::uint32_t>(out_.line.size());
        constexpr std::size_t max_run = 3;  // "sooooo" is "sooo"
        std::size_t run = 0;
        char32_t before = 0;
        for (const Character& character : chars_.subspan(from, to - from)) {
            const char32_t c = character.value;
            run = c == before ? run + 1 : 1;
            before = c;
            if (run > max_run) continue;
            if (c < 0x80)
                out_.line.push_back(static_cast<char>(c));
            else
                append_utf8(out_.line, c);
        }
        finish(kind, begin, from, to, false);
    }

    void put(TokenKind kind, std::string_view text, std::size_t from, std::size_t to, bool revealed = false) {
        const auto begin = static_cast<std::uint32_t>(out_.line.size());
        out_.line.append(text);
        finish(kind, begin, from, to, revealed);
    }

    void finish(TokenKind kind, std::uint32_t begin, std::size_t from, std::size_t to, bool revealed) {
        const auto end = static_cast<std::uint32_t>(out_.line.size());
        out_.line.push_back(' ');
        out_.tokens.emplace_back(begin, end, chars_[from].from, chars_[to - 1].to, kind, revealed);
    }

    bool is_alnum(std::size_t i) const {
        const Class kind = class_of(chars_[i].value);
        return kind == Class::letter || kind == Class::digit;
    }

    std::size_t find(std::size_t begin, std::size_t end, std::u32string_view what) const {
        for (std::size_t i = begin; i + what.size() <= end; ++i)
            if (starts(i, end, what)) return i;
        return end;
    }
    bool starts(std::size_t at, std::size_t end, std::u32string_view what) const {
        if (end - at < what.size()) return false;
        for (std::size_t i = 0; i < what.size(); ++i)
            if (chars_[at + i].value != what[i]) return false;
        return true;
    }

    std::string_view text_;
    const Revealer* revealer_;
    Reading& out_;
    std::span<Character> chars_;  // those of out_
    std::vector<Place> pattern_;
    std::vector<std::size_t> places_;
    std::size_t spelt_out_seen_ = 0;  // up to here the search for words that are spelt out is done
};

// Words of small letters of Latin-1 with a space between each two, and no long row of a letter: nearly all
// phrases.
bool is_read_as_it_is(std::string_view phrase) {
    bool after_letter = false;
    for (std::size_t i = 0; i < phrase.size(); ++i) {
        const char c = phrase[i];
        const bool in_row = i >= 2 && c == phrase[i - 1] && c == phrase[i - 2];
        if (ascii::is_lower(c) && !in_row) {
            after_letter = true;
        } else if (c == '\xC3' && i + 1 < phrase.size()) {
            const auto second = static_cast<unsigned char>(phrase[++i]);  // à to ÿ
            if (second < 0xA0 || second > 0xBF || second == 0xB7) return false;
            if (phrase.substr(0, i - 1).ends_with(phrase.substr(i - 1, 2))) return false;
            after_letter = true;
        } else if (c == ' ' && after_letter) {
            after_letter = false;
        } else {
            return false;
        }
    }
    return after_letter;
}

}  // namespace

void read(std::string_view text, const Revealer* revealer, Reading& out) {
    Reader(assessed_part(text), revealer, out).run();
}

std::string_view read_phrase(std::string_view phrase, Reading& reading) {
    if (is_read_as_it_is(phrase)) return phrase;
    read(phrase, nullptr, reading);
    return ascii::trim(reading.line);
}

}  // namespace decorum::conduct
