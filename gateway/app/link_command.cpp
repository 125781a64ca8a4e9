// decorum link add, list, remove: the accounts that people declared as their own, with their consent.
//
// Nothing is recorded before the administrator said that the person agreed to the words that were shown; the
// words themselves are kept. A declared account is shown to nobody until it is confirmed (link_confirm.cpp).
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "connectors/account_proof.hpp"
#include "connectors/facebook_login.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/shared_files.hpp"
#include "gateway/app/stored_people.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "gateway/profile/account_url.hpp"

namespace decorum::app {
namespace {

using connectors::DeclaredAccount;
using connectors::RegisteredPerson;
using connectors::RegistryFile;
using State = DeclaredAccount::State;

int link_failed(const Error& error) {
    fmt::print(stderr, "decorum link: {}\n", shown(error.detail));
    return exit_failure;
}

int refused(std::string_view why) {
    fmt::print(stderr, "decorum link: {}\n", shown(why));
    return exit_no;
}

// ADDRESS[,ADDRESS…]
std::optional<std::vector<std::string>> addresses_of(std::string_view typed) {
    std::vector<std::string> addresses;
    for (;;) {
        const auto comma = typed.find(',');
        auto address = typed_address("link", typed.substr(0, comma));
        if (!address) return std::nullopt;
        if (std::ranges::find(addresses, *address) == addresses.end())
            addresses.push_back(std::move(*address));
        if (comma == std::string_view::npos) return addresses;
        typed.remove_prefix(comma + 1);
    }
}

std::string joined(const std::vector<std::string>& addresses) {
    return fmt::format("{}", fmt::join(addresses, ", "));
}

// The words that the person agrees to: the shipped ones of a language, or those of a file. They name the
// account and no address: addresses can be forgotten while the account stays.
Result<std::string> wording_of(const config::Settings& settings, const LinkOptions& options,
                               std::string_view account) {
    const auto file = options.consent_file.empty() ? settings.gateway.data_dir / "notices" /
                                                         fmt::format("consent.{}.txt", options.language)
                                                   : std::filesystem::path(options.consent_file);
    auto text = read_file(file, connectors::max_wording_octets);
    if (!text) return text;
    std::erase(*text, '\r');
    constexpr std::string_view name = "{account}";
    for (auto at = text->find(name); at != std::string::npos; at = text->find(name, at + account.size()))
        text->replace(at, name.size(), account);
    return text;
}

// Who asked not to be shown, or was erased, must be let in again first: an error would be hard to see later.
// Gives why not; empty: nothing is in the way.
Result<std::string> unwilling(const config::Settings& settings, const std::vector<std::string>& addresses) {
    const auto list = lookup::read_opt_out(lookup::opt_out_path(settings));
    if (!list) return std::unexpected(list.error());
    auto people = StoredPeople::open(settings);
    if (!people && people.error().code != errc::unsupported) return std::unexpected(people.error());
    for (const std::string& address : addresses) {
        auto forgotten = people ? people->is_forgotten(address) : Result<bool>(false);
        if (!forgotten) return std::unexpected(std::move(forgotten.error()));
        if (list->contains(address) || *forgotten)
            return fmt::format("{} is {}; decorum optout remove lets it in again", address,
                               *forgotten ? "erased on request" : "on the opt-out list");
    }
    return std::string{};
}

bool person_agreed(bool said_so) {
    if (said_so) return true;
    fmt::print("Did the person agree to these words? [yes/no] ");
    std::fflush(stdout);
    std::string answer;
    return std::getline(std::cin, answer) && answer == "yes";
}

enum class Declared : std::uint8_t { pending, confirmed_before, refused };

// `why`: of a refusal.
Declared declare(RegistryFile& registry, const std::vector<std::string>& addresses,
                 const DeclaredAccount& account, std::string& why) {
    RegisteredPerson* person = nullptr;
    for (const std::string& address : addresses) {
        RegisteredPerson* known = registry.find(address);
        if (known != nullptr && person != nullptr && known != person) {
            why = fmt::format("{} and {} are two persons in the registry", addresses.front(), address);
            return Declared::refused;
        }
        if (known != nullptr) person = known;
    }
    // What is confirmed, or will be, for one address must not be shown for another on somebody's mere word:
    // an address joins a person only with the one account that is to be proved anew.
    const auto proved_anew = [&](const DeclaredAccount& one) {
        return &one == person->find(account.url) && one.state == State::pending;
    };
    for (const std::string& address : addresses)
        if (person != nullptr && std::ranges::find(person->addresses, address) == person->addresses.end() &&
            !std::ranges::all_of(person->accounts, proved_anew)) {
            why = fmt::format(
                "{} is in the registry without {}: remove it, and declare the account for all addresses anew",
                person->addresses.front(), address);
            return Declared::refused;
        }
    Declared result = Declared::pending;
    for (RegisteredPerson& other : registry.persons) {
        const DeclaredAccount* same = other.find(account.url);
        if (same == nullptr || same->state != State::confirmed) continue;
        if (&other != person) {
            why = fmt::format("the account is that of {}", joined(other.addresses));
            return Declared::refused;
        }
        result = Declared::confirmed_before;
    }
    if (person == nullptr) person = &registry.persons.emplace_back();
    for (const std::string& address : addresses)
        if (std::ranges::find(person->addresses, address) == person->addresses.end())
            person->addresses.push_back(address);
    if (result == Declared::confirmed_before) return result;
    if (DeclaredAccount* before = person->find(account.url))
        *before = account;
    else
        person->accounts.push_back(account);
    return result;
}

// A word for a POSIX shell.
std::string shell_word(std::string_view word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

void print_code_in_bio(const DeclaredAccount& account, std::string_view confirm) {
    fmt::print(
        "Within 7 days the person publishes this code at the account, in the bio or description or among its "
        "links (at a site of the address's own domain: anywhere on the page):\n\n  {}\n\nThen:\n\n  {}\n\n"
        "Afterwards the code may be taken away again.\n",
        account.code, confirm);
}

// `app`: none where a fixed token stands in its place.
void print_facebook_step(const DeclaredAccount& account, const std::optional<connectors::FacebookApp>& app,
                         std::string_view confirm) {
    if (app)
        fmt::print(
            "Within 7 days the person opens\n\n  {}\n\nsigns in, and sends back the address of the page they "
            "land on, which this command asks for:\n\n  {}\n\nFor a public Page its owner publishes "
            "this code in the Page's description instead:\n\n",
            connectors::sign_in_address(*app, account.code), confirm);
    else
        fmt::print(
            "Only a public Page can be declared: people sign in to an app, and connector.facebook.app_id is "
            "empty. Within 7 days the Page's owner publishes this code in its description:\n\n");
    fmt::print("  {}\n\nThen:\n\n  {} --page\n", connectors::page_code(account.code), confirm);
}

}  // namespace

int link_add(const std::optional<std::filesystem::path>& config, const LinkOptions& options) {
    const auto addresses = addresses_of(options.addresses);
    if (!addresses) return exit_usage;
    const auto named = options.network.empty() ? profile::account_of(options.url)
                                               : profile::account_of(options.url, options.network);
    if (!named) {
        fmt::print(stderr, "decorum link: not the address of an account{}{}: {}\n",
                   options.network.empty() ? "" : " of ", shown(options.network), shown(options.url));
        return exit_usage;
    }
    if (const auto why = connectors::never_asked(named->network, named->url); !why.empty())
        return refused(why);
    if (connectors::is_page_of_others(options.url))
        return refused(fmt::format("{} is a page, but no account there: others may write on it", named->url));
    if (!options.yes && ::isatty(STDIN_FILENO) == 0) {
        fmt::print(stderr,
                   "decorum link: say with --yes that the person agreed; there is no terminal to ask on\n");
        return exit_usage;
    }
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto obstacle = unwilling(*settings, *addresses);
    if (!obstacle) return link_failed(obstacle.error());
    if (!obstacle->empty()) return refused(*obstacle);

    const bool at_facebook = named->network == "facebook";
    std::optional<connectors::FacebookApp> app;
    if (at_facebook && !connectors::has_fixed_facebook_token(*settings)) {
        auto configured = connectors::facebook_app(*settings);
        if (!configured) return link_failed(configured.error());
        app = std::move(*configured);
    }
    const auto wording = wording_of(*settings, options, named->url);
    if (!wording) return link_failed(wording.error());
    fmt::print("For {}:\n\n{}\n", shown(joined(*addresses)), *wording);
    if (!person_agreed(options.yes)) return refused("not recorded: the person did not agree");

    DeclaredAccount account;
    account.network = named->network;
    account.handle = named->handle;
    account.url = named->url;
    account.code = connectors::make_code();
    account.code_made = wall_clock_now();
    account.consent = {account.code_made, options.language, options.consent_by, *wording};
    std::string why;
    Declared result = Declared::pending;
    const auto edited = edit_shared(*settings, SharedFile::registry, [&] {
        return connectors::edit_registry(connectors::registry_path(*settings),
                                         [&](RegistryFile& registry) -> Result<> {
                                             result = declare(registry, *addresses, account, why);
                                             if (result == Declared::refused) return fail(errc::invalid, why);
                                             return {};
                                         });
    });
    if (result == Declared::refused) return refused(why);
    if (!edited) return link_failed(edited.error());
    const auto confirm =
        fmt::format("decorum link confirm {} {}", shell_word(addresses->front()), shell_word(account.url));
    if (result == Declared::confirmed_before)
        fmt::print("{} is confirmed already.\n", named->url);
    else if (at_facebook)
        print_facebook_step(account, app, confirm);
    else
        print_code_in_bio(account, confirm);
    return exit_done;
}

int link_remove(const std::optional<std::filesystem::path>& config, const std::string& typed,
                const std::string& url) {
    const auto address = typed_address("link", typed);
    if (!address) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    std::string removed;
    const auto remove = [&](RegistryFile& registry) -> Result<> {
        RegisteredPerson* person = registry.find(*address);
        if (person == nullptr) return {};
        if (url.empty()) {
            auto others = person->addresses;
            std::erase(others, *address);
            const auto gone = registry.remove(*address);
            removed = others.empty()
                          ? fmt::format("{} (accounts: {})", *address, gone.accounts)
                          : fmt::format("{} (what it shared with {} stays there)", *address, joined(others));
        } else if (const DeclaredAccount* account = person->find(url)) {
            removed = account->url;
            person->accounts.erase(person->accounts.begin() + (account - person->accounts.data()));
        }
        return {};
    };
    const auto edited = edit_shared(*settings, SharedFile::registry, [&] {
        return connectors::edit_registry(connectors::registry_path(*settings), remove);
    });
    if (!edited) return link_failed(edited.error());
    if (removed.empty()) return refused("the registry holds nothing of the kind");
    fmt::print("Removed: {}. What was stored before is erased by decorum forget {}.\n", shown(removed),
               shown(*address));
    return exit_done;
}

}  // namespace decorum::app
