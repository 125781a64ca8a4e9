// The audit log of a running gateway: a journal for each thread of sessions and one for everybody else, what
// brings them to the disk, their anchors, their age.
//
//   sync "off"       written at once, never synchronised: the end of the process loses nothing, the end of
//                    the machine what it had not written yet
//   sync "interval"  the same, and synchronised every audit.interval
//   sync "message"   the same, and a message is handed over once its intent is on the disk; those that wait
//                    at one time are synchronised in one go
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "config/settings.hpp"
#include "gateway/audit/event.hpp"
#include "gateway/audit/journal.hpp"
#include "gateway/audit/pseudonyms.hpp"
#include "gateway/base/result.hpp"

namespace decorum::audit {

enum class Synchronised : std::uint8_t { file, folder };
// Waits for the disk; 0, or -1 and errno.
[[nodiscard]] int synchronise(int descriptor, Synchronised what);

class Trail {
public:
    struct Options {
        const config::Settings& settings;
        std::string version;
        Pseudonyms::KeyOf key_of;  // the store's key of an address
        Clock now = clock_now;
        std::chrono::milliseconds housekeeping{std::chrono::hours{1}};  // anchors, retention
        std::function<int(int, Synchronised)> synchronise = audit::synchronise;
    };

    // An Error: there is no key, and none can be made. That a file can't be written is none: see failing().
    [[nodiscard]] static Result<std::unique_ptr<Trail>> open(Options options);
    ~Trail();
    Trail(const Trail&) = delete;
    Trail& operator=(const Trail&) = delete;

    // Once, before anything is asked of the journals of sessions' threads.
    void start(std::size_t threads);
    // Of one thread of sessions, from 0.
    [[nodiscard]] Journal& journal(std::size_t thread) { return *journals_.at(thread + 1); }
    // From any other thread, for rare events.
    void record(const Event& event);
    // What the log calls somebody, on any thread. Empty for an empty address.
    [[nodiscard]] std::string person(std::string_view address);
    // For a thread of its own.
    [[nodiscard]] Names names() { return Names(pseudonyms_.get()); }
    // Null: in clear.
    [[nodiscard]] const Pseudonyms* pseudonyms() const { return pseudonyms_.get(); }
    // Another process, or another node, erased the person whose key this is. False: the name could not be
    // taken from the file, which the log says; it may be tried again.
    [[nodiscard]] bool forget_key(std::string_view key);

    // Calls back once what the journal has committed is on the disk, on a thread of ours; false: it is not.
    // Whoever is called asks nothing of us.
    using Done = std::move_only_function<void(bool)>;
    void when_on_disk(Done done);
    // All who wait, and whoever asks from then on, hear false at once; once it is back, no thread of ours
    // calls anybody. Before those end whom it would call.
    void dismiss_waiters();
    [[nodiscard]] bool waits_for_disk() const { return sync_ == config::AuditSync::message; }

    // Mail must not pass what can't be recorded (audit.required).
    [[nodiscard]] bool required() const { return required_; }
    // Any thread, for metrics: events that were lost, and whether some are being lost now.
    [[nodiscard]] std::uint64_t lost() const { return common_.lost; }
    [[nodiscard]] bool failing() const;
    // What was written could not be brought to the disk the last time.
    [[nodiscard]] bool unsynchronised() const { return unsynchronised_; }

    // SIGHUP: first what can fail, then keys, sync, interval, rotation, retention, required. The chains go
    // on.
    [[nodiscard]] Result<KeyRing> read_keys() const { return KeyRing::read(key_file_); }
    void take_over(const config::Settings& settings, KeyRing keys);

    // The last events, anchors, and all that was written to the disk. No session may be left.
    void close();

private:
    explicit Trail(Options options);
    void take_over(const config::Audit& settings);
    void work(const std::stop_token& stop);
    [[nodiscard]] Result<> synchronise();
    void answer_waiters(const Result<>& synchronised);
    void keep_house();
    void anchor() const;
    void remove_old_files();
    void drop_unused_names();

    const Options options_;
    const std::filesystem::path key_file_;
    Common common_;
    std::unique_ptr<Pseudonyms> pseudonyms_;  // null: addresses in clear
    std::vector<std::unique_ptr<Journal>> journals_;
    std::mutex service_mutex_;  // guards journals_[0], and names_
    Names names_{nullptr};

    std::atomic<config::AuditSync> sync_{};
    std::atomic<std::int64_t> interval_ms_ = 0;
    std::atomic<std::int64_t> retention_ms_ = 0;
    std::atomic<bool> required_ = false;

    std::mutex waiting_mutex_;
    std::condition_variable_any wake_;
    std::vector<Done> waiting_;
    std::vector<Done> in_hand_;  // those whom the worker synchronises for
    bool dismissed_ = false;
    bool closed_ = false;  // of the owner's thread alone
    std::atomic<bool> unsynchronised_ = false;
    std::uint64_t untold_ = 0;  // events that a failure lost, and the chain doesn't say; the worker's
    std::jthread worker_;       // last
};

// One event of a command, in the chain of commands; waits for other commands.
[[nodiscard]] Result<> record_once(const config::Settings& settings, std::string version, const Event& event);

// What one thread of sessions writes with.
struct Recorder {
    Trail& trail;
    Journal& journal;
    Names names;

    // Where mail must not pass what can't be recorded: it can be.
    [[nodiscard]] bool may_pass() {
        return !trail.required() || (journal.usable() && !trail.unsynchronised());
    }
};

}  // namespace decorum::audit
