// Reads a charter; config/charter.toml explains each key.
#include "gateway/conduct/charter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/checks.hpp"
#include "config/toml_table.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::conduct {
namespace {

constexpr std::size_t max_rules = 100;
constexpr std::size_t max_sentence_octets = 500;
constexpr std::size_t version_digits = 12;

std::string check_sentence(std::string_view text) {
    const bool clean = !ascii::trim(text).empty() && text.size() <= max_sentence_octets &&
                       std::ranges::none_of(text, ascii::is_control);
    return clean ? std::string{}
                 : fmt::format("must be a text of one line and at most {} octets", max_sentence_octets);
}

std::string check_page(std::string_view text) {
    if (text.starts_with("https://") || text.starts_with("http://")) return config::check_base_url(text);
    return "a URL that begins with \"https://\"";
}

class CharterReader {
public:
    explicit CharterReader(Charter& charter) : charter_(charter) {}

    void read(config::Table& top) {
        top.allow_only(
            {"format", "languages", "title", "url", "scope", "compliance", "notices", "opt_out", "rule"});
        if (top.integer("format", 1, 1000) != charter_format)
            return top.refuse("format",
                              fmt::format("this version of decorum reads format {}", charter_format));
        if (!read_languages(top)) return;  // all else depends on them
        read_wording(top, "title", charter_.title, check_sentence, true);
        read_wording(top, "url", charter_.url, check_page, false);
        top.table("scope", [this](config::Table& scope) { read_scope(scope); });
        top.table("compliance", [this](config::Table& compliance) { read_compliance(compliance); });
        top.table("notices", [this](config::Table& notices) {
            notices.allow_only({"a_week", "alert"});
            charter_.weekly_notices =
                static_cast<std::uint32_t>(notices.integer("a_week", 1, max_weekly_notices));
            if (notices.has("alert")) charter_.alert = notices.flag("alert");
        });
        top.table("opt_out", [this](config::Table& opt_out) {
            opt_out.allow_only({"allowed"});
            if (!opt_out.has("allowed")) return opt_out.refuse("allowed", "is missing");
            charter_.opt_out = opt_out.flag("allowed");
        });
        top.each_table("rule", [this](config::Table& rule) { read_rule(rule); });
        if (charter_.rules.empty() && !top.is_faulty()) top.refuse("rule", "at least one [[rule]] is needed");
    }

private:
    bool read_languages(config::Table& top) {
        std::size_t named = 0;
        top.each_text("languages", [&](const toml::node& node, std::string_view name) {
            ++named;
            const auto language = language_named(name);
            if (!language)
                return top.refuse(node, "languages",
                                  fmt::format("must be {}", config::enumerate(language_names)));
            if (std::ranges::find(charter_.languages, *language) != charter_.languages.end())
                return top.refuse(node, "languages", fmt::format("{} stands twice", config::in_quotes(name)));
            charter_.languages.push_back(*language);
        });
        return !charter_.languages.empty() && charter_.languages.size() == named;
    }

    // A text in each language of the charter, and in no other.
    void read_wording(config::Table& table, std::string_view key, Wording& into,
                      std::string (*check)(std::string_view), bool required) {
        if (required && !table.has(key)) return table.refuse(key, "is missing");
        table.table(key, [&](config::Table& texts) {
            texts.allow_only({"en", "fr", "de", "es"});
            for (const Language language : all_languages) {
                const std::string_view name = name_of(language);
                const bool wanted =
                    std::ranges::find(charter_.languages, language) != charter_.languages.end();
                if (!texts.has(name)) {
                    if (wanted && required) texts.refuse(name, "is missing: the charter's languages name it");
                    continue;
                }
                if (!wanted) texts.refuse(name, "is none of the charter's languages");
                std::string text = texts.text(name);
                if (const std::string wrong = check(text); !wrong.empty()) texts.refuse(name, wrong);
                into.set(language, std::move(text));
            }
        });
    }

    void read_scope(config::Table& scope) {
        scope.allow_only({"domains", "recipients", "accounts", "exclude", "shared_mailboxes"});
        read_list(scope, "domains", config::check_mail_domain, charter_.domains);
        read_list(scope, "exclude", config::check_recipient, charter_.exclude);
        read_list(scope, "shared_mailboxes", check_mailbox, charter_.shared_mailboxes);
        audience_ = read_audience(scope).value_or(audience_);
        if (!scope.has("accounts")) return;
        scope.each_text("accounts", [&](const toml::node& node, std::string_view name) {
            if (name == "directory") {
                charter_.directory = true;
            } else if (name == "source") {
                charter_.tier_a = true;
            } else if (name != "declared") {
                scope.refuse(node, "accounts", R"(must be "declared", "directory" or "source")");
            }
        });
    }

    static std::string check_mailbox(std::string_view text) {
        if (text.starts_with('@')) return "must be an address such as \"team@example.org\"";
        return config::check_recipient(text);
    }

    // In lower case; may be absent or empty.
    static void read_list(config::Table& table, std::string_view key, config::Check check,
                          std::vector<std::string>& into) {
        table.each_text_or_none(key, [&](const toml::node& node, std::string_view text) {
            if (const std::string wrong = check(text); !wrong.empty()) return table.refuse(node, key, wrong);
            into.push_back(canonical_address(text));
        });
    }

