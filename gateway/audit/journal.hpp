// The writer of one chain: events become lines of its file, which grows, is put aside when it is full or old,
// and is followed by the next.
//
// One thread writes, without waiting for anybody: commit() is one write(2). What can't be written (disk full,
// no permission, another process holds the file) is lost and counted, never in the way of mail; the next
// event that can be written is preceded by one that says how many were lost. A line is whole or it is not
// there: what a failed write left is cut off.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/audit/chain.hpp"
#include "gateway/audit/files.hpp"
#include "gateway/base/descriptor.hpp"

namespace decorum::audit {

// What the journals of one gateway share; changed at SIGHUP, read by every thread.
struct Common {
    Place place;
    std::string version;  // of the program, for "start"
    std::string hostname;
    bool announces = true;  // "start" and "stop"; a command that records one event says neither
    Clock now = clock_now;
    std::atomic<std::uint64_t> rotate_size = 0;     // octets; 0: never
    std::atomic<std::int64_t> rotate_age_ms = 0;    // 0: never
    std::atomic<std::uint64_t> lost = 0;            // of all journals
    std::atomic<std::uint64_t> key_generation = 1;  // rises with each change of keys
    std::atomic<bool> folder_changed = false;       // a file was made or renamed since it was synchronised

    [[nodiscard]] std::shared_ptr<const KeyRing> keys() const {
        const std::lock_guard lock(mutex_);
        return keys_;
    }
    void set_keys(KeyRing keys) {
        const std::lock_guard lock(mutex_);
        keys_ = std::make_shared<const KeyRing>(std::move(keys));
        ++key_generation;
    }
    // Files that were put aside and are to be synchronised still.
    void put_aside(std::shared_ptr<Descriptor> file) {
        const std::lock_guard lock(mutex_);
        if (std::ranges::find(aside_, file) == aside_.end()) aside_.push_back(std::move(file));
    }
    [[nodiscard]] std::vector<std::shared_ptr<Descriptor>> take_aside() {
        const std::lock_guard lock(mutex_);
        return std::exchange(aside_, {});
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const KeyRing> keys_;
    std::vector<std::shared_ptr<Descriptor>> aside_;
};

class Journal {
public:
    Journal(Common& common, unsigned chain) : common_(common), chain_(chain) {}

    // On the owner's thread. Opens the file; a failure is counted as any other.
    void start();
    // The line is in the chain, and in the file with the next commit().
    void add(const Event& event);
    // False: what was added since the last commit is lost.
    bool commit();
    bool record(const Event& event) {
        add(event);
        return commit();
    }
    // Can events be written? Where the last could not, this tries.
    [[nodiscard]] bool usable();
    // The seq of the line that was added last.
    [[nodiscard]] std::uint64_t last_seq() const { return head_ ? head_->last().seq : 0; }
    // "stop", where anything was written.
    void close();

    // What follows is for any thread.
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool failing() const { return failing_.load(std::memory_order_relaxed); }
    [[nodiscard]] unsigned chain() const { return chain_; }
    // What to synchronise; whoever takes it must do it, before what was put aside: a file that is full
    // meanwhile is in hand already, or stands there.
    struct Unsynchronised {
        std::shared_ptr<Descriptor> file;  // null: nothing was written since
        std::uint64_t events = 0;          // that were
    };
    [[nodiscard]] Unsynchronised take_unsynchronised();
    // The last line in the file; nothing: there is none yet.
    [[nodiscard]] std::optional<Link> written() const;
    // The file is not where it should be any more: the next event makes it anew.
    void look_for_file();

private:
    [[nodiscard]] Result<> ready();
    [[nodiscard]] Result<> open();
    [[nodiscard]] Result<> take_over(Descriptor file, std::uint64_t octets);
    void begin_file(const Key& key, const Link& last);
    [[nodiscard]] bool is_full();
    void rotate();
    [[nodiscard]] bool write_out();
    void tell_loss();
    void drop_file();
    void lose(std::uint64_t events, const std::string& why);
    void publish();

    Common& common_;
    const unsigned chain_;
    std::optional<Chain> head_;  // with what is only in buffer_
    Link written_{};             // without
    std::string buffer_;
    std::uint64_t buffered_ = 0;        // events in it that count when lost
    bool buffer_tells_loss_ = false;    // it begins with "lost"
    std::uint64_t unwritable_ = 0;      // events that never got a line
    std::uint64_t untold_ = 0;          // lost, and not yet said in the chain
    std::string why_;                   // of the last failure
    std::shared_ptr<Descriptor> file_;  // null: none is open
    std::uint64_t octets_ = 0;          // of the file
    std::uint64_t first_seq_ = 0;       // of the file
    Moment began_{};                    // the file
    std::uint64_t key_generation_ = 0;
    bool has_old_key_ = false;                 // the file, which another key should follow
    std::uint64_t torn_octets_ = 0;            // that were cut off when it was opened
    SteadyClock::time_point next_rotation_{};  // after one that failed
    bool started_ = false;                     // "start" is in the file

    std::atomic<std::uint64_t> lost_ = 0;
    std::atomic<bool> failing_ = false;
    std::atomic<bool> dirty_ = false;
    std::atomic<bool> gone_ = false;

    mutable std::mutex published_mutex_;  // held for a copy
    std::shared_ptr<Descriptor> published_file_;
    std::optional<Link> published_;
    std::uint64_t synchronised_seq_ = 0;  // or taken to be
};

}  // namespace decorum::audit
