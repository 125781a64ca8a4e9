#include "gateway/app/imap_epoch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <vector>

#include "gateway/app/shared_files.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/base/log.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t max_file_octets = 4096;
constexpr std::string_view nothing = "nothing";
constexpr std::string_view key_mark = " key=";  // stands last

struct Recorded {
    std::uint32_t epoch = 0;
    std::string shown{nothing};
};

bool has_reading_listener(const config::Settings& settings) {
    return std::ranges::any_of(settings.listeners, [](const config::Listener& listener) {
        return listener.protocol == config::Protocol::imap && listener.policy == config::Policy::inbound;
    });
}

// The same for the same entries, in whatever order.
std::string digest_of(std::vector<std::string> list) {
    constexpr std::size_t digits = 8;
    if (list.empty()) return "none";
    std::ranges::sort(list);
    std::string octets;
    for (const std::string& entry : list) octets.append(entry).append(1, '\0');
    return to_hex(view_of(sha256({octets}))).substr(0, digits);
}

std::string shown_by(const config::Settings& settings, std::string_view seal_key_id) {
    if (!settings.imap.annotate) return std::string(nothing);
    const config::Annotate& annotate = settings.annotate;
    return fmt::format(
        "block={} prefix={} face={} require={} authserv_ids={} own_names={} domains={} exclude={} "
        "roles={}{}{}",
        settings.imap.block, annotate.prefix, annotate.face,
        annotate.require == config::Require::none ? "none" : "authenticated",
        digest_of(annotate.authserv_ids), digest_of(annotate.own_names), digest_of(settings.outbound.domains),
        digest_of(annotate.exclude_recipients), digest_of(annotate.role_addresses), key_mark, seal_key_id);
}

Result<Recorded> parse(std::string_view octets) {
    Recorded recorded;
    const std::string_view line = ascii::trim(octets);
    if (line.empty()) return recorded;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), recorded.epoch);
    if (error != std::errc{} || end == line.data() + line.size() || *end != ' ')
        return fail(errc::corrupt, "not an epoch and what was shown in it");
    recorded.shown = line.substr(static_cast<std::size_t>(end - line.data()) + 1);
    return recorded;
}

}  // namespace

std::filesystem::path imap_epoch_path(const config::Settings& settings) {
    return settings.gateway.state_dir / "imap.epoch";
}

Result<std::uint32_t> take_imap_epoch(const config::Settings& settings, std::string_view seal_key_id) {
    if (!has_reading_listener(settings)) return 0U;
    std::uint32_t epoch = 0;
    const auto edit = [&]() -> Result<> {
        return edit_file(imap_epoch_path(settings), max_file_octets,
                         [&](std::string_view octets) -> Result<std::string> {
                             auto recorded = parse(octets);
                             if (!recorded) return std::unexpected(recorded.error());
                             const std::string shown = shown_by(settings, seal_key_id);
                             epoch = recorded->epoch;
                             if (recorded->shown == shown) return std::string(octets);
                             return fmt::format("{} {}\n", ++epoch, shown);
                         });
    };
    auto edited = edit_shared(settings, SharedFile::imap_epoch, edit);
    if (!edited && edited.error().code == errc::unavailable) {
        // Mail is to be read all the same: as this gateway knows it.
        log::warning("imap_epoch",
                     {{"error", edited.error().detail}, {"instead", "the one of this gateway"}});
        edited = edit();
    }
    if (!edited) return std::unexpected(edited.error());
    return epoch;
}

Result<std::optional<std::string>> imap_epoch_change(const config::Settings& settings,
                                                     std::string_view seal_key_id) {
    if (!has_reading_listener(settings)) return std::nullopt;
    const auto path = imap_epoch_path(settings);
    std::error_code error;
    std::string octets;
    if (std::filesystem::exists(path, error)) {
        std::ifstream file(path, std::ios::binary);
        octets.assign(std::istreambuf_iterator<char>(file), {});
        if (!file) return fail(errc::io, fmt::format("{}: can't be read", path.string()));
    }
    const auto recorded = parse(octets);
    if (!recorded) return fail(errc::corrupt, fmt::format("{}: {}", path.string(), recorded.error().detail));
    const std::string shown = shown_by(settings, seal_key_id);
    const std::size_t compared = seal_key_id.empty() ? shown.find(key_mark) : std::string::npos;
    const std::size_t recorded_key = seal_key_id.empty() ? recorded->shown.find(key_mark) : std::string::npos;
    if (recorded->shown.substr(0, recorded_key) == shown.substr(0, compared)) return std::nullopt;
    return fmt::format(
        "IMAP has shown {}, and shows {} from the next start: UIDVALIDITY changes, and clients "
        "download all their mail again",
        recorded->shown, shown);
}

}  // namespace decorum::app
