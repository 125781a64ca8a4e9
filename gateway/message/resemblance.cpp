// Skeletons of names and the comparison with ours (DESIGN, the impersonation guard).
//
// A skeleton keeps letters only, each as the Latin one that it looks like; letters of other scripts that look
// like none stay as they are. Words end at white space and punctuation; full stops and apostrophes join what
// abbreviations and names put them into (A.C.M.E., O'Brien), and single letters in a row are one word.
// Names are cut at max_name_octets; nothing fails.
#include "gateway/message/resemblance.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/lookalikes.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::message {
namespace {

constexpr std::size_t max_name_octets = 512;
constexpr std::size_t min_letters_for_edit = 5;

struct Word {
    std::string text;
    std::size_t letters = 0;
};

// White space and punctuation outside ASCII, as far as names meet them.
bool is_separator(char32_t c) {
    return is_white_space(c) || (c >= 0x80 && c <= 0xBF) || c == 0xF7 || (c >= 0x2010 && c <= 0x205E) ||
           (c >= 0x2190 && c <= 0x245F) || (c >= 0x2500 && c <= 0x2BFF) || (c >= 0x3001 && c <= 0x303F) ||
           c == 0x30FB || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF01 && c <= 0xFF0F) ||
           (c >= 0xFF1A && c <= 0xFF20) || (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF65) ||
           (c >= 0x1F300 && c <= 0x1FAFF);
}

bool is_apostrophe(char32_t c) {
    return c == '\'' || c == '`' || c == 0xB4 || c == 0x2BC || c == 0x2018 || c == 0x2019 || c == 0x201B ||
           c == 0x2032 || c == 0xFF07;
}

// The words of a name, as skeletons.
std::vector<std::string> words_of(std::string_view name) {
    std::vector<Word> words(1);
    std::size_t since_stop = 0;  // letters since the last full stop or the word's begin
    auto end_word = [&] {
        if (!words.back().text.empty()) words.emplace_back();
        since_stop = 0;
    };
    name = name.substr(0, max_name_octets);
    while (!name.empty()) {
        const CodePoint point = first_code_point(name);
        const std::string_view octets = name.substr(0, point.octets);
        name.remove_prefix(point.octets);
        const char32_t c = point.value;
        if (!point.valid || is_apostrophe(c) || is_invisible_in_names(c)) continue;
        if (const char letter = latin_lookalike(c); letter != '\0') {
            words.back().text.push_back(letter);
        } else if (c == '.' && since_stop == 1) {
            since_stop = 0;
            continue;
        } else if (c < 0x80 || is_separator(c)) {
            end_word();
            continue;
        } else if (is_shown(c)) {
            const char32_t lower = lower_of_other_alphabets(c);
            if (lower == c)
                words.back().text.append(octets);
            else
                append_utf8(words.back().text, lower);
        } else {
            continue;
        }
        ++words.back().letters;
        ++since_stop;
    }
    std::vector<std::string> merged;
    bool after_single = false;
    for (Word& word : words) {
        if (word.text.empty()) continue;
        const bool single = word.letters == 1;
        if (single && after_single)
            merged.back() += word.text;
        else
            merged.push_back(std::move(word.text));
        after_single = single;
    }
    return merged;
}

std::string join(std::span<const std::string> words) {
    std::string out;
    for (const std::string& word : words) out += word;
    return out;
}

std::vector<std::string> sorted_skeletons(std::span<const std::string_view> names) {
    std::vector<std::string> out;
    out.reserve(names.size());
    for (std::string_view name : names) out.push_back(join(words_of(name)));
    std::ranges::sort(out);
    return out;
}

// Skeletons of one word each; "S.à r.l." is two.
bool is_legal_form(const std::string& word) {
    static const std::vector<std::string> forms = sorted_skeletons(std::to_array<std::string_view>(
        {"ab",      "ag",    "and",         "aps", "as",           "asa", "asbl", "bv",    "bvba", "co",
         "company", "corp",  "corporation", "cv",  "doo",          "ei",  "eg",   "et",    "eurl", "ev",
         "gbr",     "ggmbh", "gmbh",        "inc", "incorporated", "kft", "kg",   "kgaa",  "kk",   "limited",
         "llc",     "llp",   "lp",          "ltd", "ltda",         "mbh", "nv",   "ohg",   "oy",   "oyj",
         "ooo",     "plc",   "pte",         "pty", "pvt",          "rl",  "sa",   "sarl",  "sas",  "sasu",
         "sca",     "scop",  "se",          "sl",  "slu",          "snc", "spa",  "spzoo", "sr",   "srl",
         "sro",     "ug",    "und",         "zrt"}));
    return std::ranges::binary_search(forms, word);
}

bool is_title(const std::string& word) {
    static const std::vector<std::string> titles = sorted_skeletons(std::to_array<std::string_view>(
        {"dipl", "dr", "dra", "esq", "frau", "herr", "ing", "jr", "mag",  "mba", "md", "mlle",
         "mme",  "mr", "mrs", "ms",  "msc",  "mx",   "phd", "pr", "prof", "sir", "sr", "sra"}));
    return std::ranges::binary_search(titles, word);
}

