#include "gateway/notice/phrases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "config/toml_table.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::notice {
namespace {

constexpr std::size_t max_file_octets = std::size_t{256} << 10;
constexpr std::string_view fallback = "en";

// Every text there is, with the words that may be filled in.
struct Phrase {
    std::string_view section;  // "": none
    std::string_view key;
    std::string_view words;  // "{a}{b}"
};
constexpr auto phrases = std::to_array<Phrase>({
    {"", "months", ""},
    {"", "date", "{day}{month}{year}"},
    {"notice", "subject", ""},
    {"notice", "title", ""},
    {"notice", "greeting", "{name}"},
    {"notice", "greeting_all", ""},
    {"notice", "intro", "{address}{charter}"},
    {"notice", "passed", ""},
    {"notice", "confirm", ""},
    {"notice", "block", ""},
    {"notice", "more", "{count}"},
    {"recorded", "with_words", "{what}"},
    {"recorded", "without_words", "{what}"},
    {"recorded", "category", ""},
    {"recorded", "severity", ""},
    {"recorded", "time", ""},
    {"recorded", "excerpt", ""},
    {"recorded", "nothing", ""},
    {"passage", "post", "{network}{date}"},
    {"passage", "post_undated", "{network}"},
    {"passage", "bio", "{network}"},
    {"passage", "somewhere", ""},
    {"passage", "rule", ""},
    {"passage", "kind", ""},
    {"passage", "severity", "{category}{severity}"},
    {"category", "profanity", ""},
    {"category", "sexual", ""},
    {"category", "hate", ""},
    {"category", "harassment", ""},
    {"category", "threat", ""},
    {"category", "substances", ""},
    {"category", "disparagement", ""},
    {"category", "confidentiality", ""},
    {"remedies", "title", ""},
    {"remedies", "edit", ""},
    {"remedies", "detach", "{address}"},
    {"answers", "title", ""},
    {"answers", "how", ""},
    {"answers", "ack", ""},
    {"answers", "wrong", ""},
    {"answers", "stop", ""},
    {"answers", "me", ""},
    {"profile", "subject", ""},
    {"profile", "title", ""},
    {"profile", "intro", "{address}"},
    {"profile", "linked", "{account}{address}"},
    {"profile", "nothing", ""},
    {"profile", "opted_out", ""},
    {"profile", "unavailable", ""},
    {"profile", "accounts", ""},
    {"profile", "no_accounts", ""},
    {"profile", "tier_S", ""},
    {"profile", "tier_A", ""},
    {"profile", "tier_B", ""},
    {"profile", "tier_C", ""},
    {"profile", "because", "{tier}{reason}"},
    {"answer", "ack_subject", ""},
    {"answer", "ack", ""},
    {"answer", "wrong_subject", ""},
    {"answer", "wrong", ""},
    {"answer", "stop_subject", ""},
    {"answer", "stop", ""},
    {"answer", "stop_refused_subject", ""},
    {"answer", "stop_refused", ""},
    {"answer", "optout_subject", ""},
    {"answer", "optout", "{address}"},
    {"answer", "help_subject", ""},
    {"answer", "help", ""},
    {"footer", "machine", "{hostname}"},
    {"footer", "charter", ""},
});
constexpr auto page_words =
    std::to_array<std::string_view>({"{language}", "{title}", "{content}", "{footer}"});

// The first {word} of `text` that is not among `known`; empty: none.
std::string_view stranger(std::string_view text, std::string_view known) {
    for (std::size_t at = 0; (at = text.find('{', at)) != std::string_view::npos; ++at) {
        const std::size_t end = text.find('}', at);
        if (end == std::string_view::npos) return text.substr(at);
        const std::string_view word = text.substr(at, end + 1 - at);
        if (known.find(word) == std::string_view::npos) return word;
    }
    return {};
}

void read_section(config::Table& table, std::string_view section,
                  std::map<std::string, std::string, std::less<>>& texts) {
    for (const Phrase& phrase : phrases) {
        if (phrase.section != section) continue;
        std::string text = table.text(phrase.key);
        if (text.empty()) table.refuse(phrase.key, "a text is missing");
        if (const std::string_view word = stranger(text, phrase.words); !word.empty())
            table.refuse(phrase.key, fmt::format("{} is filled in by nothing here", word));
        texts.emplace(section.empty() ? std::string(phrase.key) : fmt::format("{}.{}", section, phrase.key),
                      std::move(text));
    }
}

}  // namespace

