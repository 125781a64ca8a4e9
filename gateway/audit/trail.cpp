// The worker thread alone waits for the disk. Anchors and retention stand in chain 0.
#include "gateway/audit/trail.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "gateway/base/log.hpp"

namespace decorum::audit {
namespace {

constexpr std::chrono::milliseconds longest_sleep{1000};
constexpr std::chrono::seconds command_patience{10};
constexpr std::chrono::days midnight_margin{2};  // a name that is used at midnight is of the day before

}  // namespace

// Of a file its octets and its size; of a folder all.
int synchronise(int descriptor, Synchronised what) {
    if (what == Synchronised::file) return ::fdatasync(descriptor);
    // Some file systems can't do that for a folder, and need not.
    return ::fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : -1;
}

Trail::Trail(Options options) : options_(std::move(options)), key_file_(key_file_of(options_.settings)) {
    common_.place = place_of(options_.settings);
    common_.version = options_.version;
    common_.hostname = options_.settings.gateway.hostname;
    common_.now = options_.now;
    take_over(options_.settings.audit);
}

void Trail::take_over(const config::Audit& settings) {
    common_.rotate_size = settings.rotate_size;
    common_.rotate_age_ms = settings.rotate_age.count();
    sync_ = settings.sync;
    interval_ms_ = settings.interval.count();
    retention_ms_ = settings.retention.count();
    required_ = settings.required;
}

Result<std::unique_ptr<Trail>> Trail::open(Options options) {
    std::unique_ptr<Trail> trail(new Trail(std::move(options)));
    const config::Settings& settings = trail->options_.settings;
    auto keys = settings.audit.key_file.empty() ? KeyRing::read_or_make(trail->key_file_)
                                                : KeyRing::read(trail->key_file_);
    if (!keys) return std::unexpected(std::move(keys.error()));
    trail->common_.set_keys(std::move(*keys));
    std::error_code ignored;  // what it keeps from being written, the journals report
    std::filesystem::create_directories(trail->common_.place.folder, ignored);
    if (settings.audit.addresses == config::AuditAddresses::pseudonym)
        trail->pseudonyms_ = std::make_unique<Pseudonyms>(Pseudonyms::file_in(settings.gateway.state_dir),
                                                          trail->options_.key_of, trail->options_.now);
    trail->names_ = Names(trail->pseudonyms_.get());
    trail->journals_.push_back(std::make_unique<Journal>(trail->common_, service_chain));
    trail->journals_.front()->start();
    return trail;
}

void Trail::start(std::size_t threads) {
    {
        const std::lock_guard lock(service_mutex_);
        for (std::size_t i = 1; i <= threads; ++i) {
            journals_.push_back(std::make_unique<Journal>(common_, static_cast<unsigned>(i)));
            journals_.back()->start();
        }
    }
    worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Trail::~Trail() {
    close();
}

void Trail::dismiss_waiters() {
    const std::lock_guard lock(waiting_mutex_);
    dismissed_ = true;
    for (auto* waiting : {&in_hand_, &waiting_})
        for (Done& done : std::exchange(*waiting, {})) done(false);
}

void Trail::close() {
    if (std::exchange(closed_, true)) return;
    dismiss_waiters();
    worker_.request_stop();
    wake_.notify_all();
    if (worker_.joinable()) worker_.join();
    {
        const std::lock_guard lock(service_mutex_);
        for (auto& journal : journals_) journal->close();
    }
    anchor();
    if (sync_ != config::AuditSync::off) (void)synchronise();
}

void Trail::record(const Event& event) {
    const std::lock_guard lock(service_mutex_);
    (void)journals_.front()->record(event);
}

std::string Trail::person(std::string_view address) {
    const std::lock_guard lock(service_mutex_);
    return names_.of(address);
}

bool Trail::forget_key(std::string_view key) {
    if (!pseudonyms_) return true;
    const auto forgotten = pseudonyms_->forget_key(key);
    if (!forgotten) log::error("pseudonyms", {{"error", forgotten.error().detail}});
    return forgotten.has_value();
}

bool Trail::failing() const {
    return unsynchronised_ ||
           std::ranges::any_of(journals_, [](const auto& journal) { return journal->failing(); });
}

void Trail::when_on_disk(Done done) {
    {
        const std::lock_guard lock(waiting_mutex_);
        if (!dismissed_) {
            waiting_.push_back(std::move(done));
            done = nullptr;
        }
    }
    if (done) return done(false);
    wake_.notify_one();
}

void Trail::take_over(const config::Settings& settings, KeyRing keys) {
    take_over(settings.audit);
    common_.set_keys(std::move(keys));
    record(Event(Kind::reload).flag("keys", true));
    log::info("audit_reloaded",
              {{"taken_over", "keys, required, sync, interval, rotate_size, rotate_age, retention"},
               {"after_restart", "enabled, file, key_file, addresses"},
               {"key", common_.keys()->current().id}});
}

// ---------------------------------------------------------------------------------------- the worker

void Trail::work(const std::stop_token& stop) {
    auto next_sync = SteadyClock::now();
    auto next_house = SteadyClock::now();
    while (!stop.stop_requested()) {
        if (const auto now = SteadyClock::now(); now >= next_house) {
            keep_house();
            next_house = now + options_.housekeeping;
        }
        bool asked = false;
        {
            std::unique_lock lock(waiting_mutex_);
            const auto until = std::min({next_sync, next_house, SteadyClock::now() + longest_sleep});
            wake_.wait_until(lock, stop, until, [this] { return !waiting_.empty(); });
            in_hand_.swap(waiting_);
            asked = !in_hand_.empty();
        }
        const auto now = SteadyClock::now();
        if (!asked && now < next_sync) continue;
        if (!asked && sync_ == config::AuditSync::off) {
            (void)common_.take_aside();
            unsynchronised_ = false;
        } else {
            answer_waiters(synchronise());
        }
        if (now < next_sync) continue;
        for (auto& journal : journals_) journal->look_for_file();
        // A disk that failed is tried again soon: mail may be waiting for it.
        next_sync = now + (unsynchronised_ ? std::min(Milliseconds{interval_ms_}, longest_sleep)
                                           : Milliseconds{interval_ms_});
    }
}

// Under the mutex, so that nobody is called once dismiss_waiters() is back.
void Trail::answer_waiters(const Result<>& synchronised) {
    {
        const std::lock_guard lock(waiting_mutex_);
        for (Done& done : std::exchange(in_hand_, {})) done(synchronised.has_value());
    }
    // What was written before a failure the system may take for written: whether the disk takes anything
    // shows with what is written after it.
    if (!synchronised && untold_ > 0)
        record(Event(Kind::lost)
                   .number("events", std::exchange(untold_, 0))
                   .text("error", synchronised.error().detail));
}

// Journals first, then what was put aside, then the folder: whatever is taken here, all of it that was
// written before is in hand, or among what comes after it.
Result<> Trail::synchronise() {
    std::vector<std::shared_ptr<Descriptor>> files;
    std::uint64_t events = 0;
    for (auto& journal : journals_) {
        auto taken = journal->take_unsynchronised();
        if (taken.file) files.push_back(std::move(taken.file));
        events += taken.events;
    }
    std::ranges::move(common_.take_aside(), std::back_inserter(files));
    const bool folder_changed = common_.folder_changed.exchange(false);
    int reason = 0;
    const auto tried = [&reason](int outcome) {
        if (outcome != 0) reason = errno;
        return outcome == 0;
    };
    for (auto& file : files)
        if (!tried(options_.synchronise(file->get(), Synchronised::file))) common_.put_aside(file);
    if (folder_changed) {
        const Descriptor folder(::open(common_.place.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!tried(folder ? options_.synchronise(folder.get(), Synchronised::folder) : -1))
            common_.folder_changed = true;
    }
    if (pseudonyms_) pseudonyms_->synchronise();
    if (reason == 0) {
        if (unsynchronised_.exchange(false)) log::info("audit_resumed", {{"lost", common_.lost.load()}});
        return {};
    }
    const std::string why = fmt::format("synchronising: {}", std::strerror(reason));
    if (!unsynchronised_.exchange(true)) {
        log::error("audit_failing", {{"folder", common_.place.folder.string()}, {"error", why}});
        events = std::max<std::uint64_t>(events, 1);
    }
    common_.lost += events;
    untold_ += events;
    return fail(errc::io, why);
}

void Trail::keep_house() {
    anchor();
    if (retention_ms_ <= 0) return;
    remove_old_files();
    if (pseudonyms_) drop_unused_names();
}

// Evidence, and so written whatever level is wanted.
void Trail::anchor() const {
    for (const auto& journal : journals_)
        if (const auto link = journal->written())
            log::write(
                log::Level::info, "audit_anchor",
                {{"chain", journal->chain()}, {"seq", link->seq}, {"mac", to_hex(view_of(link->mac))}});
}

// What has begun to be forgotten is said in chain 0: verification knows then that nobody else took it away.
void Trail::remove_old_files() {
    const auto found = find_files(common_.place);
    if (!found) return;
    const auto oldest = std::filesystem::file_time_type::clock::now() - Milliseconds{retention_ms_};
    std::string removed;
    std::string begins;
    for (const ChainFiles& chain : *found) {
        bool removing = true;
        const bool ours = chain.chain < journals_.size();
        for (const LogFile& file : chain.files) {
            std::error_code error;
            const auto written = std::filesystem::last_write_time(file.path, error);
            // The files of a chain go from its beginning on; the one that is being written stays.
            removing = removing && !error && written < oldest && !(file.current && ours);
            if (removing && std::filesystem::remove(file.path, error)) {
                removed.append(removed.empty() ? "" : ",");
                append_json_text(removed, file.path.filename().string());
                log::info("audit_removed", {{"file", file.path.filename().string()}});
                continue;
            }
            const Descriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
            const auto heading = opened ? read_heading(opened.get()) : std::nullopt;
            if (heading && heading->seq > 1)
                begins += fmt::format(R"({}{{"chain":{},"seq":{}}})", begins.empty() ? "" : ",", chain.chain,
                                      heading->seq);
            break;
        }
    }
    if (!removed.empty())
        record(
            Event(Kind::retention).value("removed", "[" + removed + "]").value("begins", "[" + begins + "]"));
}

// Nothing on record is older than where the oldest file of each chain begins; of those who were last named
// before that, and longer ago than what is kept, nothing tells any more. Who keeps old files elsewhere for
// longer keeps names no longer than the log itself.
void Trail::drop_unused_names() {
    const auto found = find_files(common_.place);
    if (!found) return;
    Moment oldest = common_.now() - Milliseconds{retention_ms_};
    for (const ChainFiles& chain : *found) {
        const Descriptor first(::open(chain.files.front().path.c_str(), O_RDONLY | O_CLOEXEC));
        const auto heading = first ? read_heading(first.get()) : std::nullopt;
        const auto begins = heading ? from_rfc3339(heading->time) : std::nullopt;
        if (!begins) return;
        oldest = std::min(oldest, Moment(*begins));
    }
    const auto day = std::chrono::floor<std::chrono::days>(oldest).time_since_epoch() - midnight_margin;
    if (day.count() <= 0) return;
    if (const auto dropped = pseudonyms_->drop_unused_since(static_cast<std::uint32_t>(day.count())))
        log::info("pseudonyms", {{"dropped", dropped}, {"left", pseudonyms_->used()}});
}

// ---------------------------------------------------------------------------------------- commands

Result<> record_once(const config::Settings& settings, std::string version, const Event& event) {
    if (!settings.audit.enabled) return {};
    auto keys = settings.audit.key_file.empty() ? KeyRing::read_or_make(key_file_of(settings))
                                                : KeyRing::read(key_file_of(settings));
    if (!keys) return std::unexpected(std::move(keys.error()));
    Common common;
    common.place = place_of(settings);
    common.version = std::move(version);
    common.hostname = settings.gateway.hostname;
    common.announces = false;
    common.rotate_size = settings.audit.rotate_size;
    common.rotate_age_ms = settings.audit.rotate_age.count();
    common.set_keys(std::move(*keys));
    const auto end = SteadyClock::now() + command_patience;
    for (;;) {
        Journal journal(common, command_chain);
        if (journal.record(event)) {
            const auto written = journal.take_unsynchronised().file;
            const Descriptor folder(::open(common.place.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            if ((written && synchronise(written->get(), Synchronised::file) != 0) ||
                (common.folder_changed && synchronise(folder.get(), Synchronised::folder) != 0))
                return fail(errc::io, std::strerror(errno));
            return {};
        }
        if (SteadyClock::now() >= end)
            return fail(errc::io,
                        fmt::format("{}: it can't be written", common.place.current(command_chain).string()));
        std::this_thread::sleep_for(Milliseconds{100});
    }
}

}  // namespace decorum::audit
