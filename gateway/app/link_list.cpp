// decorum link list: who declared what, whether it is confirmed, and who agreed when.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "connectors/registry_file.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/typed_address.hpp"

namespace decorum::app {
namespace {

using connectors::DeclaredAccount;
using connectors::RegisteredPerson;

std::string_view name_of(DeclaredAccount::By way) {
    return way == DeclaredAccount::By::oauth ? "oauth" : "code";
}

boost::json::object to_json(const RegisteredPerson& person) {
    boost::json::array accounts;
    for (const DeclaredAccount& account : person.accounts) {
        boost::json::object entry{
            {"network", account.network}, {"handle", account.handle}, {"url", account.url}};
        if (account.state == DeclaredAccount::State::confirmed) {
            entry["state"] = "confirmed";
            entry["confirmed"] = to_rfc3339(account.confirmed);
            entry["confirmed_by"] = name_of(account.confirmed_by);
            if (!account.id.empty()) entry["id"] = account.id;
        } else {
            entry["state"] = "pending";
            entry["code"] = account.code;
            entry["expires"] = to_rfc3339(account.code_made + connectors::code_lifetime);
        }
        entry["consent"] = boost::json::object{{"time", to_rfc3339(account.consent.time)},
                                               {"language", account.consent.language},
                                               {"given_by", account.consent.given_by},
                                               {"wording", account.consent.wording}};
        accounts.push_back(std::move(entry));
    }
    return {{"addresses", boost::json::array(person.addresses.begin(), person.addresses.end())},
            {"accounts", std::move(accounts)}};
}

std::string state_of(const DeclaredAccount& account, Instant now) {
    if (account.state == DeclaredAccount::State::confirmed)
        return fmt::format("confirmed on {} by {}", to_date(account.confirmed),
                           name_of(account.confirmed_by));
    if (account.is_expired(now))
        return fmt::format("pending; the code expired on {}",
                           to_date(account.code_made + connectors::code_lifetime));
    return fmt::format("pending until {}, code {}", to_date(account.code_made + connectors::code_lifetime),
                       shown(account.code));
}

void print(const RegisteredPerson& person, Instant now) {
    fmt::print("{}\n", shown(fmt::format("{}", fmt::join(person.addresses, ", "))));
    for (const DeclaredAccount& account : person.accounts)
        fmt::print("  {:<9} {}  {}; consent of {} on {}\n", shown(account.network), shown(account.url),
                   state_of(account, now),
                   account.consent.given_by.empty() ? "the person" : shown(account.consent.given_by),
                   to_date(account.consent.time));
}

}  // namespace

int link_list(const std::optional<std::filesystem::path>& config, const std::string& typed, bool json) {
    std::optional<std::string> address;
    if (!typed.empty() && !(address = typed_address("link", typed))) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    auto registry = connectors::read_registry(connectors::registry_path(*settings));
    if (!registry) {
        fmt::print(stderr, "decorum link: {}\n", shown(registry.error().detail));
        return exit_failure;
    }
    if (address) {
        const RegisteredPerson* person = registry->find(*address);
        registry->persons = person == nullptr ? std::vector<RegisteredPerson>{} : std::vector{*person};
    }
    if (json) {
        boost::json::array persons;
        for (const RegisteredPerson& person : registry->persons) persons.push_back(to_json(person));
        fmt::print("{}\n", boost::json::serialize(persons));
    } else {
        for (const RegisteredPerson& person : registry->persons) print(person, wall_clock_now());
    }
    if (!address || !registry->persons.empty()) return exit_done;
    if (!json) fmt::print(stderr, "decorum link: {} has declared nothing\n", shown(*address));
    return exit_no;
}

}  // namespace decorum::app
