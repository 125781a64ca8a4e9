#include "gateway/app/audit_parts.hpp"

#include <fmt/format.h>

#include "gateway/app/keys.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

// The store's key of an address.
Result<audit::Pseudonyms::KeyOf> key_of(const config::Settings& settings) {
    auto secret = cache_secret(settings);
    if (!secret) return std::unexpected(std::move(secret.error()));
    return [secret = std::move(*secret)](std::string_view address) {
        return store::record_key(secret, address);
    };
}

// The one that older versions used for a domain beyond ASCII; empty for all others.
Result<audit::Pseudonyms::KeyOf> older_key_of(const config::Settings& settings) {
    auto secret = cache_secret(settings);
    if (!secret) return std::unexpected(std::move(secret.error()));
    return [secret = std::move(*secret)](std::string_view address) {
        return store::older_record_key(secret, address);
    };
}

void record(const config::Settings& settings, const audit::Event& event) {
    if (const auto recorded = audit::record_once(settings, DECORUM_VERSION, event); !recorded)
        fmt::print(stderr, "decorum: the audit log: {}\n", shown(recorded.error().detail));
}

}  // namespace

Result<std::unique_ptr<audit::Trail>> make_trail(const config::Settings& settings) {
    if (!settings.audit.enabled) return nullptr;
    auto key = key_of(settings);
    if (!key) return std::unexpected(std::move(key.error()));
    return audit::Trail::open({.settings = settings, .version = DECORUM_VERSION, .key_of = std::move(*key)});
}

void record_of_person(const config::Settings& settings, audit::Event event, const std::string& address) {
    if (!settings.audit.enabled) return;
    if (settings.audit.addresses == config::AuditAddresses::clear) {
        event.text("person", address);
    } else if (auto key = key_of(settings)) {
        audit::Pseudonyms pseudonyms(audit::Pseudonyms::file_in(settings.gateway.state_dir), std::move(*key));
        event.text("person", pseudonyms.of(address));
    }
    record(settings, event);
}

Result<> record_erasure(const config::Settings& settings, const std::string& address) {
    std::error_code error;
    const auto file = audit::Pseudonyms::file_in(settings.gateway.state_dir);
    audit::Event event(audit::Kind::erasure);
    event.text("by", "command");
    // Names are destroyed even where nothing is recorded any more.
    if (!std::filesystem::exists(file, error)) {
        record(settings, event);
        return {};
    }
    auto key = key_of(settings);
    if (!key) return std::unexpected(std::move(key.error()));
    audit::Pseudonyms pseudonyms(file, std::move(*key));
    if (const auto name = pseudonyms.known(address)) event.text("person", *name);
    record(settings, event);
    const auto forgotten = pseudonyms.forget(address);
    if (!forgotten) return std::unexpected(forgotten.error());
    auto older_key = older_key_of(settings);
    if (!older_key) return std::unexpected(std::move(older_key.error()));
    const auto older = audit::Pseudonyms(file, std::move(*older_key)).forget(address);
    if (!older) return std::unexpected(older.error());
    return {};
}

}  // namespace decorum::app
