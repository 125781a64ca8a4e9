// Read with the checks of every table; written by toml++, with every text as an escaped string on one line.
#include "connectors/registry_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "config/toml_table.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

using config::Table;
using State = DeclaredAccount::State;
using By = DeclaredAccount::By;

constexpr std::size_t max_address_octets = 512;  // RFC 5321 §4.5.3.1 allows 320
constexpr std::size_t max_code_octets = 64;
constexpr std::size_t max_id_octets = 500;

enum class Lines : std::uint8_t { one, several };

// What can't be shown on a line of its own does not belong in here.
std::string checked(Table& table, std::string_view key, std::size_t max_octets, Lines lines = Lines::one) {
    std::string text = table.text(key);
    if (text.size() > max_octets) table.refuse(key, fmt::format("must be of at most {} octets", max_octets));
    const auto refused = [&](char c) {
        return ascii::is_control(c) && (lines == Lines::one || (c != '\n' && c != '\t'));
    };
    if (!is_valid_utf8(text) || std::ranges::any_of(text, refused))
        table.refuse(key, "must be a text without control characters");
    return text;
}

bool is_registry_address(std::string_view text) {
    const auto at = text.rfind('@');
    return at != std::string_view::npos && at != 0 && at + 1 != text.size() &&
           text.size() <= max_address_octets && is_valid_utf8(text) &&
           std::ranges::none_of(text, ascii::is_control);
}

DeclaredAccount read_account(Table& table) {
    table.allow_only({"network", "handle", "url", "state", "code", "code_made", "confirmed", "confirmed_by",
                      "id", "consent"});
    DeclaredAccount account;
    account.network = checked(table, "network", profile::max_token_octets);
    account.handle = checked(table, "handle", profile::max_handle_octets);
    account.url = checked(table, "url", profile::max_url_octets);
    const auto named = profile::account_of(account.url);
    // Networks of many hosts are named by whoever declared the account; the rest follows from the URL.
    if (!named)
        table.refuse("url", "must be the address of an account or a page, https://…");
    else if (named->network != account.network && !profile::account_of(account.url, account.network))
        table.refuse("network", fmt::format("must be \"{}\", by the URL", named->network));

    const std::string state = table.text("state");
    if (state != "pending" && state != "confirmed")
        table.refuse("state", R"(must be "pending" or "confirmed")");
    if (state == "confirmed") {
        account.state = State::confirmed;
        account.confirmed = table.time("confirmed");
        const std::string by = table.text("confirmed_by");
        if (by != "code" && by != "oauth") table.refuse("confirmed_by", R"(must be "code" or "oauth")");
        account.confirmed_by = by == "oauth" ? By::oauth : By::code;
        account.id = checked(table, "id", max_id_octets);
        // By that of somebody who signed in we ask for them.
        const bool is_sound = account.confirmed_by == By::oauth
                                  ? std::ranges::all_of(account.id, ascii::is_digit)
                                  : is_account_id(account.id);
        if (!account.id.empty() && !is_sound)
            table.refuse("id", "must be what the network calls the account: a number, a DID or a URL");
    } else {
        account.code = checked(table, "code", max_code_octets);
        if (account.code.empty()) table.refuse("code", "is missing");
        account.code_made = table.time("code_made");
    }
    if (!table.has("consent")) table.refuse("consent", "is missing");
    table.table("consent", [&](Table& consent) {
        consent.allow_only({"time", "language", "given_by", "wording"});
        account.consent.time = consent.time("time");
        account.consent.language = checked(consent, "language", profile::max_token_octets);
        account.consent.given_by = checked(consent, "given_by", profile::max_name_octets);
        account.consent.wording = checked(consent, "wording", max_wording_octets, Lines::several);
        if (account.consent.wording.empty()) consent.refuse("wording", "is missing");
    });
    return account;
}

toml::date_time toml_time(Instant time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return {toml::date{static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day())},
            toml::time{static_cast<unsigned>(clock.hours().count()),
                       static_cast<unsigned>(clock.minutes().count()),
                       static_cast<unsigned>(clock.seconds().count())},
            toml::time_offset{}};
}

toml::table to_toml(const DeclaredAccount& account) {
    toml::table table{{"network", account.network}, {"handle", account.handle}, {"url", account.url}};
    if (account.state == State::confirmed) {
        table.insert("state", "confirmed");
        table.insert("confirmed", toml_time(account.confirmed));
        table.insert("confirmed_by", account.confirmed_by == By::oauth ? "oauth" : "code");
        if (!account.id.empty()) table.insert("id", account.id);
    } else {
        table.insert("state", "pending");
        table.insert("code", account.code);
        table.insert("code_made", toml_time(account.code_made));
    }
    table.insert("consent", toml::table{{"time", toml_time(account.consent.time)},
                                        {"language", account.consent.language},
                                        {"given_by", account.consent.given_by},
                                        {"wording", account.consent.wording}});
    return table;
}

}  // namespace

