#include "gateway/app/shared_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/store_url.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/app/imap_epoch.hpp"
#include "gateway/app/wait_for.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t max_shared_octets = std::size_t{16} << 20;
constexpr std::size_t max_version_octets = 64;
constexpr std::size_t name_octets = 8;   // of a version, before they are written as text
constexpr std::size_t max_lineage = 64;  // names
constexpr int max_tries = 20;
constexpr std::string_view registry_name = "registry";
constexpr std::string_view optout_name = "optout";
constexpr std::string_view beside = ".before-joining";

struct Place {
    std::string name;
    std::filesystem::path file;
};

Place place_of(const config::Settings& settings, SharedFile file) {
    switch (file) {
        case SharedFile::registry: return {std::string(registry_name), connectors::registry_path(settings)};
        case SharedFile::optout: return {std::string(optout_name), lookup::opt_out_path(settings)};
        case SharedFile::imap_epoch: break;
    }
    return {"imap-epoch", imap_epoch_path(settings)};
}

std::filesystem::path free_copy(const std::filesystem::path& file) {
    const auto kept = kept_before_joining(file);
    std::filesystem::path copy = file;
    copy += beside;
    if (!kept.empty()) copy += fmt::format(".{}", kept.size() + 1);
    return copy;
}

// The version that the copy here is of. No name: it is of none, and this gateway has not joined yet.
struct Held {
    std::uint64_t version = 0;
    std::string lineage;

    [[nodiscard]] std::string_view name() const {
        return std::string_view(lineage).substr(0, lineage.find(' '));
    }
};

// "VERSION NAME"
Held held_of(std::string_view octets) {
    const std::string_view text = ascii::trim(octets);
    Held held;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), held.version);
    const auto at = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || at == text.size() || text[at] != ' ') return {};
    held.lineage = std::string(text.substr(at + 1)) + " ";
    return held;
}

Result<std::string> content_of(const std::filesystem::path& file) {
    auto octets = read_file(file, max_shared_octets);
    if (!octets && octets.error().code == errc::not_found) return std::string{};
    return octets;
}

Result<> put(const std::filesystem::path& file, const std::string& octets) {
    return edit_file(file, max_shared_octets,
                     [&](std::string_view) -> Result<std::string> { return octets; });
}

bool comes_of(std::string_view lineage, std::string_view name) {
    for (; !lineage.empty(); lineage.remove_prefix(std::min(lineage.find(' '), lineage.size() - 1) + 1))
        if (lineage.substr(0, lineage.find(' ')) == name) return true;
    return false;
}

// A version after both, which either counts among those that it comes of.
Held next_of(const Held& one, const Held& other) {
    Held next{std::max(one.version, other.version) + 1, to_hex(random_octets(name_octets)) + " "};
    next.lineage += one.lineage;
    if (!other.lineage.empty() && !comes_of(next.lineage, other.name()))
        next.lineage.append(other.name()).append(" ");
    next.lineage.resize(std::min(next.lineage.size(), max_lineage * (2 * name_octets + 1)));
    return next;
}

// False: another was quicker.
Result<bool> hand_on(store::SharedStore& store, const Place& place, std::string_view known, const Held& next,
                     const std::string& octets) {
    return wait_for<bool>([&](auto done) {
        store.write_document(place.name, std::string(known), {next.version, next.lineage, octets},
                             std::move(done));
    });
}

// Whoever asked not to be shown is not shown anywhere, whatever else was lost.
Result<std::string> joined_opt_outs(const Place& place, const std::string& ours, const std::string& theirs) {
    auto list = lookup::OptOutList::parse(theirs, place.file);
    const auto local = lookup::OptOutList::parse(ours, place.file);
    if (!list || !local) return std::unexpected(list ? local.error() : list.error());
    std::size_t added = 0;
    for (const std::string& entry : local->entries()) added += list->add(entry) ? 1 : 0;
    if (added == 0) return theirs;
    log::warning("shared_file_joined", {{"file", place.file.native()}, {"entries_added", added}});
    return list->to_toml();
}

// What we had goes beside the file: whom an account belongs to is nothing to be guessed.
Result<> keep_registry(const Place& place, const std::string& ours, const std::string& theirs) {
    const auto local = connectors::RegistryFile::parse(ours, place.file);
    const auto shared = connectors::RegistryFile::parse(theirs, place.file);
    std::size_t differing = 0;
    if (local && shared)
        for (const auto& person : local->persons)
            differing += std::ranges::find(shared->persons, person) == shared->persons.end() ? 1 : 0;
    if (local && shared && differing == 0) return {};
    if (const auto kept = kept_before_joining(place.file); !kept.empty())
        if (const auto last = read_file(kept.back(), max_shared_octets); last && *last == ours) return {};
    const auto copy = free_copy(place.file);
    if (auto written = put(copy, ours); !written) return written;
    log::warning(
        "shared_file_joined",
        {{"file", place.file.native()}, {"persons_not_taken_over", differing}, {"copy", copy.native()}});
    return {};
}