    std::optional<Audience> read_audience(config::Table& table) {
        if (!table.has("recipients")) return std::nullopt;
        const auto audience = named<Audience>(audience_names, table.text("recipients"));
        if (!audience)
            table.refuse("recipients", fmt::format("must be {}", config::enumerate(audience_names)));
        return audience;
    }

    void read_compliance(config::Table& compliance) {
        compliance.allow_only({"sees"});
        if (!compliance.has("sees")) return compliance.refuse("sees", "is missing");
        ComplianceView& view = charter_.compliance;
        view = {.category = false, .severity = false, .time = false, .excerpt = false};
        compliance.each_text_or_none("sees", [&](const toml::node& node, std::string_view name) {
            if (name == "category")
                view.category = true;
            else if (name == "severity")
                view.severity = true;
            else if (name == "time")
                view.time = true;
            else if (name == "excerpt")
                view.excerpt = true;
            else
                compliance.refuse(node, "sees", R"(must be "category", "severity", "time" or "excerpt")");
        });
    }

    void read_rule(config::Table& table) {
        table.allow_only({"id", "categories", "severity", "max_age", "recipients", "action", "sentence"});
        CharterRule rule;
        rule.id = table.text("id");
        if (const std::string wrong = config::check_section_name(rule.id); !wrong.empty())
            return table.refuse("id", wrong);
        if (charter_.rule(rule.id) != nullptr)
            return table.refuse(
                "id", fmt::format("a name of its own: {} stands above", config::in_quotes(rule.id)));
        if (charter_.rules.size() == max_rules)
            return table.refuse("id", fmt::format("at most {} rules", max_rules));
        read_categories(table, rule);
        rule.severity = static_cast<std::uint8_t>(table.integer("severity", 1, max_severity));
        read_max_age(table, rule);
        rule.audience = read_audience(table).value_or(audience_);
        const auto action = named<Action>(action_names, table.text("action"));
        if (!action)
            return table.refuse("action", fmt::format("must be {}", config::enumerate(action_names)));
        rule.action = *action;
        read_wording(table, "sentence", rule.sentence, check_sentence, true);
        charter_.rules.push_back(std::move(rule));
    }

    static void read_categories(config::Table& table, CharterRule& rule) {
        table.each_text("categories", [&](const toml::node& node, std::string_view name) {
            if (const auto category = category_named(name)) {
                rule.categories[static_cast<std::size_t>(*category)] = true;
                return;
            }
            const std::string_view meant = config::nearest(name, category_names);
            table.refuse(node, "categories",
                         meant.empty()
                             ? fmt::format("there is no category {}; there are {}", config::in_quotes(name),
                                           config::enumerate(category_names))
                             : fmt::format("there is no category {}; did you mean {}?",
                                           config::in_quotes(name), config::in_quotes(meant)));
        });
    }

    static void read_max_age(config::Table& table, CharterRule& rule) {
        if (!table.has("max_age")) return;
        const auto age = config::parse_duration(table.text("max_age"));
        constexpr std::chrono::days most{36'500};
        if (!age || *age < std::chrono::days{1} || *age > most)
            return table.refuse("max_age", R"(must be a number of days such as "365d", from 1 to 36500)");
        rule.max_age = std::chrono::floor<std::chrono::days>(*age);
    }

    Charter& charter_;
    Audience audience_ = Audience::external;
};

}  // namespace

const CharterRule* Charter::rule(std::string_view id) const {
    const auto at = std::ranges::find(rules, id, &CharterRule::id);
    return at == rules.end() ? nullptr : &*at;
}

Language Charter::language_for(Language wanted) const {
    return std::ranges::find(languages, wanted) != languages.end() ? wanted : languages.front();
}

bool Charter::excludes(std::string_view address) const {
    const std::size_t at = address.rfind('@');
    const std::string_view domain = at == std::string_view::npos ? "" : address.substr(at);
    return std::ranges::any_of(exclude,
                               [&](std::string_view entry) { return entry == address || entry == domain; });
}

bool Charter::is_shared(std::string_view address) const {
    return std::ranges::find(shared_mailboxes, address) != shared_mailboxes.end();
}

Action Charter::gravest() const {
    return std::ranges::max(rules, {}, &CharterRule::action).action;
}

Result<Charter> Charter::parse(std::string_view toml, const std::filesystem::path& file,
                               std::vector<std::string>* all) {
    const auto root = config::parse_toml(toml, file);
    if (!root) return std::unexpected(root.error());
    Charter charter;
    std::optional<Error> fault;
    config::Table top(*root, "", file, fault, all);
    CharterReader(charter).read(top);
    if (fault) return std::unexpected(std::move(*fault));
    charter.version = to_hex(view_of(sha256({toml}))).substr(0, version_digits);
    return charter;
}

Result<Charter> Charter::read(const std::filesystem::path& file, std::vector<std::string>* all) {
    const auto octets = read_file(file, max_charter_octets);
    if (!octets) return std::unexpected(octets.error());
    return parse(*octets, file, all);
}

Result<std::unique_ptr<CharterFile>> CharterFile::open(std::filesystem::path file) {
    return LastGood::open<CharterFile>([file = std::move(file)] { return Charter::read(file); });
}

}  // namespace decorum::conduct
