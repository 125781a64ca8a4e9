#include "gateway/app/engine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/make_connectors.hpp"
#include "connectors/portraits.hpp"
#include "gateway/app/erasures_seen.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/stored_people.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "gateway/pipeline/clean_posts.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t passing_secret_octets = 32;
constexpr std::chrono::seconds faces_limit{5};

// A store that can't be opened must not keep mail from flowing: what is learnt is forgotten at the end.
std::unique_ptr<store::Store> open_store(const config::Settings& settings, StateNeed need, bool& stands_in) {
    auto opened = store::open_store(settings);
    stands_in = !opened;
    if (opened) return std::move(*opened);
    if (need == StateNeed::required)
        log::error("store", {{"error", opened.error().detail}, {"instead", "memory"}});
    return store::make_memory_store();
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::make(const config::Settings& settings, StateNeed need,
                                             audit::Trail* trail) {
    std::unique_ptr<Engine> engine(new Engine(settings));
    engine->audit_ = trail;
    // A fault in people.toml must not keep a gateway from starting: mail matters more than names.
    // Nor must a machine without a resolver: then there are the sources that are ours.
    auto outside = make_outside(settings);
    if (outside)
        engine->outside_ = std::move(*outside);
    else
        log::error("outside", {{"error", outside.error().text()}, {"instead", "our own sources only"}});
    auto connectors = connectors::make_connectors(
        settings, engine->outside_.services(),
        need == StateNeed::required ? connectors::OnFault::carry_on : connectors::OnFault::fail);
    if (!connectors) return std::unexpected(connectors.error());
    engine->directory_ = connectors->directory;
    engine->registry_ = connectors->registry;
    // A command asks once and ends: it waits for what a gateway would show a moment later.
    if (need == StateNeed::wished && engine->directory_) engine->directory_->await_faces(faces_limit);

    auto key = seal_key(settings);
    auto secret = cache_secret(settings);
    if (!key && (need == StateNeed::required || !settings.annotate.seal_key_file.empty()))
        return std::unexpected(key.error());
    if (!secret && need == StateNeed::required) return std::unexpected(secret.error());
    if (!key || !secret) {
        const Error& error = key ? secret.error() : key.error();
        log::warning("state_dir", {{"error", error.detail}, {"instead", "a key for this run only"}});
    }
    auto store = open_store(settings, need, engine->store_stands_in_);

    std::shared_ptr<profile::Portraits> portraits;
    if (const auto services = engine->outside_.services();
        services.fetcher != nullptr && settings.annotate.face)
        portraits = std::make_shared<connectors::Portraits>(
            *services.fetcher, *services.worker,
            connectors::Portraits::Options{.max_octets = settings.worker.max_picture});
    std::shared_ptr<profile::PostJudge> posts;
    if (settings.annotate.activity == config::Activity::clean) {
        auto judge = std::make_shared<pipeline::CleanPosts>([raw = engine.get()] { return raw->assessor(); });
        if (need == StateNeed::required) judge->prepare();  // commands end before it is of use
        posts = std::move(judge);
    }
    engine->shared_ = store->shared();
    store::Store& kept = *store;  // the profile service's from here on
    engine->store_ = &kept;
    engine->store_secret_ = secret ? std::move(*secret) : Secret(random_octets(passing_secret_octets));
    // A command erases where it runs: it is from other nodes that this one may hear late.
    const auto follows_from = engine->shared_ != nullptr && trail != nullptr
                                  ? std::optional(erasures_seen(settings))
                                  : std::nullopt;
    const auto opt_out = std::make_shared<lookup::OptOut>(lookup::opt_out_path(settings));
    engine->profiles_ = std::make_unique<lookup::ProfileService>(
        lookup::ProfileService::Options{
            .cache = settings.cache,
            .lookup = settings.lookup,
            .connectors = settings.connectors,
            .max_versions = settings.retention.versions,
            .presentation = {.activity = settings.annotate.activity != config::Activity::off,
                             .activities = settings.annotate.activities},
            .own_domains = settings.outbound.domains,
            .opted_out = [opt_out](std::string_view address) { return opt_out->contains(address); },
            .portraits = portraits,
            .posts = posts,
            .on_erasure =
                [fetcher = engine->outside_.fetcher.get(), portraits, trail, follows_from, &settings,
                 left_behind = false](std::span<const std::string> keys, std::uint64_t cursor) mutable {
                    if (trail != nullptr)
                        for (const auto& key : keys)
                            if (!trail->forget_key(key)) left_behind = true;
                    // Whoever is still named in the log is tried again at the next start.
                    if (follows_from && !left_behind)
                        if (const auto noted = note_erasures_seen(settings, cursor); !noted)
                            log::warning("erasures_seen", {{"error", noted.error().text()}});
                    if (fetcher != nullptr) fetcher->forget();
                    if (portraits) portraits->forget();
                },
            .erasures_from = follows_from,
            .now = wall_clock_now},
        std::move(connectors->all), std::move(store), engine->store_secret_);
    if (need == StateNeed::required && !settings.notice.from.empty())
        if (auto made = engine->make_notices(kept); !made) return std::unexpected(made.error());
    engine->annotation_ = std::make_unique<pipeline::Annotator::Shared>(
        pipeline::Annotator::Shared{.settings = settings,
                                    .profiles = *engine->profiles_,
                                    .seal_key = key ? std::move(*key) : passing_seal_key(),
                                    .own_names = [raw = engine.get()] { return raw->own_names(); },
                                    .now = wall_clock_now});
    return engine;
}

Result<conduct::Conduct*> Engine::conduct() {
    const std::lock_guard lock(conduct_mutex_);
    if (conduct_) return conduct_.get();
    auto loaded = conduct::Conduct::load(settings_.gateway.data_dir);
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    conduct_ = std::move(*loaded);
    return conduct_.get();
}

std::shared_ptr<const conduct::Assessor> Engine::assessor() {
    if (conduct_failed_) return nullptr;
    const auto judge = conduct();
    if (judge) return (*judge)->current();
    if (!conduct_failed_.exchange(true))
        log::error("conduct", {{"error", judge.error().detail}, {"instead", "no posts are shown"}});
    return nullptr;
}

Result<> Engine::make_notices(store::Store& store) {
    const auto own = config::parse_sender(settings_.notice.from);
    if (!own) return fail(errc::invalid, "notice.from");  // the loader refuses it
    auto key = notice_secret(settings_);
    if (!key) return std::unexpected(std::move(key.error()));
    auto stationery = notice::Stationery::load(settings_.gateway.data_dir);
    if (!stationery) return std::unexpected(std::move(stationery.error()));
    notices_ = std::make_unique<notice::Notices>(notice::Notices::Options{
        .settings = latest_,
        .own = *own,
        .stationery = std::make_shared<const notice::Stationery>(std::move(*stationery)),
        .store = store,
        .profiles = *profiles_,
        .cache_secret = store_secret_,
        .token_key = std::move(*key),
        .charter = [this] { return outbound_ ? outbound_->charter().current() : nullptr; },
        .owns =
            [this](std::string_view login, std::string_view address) {
                if (!outbound_) return login == address;
                const auto addresses = outbound_->logins().addresses_of(login);
                return std::ranges::find(addresses, address) != addresses.end();
            },
        .addresses_of = [this](std::string_view address) { return registry_->addresses_of(address); },
        .opt_out = [this](const std::string& address) { return opt_out(settings_, address); },
        .look_again = [this] { registry_->read_again(); },
        .store_stands_in = store_stands_in_,
        .audit = audit_,
        .now = wall_clock_now});
    return {};
}

Result<> Engine::make_outbound(pipeline::Warnings* answers) {
    const auto judge = conduct();
    if (!judge) return std::unexpected(judge.error());
    auto made = OutboundParts::make(settings_, *profiles_, *registry_, **judge,
                                    notices_ ? notices_.get() : answers, &alerts_, audit_, store_secret_);
    if (!made) return std::unexpected(std::move(made.error()));
    outbound_ = std::move(*made);
    return {};
}

Result<pipeline::Annotator::Shared> Engine::annotation_by(const config::Settings& settings) {
    auto key = seal_key(settings);
    if (!key) return std::unexpected(std::move(key.error()));
    return pipeline::Annotator::Shared{.settings = settings,
                                       .profiles = *profiles_,
                                       .seal_key = std::move(*key),
                                       .own_names = [this] { return own_names(); },
                                       .now = wall_clock_now};
}

void Engine::follow_others() {
    if (shared_ != nullptr)
        shared_state_ = std::make_unique<SharedState>(
            settings_, *store_, outbound_ ? &outbound_->decisions().confirmations() : nullptr);
}

Result<Engine::Reread> Engine::read_again() {
    Reread out;
    {
        const std::lock_guard lock(conduct_mutex_);
        if (conduct_) {
            auto read = conduct_->read_again();
            if (!read) return std::unexpected(std::move(read.error()));
            out.assessor = std::move(*read);
        }
    }
    if (outbound_) {
        auto read = outbound_->charter().read_again();
        if (!read) return std::unexpected(std::move(read.error()));
        out.charter = std::move(*read);
    }
    return out;
}

Result<> Engine::read_people_again() {
    return directory_ ? directory_->reload() : Result<>();
}

void Engine::take_over(std::shared_ptr<const config::Settings> settings, Reread reread) {
    {
        const std::lock_guard lock(conduct_mutex_);
        if (reread.assessor) conduct_->take_over(std::move(reread.assessor));
        conduct_failed_ = false;  // mended, perhaps
    }
    if (reread.charter) outbound_->charter().take_over(std::move(reread.charter));
    profiles_->tune(settings->lookup, settings->connectors);
    latest_.set(std::move(settings));
    const std::lock_guard lock(names_mutex_);
    names_.reset();
}

void Engine::close() {
    shared_state_.reset();
    if (outbound_) outbound_->close();
    if (notices_) notices_->close();
    if (profiles_) profiles_->close();
}

// Whoever asks goes before whoever answers: no answer finds a connector gone, and no connector its services.
Engine::~Engine() {
    close();
    outbound_.reset();
    outside_.fetcher.reset();
    profiles_.reset();
    directory_.reset();
}

// Asked only for profiles that an outsider claims; rebuilt when the directory was read again.
std::shared_ptr<const message::OwnNames> Engine::own_names() {
    const std::uint64_t generation = directory_ ? directory_->generation() : 0;
    if (directory_ && !directory_->knows_all_names()) return nullptr;
    const std::lock_guard lock(names_mutex_);
    if (names_ && names_generation_ == generation) return names_;
    auto names = std::make_shared<message::OwnNames>();
    const auto settings = latest_.get();
    for (const auto& name : settings->annotate.own_names) {
        names->add_person(name);
        names->add_organisation(name);
    }
    for (const auto& domain : settings->outbound.domains) names->add_domain(domain);
    if (directory_) {
        for (const auto& name : directory_->names()) names->add_person(name);
        for (const auto& organisation : directory_->organisations()) names->add_organisation(organisation);
    }
    names_ = std::move(names);
    names_generation_ = generation;
    return names_;
}

}  // namespace decorum::app
