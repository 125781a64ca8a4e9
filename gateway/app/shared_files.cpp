#include "gateway/app/shared_files.hpp"

#include <fmt/format.h>

#include <charconv>
#include <future>

#include "config/store_url.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/app/imap_epoch.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t max_octets = std::size_t{16} << 20;
constexpr std::size_t max_version_octets = 64;
constexpr int max_tries = 20;

struct Place {
    std::string name;
    std::filesystem::path file;
};

Place place_of(const config::Settings& settings, SharedFile file) {
    switch (file) {
        case SharedFile::registry: return {"registry", connectors::registry_path(settings)};
        case SharedFile::optout: return {"optout", lookup::opt_out_path(settings)};
        case SharedFile::imap_epoch: break;
    }
    return {"imap-epoch", imap_epoch_path(settings)};
}

template <class T, class Start>
Result<T> wait_for(Start start) {
    const auto promise = std::make_shared<std::promise<Result<T>>>();
    auto answer = promise->get_future();
    start([promise](Result<T> result) { promise->set_value(std::move(result)); });
    return answer.get();
}

std::uint64_t version_of(std::string_view octets) {
    const std::string_view text = ascii::trim(octets);
    std::uint64_t version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    return error == std::errc{} && end == text.data() + text.size() ? version : 0;
}

Result<std::string> content_of(const std::filesystem::path& file) {
    auto octets = read_file(file, max_octets);
    if (!octets && octets.error().code == errc::not_found) return std::string{};
    return octets;
}

Result<> put(const std::filesystem::path& file, const std::string& octets) {
    return edit_file(file, max_octets, [&](std::string_view) -> Result<std::string> { return octets; });
}

// Nothing: another was quicker.
Result<std::optional<std::uint64_t>> hand_on(store::SharedStore& store, const Place& place,
                                             std::uint64_t version, const std::string& octets) {
    return wait_for<std::optional<std::uint64_t>>(
        [&](auto done) { store.write_document(place.name, version, octets, std::move(done)); });
}

// Gives the version that the file is of then.
Result<std::uint64_t> fetch(store::SharedStore& store, const Place& place, std::uint64_t known) {
    for (int tries = 0; tries < max_tries; ++tries) {
        const auto document = wait_for<store::Document>(
            [&](auto done) { store.read_document(place.name, known, std::move(done)); });
        if (!document) return std::unexpected(document.error());
        if (document->version != 0) {
            if (document->version != known)
                if (auto written = put(place.file, document->octets); !written)
                    return std::unexpected(std::move(written.error()));
            return document->version;
        }
        const auto octets = content_of(place.file);
        if (!octets) return std::unexpected(octets.error());
        if (octets->empty()) return 0U;
        const auto version = hand_on(store, place, 0, *octets);
        if (!version) return std::unexpected(version.error());
        if (*version) return **version;
    }
    return fail(errc::unavailable, "others change the same file all the time");
}

Result<std::uint64_t> edit_in(store::SharedStore& store, const Place& place, std::uint64_t known,
                              const std::function<Result<>()>& edit) {
    for (int tries = 0; tries < max_tries; ++tries) {
        const auto version = fetch(store, place, known);
        if (!version) return std::unexpected(version.error());
        known = *version;
        const auto before = content_of(place.file);
        if (!before) return std::unexpected(before.error());
        if (auto edited = edit(); !edited) return std::unexpected(std::move(edited.error()));
        const auto after = content_of(place.file);
        if (!after) return std::unexpected(after.error());
        if (*after == *before) return known;
        const auto written = hand_on(store, place, known, *after);
        if (written && *written) return **written;
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
                         const auto version = step(version_of(octets));
                         if (!version) return std::unexpected(version.error());
                         return std::to_string(*version) + "\n";
                     });
}

}  // namespace

Result<> fetch_shared(const config::Settings& settings, SharedFile file, store::SharedStore& store) {
    const Place place = place_of(settings, file);
    return with_version(settings, place, [&](std::uint64_t known) { return fetch(store, place, known); });
}

Result<> edit_shared(const config::Settings& settings, SharedFile file,
                     const std::function<Result<>()>& edit) {
    if (!config::is_redis_url(settings.store.url)) return edit();
    auto store = store::open_store(settings);
    if (!store) return std::unexpected(std::move(store.error()));
    const Place place = place_of(settings, file);
    return with_version(settings, place, [&](std::uint64_t known) {
        return edit_in(*(*store)->shared(), place, known, edit);
    });
}

}  // namespace decorum::app
