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

class Trail {
public:
    struct Options {
        const config::Settings& settings;
        std::string version;
        Pseudonyms::KeyOf key_of;  // the store's key of an address
        Clock now = clock_now;
        std::chrono::milliseconds housekeeping{std::chrono::hours{1}};  // anchors, retention
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
    // Another process, or another node, erased the person whose key this is.
    void forget_key(std::string_view key);

    // Calls back once what the journal has committed is on the disk, on a thread of ours; false: it is not.
    using Done = std::move_only_function<void(bool)>;
    void when_on_disk(Done done);
    [[nodiscard]] bool waits_for_disk() const { return sync_ == config::AuditSync::message; }

    // Mail must not pass what can't be recorded (audit.required).
    [[nodiscard]] bool required() const { return required_; }
    // Any thread, for metrics: events that were lost, and whether some are being lost now.
    [[nodiscard]] std::uint64_t lost() const { return common_.lost; }
    [[nodiscard]] bool failing() const;

    // SIGHUP: keys, sync, interval, rotation, retention, required. The chains go on. An Error: the keys can't
    // be read; the old ones stay.
    [[nodiscard]] Result<> reload(const config::Settings& settings);

    // The last events, anchors, and all that was written to the disk. No session may be left.
    void close();

private:
    explicit Trail(Options options);
    void take_over(const config::Audit& settings);
    void work(const std::stop_token& stop);
    [[nodiscard]] bool synchronise();
    void keep_house();
    void anchor() const;
    void remove_old_files();

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
    void drop_unused_names();

    std::mutex waiting_mutex_;
    std::condition_variable_any wake_;
    std::vector<Done> waiting_;
    bool closed_ = false;
    std::jthread worker_;  // last
};

// One event of a command, in the chain of commands; waits for other commands.
[[nodiscard]] Result<> record_once(const config::Settings& settings, std::string version, const Event& event);

// What one thread of sessions writes with.
struct Recorder {
    Trail& trail;
    Journal& journal;
    Names names;
};

}  // namespace decorum::audit
