#include "gateway/app/carry_erasures.hpp"

#include <string>
#include <utility>
#include <vector>

#include "gateway/app/keys.hpp"
#include "gateway/app/wait_for.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/base/log.hpp"

namespace decorum::app {
namespace {

constexpr std::string_view database = "decorum.sqlite";
constexpr std::size_t max_mark_octets = 64;

struct Tombstone {
    std::string key;
    Instant time{};
};

Result<std::vector<Tombstone>> tombstones_of(store::Store& store) {
    std::vector<Tombstone> out;
    for (std::uint64_t cursor = 0;;) {
        const auto erased =
            wait_for<store::Erasures>([&](auto done) { store.erased_since(cursor, std::move(done)); });
        if (!erased) return std::unexpected(erased.error());
        if (erased->keys.empty()) return out;
        cursor = erased->cursor;
        for (const std::string& key : erased->keys) {
            const auto record = wait_for<store::Record>([&](auto done) { store.load(key, std::move(done)); });
            if (!record) return std::unexpected(record.error());
            if (record->forgotten) out.push_back({key, *record->forgotten});  // else it was lifted since
        }
    }
}

Result<std::vector<Tombstone>> tombstones_here(const config::Settings& settings) {
    config::Settings own = settings;
    own.store.url = "sqlite:";
    const auto store = store::open_store(own);
    if (!store) return std::unexpected(store.error());
    return tombstones_of(**store);
}

// A gateway that had none used the one that it was given.
bool is_of_another_key(const config::Settings& settings) {
    const auto own = own_cache_secret(settings);
    const auto shared = cache_secret(settings);
    return own && shared && own->reveal() != shared->reveal();
}

}  // namespace

Result<> carry_erasures(const config::Settings& settings, store::Store& shared) {
    const auto mark = settings.gateway.state_dir / "erasures-carried";
    std::error_code error;
    if (std::filesystem::exists(mark, error)) return {};
    if (std::filesystem::exists(settings.gateway.state_dir / database, error)) {
        const auto tombstones = tombstones_here(settings);
        if (!tombstones) return std::unexpected(tombstones.error());
        if (is_of_another_key(settings)) {
            if (!tombstones->empty())
                log::warning("erasures_not_carried",
                             {{"erasures", tombstones->size()},
                              {"reason", "laid under cache.key of state_dir, not under store.key_file"}});
        } else {
            for (const Tombstone& tombstone : *tombstones) {
                const auto there =
                    wait_for<store::Record>([&](auto done) { shared.load(tombstone.key, std::move(done)); });
                if (!there) return std::unexpected(there.error());
                if (there->forgotten) continue;
                const auto laid = wait_for<store::Erased>(
                    [&](auto done) { shared.erase(tombstone.key, tombstone.time, std::move(done)); });
                if (!laid) return std::unexpected(laid.error());
            }
            log::info("erasures_carried", {{"erasures", tombstones->size()}});
        }
    }
    return edit_file(mark, max_mark_octets,
                     [](std::string_view) -> Result<std::string> { return std::string("done\n"); });
}

}  // namespace decorum::app