Result<Phrases> Phrases::parse(std::string_view toml, const std::filesystem::path& file) {
    auto parsed = config::parse_toml(toml, file);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    std::optional<Error> fault;
    config::Table root(*parsed, "", file, fault);
    Phrases out;
    root.allow_only({"months", "date", "notice", "recorded", "passage", "category", "remedies", "answers",
                     "profile", "answer", "footer"});
    read_section(root, "", out.texts_);
    for (std::string_view section : {"notice", "recorded", "passage", "category", "remedies", "answers",
                                     "profile", "answer", "footer"}) {
        if (!root.has(section)) root.refuse(section, "the section is missing");
        root.table(section, [&](config::Table& table) { read_section(table, section, out.texts_); });
    }
    if (!fault && std::ranges::count(out.texts_.at("months"), ' ') != 11)
        root.refuse("months", "twelve words are needed");
    if (fault) return std::unexpected(std::move(*fault));
    return out;
}

std::string Phrases::say(std::string_view key, Values values) const {
    const std::string_view text = texts_.find(key)->second;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t open = std::min(text.find('{', at), text.size());
        out += text.substr(at, open - at);
        at = open;
        if (at == text.size()) break;
        const std::size_t close = text.find('}', at);  // parse() saw that there is one
        const std::string_view word = text.substr(at + 1, close - at - 1);
        const auto* value =
            std::ranges::find(values, word, &std::pair<std::string_view, std::string_view>::first);
        if (value != values.end()) out += value->second;
        at = close + 1;
    }
    return out;
}

std::string Phrases::date(Instant time) const {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
    std::string_view months = texts_.find("months")->second;
    for (unsigned month = static_cast<unsigned>(day.month()); month > 1; --month)
        months.remove_prefix(months.find(' ') + 1);
    return say("date", {{"day", std::to_string(static_cast<unsigned>(day.day()))},
                        {"month", months.substr(0, months.find(' '))},
                        {"year", std::to_string(static_cast<int>(day.year()))}});
}

Result<Stationery> Stationery::load(const std::filesystem::path& data_dir) {
    Stationery out;
    const auto folder = data_dir / "notices";
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (auto at = std::filesystem::directory_iterator(folder, error);
         !error && at != std::filesystem::directory_iterator(); at.increment(error))
        if (at->path().extension() == ".toml") files.push_back(at->path());
    if (error) return fail(errc::io, fmt::format("{}: {}", folder.native(), error.message()));
    for (const auto& file : files) {
        const auto octets = read_file(file, max_file_octets);
        if (!octets) return std::unexpected(octets.error());
        auto phrases_of_file = Phrases::parse(*octets, file);
        if (!phrases_of_file) return std::unexpected(std::move(phrases_of_file.error()));
        out.languages_.emplace(file.stem().string(), std::move(*phrases_of_file));
    }
    if (!out.has(fallback))
        return fail(errc::not_found, fmt::format("{}/en.toml is missing", folder.native()));
    const auto page_file = folder / "letter.html";
    auto page = read_file(page_file, max_file_octets);
    if (!page) return std::unexpected(std::move(page.error()));
    for (std::string_view word : page_words)
        if (page->find(word) == std::string::npos)
            return fail(errc::invalid, fmt::format("{}: {} is missing", page_file.native(), word));
    out.page_ = std::move(*page);
    return out;
}

const Phrases& Stationery::phrases(std::string_view language) const {
    const auto found = languages_.find(language);
    return found == languages_.end() ? languages_.find(fallback)->second : found->second;
}

}  // namespace decorum::notice