std::vector<std::string> words_of_person(std::string_view name) {
    std::vector<std::string> words = words_of(name);
    while (words.size() > 2 && is_title(words.back())) words.pop_back();
    while (words.size() > 2 && is_title(words.front())) words.erase(words.begin());
    return words;
}

// Where one part of a text ends and the next begins: octets of it, 0 where none does.
std::size_t separator_at(std::string_view text) {
    constexpr auto marks = std::to_array<std::string_view>(
        {"\u00b7", "\u2013", "\u2014", "\u2022", "\uff5c", "\u2502", " - ", " at ", " chez ", " bei "});
    if (std::string_view(",;:|/@<>()[]{}\n").contains(text.front())) return 1;
    const auto mark = std::ranges::find_if(
        marks, [&](std::string_view one) { return ascii::starts_with_nocase(text, one); });
    return mark == marks.end() ? 0 : mark->size();
}

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    text = text.substr(0, max_name_octets);
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t separator = separator_at(text.substr(at));
        if (separator == 0) {
            ++at;
            continue;
        }
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + separator);
        at = 0;
    }
    parts.push_back(text);
    return parts;
}

std::vector<std::string> words_of_organisation(std::string_view name) {
    std::vector<std::string> words = words_of(name);
    while (words.size() > 1 && is_legal_form(words.back())) words.pop_back();
    return words;
}

// Letters, each octet a letter but for other scripts.
std::size_t letters_of(std::string_view skeleton) {
    return static_cast<std::size_t>(std::ranges::count_if(
        skeleton, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// One letter more, less, other, or two neighbours swapped.
bool differs_by_one_edit(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 4) return false;  // one character has four octets at most
    const auto [from_a, from_b] = std::ranges::mismatch(a, b);
    a = {from_a, a.end()};
    b = {from_b, b.end()};
    while (!a.empty() && a.back() == b.back()) {
        a.remove_suffix(1);
        b.remove_suffix(1);
    }
    if (letters_of(a) <= 1 && letters_of(b) <= 1) return true;
    return a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
}

}  // namespace

std::string skeleton_of_person(std::string_view name) {
    std::vector<std::string> words = words_of_person(name);
    std::ranges::sort(words);
    return join(words);
}

std::string skeleton_of_organisation(std::string_view name) {
    return join(words_of_organisation(name));
}

void OwnNames::add_person(std::string_view name) {
    if (std::string skeleton = skeleton_of_person(name); !skeleton.empty())
        persons_.insert(std::move(skeleton));
}

void OwnNames::add_organisation(std::string_view name) {
    std::string skeleton = skeleton_of_organisation(name);
    if (skeleton.empty()) return;
    longest_organisation_ = std::max(longest_organisation_, skeleton.size());
    organisations_.insert(std::move(skeleton));
}

void OwnNames::add_domain(std::string_view domain) {
    const std::string registered = readable_domain(registrable_domain(domain));
    add_organisation(std::string_view(registered).substr(0, registered.find('.')));
    if (std::string skeleton = join(words_of(registered)); !skeleton.empty())
        domains_.insert(std::move(skeleton));
}

bool OwnNames::resembles_person(std::string_view claimed_name) const {
    if (claimed_name.empty()) return false;
    if (persons_.contains(skeleton_of_person(claimed_name))) return true;
    // A single word is part of too many names.
    return std::ranges::any_of(parts_of(claimed_name), [&](std::string_view part) {
        return words_of(part).size() > 1 && persons_.contains(skeleton_of_person(part));
    });
}

bool OwnNames::is_organisation(std::string_view claimed) const {
    return organisations_.contains(skeleton_of_organisation(claimed));
}

bool OwnNames::holds_address(std::string_view text) const {
    for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
        std::string_view domain = text.substr(at + 1);
        domain = domain.substr(0, domain.find_first_of(" \t\r\n<>()[],;:\"'|/@"));
        if (domains_.contains(join(words_of(readable_domain(registrable_domain(domain)))))) return true;
    }
    return false;
}

bool OwnNames::resembles(std::string_view claimed_name, std::string_view claimed_organisation,
                         std::string_view claimed_headline) const {
    if (empty()) return false;
    if (resembles_person(claimed_name)) return true;
    for (const std::string_view text : {claimed_name, claimed_headline}) {
        if (holds_address(text) || is_organisation(text)) return true;
        if (std::ranges::any_of(parts_of(text), [&](std::string_view part) { return is_organisation(part); }))
            return true;
    }
    if (claimed_organisation.empty() || organisations_.empty()) return false;

    const std::vector<std::string> words = words_of_organisation(claimed_organisation);
    // Whole words in a row, however ours is spaced.
    for (std::size_t first = 0; first < words.size(); ++first) {
        std::string run;
        for (std::size_t last = first; last < words.size(); ++last) {
            run += words[last];
            if (run.size() > longest_organisation_) break;
            if (organisations_.contains(run)) return true;
        }
    }
    const std::string claimed = join(words);
    return std::ranges::any_of(organisations_, [&](const std::string& own) {
        return letters_of(own) >= min_letters_for_edit && differs_by_one_edit(own, claimed);
    });
}

}  // namespace decorum::message
