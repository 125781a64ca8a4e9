// A file whose changes are followed while it is in use: people, registries, lists.
//
// Somebody who asks looks at it, which costs a look at the clock; at most once an interval the file's state
// is compared with the one that was read, on a thread of its own, and a changed file is read there. The
// version before serves until then. A fault keeps the last good version and is logged once for each state of
// the file, as NAME_fault. Whatever is read is bounded in octets.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/work_queue.hpp"

namespace decorum {

// Tells one state of a file from another; as it is by default: there is no file.
struct FileSignature {
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;  // of the inode: its permissions too
    std::int64_t octets = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    bool operator==(const FileSignature&) const = default;
};
[[nodiscard]] FileSignature signature_of(const std::filesystem::path& file);

// The octets of a regular file. Errors begin with the file's name: not_found, limit (it is larger), io.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_octets);

// Runs a check on a thread of its own when somebody looks: at most once an interval, one at a time.
class Watch {
public:
    Watch(std::function<void()> check, Milliseconds interval);
    void look();
    void soon();  // without regard to the interval: something is known to have changed

private:
    const std::function<void()> check_;
    const std::int64_t interval_ms_;
    std::atomic<std::int64_t> next_look_ms_ = 0;  // on the steady clock
    std::atomic<bool> queued_ = false;
    WorkQueue queue_{1, 2};  // last: its job uses all the others
};

struct WatchedFileOptions {
    enum class Absent : std::uint8_t {
        fault,
        empty,  // it reads as a T of no content
    };

    std::filesystem::path path;
    std::string name;  // of the lines in the log: NAME_fault, NAME_read
    std::size_t max_octets = 0;
    Absent absent = Absent::fault;
    Milliseconds look_interval{1000};
};

// Before the first good read() the value is a T of no content and the generation 0.
template <class T>
class WatchedFile {
public:
    using Options = WatchedFileOptions;
    using Parse = std::function<Result<T>(std::string_view octets)>;  // on any thread, one call at a time

    WatchedFile(Options options, Parse parse)
        : options_(std::move(options)),
          parse_(std::move(parse)),
          watch_([this] { check(); }, options_.look_interval) {}

    // Costs nothing worth counting; a change shows in a later generation().
    void look() { watch_.look(); }

    // Reads the file now, on the caller's thread. An Error keeps the last good version; the caller reports
    // it.
    [[nodiscard]] Result<> read() {
        const std::lock_guard one_reader(reading_);
        return read_once();
    }

    // Rises with each good reading.
    [[nodiscard]] std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    // Never null.
    [[nodiscard]] std::shared_ptr<const T> value() const {
        const std::lock_guard lock(value_mutex_);
        return value_;
    }

private:
    void check() {
        const std::lock_guard one_reader(reading_);
        if (tried_ && signature_of(options_.path) == signature_) return;
        report(options_, read_once());
    }

    Result<> read_once() {
        // Taken before reading: what is written meanwhile differs from it, and is read again.
        signature_ = signature_of(options_.path);
        tried_ = true;
        auto octets = read_file(options_.path, options_.max_octets);
        Result<T> parsed{};
        if (octets)
            parsed = parse_(*octets);
        else if (octets.error().code != errc::not_found || options_.absent == Options::Absent::fault)
            return std::unexpected(std::move(octets.error()));
        if (!parsed) return std::unexpected(std::move(parsed.error()));
        auto value = std::make_shared<const T>(std::move(*parsed));
        {
            const std::lock_guard lock(value_mutex_);
            value_ = std::move(value);
        }
        generation_.fetch_add(1, std::memory_order_release);
        return {};
    }

    const Options options_;
    const Parse parse_;
    std::atomic<std::uint64_t> generation_ = 0;

    std::mutex reading_;       // held while reading; guards the two below
    FileSignature signature_;  // of what was read last, good or not
    bool tried_ = false;

    mutable std::mutex value_mutex_;  // held for a copy of a pointer
    std::shared_ptr<const T> value_ = std::make_shared<const T>();

    Watch watch_;  // last: its check uses all the others
};

// NAME_read or NAME_fault.
void report(const WatchedFileOptions& options, const Result<>& read);

}  // namespace decorum
