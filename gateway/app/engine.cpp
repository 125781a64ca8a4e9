#include "gateway/app/engine.hpp"

#include <fmt/format.h>

#include "connectors/registry.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t passing_secret_octets = 32;

// A store that can't be opened must not keep mail from flowing: what is learnt is forgotten at the end.
Result<std::unique_ptr<store::Store>> open_store(const config::Settings& settings, StateNeed need) {
    auto store = store::open_store(settings);
    if (store || need == StateNeed::wished) {
        if (store) return store;
    } else {
        log::error("store", {{"error", store.error().detail}, {"instead", "memory"}});
    }
    return store::make_memory_store();
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::make(const config::Settings& settings, StateNeed need) {
    std::unique_ptr<Engine> engine(new Engine(settings));
    // A fault in people.toml must not keep a gateway from starting: mail matters more than names.
    auto connectors = connectors::make_connectors(
        settings, need == StateNeed::required ? connectors::OnFault::carry_on : connectors::OnFault::fail);
    if (!connectors) return std::unexpected(connectors.error());
    engine->directory_ = connectors->directory;

    auto key = seal_key(settings);
    auto secret = cache_secret(settings);
    if (!key && (need == StateNeed::required || !settings.annotate.seal_key_file.empty()))
        return std::unexpected(key.error());
    if (!secret && need == StateNeed::required) return std::unexpected(secret.error());
    if (!key || !secret) {
        const Error& error = key ? secret.error() : key.error();
        log::warning("state_dir", {{"error", error.detail}, {"instead", "a key for this run only"}});
    }
    auto store = open_store(settings, need);
    if (!store) return std::unexpected(store.error());

    engine->profiles_ = std::make_unique<lookup::ProfileService>(
        lookup::ProfileService::Options{
            .cache = settings.cache,
            .max_versions = settings.retention.versions,
            .presentation = {.activity = settings.annotate.activity == config::Activity::all,
                             .own_domains = settings.outbound.domains},
            .now = wall_clock_now},
        std::move(connectors->all), std::move(*store),
        secret ? std::move(*secret) : Secret(random_octets(passing_secret_octets)));
    engine->annotation_ = std::make_unique<pipeline::Annotator::Shared>(
        pipeline::Annotator::Shared{.settings = settings,
                                    .profiles = *engine->profiles_,
                                    .seal_key = key ? std::move(*key) : passing_seal_key(),
                                    .own_names = [raw = engine.get()] { return raw->own_names(); },
                                    .now = wall_clock_now});
    return engine;
}

// Asked only for profiles that an outsider claims; rebuilt when the directory was read again.
std::shared_ptr<const message::OwnNames> Engine::own_names() {
    const std::uint64_t generation = directory_ ? directory_->generation() : 0;
    const std::lock_guard lock(names_mutex_);
    if (names_ && names_generation_ == generation) return names_;
    auto names = std::make_shared<message::OwnNames>();
    for (const auto& name : settings_.annotate.own_names) {
        names->add_person(name);
        names->add_organisation(name);
    }
    for (const auto& domain : settings_.outbound.domains) names->add_domain(domain);
    if (directory_) {
        for (const auto& name : directory_->names()) names->add_person(name);
        for (const auto& organisation : directory_->organisations()) names->add_organisation(organisation);
    }
    names_ = std::move(names);
    names_generation_ = generation;
    return names_;
}

}  // namespace decorum::app
