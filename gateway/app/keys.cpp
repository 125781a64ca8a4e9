#include "gateway/app/keys.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/file_edit.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t key_octets = 32;
constexpr std::size_t min_key_octets = 16;
constexpr std::size_t max_key_file_octets = 4096;

std::unexpected<Error> fail_at(const std::filesystem::path& path, std::string_view what) {
    return fail(errc::io, fmt::format("{}: {}", path.string(), what));
}

Result<Secret> read_key(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return fail(errno == ENOENT ? errc::not_found : errc::io,
                    fmt::format("{}: {}", path.string(), std::strerror(errno)));
    std::array<char, max_key_file_octets> buffer{};
    const auto count = ::read(file, buffer.data(), buffer.size());
    ::close(file);
    if (count < 0) return fail_at(path, std::strerror(errno));
    auto octets = from_base64(ascii::trim({buffer.data(), static_cast<std::size_t>(count)}));
    if (!octets || octets->size() < min_key_octets)
        return fail_at(path, "not a key: at least 16 octets as base64 on one line");
    return Secret(std::move(*octets));
}

// `file`: what the configuration names; empty: `name` in the state directory.
Result<Secret> key_of(const config::Settings& settings, const std::filesystem::path& file,
                      std::string_view name, IfAbsent if_absent) {
    if (!file.empty()) return read_key(file);
    const auto path = settings.gateway.state_dir / name;
    auto key = read_key(path);
    if (key || key.error().code != errc::not_found || if_absent == IfAbsent::fail) return key;
    // Two processes that start at once end with the same key.
    const auto made =
        edit_file(path, max_key_file_octets, [](std::string_view octets) -> Result<std::string> {
            return octets.empty() ? to_base64(random_octets(key_octets)) + "\n" : std::string(octets);
        });
    if (!made) return std::unexpected(made.error());
    return read_key(path);
}

message::SealKey named(Secret octets) {
    constexpr std::size_t id_digits = 8;
    std::string id = to_hex(view_of(sha256({"decorum seal key id", octets.reveal()}))).substr(0, id_digits);
    return {std::move(id), std::move(octets)};
}

}  // namespace

Result<message::SealKey> seal_key(const config::Settings& settings, IfAbsent if_absent) {
    auto octets = key_of(settings, settings.annotate.seal_key_file, "seal.key", if_absent);
    if (!octets) return std::unexpected(octets.error());
    return named(std::move(*octets));
}

Result<Secret> cache_secret(const config::Settings& settings, IfAbsent if_absent) {
    return key_of(settings, settings.store.key_file, "cache.key", if_absent);
}

Result<Secret> own_cache_secret(const config::Settings& settings) {
    return key_of(settings, {}, "cache.key", IfAbsent::fail);
}

Result<Secret> notice_secret(const config::Settings& settings, IfAbsent if_absent) {
    return key_of(settings, settings.notice.key_file, "notice.key", if_absent);
}

message::SealKey passing_seal_key() {
    return named(Secret(random_octets(key_octets)));
}

}  // namespace decorum::app