// What holds where the store's version does not come of ours: one of the two, or, of opt-outs, both. Ours
// goes before one that is behind it, which somebody brought to a store that had lost all.
Result<std::string> reconciled(const Place& place, const Held& held, const std::string& ours,
                               const store::Document& theirs) {
    if (ours.empty() || ours == theirs.octets) return theirs.octets;
    if (place.name == optout_name) return joined_opt_outs(place, ours, theirs.octets);
    if (!held.lineage.empty() && held.version > theirs.version) {
        log::warning("shared_file_brought_back", {{"file", place.file.native()}});
        return ours;
    }
    if (place.name == registry_name)
        if (auto kept = keep_registry(place, ours, theirs.octets); !kept)
            return std::unexpected(std::move(kept.error()));
    return theirs.octets;
}

// Gives the version that the file is of then.
Result<Held> fetch(store::SharedStore& store, const Place& place, const Held& held) {
    for (int tries = 0; tries < max_tries; ++tries) {
        const auto document = wait_for<store::Document>(
            [&](auto done) { store.read_document(place.name, std::string(held.name()), std::move(done)); });
        if (!document) return std::unexpected(document.error());
        const Held theirs{document->version, document->lineage};
        if (theirs.version != 0 && !theirs.lineage.empty() && theirs.name() == held.name()) return theirs;
        std::string octets = document->octets;
        std::optional<Held> next;
        if (theirs.version == 0 || held.lineage.empty() || !comes_of(theirs.lineage, held.name())) {
            const auto ours = content_of(place.file);
            if (!ours) return std::unexpected(ours.error());
            if (theirs.version == 0 && ours->empty()) return Held{};
            auto both = theirs.version == 0 ? *ours : reconciled(place, held, *ours, *document);
            if (!both) return std::unexpected(std::move(both.error()));
            if (theirs.lineage.empty() || *both != octets) next = next_of(theirs, held);
            // What is brought back is no newer than it was: somebody may come who has more.
            if (theirs.version == 0) next->version = std::max<std::uint64_t>(held.version, 1);
            octets = std::move(*both);
        }
        if (next) {
            const auto written = hand_on(store, place, theirs.name(), *next, octets);
            if (!written) return std::unexpected(written.error());
            if (!*written) continue;
        }
        if (auto written = put(place.file, octets); !written)
            return std::unexpected(std::move(written.error()));
        return next ? *next : theirs;
    }
    return fail(errc::unavailable, "others change the same file all the time");
}

Result<Held> edit_in(store::SharedStore& store, const Place& place, Held held,
                     const std::function<Result<>()>& edit) {
    for (int tries = 0; tries < max_tries; ++tries) {
        auto fetched = fetch(store, place, held);
        if (!fetched) return std::unexpected(std::move(fetched.error()));
        held = std::move(*fetched);
        const auto before = content_of(place.file);
        if (!before) return std::unexpected(before.error());
        if (auto edited = edit(); !edited) return std::unexpected(std::move(edited.error()));
        const auto after = content_of(place.file);
        if (!after) return std::unexpected(after.error());
        if (*after == *before) return held;
        Held next = next_of(held, held);
        const auto written = hand_on(store, place, held.name(), next, *after);
        if (written && *written) return next;
        // As it was: others, or the store, know nothing of it.
        if (auto back = put(place.file, *before); !back) return std::unexpected(std::move(back.error()));
        if (!written) return std::unexpected(written.error());
    }
    return fail(errc::unavailable, "others change the same file all the time");
}

// `step` under the lock of the version, which it takes and gives.
template <class Step>
Result<> with_version(const config::Settings& settings, const Place& place, Step step) {
    return edit_file(settings.gateway.state_dir / ("shared-" + place.name), max_version_octets,
                     [&](std::string_view octets) -> Result<std::string> {
                         const auto held = step(held_of(octets));
                         if (!held) return std::unexpected(held.error());
                         if (held->lineage.empty()) return std::string{};
                         return fmt::format("{} {}\n", held->version, held->name());
                     });
}

}  // namespace

std::vector<std::filesystem::path> kept_before_joining(const std::filesystem::path& file) {
    std::vector<std::filesystem::path> kept;
    std::filesystem::path copy = file;
    copy += beside;
    std::error_code error;
    for (std::size_t number = 2; std::filesystem::exists(copy, error); ++number) {
        kept.push_back(copy);
        copy = file;
        copy += fmt::format("{}.{}", beside, number);
    }
    return kept;
}

Result<> fetch_shared(const config::Settings& settings, SharedFile file, store::SharedStore& store) {
    const Place place = place_of(settings, file);
    return with_version(settings, place, [&](const Held& held) { return fetch(store, place, held); });
}

Result<> edit_shared(const config::Settings& settings, SharedFile file,
                     const std::function<Result<>()>& edit) {
    if (!config::is_redis_url(settings.store.url)) return edit();
    auto store = store::open_store(settings);
    if (!store) return std::unexpected(std::move(store.error()));
    const Place place = place_of(settings, file);
    return with_version(settings, place, [&](Held held) {
        return edit_in(*(*store)->shared(), place, std::move(held), edit);
    });
}

}  // namespace decorum::app
