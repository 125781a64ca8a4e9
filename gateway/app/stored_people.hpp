// What is stored about people, for the commands that erase and bring back: the store and the registry.
//
// A running gateway follows: it reads tombstones from the store and the registry's file again within seconds.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {

class StoredPeople {
public:
    // Error unsupported: the store is memory:, which no other process can reach.
    [[nodiscard]] static Result<StoredPeople> open(const config::Settings& settings);

    // All wait for others who hold the database, up to ten seconds: then unavailable.
    [[nodiscard]] Result<store::Erased> forget(std::string_view address);  // with its tagged forms
    [[nodiscard]] Result<> wipe();                                // once, after all that is to be erased
    [[nodiscard]] Result<bool> revive(std::string_view address);  // false: there was no tombstone
    [[nodiscard]] Result<bool> is_forgotten(std::string_view address);

    // Notices, the latest first; of everybody where the address is empty. Whoever has several addresses, by
    // the registry, is one person here and below.
    [[nodiscard]] Result<std::vector<store::NoticeRecord>> notices(std::string_view address,
                                                                   std::size_t limit);
    // How people stand to notices, each once; by the key of any of their addresses.
    struct Standings {
        std::map<std::string, std::shared_ptr<const store::Standing>> by_key;
        std::vector<std::shared_ptr<const store::Standing>> persons;
    };
    [[nodiscard]] Result<Standings> standings();
    [[nodiscard]] Result<store::Standing> standing(std::string_view address);
    // As if the person had answered ACK to what was told last; false: nothing was, or they had.
    [[nodiscard]] Result<bool> acknowledge(std::string_view address);
    // The running gateway tells the person what others see of them, now that the account is tied to them.
    [[nodiscard]] Result<> tell_of_link(const config::Notice& settings, const std::string& address,
                                        std::string_view account, std::string_view language);

private:
    StoredPeople(std::unique_ptr<store::Store> store, Secret secret, connectors::RegistryFile registry)
        : store_(std::move(store)), secret_(std::move(secret)), registry_(std::move(registry)) {}
    // What an older version kept under another key is under this one then.
    [[nodiscard]] Result<std::string> key_of(std::string_view address) const;
    // Of all addresses of the person, the first one's first.
    [[nodiscard]] Result<std::vector<std::string>> keys_of(std::string_view address) const;

    static constexpr Milliseconds wait_{10'000};
    std::unique_ptr<store::Store> store_;
    Secret secret_;
    connectors::RegistryFile registry_;
};

// What an erasure took, in counts.
struct Forgotten {
    std::optional<store::Erased> stored;  // nothing: the store could not be asked
    bool registered = false;
    std::size_t accounts = 0;      // declared ones of a person whose last address it was
    std::optional<Error> failure;  // the first; what could be erased, was

    [[nodiscard]] std::string text() const;  // "1 stored answer, 3 shown versions, 2 declared accounts"
};

// All that is stored about each of the addresses, registry included, whatever fails on the way.
[[nodiscard]] std::vector<Forgotten> forget_everything(const config::Settings& settings,
                                                       const std::vector<std::string>& addresses);

// Lists an address as one that wants to be shown nowhere, and takes it out of the registry; what the store
// holds is the caller's to erase. False: it was listed.
[[nodiscard]] Result<bool> opt_out(const config::Settings& settings, const std::string& address);

// An address's part in the registry; its accounts go with the last address.
[[nodiscard]] Result<connectors::RegistryFile::Removed> remove_from_registry(const config::Settings& settings,
                                                                             std::string_view address);

}  // namespace decorum::app
