// Watches the file and swaps whole snapshots. A finder takes a reference to the snapshot under a lock that is
// held for a copy of a pointer only; reading and parsing happen outside of it.
#include "connectors/directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <system_error>

#include "connectors/people_file.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/work_queue.hpp"

namespace decorum::connectors {
namespace {

std::int64_t steady_ms() {
    return std::chrono::duration_cast<Milliseconds>(SteadyClock::now().time_since_epoch()).count();
}

// At most one octet more than the limit, which the parser then refuses.
Result<std::string> read_file(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error) && !error && std::filesystem::exists(file, error))
        return fail(errc::io, fmt::format("{}: not a regular file", file.native()));
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return fail(errc::io, fmt::format("{}: {}", file.native(), std::system_category().message(errno)));
    std::string octets;
    constexpr std::size_t step = 65536;
    while (in && octets.size() <= max_people_octets) {
        const std::size_t have = octets.size();
        octets.resize(have + step);
        in.read(octets.data() + have, step);
        octets.resize(have + static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad()) return fail(errc::io, fmt::format("{}: can't be read", file.native()));
    return octets;
}

// Tells one state of the file from another; all zero: there is no file.
struct Signature {
    std::int64_t modified_ns = 0;
    std::int64_t octets = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    bool operator==(const Signature&) const = default;
};

Signature signature_of(const std::filesystem::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return {};
    return {status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size, status.st_ino,
            status.st_dev};
}

}  // namespace

// The file and the version of it that serves.
class Directory::File {
public:
    File(std::filesystem::path path, Milliseconds look_interval)
        : path_(std::move(path)), look_interval_ms_(look_interval.count()) {}

    Result<> read() {
        const std::lock_guard one_reader(reading_);
        // Taken before reading: what is written meanwhile differs from it, and is read again.
        const Signature signature = signature_of(path_);
        const auto octets = read_file(path_);
        auto parsed = octets ? parse_people(*octets, path_, wall_clock_now())
                             : Result<People>(std::unexpected(octets.error()));
        {
            const std::lock_guard lock(mutex_);
            signature_ = signature;
            if (parsed) people_ = std::make_shared<const People>(std::move(*parsed));
        }
        if (!parsed) return std::unexpected(std::move(parsed.error()));
        generation_.fetch_add(1, std::memory_order_release);
        return {};
    }

    // Costs a look at the clock, and once a second a stat().
    void look() {
        const std::int64_t now = steady_ms();
        std::int64_t next = next_look_ms_.load(std::memory_order_relaxed);
        if (now < next || !next_look_ms_.compare_exchange_strong(next, now + look_interval_ms_)) return;
        const Signature signature = signature_of(path_);
        const std::lock_guard lock(mutex_);
        if (signature == signature_ || read_queued_) return;
        read_queued_ = queue_.post([this] {
            {
                const std::lock_guard begun(mutex_);
                read_queued_ = false;
            }
            if (const auto done = read(); !done)
                log::error("directory_fault", {{"fault", done.error().detail}});
            else
                log::info("directory_read", {{"file", path_.native()}, {"persons", people()->persons}});
        });
    }

    [[nodiscard]] std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    [[nodiscard]] std::shared_ptr<const People> people() const {
        const std::lock_guard lock(mutex_);
        return people_;
    }

private:
    const std::filesystem::path path_;
    const std::int64_t look_interval_ms_;
    std::atomic<std::int64_t> next_look_ms_ = 0;  // on the steady clock
    std::atomic<std::uint64_t> generation_ = 0;
    std::mutex reading_;

    mutable std::mutex mutex_;
    std::shared_ptr<const People> people_ = std::make_shared<const People>();
    Signature signature_;  // of what was read last, good or not
    bool read_queued_ = false;

    WorkQueue queue_{1, 4};  // last: its job uses all the others
};

Directory::Directory(std::unique_ptr<File> file) : file_(std::move(file)) {}

Directory::~Directory() = default;

Result<std::shared_ptr<Directory>> Directory::open(std::filesystem::path path, Milliseconds look_interval) {
    auto file = std::make_unique<File>(std::move(path), look_interval);
    if (auto read = file->read(); !read) return std::unexpected(std::move(read.error()));
    return std::shared_ptr<Directory>(new Directory(std::move(file)));
}

std::shared_ptr<Directory> Directory::open_anyway(std::filesystem::path path) {
    auto file = std::make_unique<File>(std::move(path), default_look_interval);
    if (auto read = file->read(); !read) log::error("directory_fault", {{"fault", read.error().detail}});
    return std::shared_ptr<Directory>(new Directory(std::move(file)));
}

Result<> Directory::reload() {
    return file_->read();
}

std::uint64_t Directory::generation() const {
    file_->look();
    return file_->generation();
}

void Directory::find(const profile::Query& query, Done done) {
    file_->look();
    const auto people = file_->people();
    profile::Answer answer;
    answer.outcome = profile::Outcome::not_found;
    const auto found = people->by_address.find(ascii::lower(query.address));
    if (found != people->by_address.end()) {
        answer.outcome = profile::Outcome::found;
        answer.profile = *found->second;
        answer.handles = found->second->links;
    }
    done(std::move(answer));
}

std::vector<std::string> Directory::names() const {
    return file_->people()->names;
}

std::vector<std::string> Directory::organisations() const {
    return file_->people()->organisations;
}

}  // namespace decorum::connectors
