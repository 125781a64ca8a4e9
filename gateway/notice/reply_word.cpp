// Mail clients put the answered mail below ("On Monday, X wrote:" and lines with ">", or "-----Original
// Message-----") or above the answer. So quoted lines are passed over, and a paragraph that introduces them
// ("… wrote:") with them; a signature or an unquoted original ends what is looked at.
#include "gateway/notice/reply_word.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::notice {
namespace {

constexpr std::size_t max_lines = 200;
constexpr std::size_t max_word_octets = 40;

struct Synonym {
    std::string_view written;  // lower case, accents kept
    Word word;
};
constexpr auto synonyms = std::to_array<Synonym>({
    {"ack", Word::ack},
    {"acknowledged", Word::ack},
    {"ok", Word::ack},
    {"okay", Word::ack},
    {"seen", Word::ack},
    {"noted", Word::ack},
    {"vu", Word::ack},
    {"lu", Word::ack},
    {"compris", Word::ack},
    {"noté", Word::ack},
    {"wrong", Word::wrong},
    {"false", Word::wrong},
    {"mistake", Word::wrong},
    {"faux", Word::wrong},
    {"erreur", Word::wrong},
    {"stop", Word::stop},
    {"optout", Word::stop},
    {"opt-out", Word::stop},
    {"unsubscribe", Word::stop},
    {"arrêt", Word::stop},
    {"arret", Word::stop},
    {"arrêter", Word::stop},
    {"me", Word::me},
    {"moi", Word::me},
});

// Lower case in ASCII and of the accented capitals that the synonyms need.
std::string folded(std::string_view word) {
    std::string out;
    while (!word.empty()) {
        const CodePoint point = first_code_point(word);
        word.remove_prefix(point.octets);
        if (point.valid)
            append_utf8(out, point.value == U'É' ? U'é' : point.value == U'Ê' ? U'ê' : point.value);
    }
    return ascii::lower(out);
}

// A mark that ends a word though no blank follows: "STOP,please", "STOP—thanks". Hyphens and apostrophes
// stand within words.
bool ends_word(char32_t mark) {
    if (mark < 0x80) return std::string_view(",;:.!?()\"*").contains(static_cast<char>(mark));
    return mark == 0x2013 || mark == 0x2014 || mark == 0x2026 || mark == 0xA0 || mark == 0xAB ||
           mark == 0xBB || (mark >= 0x201C && mark <= 0x201E) || mark == 0x3001 || mark == 0x3002 ||
           mark == 0xFF01 || mark == 0xFF0C || mark == 0xFF0E || mark == 0xFF1A || mark == 0xFF1B ||
           mark == 0xFF1F;
}

// Punctuation and marks around a word: anything in ASCII that is no letter, and the marks of text.
std::string_view without_marks(std::string_view word) {
    const auto mark_octets = [](std::string_view text) -> std::size_t {
        const CodePoint point = first_code_point(text);
        if (point.value < 0x80) return ascii::is_alnum(static_cast<char>(point.value)) ? 0 : 1;
        const bool mark = ends_word(point.value) || (point.value >= 0x2018 && point.value <= 0x201B) ||
                          point.value == 0xFEFF || point.value == 0x200B;
        return mark ? point.octets : 0;
    };
    while (!word.empty()) {
        const std::size_t octets = mark_octets(word);
        if (octets == 0) break;
        word.remove_prefix(octets);
    }
    while (!word.empty()) {
        std::size_t last = word.size() - 1;
        while (last > 0 && (static_cast<unsigned char>(word[last]) & 0xC0u) == 0x80u) --last;
        if (mark_octets(word.substr(last)) != word.size() - last) break;
        word = word.substr(0, last);
    }
    return word;
}

// The first word of a token that begins with one. An address is a word of its own.
std::string_view up_to_mark(std::string_view token) {
    if (token.contains('@')) return token;
    for (std::size_t at = 0; at < token.size();) {
        const CodePoint point = first_code_point(token.substr(at));
        if (point.valid && ends_word(point.value)) return token.substr(0, at);
        at += point.octets;
    }
    return token;
}

// Of the first token that holds more than marks.
Word first_word(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t begin = std::min(line.find_first_not_of(" \t", at), line.size());
        const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
        const std::string_view bare = up_to_mark(without_marks(line.substr(begin, end - begin)));
        at = end;
        if (bare.empty()) continue;
        if (bare.size() > max_word_octets) return Word::none;
        const std::string word = folded(bare);
        const auto* known = std::ranges::find(synonyms, std::string_view(word), &Synonym::written);
        return known == synonyms.end() ? Word::none : known->word;
    }
    return Word::none;
}

bool is_quoted(std::string_view line) {
    return line.starts_with('>') || line.starts_with('|');
}

// Where the answered mail begins without quotation marks, or a signature does.
bool ends_reply(std::string_view line) {
    if (line == "--" || line == "-- ") return true;
    // "-----Original Message-----", "-----Message d'origine-----", "________________________________"
    return line.starts_with("-----") || line.starts_with("_____");
}

// The paragraphs that somebody wrote, each with what follows it.
struct WrittenParagraph {
    std::vector<std::string_view> lines;
    bool before_quote = false;
};

std::vector<WrittenParagraph> paragraphs_of(std::string_view text) {
    std::vector<WrittenParagraph> out;
    bool open = false;
    for (std::size_t lines = 0; !text.empty() && lines < max_lines; ++lines) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::string_view trimmed = ascii::trim(line);
        if (is_quoted(trimmed)) {
            if (!out.empty()) out.back().before_quote = true;
            open = false;
        } else if (trimmed.empty()) {
            open = false;
        } else if (ends_reply(line)) {
            break;
        } else {
            if (!open) out.emplace_back();
            open = true;
            out.back().lines.push_back(trimmed);
        }
    }
    return out;
}

// "On …, X wrote:" before a quotation, in any language: Chinese and Japanese end it with a fullwidth colon.
bool introduces_quote(const WrittenParagraph& paragraph) {
    const std::string_view end = paragraph.lines.back();
    return paragraph.before_quote && (end.ends_with(':') || end.ends_with("\uFF1A"));
}

// "Re: ", "RE : ", "AW: ", "TR: " and the like, and list tags in brackets, taken off.
std::string_view without_prefixes(std::string_view subject) {
    constexpr std::size_t max_prefix = 5;
    for (;;) {
        subject = ascii::trim(subject);
        const std::size_t colon = subject.substr(0, max_prefix).find(':');
        const std::size_t bracket = subject.starts_with('[') ? subject.find(']') : std::string_view::npos;
        if (colon != std::string_view::npos)
            subject.remove_prefix(colon + 1);
        else if (bracket != std::string_view::npos)
            subject.remove_prefix(bracket + 1);
        else
            return subject;
    }
}

}  // namespace

std::string_view name_of(Word word) {
    constexpr std::array<std::string_view, 5> names{"none", "ACK", "WRONG", "STOP", "ME"};
    return names[static_cast<std::size_t>(word)];
}

Word word_of(std::string_view text, std::string_view subject) {
    for (const WrittenParagraph& paragraph : paragraphs_of(text)) {
        const Word word = first_word(paragraph.lines.front());
        // Some clients put no empty line between the answer and what introduces the quotation.
        if (word == Word::none && introduces_quote(paragraph)) continue;
        return word;
    }
    return first_word(without_prefixes(subject));
}

}  // namespace decorum::notice