// id = 1*VCHAR: digits, "did:plc:…", "https://piaille.example/users/jane"
bool is_account_id(std::string_view text) {
    return !text.empty() && text.size() <= max_id_octets &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

DeclaredAccount* RegisteredPerson::find(std::string_view url) {
    const auto found = std::ranges::find_if(
        accounts, [&](const DeclaredAccount& account) { return profile::same_account(account.url, url); });
    return found == accounts.end() ? nullptr : &*found;
}

const DeclaredAccount* RegisteredPerson::confirmed_as(const DeclaredAccount& account) const {
    const auto found = std::ranges::find_if(accounts, [&](const DeclaredAccount& one) {
        const bool same_id = !one.id.empty() && one.network == account.network && one.id == account.id;
        return one.state == State::confirmed && (same_id || profile::same_account(one.url, account.url));
    });
    return found == accounts.end() ? nullptr : &*found;
}

const RegisteredPerson* RegistryFile::find(std::string_view address) const {
    const std::string folded = canonical_address(address);
    const auto found = std::ranges::find_if(persons, [&](const RegisteredPerson& person) {
        return std::ranges::find(person.addresses, folded) != person.addresses.end();
    });
    return found == persons.end() ? nullptr : &*found;
}

RegisteredPerson* RegistryFile::find(std::string_view address) {
    return const_cast<RegisteredPerson*>(std::as_const(*this).find(address));
}

RegistryFile::Removed RegistryFile::remove(std::string_view address) {
    RegisteredPerson* person = find(address);
    if (person == nullptr) return {};
    Removed removed{.address = true};
    std::erase(person->addresses, canonical_address(address));
    if (person->addresses.empty()) {
        removed.accounts = person->accounts.size();
        persons.erase(persons.begin() + (person - persons.data()));
    }
    return removed;
}

Result<RegistryFile> RegistryFile::parse(std::string_view toml, const std::filesystem::path& file,
                                         std::vector<std::string>* all) {
    const auto root = config::parse_toml(toml, file);
    if (!root) return std::unexpected(root.error());
    std::optional<Error> fault;
    Table top(*root, "", file, fault, all);
    top.allow_only({"person"});
    RegistryFile registry;
    std::set<std::string> addresses;
    std::set<std::string> confirmed;
    top.each_table("person", [&](Table& table) {
        table.allow_only({"addresses", "account"});
        RegisteredPerson person;
        table.each_text("addresses", [&](const toml::node& node, std::string_view address) {
            std::string folded = canonical_address(address);
            if (!is_registry_address(folded))
                return table.refuse(node, "addresses", "must be mail addresses as in jane@example.org");
            if (!addresses.insert(folded).second)
                return table.refuse(node, "addresses", fmt::format("{} stands here a second time", folded));
            person.addresses.push_back(std::move(folded));
        });
        table.each_table("account", [&](Table& account) {
            person.accounts.push_back(read_account(account));
            const DeclaredAccount& read = person.accounts.back();
            const auto named = profile::account_of(read.url);
            if (read.state == State::confirmed && named && !confirmed.insert(named->key).second)
                account.refuse("url", "is confirmed a second time here");
            if (!read.id.empty() && !confirmed.insert(fmt::format("{} {}", read.network, read.id)).second)
                account.refuse("id", "is confirmed a second time here");
        });
        registry.persons.push_back(std::move(person));
    });
    if (fault) return std::unexpected(std::move(*fault));
    return registry;
}

std::string RegistryFile::to_toml() const {
    toml::array list;
    for (const RegisteredPerson& person : persons) {
        toml::array addresses;
        for (const std::string& address : person.addresses) addresses.push_back(address);
        toml::array accounts;
        for (const DeclaredAccount& account : person.accounts)
            accounts.push_back(connectors::to_toml(account));
        toml::table table{{"addresses", std::move(addresses)}};
        if (!accounts.empty()) table.insert("account", std::move(accounts));
        list.push_back(std::move(table));
    }
    toml::table root;
    if (!list.empty()) root.insert("person", std::move(list));
    // toml++ 3.3 writes literal strings that it can't read back where a text holds quotes of its own.
    constexpr auto flags = toml::toml_formatter::default_flags & ~toml::format_flags::allow_literal_strings &
                           ~toml::format_flags::allow_multi_line_strings & ~toml::format_flags::indentation;
    std::ostringstream out;
    out << "# Accounts that people declared as their own; kept by decorum link.\n"
        << toml::toml_formatter(root, flags) << '\n';
    return std::move(out).str();
}

std::filesystem::path registry_path(const config::Settings& settings) {
    const auto& file = settings.registry.file;
    return file.empty() ? settings.gateway.state_dir / "registry.toml" : settings.file.parent_path() / file;
}

Result<> edit_registry(const std::filesystem::path& file,
                       const std::function<Result<>(RegistryFile&)>& change) {
    return edit_file(file, max_registry_octets, [&](std::string_view octets) -> Result<std::string> {
        auto registry = RegistryFile::parse(octets, file);
        if (!registry) return std::unexpected(std::move(registry.error()));
        const auto before = registry->persons;
        if (auto changed = change(*registry); !changed) return std::unexpected(std::move(changed.error()));
        if (registry->persons == before) return std::string(octets);
        std::string written = registry->to_toml();
        if (const auto read = RegistryFile::parse(written, file); !read) return std::unexpected(read.error());
        return written;
    });
}

Result<RegistryFile> read_registry(const std::filesystem::path& file, std::vector<std::string>* all) {
    const auto octets = read_file(file, max_registry_octets);
    if (octets) return RegistryFile::parse(*octets, file, all);
    if (octets.error().code == errc::not_found) return RegistryFile{};
    return std::unexpected(octets.error());
}

}  // namespace decorum::connectors
