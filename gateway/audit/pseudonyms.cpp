#include "gateway/audit/pseudonyms.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <thread>

#include "gateway/base/canonical.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"

namespace decorum::audit {
namespace {

constexpr std::size_t salt_octets = 16;
constexpr std::size_t record_octets = 64;
constexpr std::string_view magic = "decorum pseudonyms 1\n";
constexpr off_t erasures_at = 32;        // of the header, which takes the room of a record
constexpr off_t reuses_at = 40;          // of the header, too
constexpr std::size_t day_at = 48;       // of a record
constexpr std::uint32_t at_once = 1024;  // records that are read in one go
constexpr std::size_t name_digits = 24;

using Octets = std::array<char, record_octets>;

// Whoever holds it writes one record; a mail session does not wait for more than that.
class FileLock {
public:
    explicit FileLock(int file) : file_(file) {
        constexpr int tries = 50;
        for (int i = 0; i < tries && !held_; ++i) {
            if (i > 0) std::this_thread::sleep_for(Milliseconds{1});
            held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0;
        }
    }
    ~FileLock() {
        if (held_) ::flock(file_, LOCK_UN);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    explicit operator bool() const { return held_; }

private:
    int file_;
    bool held_ = false;
};

off_t offset_of(std::uint32_t record) {
    return static_cast<off_t>((std::uint64_t{record} + 1) * record_octets);
}

bool read_record(int file, std::uint32_t record, Octets& into) {
    return ::pread(file, into.data(), into.size(), offset_of(record)) == static_cast<ssize_t>(into.size());
}

bool write_record(int file, std::uint32_t record, const Octets& octets) {
    return ::pwrite(file, octets.data(), octets.size(), offset_of(record)) ==
           static_cast<ssize_t>(octets.size());
}

bool is_erased(const Octets& octets) {
    return std::ranges::all_of(std::span(octets).first(Pseudonyms::key_octets),
                               [](char c) { return c == '\0'; });
}

// Days since 1970; 0: a version wrote it that did not say.
std::uint32_t day_of(const Octets& octets) {
    std::uint32_t day = 0;
    std::memcpy(&day, octets.data() + day_at, sizeof day);
    return day;
}

bool write_day(int file, std::uint32_t record, std::uint32_t day) {
    return ::pwrite(file, &day, sizeof day, offset_of(record) + static_cast<off_t>(day_at)) == sizeof day;
}

std::optional<std::uint64_t> read_count(int file, off_t at) {
    std::uint64_t count = 0;
    if (::pread(file, &count, sizeof count, at) != sizeof count) return std::nullopt;
    return count;
}

bool write_count(int file, off_t at, std::uint64_t count) {
    return ::pwrite(file, &count, sizeof count, at) == sizeof count;
}

std::uint64_t prefix_of(std::string_view key) {
    std::uint64_t out = 0;
    std::memcpy(&out, key.data(), sizeof out);
    return out;
}

}  // namespace

Pseudonyms::Pseudonyms(std::filesystem::path file, KeyOf key_of, Clock now)
    : path_(std::move(file)),
      key_of_(std::move(key_of)),
      now_(std::move(now)),
      passing_(random_octets(salt_octets)) {
    const std::lock_guard lock(mutex_);
    if (const auto opened = open(); !opened) {
        log::error("pseudonyms", {{"error", opened.error().detail}, {"instead", "names for this run only"}});
        file_ = Descriptor();
    }
}

Result<> Pseudonyms::open() {
    const auto fail_here = [this](std::string_view what) {
        return fail(errc::io, fmt::format("{}: {}", path_.string(), what));
    };
    std::error_code ignored;
    std::filesystem::create_directories(path_.parent_path(), ignored);
    file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!file_) return fail_here(std::strerror(errno));
    const FileLock lock(file_.get());
    if (!lock) return fail_here("another process keeps it locked");
    Octets header{};
    const auto count = ::pread(file_.get(), header.data(), header.size(), 0);
    if (count < 0) return fail_here(std::strerror(errno));
    if (count == 0) {
        std::ranges::copy(magic, header.begin());
        if (::pwrite(file_.get(), header.data(), header.size(), 0) != static_cast<ssize_t>(header.size()))
            return fail_here(std::strerror(errno));
    } else if (count != static_cast<ssize_t>(header.size()) ||
               std::string_view(header.data(), magic.size()) != magic) {
        return fail_here("this is no file of pseudonyms");
    }
    return read_changes();
}

std::uint32_t Pseudonyms::today() const {
    return static_cast<std::uint32_t>(
        std::chrono::floor<std::chrono::days>(now_()).time_since_epoch().count());
}

std::size_t Pseudonyms::used() const {
    const std::lock_guard lock(mutex_);
    return records_ - free_.size();
}

// Where room was used again, what is known of the file may be wrong.
Result<> Pseudonyms::read_changes() {
    const auto reuses = read_count(file_.get(), reuses_at);
    if (!reuses) return fail(errc::io, std::strerror(errno));
    if (std::exchange(reuses_, *reuses) != *reuses) {
        index_.clear();
        free_.clear();
        records_ = 0;
    }
    return read_new_records();
}

// What other processes added, too; half a record at the end counts as none and is overwritten.
Result<> Pseudonyms::read_new_records() {
    struct stat state{};
    if (::fstat(file_.get(), &state) != 0) return fail(errc::io, std::strerror(errno));
    const auto size = static_cast<std::uint64_t>(state.st_size);
    const std::uint64_t there =
        std::min<std::uint64_t>(size < record_octets ? 0 : size / record_octets - 1, max_records);
    std::string buffer;
    while (records_ < there) {
        const std::size_t count = std::min<std::uint64_t>(at_once, there - records_);
        buffer.resize(count * record_octets);
        const auto got = ::pread(file_.get(), buffer.data(), buffer.size(), offset_of(records_));
        if (got != static_cast<ssize_t>(buffer.size())) return fail(errc::io, std::strerror(errno));
        for (std::size_t i = 0; i < count; ++i) {
            Octets octets{};
            std::ranges::copy(std::string_view(buffer).substr(i * record_octets, record_octets),
                              octets.begin());
            if (is_erased(octets))
                free_.push_back(records_);
            else
                index_.insert_or_assign(prefix_of({octets.data(), octets.size()}), records_);
            ++records_;
        }
    }
    return {};
}

std::optional<Pseudonyms::Found> Pseudonyms::find(std::string_view key) {
    const auto at = index_.find(prefix_of(key));
    Octets octets{};
    if (at == index_.end() || !read_record(file_.get(), at->second, octets)) return std::nullopt;
    const std::string_view text(octets.data(), octets.size());
    if (text.starts_with(key))
        return Found{at->second, std::string(text.substr(key_octets, salt_octets)), day_of(octets)};
    if (is_erased(octets)) {
        free_.push_back(at->second);
        index_.erase(at);
    }
    return std::nullopt;
}

// One that is there already is noted as used today. Empty: there can be none now.
std::string Pseudonyms::take_salt(std::string_view key) {
    const FileLock lock(file_.get());
    if (!lock || !read_changes()) return {};
    const std::uint32_t day = today();
    if (auto found = find(key)) {
        if (found->day < day && write_day(file_.get(), found->record, day)) dirty_ = true;
        return std::move(found->salt);
    }
    if (free_.empty() && records_ == max_records) {
        if (!std::exchange(told_full_, true))
            log::warning("pseudonyms",
                         {{"error", "the file is full"}, {"instead", "names for this run only"}});
        return {};
    }
    std::string salt = random_octets(salt_octets);
    Octets octets{};
    std::ranges::copy(key, octets.begin());
    std::ranges::copy(salt, octets.begin() + key_octets);
    std::memcpy(octets.data() + day_at, &day, sizeof day);
    const bool again = !free_.empty();
    const std::uint32_t record = again ? free_.back() : records_;
    // Said first: whoever misses it would look for the person at the end.
    if (again && !write_count(file_.get(), reuses_at, ++reuses_)) return {};
    if (!write_record(file_.get(), record, octets)) return {};
    if (again)
        free_.pop_back();
    else
        ++records_;
    index_.insert_or_assign(prefix_of(key), record);
    dirty_ = true;
    return salt;
}

std::size_t Pseudonyms::drop_unused_since(std::uint32_t day) {
    std::size_t dropped = 0;
    std::string buffer;
    for (std::uint32_t first = 0;; first += at_once) {
        const std::lock_guard lock(mutex_);  // for a piece at a time
        if (!file_ || first >= records_) return dropped;
        const std::size_t count = std::min<std::size_t>(at_once, records_ - first);
        buffer.resize(count * record_octets);
        if (::pread(file_.get(), buffer.data(), buffer.size(), offset_of(first)) !=
            static_cast<ssize_t>(buffer.size()))
            return dropped;
        std::optional<FileLock> held;
        for (std::uint32_t record = first; record < first + count; ++record) {
            Octets octets{};
            std::ranges::copy(
                std::string_view(buffer).substr((record - first) * record_octets, record_octets),
                octets.begin());
            if (is_erased(octets) || day_of(octets) >= day) continue;
            if (!held) held.emplace(file_.get());
            if (!*held) return dropped;
            // Another process may have named the person meanwhile.
            if (!read_record(file_.get(), record, octets) || is_erased(octets) || day_of(octets) >= day)
                continue;
            if (day_of(octets) == 0) {
                (void)write_day(file_.get(), record, today());
                continue;
            }
            if (!write_record(file_.get(), record, Octets{})) return dropped;
            dirty_ = true;
            ++dropped;
            free_.push_back(record);
            const auto at = index_.find(prefix_of({octets.data(), octets.size()}));
            if (at != index_.end() && at->second == record) index_.erase(at);
        }
    }
}

std::string Pseudonyms::name_from(std::string_view salt, std::string_view key) const {
    return "p-" + to_hex(view_of(hmac_sha256(salt, {key}))).substr(0, name_digits);
}

std::string Pseudonyms::of(std::string_view address) {
    if (address.empty()) return {};
    const std::string whole = key_of_(address);
    const std::string_view key = std::string_view(whole).substr(0, key_octets);
    if (key.size() != key_octets) return {};
    const std::lock_guard lock(mutex_);
    std::string salt;
    if (file_) {
        auto found = find(key);
        if (!found || found->day < today()) salt = take_salt(key);
        if (salt.empty() && found) salt = std::move(found->salt);
    }
    return name_from(salt.empty() ? passing_.reveal() : std::string_view(salt), key);
}

std::optional<std::string> Pseudonyms::known(std::string_view address) {
    const std::string whole = key_of_(address);
    const std::string_view key = std::string_view(whole).substr(0, key_octets);
    const std::lock_guard lock(mutex_);
    if (key.size() != key_octets || !file_) return std::nullopt;
    (void)read_changes();
    const auto found = find(key);
    if (!found) return std::nullopt;
    return name_from(found->salt, key);
}

Result<bool> Pseudonyms::forget(std::string_view address) {
    return forget_key(key_of_(address));
}

Result<bool> Pseudonyms::forget_key(std::string_view whole) {
    const std::string_view key = whole.substr(0, key_octets);
    const std::lock_guard lock(mutex_);
    if (key.size() != key_octets) return false;
    if (!file_) return fail(errc::io, fmt::format("{}: it can't be used", path_.string()));
    const auto failed = [this](std::string_view why) {
        return fail(errc::io, fmt::format("{}: {}", path_.string(), why));
    };
    const FileLock lock_file(file_.get());
    if (!lock_file) return failed("another process keeps it locked");
    if (const auto read = read_changes(); !read) return failed(read.error().detail);
    const auto found = find(key);
    if (!found) return false;
    const auto count = read_count(file_.get(), erasures_at);
    if (!count || !write_record(file_.get(), found->record, Octets{}) ||
        !write_count(file_.get(), erasures_at, *count + 1) || ::fdatasync(file_.get()) != 0)
        return failed(std::strerror(errno));
    index_.erase(prefix_of(key));
    free_.push_back(found->record);
    return true;
}

std::uint64_t Pseudonyms::erasures() const {
    const std::lock_guard lock(mutex_);
    return file_ ? read_count(file_.get(), erasures_at).value_or(0) : 0;
}

void Pseudonyms::synchronise() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(dirty_, false) || !file_) return;
    if (::fdatasync(file_.get()) != 0)
        log::error("pseudonyms", {{"error", std::string_view(std::strerror(errno))}});
}

std::string Names::of(std::string_view address) {
    if (address.empty()) return {};
    if (pseudonyms_ == nullptr) return canonical_address(address);
    if (const auto now = SteadyClock::now(); now >= next_look_) {
        next_look_ = now + look_interval;
        const std::uint64_t erasures = pseudonyms_->erasures();
        const std::uint32_t day = pseudonyms_->today();  // each day that a name is used is noted
        if (std::exchange(erasures_, erasures) != erasures) held_.clear();
        if (std::exchange(day_, day) != day) held_.clear();
    }
    if (const auto held = held_.find(address); held != held_.end()) return held->second;
    if (held_.size() >= max_held) held_.clear();
    return held_.emplace(address, pseudonyms_->of(canonical_address(address))).first->second;
}

}  // namespace decorum::audit
