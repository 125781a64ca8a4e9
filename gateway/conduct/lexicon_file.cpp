// Reads config/lexicon/LANGUAGE.toml.
//
//   format = 1, language, version
//   function_words = ["the of and …"]        what the language of a text is told by
//   exceptions = ["moby dick", …]            phrases in which no entry counts
//   [cues] negation = ["not", …]             see Cue
//   [themes] drug = ["weed", …]              see theme_names
//   [[entry]] category, severity, words      words and phrases; optional: directed, personal, ambiguous,
//   exact
//   [[pair]] category, severity, first, second, within    two phrases near each other, in any order
//
// In words, a{b,c} stands for ab and ac, and * at either end for any letters. A phrase has 32 words at most.
// A word with accents is also known without them, and in German by its digraphs, unless its entry is `exact`.
#include <fmt/format.h>

#include <algorithm>

#include "config/toml_table.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/lookalikes.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/conduct/lexicon.hpp"

namespace decorum::conduct {
namespace {

constexpr std::size_t max_lexicon_octets = std::size_t{4} << 20;
constexpr std::size_t max_spellings = 256;

// Every spelling that the groups in braces stand for; empty where the braces don't match.
std::vector<std::string> spellings(std::string_view word) {
    const std::size_t open = word.find('{');
    if (open == std::string_view::npos) {
        if (word.contains('}')) return {};
        return {std::string(word)};
    }
    const std::size_t close = word.find('}', open);
    if (close == std::string_view::npos) return {};
    const std::vector<std::string> tails = spellings(word.substr(close + 1));
    std::vector<std::string> out;
    std::string_view group = word.substr(open + 1, close - open - 1);
    for (;;) {
        const std::size_t comma = group.find(',');
        for (const std::string& tail : tails) {
            if (out.size() == max_spellings) return {};
            out.push_back(std::string(word.substr(0, open)).append(group.substr(0, comma)).append(tail));
        }
        if (comma == std::string_view::npos) break;
        group.remove_prefix(comma + 1);
    }
    return out;
}

std::string without_accents(std::string_view word, bool digraphs) {
    std::string out;
    while (!word.empty()) {
        const CodePoint point = first_code_point(word);
        const std::string_view octets = word.substr(0, point.octets);
        word.remove_prefix(point.octets);
        const char look = point.value < 0x80 || point.value == U'ß' ? '\0' : look_of(point.value);
        if (point.value == U'œ') {
            out += "oe";
        } else if (look == '\0') {
            out += octets;
        } else {
            out += look;
            if (digraphs && (point.value == U'ä' || point.value == U'ö' || point.value == U'ü')) out += 'e';
        }
    }
    return out;
}

}  // namespace

class LexiconReader {
public:
    LexiconReader(Lexicon& lexicon, const std::filesystem::path& file, Language language,
                  std::vector<std::string>* all)
        : lexicon_(lexicon), file_(file), language_(language), all_(all) {}

    Result<> read(std::string_view toml) {
        const auto root = config::parse_toml(toml, file_);
        if (!root) return std::unexpected(root.error());
        std::optional<Error> fault;
        config::Table top(*root, "", file_, fault, all_);
        read_top(top);
        if (fault) return std::unexpected(std::move(*fault));
        return {};
    }

private:
    void read_top(config::Table& top) {
        top.allow_only({"format", "language", "version", "function_words", "exceptions", "cues", "themes",
                        "entry", "pair"});
        if (top.integer("format", 1, 1000) != lexicon_format)
            return top.refuse("format",
                              fmt::format("this version of decorum reads format {}", lexicon_format));
        if (top.text("language") != name_of(language_))
            return top.refuse("language", fmt::format("must be \"{}\" in this file", name_of(language_)));
        const std::string version = top.text("version");
        if (version.empty()) return top.refuse("version", "is missing");
        if (!lexicon_.version_.empty()) lexicon_.version_ += ' ';
        lexicon_.version_ += fmt::format("{}:{}", name_of(language_), version);

        top.each_text("function_words", [&](const toml::node& node, std::string_view words) {
            while (!words.empty()) {
                const std::size_t space = words.find_first_of(" \n");
                add(top, node, "function_words", words.substr(0, space), {Role::function_word, language_, 0});
                words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
            }
        });
        if (top.has("exceptions")) add_all(top, "exceptions", {Role::exception, language_, 0}, false);
        top.table("cues", [&](config::Table& cues) {
            for (std::size_t i = 0; i < cue_names.size(); ++i)
                add_all(cues, cue_names[i], {Role::cue, language_, static_cast<std::uint16_t>(i)}, false);
        });
        top.table("themes", [&](config::Table& themes) {
            for (std::size_t i = 0; i < theme_names.size(); ++i)
                if (themes.has(theme_names[i]))
                    add_all(themes, theme_names[i], {Role::theme, language_, static_cast<std::uint16_t>(i)},
                            false);
        });
        top.each_table("entry", [&](config::Table& entry) {
            entry.allow_only({"category", "severity", "words", "directed", "personal", "ambiguous", "exact"});
            const auto index = add_rule(entry);
            if (index) add_all(entry, "words", {Role::entry, language_, *index}, entry.flag("exact"));
        });
        top.each_table("pair", [&](config::Table& pair) {
            pair.allow_only({"category", "severity", "first", "second", "within", "directed", "personal"});
            const auto index = add_rule(pair);
            if (!index) return;
            constexpr int max_within = 40;
            lexicon_.rules_[*index].within =
                static_cast<std::uint32_t>(pair.integer("within", 1, max_within));
            add_all(pair, "first", {Role::first, language_, *index}, false);
            add_all(pair, "second", {Role::second, language_, *index}, false);
        });
    }

