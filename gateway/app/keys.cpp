#include "gateway/app/keys.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t key_octets = 32;
constexpr std::size_t min_key_octets = 16;
constexpr std::size_t max_file_octets = 4096;

std::unexpected<Error> fail_at(const std::filesystem::path& path, std::string_view what) {
    return fail(errc::io, fmt::format("{}: {}", path.string(), what));
}

Result<Secret> read_key(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return fail(errno == ENOENT ? errc::not_found : errc::io,
                    fmt::format("{}: {}", path.string(), std::strerror(errno)));
    std::array<char, max_file_octets> buffer{};
    const auto count = ::read(file, buffer.data(), buffer.size());
    ::close(file);
    if (count < 0) return fail_at(path, std::strerror(errno));
    auto octets = from_base64(ascii::trim({buffer.data(), static_cast<std::size_t>(count)}));
    if (!octets || octets->size() < min_key_octets)
        return fail_at(path, "not a key: at least 16 octets as base64 on one line");
    return Secret(std::move(*octets));
}

// Written aside and linked into place: two processes that start at once end with the same key.
Result<> create_key(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::create_directories(path.parent_path(), error))
        std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all, error);
    constexpr std::size_t suffix_octets = 8;
    const std::string aside = fmt::format("{}.{}", path.string(), to_hex(random_octets(suffix_octets)));
    const int file = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return fail_at(path, std::strerror(errno));
    const std::string text = to_base64(random_octets(key_octets)) + "\n";
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    ::close(file);
    const bool linked = written && (::link(aside.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int reason = errno;
    ::unlink(aside.c_str());
    if (!linked) return fail_at(path, std::strerror(reason));
    return {};
}

Result<Secret> key_in_state(const config::Settings& settings, std::string_view name) {
    const auto path = settings.gateway.state_dir / name;
    auto key = read_key(path);
    if (key || key.error().code != errc::not_found) return key;
    if (auto made = create_key(path); !made) return std::unexpected(made.error());
    return read_key(path);
}

message::SealKey named(Secret octets) {
    constexpr std::size_t id_digits = 8;
    std::string id = to_hex(view_of(sha256({"decorum seal key id", octets.reveal()}))).substr(0, id_digits);
    return {std::move(id), std::move(octets)};
}

}  // namespace

Result<message::SealKey> seal_key(const config::Settings& settings) {
    const auto& file = settings.annotate.seal_key_file;
    auto octets = file.empty() ? key_in_state(settings, "seal.key") : read_key(file);
    if (!octets) return std::unexpected(octets.error());
    return named(std::move(*octets));
}

Result<Secret> cache_secret(const config::Settings& settings) {
    const auto& file = settings.store.key_file;
    return file.empty() ? key_in_state(settings, "cache.key") : read_key(file);
}

Result<Secret> own_cache_secret(const config::Settings& settings) {
    return read_key(settings.gateway.state_dir / "cache.key");
}

Result<Secret> notice_secret(const config::Settings& settings) {
    const auto& file = settings.notice.key_file;
    return file.empty() ? key_in_state(settings, "notice.key") : read_key(file);
}

message::SealKey passing_seal_key() {
    return named(Secret(random_octets(key_octets)));
}

}  // namespace decorum::app
