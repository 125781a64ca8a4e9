// Every step that fails says so with the file's name and the system's words.
#include "gateway/base/file_edit.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "gateway/base/clock.hpp"
#include "gateway/base/descriptor.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum {
namespace {

namespace fs = std::filesystem;

constexpr mode_t owner_only = S_IRUSR | S_IWUSR;
constexpr std::chrono::milliseconds lock_interval{20};

std::unexpected<Error> system_fault(const fs::path& file, int error) {
    return fail(errc::io, fmt::format("{}: {}", file.native(), std::system_category().message(error)));
}

Descriptor open_file(const fs::path& file, int flags) {
    return Descriptor(::open(file.c_str(), flags | O_CLOEXEC, owner_only));
}

// flock(2) has no time limit of its own.
Result<> lock(const Descriptor& descriptor, const fs::path& file, std::chrono::milliseconds limit) {
    const auto end = SteadyClock::now() + limit;
    while (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return system_fault(file, errno);
        if (SteadyClock::now() >= end)
            return fail(errc::unavailable, fmt::format("{}: somebody else is changing it", file.native()));
        std::this_thread::sleep_for(lock_interval);
    }
    return {};
}

Result<> write_all(const Descriptor& descriptor, std::string_view octets, const fs::path& file) {
    while (!octets.empty()) {
        const ssize_t written = ::write(descriptor.get(), octets.data(), octets.size());
        if (written < 0 && errno != EINTR) return system_fault(file, errno);
        octets.remove_prefix(static_cast<std::size_t>(written < 0 ? 0 : written));
    }
    if (::fsync(descriptor.get()) != 0) return system_fault(file, errno);
    return {};
}

// Of the file that is replaced, whose mode and owner somebody chose; without one, the folder's owner. A group
// that we are not in costs the group its rights, not us the edit.
Result<> take_after(const fs::path& file, const fs::path& folder, const Descriptor& descriptor) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        if (errno != ENOENT) return system_fault(file, errno);
        give_to_owner_of(folder, descriptor.get());
        return {};
    }
    const bool kept_group = ::fchown(descriptor.get(), status.st_uid, status.st_gid) == 0 ||
                            ::fchown(descriptor.get(), static_cast<uid_t>(-1), status.st_gid) == 0;
    constexpr mode_t of_group = S_IRWXG | S_ISGID;
    const mode_t mode = status.st_mode & (kept_group ? 07777U : 07777U & ~of_group);
    if (::fchmod(descriptor.get(), mode) != 0) return system_fault(file, errno);
    return {};
}

// Where a file really lies, or is to lie: at the end of its symbolic links.
Result<fs::path> behind_links(fs::path file) {
    constexpr int max_links = 40;  // as the system follows
    for (int links = 0; links <= max_links; ++links) {
        std::error_code error;
        const fs::path target = fs::read_symlink(file, error);
        if (error) return file;  // no link, or nothing at all; what else is wrong comes out when it is opened
        file = file.parent_path() / target;
    }
    return system_fault(file, ELOOP);
}

Result<> replace(const fs::path& file, const fs::path& folder, std::string_view octets) {
    constexpr std::size_t suffix_octets = 8;
    const fs::path aside = fmt::format("{}.{}", file.native(), to_hex(random_octets(suffix_octets)));
    {
        const Descriptor descriptor = open_file(aside, O_WRONLY | O_CREAT | O_EXCL);
        if (!descriptor) return system_fault(aside, errno);
        auto written = take_after(file, folder, descriptor);
        if (written) written = write_all(descriptor, octets, aside);
        if (written && ::rename(aside.c_str(), file.c_str()) != 0) written = system_fault(file, errno);
        if (!written) {
            ::unlink(aside.c_str());
            return written;
        }
    }
    // The rename itself must survive a crash too.
    const Descriptor directory = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (!directory || ::fsync(directory.get()) != 0) return system_fault(folder, errno);
    return {};
}

}  // namespace

// Only root can, and only root needs to.
void give_to_owner_of(const fs::path& folder, int descriptor) {
    struct stat status{};
    if (::geteuid() == 0 && ::stat(folder.c_str(), &status) == 0)
        static_cast<void>(!::fchown(descriptor, status.st_uid, status.st_gid));
}

Result<> edit_file(const fs::path& name, std::size_t max_octets, const Edit& edit,
                   std::chrono::milliseconds lock_limit) {
    const auto real = behind_links(name);
    if (!real) return std::unexpected(real.error());
    const fs::path& file = *real;
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code error;
    if (fs::create_directories(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
    if (error) return system_fault(folder, error.value());

    const fs::path lock_file = file.native() + ".lock";
    const Descriptor descriptor = open_file(lock_file, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (!descriptor) return system_fault(lock_file, errno);
    give_to_owner_of(folder, descriptor.get());
    if (auto locked = lock(descriptor, file, lock_limit); !locked) return locked;

    auto before = read_file(file, max_octets);
    if (!before && before.error().code == errc::not_found) before = std::string{};
    if (!before) return std::unexpected(std::move(before.error()));
    const auto after = edit(*before);
    if (!after) return std::unexpected(after.error());
    if (*after == *before) return {};
    if (after->size() > max_octets)
        return fail(errc::limit,
                    fmt::format("{}: it would be larger than {} octets", file.native(), max_octets));
    return replace(file, folder, *after);
}

}  // namespace decorum