    std::optional<std::uint16_t> add_rule(config::Table& table) {
        const auto category = category_named(table.text("category"));
        const auto severity = static_cast<std::uint8_t>(table.integer("severity", 1, max_severity));
        if (!category) return table.refuse("category", "must be a category of conduct"), std::nullopt;
        if (lexicon_.rules_.size() == 0xFFFF)
            return table.refuse("category", "too many entries"), std::nullopt;
        lexicon_.rules_.push_back({.category = *category,
                                   .severity = severity,
                                   .language = language_,
                                   .directed = table.flag("directed"),
                                   .ambiguous = table.flag("ambiguous"),
                                   .personal = table.flag("personal"),
                                   .within = 0,
                                   .name = fmt::format("{}:{}", name_of(language_), table.line())});
        return static_cast<std::uint16_t>(lexicon_.rules_.size() - 1);
    }

    void add_all(config::Table& table, std::string_view key, Lexicon::Meaning meaning, bool exact) {
        table.each_text(key, [&](const toml::node& node, std::string_view text) {
            const std::vector<std::string> words = spellings(text);
            if (words.empty())
                return table.refuse(
                    node, key, fmt::format("braces must match, for {} spellings at the most", max_spellings));
            for (const std::string& word : words) {
                add(table, node, key, word, meaning);
                if (exact || ascii::is_ascii(word)) continue;
                add(table, node, key, without_accents(word, false), meaning);
                if (language_ == Language::de) add(table, node, key, without_accents(word, true), meaning);
            }
        });
    }

    void add(config::Table& table, const toml::node& node, std::string_view key, std::string_view word,
             Lexicon::Meaning meaning) {
        if (!lexicon_.add(word, meaning, space_))
            table.refuse(node, key, fmt::format("a phrase has at most {} words", Phrases::max_words));
    }

    Lexicon& lexicon_;
    const std::filesystem::path& file_;
    Language language_;
    std::vector<std::string>* all_;
    Reading space_;  // to read phrases with
};

Result<Lexicon> Lexicon::load(const std::filesystem::path& folder, std::vector<std::string>* all) {
    Lexicon lexicon;
    std::optional<Error> fault;
    for (const Language language : all_languages) {
        const auto file = folder / fmt::format("{}.toml", name_of(language));
        std::vector<std::string> of_file;
        const auto octets = read_file(file, max_lexicon_octets);
        const auto read =
            octets ? LexiconReader(lexicon, file, language, all == nullptr ? nullptr : &of_file).read(*octets)
                   : Result<>(std::unexpected(octets.error()));
        if (read) continue;
        if (all == nullptr) return std::unexpected(read.error());
        if (of_file.empty()) of_file.push_back(read.error().detail);
        all->insert(all->end(), of_file.begin(), of_file.end());
        if (!fault) fault = read.error();
    }
    if (fault) return std::unexpected(std::move(*fault));
    if (!lexicon.build()) return fail(errc::limit, fmt::format("{}: too many words", folder.native()));
    return lexicon;
}

}  // namespace decorum::conduct
