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
#include <thread>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"

namespace decorum::audit {
namespace {

constexpr std::size_t salt_octets = 16;
constexpr std::size_t record_octets = 64;
constexpr std::string_view magic = "decorum pseudonyms 1\n";
constexpr off_t erasures_at = 32;  // of the header, which takes the room of a record
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
    return std::ranges::all_of(octets, [](char c) { return c == '\0'; });
}

std::uint64_t prefix_of(std::string_view key) {
    std::uint64_t out = 0;
    std::memcpy(&out, key.data(), sizeof out);
    return out;
}

}  // namespace

Pseudonyms::Pseudonyms(std::filesystem::path file, KeyOf key_of)
    : path_(std::move(file)), key_of_(std::move(key_of)), passing_(random_octets(salt_octets)) {
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
    return read_new_records();
}

// What other processes added, too; half a record at the end counts as none and is overwritten.
Result<> Pseudonyms::read_new_records() {
    struct stat state{};
    if (::fstat(file_.get(), &state) != 0) return fail(errc::io, std::strerror(errno));
    const auto size = static_cast<std::uint64_t>(state.st_size);
    const std::uint64_t there =
        std::min<std::uint64_t>(size < record_octets ? 0 : size / record_octets - 1, max_records);
    constexpr std::size_t at_once = 1024;
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
            if (!is_erased(octets))
                index_.insert_or_assign(prefix_of({octets.data(), octets.size()}), records_);
            ++records_;
        }
    }
    return {};
}

std::optional<std::string> Pseudonyms::salt_of(std::string_view key) {
    const auto at = index_.find(prefix_of(key));
    Octets octets{};
    if (at == index_.end() || !read_record(file_.get(), at->second, octets)) return std::nullopt;
    const std::string_view text(octets.data(), octets.size());
    if (text.starts_with(key)) return std::string(text.substr(key_octets, salt_octets));
    if (is_erased(octets)) index_.erase(at);
    return std::nullopt;
}

// Empty: there can be none now.
std::string Pseudonyms::add_salt(std::string_view key) {
    const FileLock lock(file_.get());
    if (!lock || !read_new_records()) return {};
    if (auto added = salt_of(key)) return *added;  // by another process
    if (records_ == max_records) {
        if (!std::exchange(told_full_, true))
            log::warning("pseudonyms",
                         {{"error", "the file is full"}, {"instead", "names for this run only"}});
        return {};
    }
    std::string salt = random_octets(salt_octets);
    Octets octets{};
    std::ranges::copy(key, octets.begin());
    std::ranges::copy(salt, octets.begin() + key_octets);
    if (!write_record(file_.get(), records_, octets)) return {};
    index_.insert_or_assign(prefix_of(key), records_++);
    dirty_ = true;
    return salt;
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
        if (const auto known = salt_of(key))
            salt = *known;
        else
            salt = add_salt(key);
    }
    return name_from(salt.empty() ? passing_.reveal() : std::string_view(salt), key);
}

std::optional<std::string> Pseudonyms::known(std::string_view address) {
    const std::string whole = key_of_(address);
    const std::string_view key = std::string_view(whole).substr(0, key_octets);
    const std::lock_guard lock(mutex_);
    if (key.size() != key_octets || !file_) return std::nullopt;
    (void)read_new_records();
    const auto salt = salt_of(key);
    if (!salt) return std::nullopt;
    return name_from(*salt, key);
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
    if (const auto read = read_new_records(); !read) return failed(read.error().detail);
    if (!salt_of(key)) return false;
    const auto at = index_.find(prefix_of(key));
    std::uint64_t count = 0;
    if (::pread(file_.get(), &count, sizeof count, erasures_at) != sizeof count)
        return failed(std::strerror(errno));
    ++count;
    if (!write_record(file_.get(), at->second, Octets{}) ||
        ::pwrite(file_.get(), &count, sizeof count, erasures_at) != sizeof count ||
        ::fdatasync(file_.get()) != 0)
        return failed(std::strerror(errno));
    index_.erase(at);
    return true;
}

std::uint64_t Pseudonyms::erasures() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t count = 0;
    if (!file_ || ::pread(file_.get(), &count, sizeof count, erasures_at) != sizeof count) return 0;
    return count;
}

void Pseudonyms::synchronise() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(dirty_, false) || !file_) return;
    if (::fdatasync(file_.get()) != 0)
        log::error("pseudonyms", {{"error", std::string_view(std::strerror(errno))}});
}

std::string Names::of(std::string_view address) {
    if (address.empty()) return {};
    if (pseudonyms_ == nullptr) return ascii::lower(address);
    if (const auto now = SteadyClock::now(); now >= next_look_) {
        next_look_ = now + look_interval;
        const std::uint64_t erasures = pseudonyms_->erasures();
        if (std::exchange(erasures_, erasures) != erasures) held_.clear();
    }
    if (const auto held = held_.find(address); held != held_.end()) return held->second;
    if (held_.size() >= max_held) held_.clear();
    return held_.emplace(address, pseudonyms_->of(ascii::lower(address))).first->second;
}

}  // namespace decorum::audit
