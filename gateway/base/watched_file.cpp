// The parts of a watched file that don't depend on what it holds. Reading opens without waiting, so that a
// pipe or a device in the file's place can't hold a thread.
#include "gateway/base/watched_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/log.hpp"

namespace decorum {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::unexpected<Error> read_fault(const std::filesystem::path& file, int error) {
    const bool absent = error == ENOENT || error == ENOTDIR;
    return fail(absent ? errc::not_found : errc::io,
                fmt::format("{}: {}", file.native(), std::system_category().message(error)));
}

}  // namespace

FileSignature signature_of(const std::filesystem::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return {};
    return {nanoseconds(status.st_mtim), nanoseconds(status.st_ctim), status.st_size, status.st_ino,
            status.st_dev};
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_octets) {
    const Descriptor open(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat status{};
    if (!open || ::fstat(open.get(), &status) != 0) return read_fault(file, errno);
    if (!S_ISREG(status.st_mode)) return fail(errc::io, fmt::format("{}: not a regular file", file.native()));
    std::string octets;
    constexpr std::size_t step = 65536;
    if (status.st_size > 0)  // and the step that finds its end; so it is never moved
        octets.reserve(std::min(static_cast<std::size_t>(status.st_size), max_octets) + step);
    for (;;) {
        const std::size_t have = octets.size();
        octets.resize(have + step);
        const ssize_t got = ::read(open.get(), octets.data() + have, step);
        if (got < 0 && errno != EINTR) return read_fault(file, errno);
        octets.resize(have + static_cast<std::size_t>(got < 0 ? 0 : got));
        if (octets.size() > max_octets)
            return fail(errc::limit,
                        fmt::format("{}:1: the file is larger than {} octets", file.native(), max_octets));
        if (got == 0) return octets;
    }
}

Watch::Watch(std::function<void()> check, Milliseconds interval)
    : check_(std::move(check)), interval_ms_(interval.count()) {}

void Watch::look() {
    const std::int64_t now =
        std::chrono::duration_cast<Milliseconds>(SteadyClock::now().time_since_epoch()).count();
    std::int64_t next = next_look_ms_.load(std::memory_order_relaxed);
    if (now < next || !next_look_ms_.compare_exchange_strong(next, now + interval_ms_)) return;
    soon();
}

void Watch::soon() {
    if (queued_.exchange(true)) return;
    const bool taken = queue_.post([this] {
        queued_.store(false);
        check_();
    });
    if (!taken) queued_.store(false);
}

void report(const WatchedFileOptions& options, const Result<>& read) {
    if (read)
        log::info(options.name + "_read", {{"file", options.path.native()}});
    else
        log::error(options.name + "_fault", {{"fault", read.error().detail}});
}

}  // namespace decorum
