// Store calls made to wait: these are commands, and nobody waits behind them.
#include "gateway/app/stored_people.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <thread>
#include <tuple>

#include "connectors/registry_file.hpp"
#include "gateway/app/audit_parts.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/shared_files.hpp"
#include "gateway/app/wait_for.hpp"
#include "gateway/notice/notices.hpp"
#include "gateway/notice/rules.hpp"

namespace decorum::app {
namespace {

constexpr Milliseconds retry_interval{200};

// Waits for others who hold the database.
template <class T, class Start>
Result<T> once_free(Milliseconds wait, Start start) {
    const auto end = SteadyClock::now() + wait;
    for (;;) {
        auto result = wait_for<T>(start);
        if (result || result.error().code != errc::unavailable || SteadyClock::now() >= end) return result;
        std::this_thread::sleep_for(retry_interval);
    }
}

// As for the running gateway: only what was proved makes several addresses one person's.
bool has_confirmed(const connectors::RegisteredPerson& person) {
    return std::ranges::find(person.accounts, connectors::DeclaredAccount::State::confirmed,
                             &connectors::DeclaredAccount::state) != person.accounts.end();
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

Result<connectors::RegistryFile::Removed> remove_from_registry(const config::Settings& settings,
                                                               std::string_view address) {
    const auto file = connectors::registry_path(settings);
    connectors::RegistryFile::Removed removed;
    auto edited = edit_shared(settings, SharedFile::registry, [&]() -> Result<> {
        std::error_code error;
        if (!std::filesystem::exists(file, error) && !error) return {};
        return connectors::edit_registry(file, [&](connectors::RegistryFile& registry) -> Result<> {
            removed = registry.remove(address);
            return {};
        });
    });
    if (!edited) return std::unexpected(std::move(edited.error()));
    for (const auto& copy : kept_before_joining(file))
        if (auto cleaned = connectors::edit_registry(copy,
                                                     [&](connectors::RegistryFile& registry) -> Result<> {
                                                         registry.remove(address);
                                                         return {};
                                                     });
            !cleaned)
            return std::unexpected(std::move(cleaned.error()));
    return removed;
}

Result<StoredPeople> StoredPeople::open(const config::Settings& settings) {
    if (settings.store.url == "memory:")
        return fail(errc::unsupported,
                    "store.url is \"memory:\": nothing outlives the gateway, and no command can reach it");
    auto store = store::open_store(settings);
    if (!store) return std::unexpected(std::move(store.error()));
    auto secret = cache_secret(settings);
    if (!secret) return std::unexpected(std::move(secret.error()));
    auto registry = connectors::read_registry(connectors::registry_path(settings));
    // A fault in it must not keep anybody from being erased: then each address is somebody of its own.
    if (!registry) registry = connectors::RegistryFile{};
    return StoredPeople(std::move(*store), std::move(*secret), std::move(*registry));
}

Result<std::string> StoredPeople::key_of(std::string_view address) const {
    std::string key = store::record_key(secret_, address);
    const std::string older = store::older_record_key(secret_, address);
    if (older.empty()) return key;
    const auto moved = once_free<void>(wait_, [&](auto done) { store_->move(older, key, std::move(done)); });
    if (!moved) return std::unexpected(moved.error());
    return key;
}

Result<store::Erased> StoredPeople::forget(std::string_view address) {
    return once_free<store::Erased>(wait_, [&](auto done) {
        store::erase_address(*store_, secret_, address, wall_clock_now(), std::move(done));
    });
}

Result<> StoredPeople::wipe() {
    auto wiped = once_free<void>(wait_, [&](auto done) { store_->wipe(std::move(done)); });
    if (!wiped && wiped.error().code == errc::unavailable && store_->shared() == nullptr)
        wiped.error().detail =
            "somebody who reads the database keeps erased octets in its files; repeat this when he has ended";
    return wiped;
}

Result<bool> StoredPeople::revive(std::string_view address) {
    const auto key = key_of(address);
    if (!key) return std::unexpected(key.error());
    return once_free<bool>(wait_, [&](auto done) { store_->revive(*key, std::move(done)); });
}

Result<bool> StoredPeople::is_forgotten(std::string_view address) {
    const auto key = key_of(address);
    if (!key) return std::unexpected(key.error());
    const auto record = wait_for<store::Record>([&](auto done) { store_->load(*key, std::move(done)); });
    if (!record) return std::unexpected(record.error());
    return record->forgotten.has_value();
}

Result<std::vector<std::string>> StoredPeople::keys_of(std::string_view address) const {
    const connectors::RegisteredPerson* person = registry_.find(address);
    std::vector<std::string> addresses{std::string(address)};
    if (person != nullptr && has_confirmed(*person)) addresses = person->addresses;
    std::vector<std::string> out;
    for (const std::string& one : addresses) {
        auto key = key_of(one);
        if (!key) return std::unexpected(std::move(key.error()));
        out.push_back(std::move(*key));
    }
    return out;
}

Result<std::vector<store::NoticeRecord>> StoredPeople::notices(std::string_view address, std::size_t limit) {
    std::vector<store::NoticeRecord> all;
    const auto keys = address.empty() ? std::vector<std::string>{{}} : keys_of(address);
    if (!keys) return std::unexpected(keys.error());
    for (const std::string& key : *keys) {
        auto some = wait_for<std::vector<store::NoticeRecord>>(
            [&](auto done) { store_->notices().notices(key, limit, std::move(done)); });
        if (!some) return some;
        std::ranges::move(*some, std::back_inserter(all));
    }
    std::ranges::sort(all, [](const store::NoticeRecord& one, const store::NoticeRecord& other) {
        return std::tie(other.queued, one.id) < std::tie(one.queued, other.id);
    });
    if (all.size() > limit) all.resize(limit);
    return all;
}

Result<StoredPeople::Standings> StoredPeople::standings() {
    std::map<std::string, store::Standing> each;
    for (std::uint64_t cursor = 0;;) {
        auto changed = wait_for<store::Standings>(
            [&](auto done) { store_->notices().standings_since(cursor, std::move(done)); });
        if (!changed) return std::unexpected(std::move(changed.error()));
        if (changed->entries.empty()) break;
        for (auto& entry : changed->entries) each[entry.key] = std::move(entry.standing);
        cursor = changed->cursor;
    }
    Standings out;
    const auto add = [&](const std::vector<std::string>& keys) {
        std::shared_ptr<store::Standing> whole;
        for (const std::string& key : keys) {
            const auto found = each.find(key);
            if (found == each.end()) continue;
            if (!whole) {
                whole = std::make_shared<store::Standing>(found->second);
            } else {
                notice::join(*whole, found->second);
                whole->wrongs += found->second.wrongs;
            }
            each.erase(found);
            out.by_key.emplace(key, whole);
        }
        if (whole) out.persons.push_back(whole);
    };
    for (const connectors::RegisteredPerson& person : registry_.persons)
        if (has_confirmed(person)) {
            const auto keys = keys_of(person.addresses.front());
            if (!keys) return std::unexpected(keys.error());
            add(*keys);
        }
    while (!each.empty()) add({each.begin()->first});
    return out;
}

Result<store::Standing> StoredPeople::standing(std::string_view address) {
    const auto keys = keys_of(address);  // first: it may move a standing
    if (!keys) return std::unexpected(keys.error());
    const auto all = standings();
    if (!all) return std::unexpected(all.error());
    for (const std::string& key : *keys)
        if (const auto found = all->by_key.find(key); found != all->by_key.end()) return *found->second;
    return store::Standing{};
}

Result<bool> StoredPeople::acknowledge(std::string_view address) {
    auto whole = standing(address);
    if (!whole) return std::unexpected(std::move(whole.error()));
    const auto keys = keys_of(address);
    if (!keys) return std::unexpected(keys.error());
    bool changed = false;
    for (const std::string& key : *keys) {
        const auto news = std::make_shared<bool>(false);
        const auto amended = wait_for<store::Standing>([&](auto done) {
            store_->notices().amend(
                key,
                [news, whole = *whole](store::Standing& standing) -> std::optional<store::Letter> {
                    notice::join(standing, whole);
                    const store::Standing before = standing;
                    notice::acknowledge(standing, standing.noticed);
                    *news = standing != before;
                    return std::nullopt;
                },
                std::move(done));
        });
        if (!amended) return std::unexpected(amended.error());
        changed |= *news;
    }
    return changed;
}

Result<> StoredPeople::tell_of_link(const config::Notice& settings, const std::string& address,
                                    std::string_view account, std::string_view language) {
    const Instant now = wall_clock_now();
    const auto key = key_of(address);
    if (!key) return std::unexpected(key.error());
    const store::Letter letter =
        notice::profile_request(settings, *key, address, account, language, to_rfc3339(now), now);
    const auto queued = wait_for<store::Standing>([&](auto done) {
        store_->notices().amend(
            letter.key,
            [&letter](store::Standing& standing) {
                standing.language = letter.language;
                return std::optional(letter);
            },
            std::move(done));
    });
    if (!queued) return std::unexpected(queued.error());
    return {};
}

std::string Forgotten::text() const {
    const store::Erased from_store = stored.value_or(store::Erased{});
    std::string out =
        fmt::format("{}, {}", counted(from_store.state ? 1 : 0, "stored answer", "stored answers"),
                    counted(from_store.versions, "shown version", "shown versions"));
    if (registered)
        out += fmt::format(", 1 address and {} of the registry", counted(accounts, "account", "accounts"));
    return out;
}

std::vector<Forgotten> forget_everything(const config::Settings& settings,
                                         const std::vector<std::string>& addresses) {
    std::vector<Forgotten> all(addresses.size());
    // The registry first: what it says would be looked up again.
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (const auto removed = remove_from_registry(settings, addresses[i])) {
            all[i].registered = removed->address;
            all[i].accounts = removed->accounts;
        } else {
            all[i].failure = removed.error();
        }
        if (const auto recorded = record_erasure(settings, addresses[i]); !recorded && !all[i].failure)
            all[i].failure = recorded.error();
    }
    const auto failed = [](Forgotten& forgotten, const Error& error) {
        if (!forgotten.failure) forgotten.failure = error;
    };
    auto people = StoredPeople::open(settings);
    if (!people) {
        for (Forgotten& forgotten : all) failed(forgotten, people.error());
        return all;
    }
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto erased = people->forget(addresses[i]);
        if (erased)
            all[i].stored = *erased;
        else
            failed(all[i], erased.error());
    }
    if (const auto wiped = people->wipe(); !wiped)
        for (Forgotten& forgotten : all) failed(forgotten, wiped.error());
    return all;
}

}  // namespace decorum::app
