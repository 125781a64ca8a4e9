// Invariant: head_ is what the file holds (written_) plus what is in buffer_; whatever fails, both fall back
// to written_, and the file to its last whole line.
#include "gateway/audit/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "gateway/base/file_edit.hpp"
#include "gateway/base/log.hpp"

namespace decorum::audit {
namespace {

constexpr mode_t file_mode = S_IRUSR | S_IWUSR | S_IRGRP;  // auditors may be of the group
constexpr std::chrono::seconds rotation_pause{60};
constexpr int open_tries = 3;

std::unexpected<Error> fail_at(const std::filesystem::path& path, std::string_view what) {
    return fail(errc::io, fmt::format("{}: {}", path.string(), what));
}

std::unexpected<Error> fail_at(const std::filesystem::path& path, int reason) {
    return fail_at(path, std::strerror(reason));
}

bool is_same_file(const std::filesystem::path& path, int file) {
    struct stat there{};
    struct stat ours{};
    return ::stat(path.c_str(), &there) == 0 && ::fstat(file, &ours) == 0 && there.st_ino == ours.st_ino &&
           there.st_dev == ours.st_dev;
}

// The last line of the full files of a chain; of a chain without any, what comes before the first line.
Link last_of_full_files(const Place& place, unsigned chain) {
    const auto found = find_files(place);
    if (!found) return {};
    for (const ChainFiles& files : *found) {
        if (files.chain != chain) continue;
        for (auto at = files.files.rbegin(); at != files.files.rend(); ++at) {
            if (at->current) continue;
            const Descriptor file(::open(at->path.c_str(), O_RDONLY | O_CLOEXEC));
            const auto tail = file ? read_tail(file.get()) : fail(errc::io);
            if (tail && tail->last) return *tail->last;
        }
    }
    return {};
}

}  // namespace

// ---------------------------------------------------------------------------------------------- events

void Journal::add(const Event& event) {
    if (auto usable = ready(); !usable) {
        ++unwritable_;
        why_ = std::move(usable.error().detail);
        return;
    }
    tell_loss();
    head_->append(buffer_, event, common_.now());
    ++buffered_;
}

void Journal::tell_loss() {
    if (!failing() || buffer_tells_loss_) return;
    head_->append(buffer_, Event(Kind::lost).number("events", untold_).text("error", why_), common_.now());
    buffer_tells_loss_ = true;
}

bool Journal::commit() {
    if (unwritable_ > 0) {
        lose(unwritable_ + buffered_, why_);
        return false;
    }
    return buffer_.empty() || write_out();
}

bool Journal::usable() {
    if (!failing()) return true;
    // Nothing but the news that it can be written again.
    if (auto opened = ready(); !opened) return false;
    tell_loss();
    return write_out();
}

void Journal::start() {
    if (auto opened = ready(); !opened)
        lose(0, opened.error().detail);
    else
        (void)commit();
}

bool Journal::write_out() {
    std::size_t done = 0;
    int reason = 0;
    while (done < buffer_.size()) {
        const auto count = ::write(file_->get(), buffer_.data() + done, buffer_.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            reason = count < 0 ? errno : ENOSPC;
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    if (done < buffer_.size()) {
        // Half a line must not stay; where it can't be taken away, the next opening does it.
        if (done > 0 && ::ftruncate(file_->get(), static_cast<off_t>(octets_)) != 0) drop_file();
        lose(buffered_, std::strerror(reason));
        return false;
    }
    octets_ += buffer_.size();
    started_ = true;
    written_ = head_->last();
    buffer_.clear();
    buffered_ = 0;
    if (buffer_tells_loss_) {
        if (failing_.exchange(false) && common_.announces)
            log::info("audit_resumed", {{"chain", chain_}, {"lost", untold_}});
        untold_ = 0;
        buffer_tells_loss_ = false;
    }
    publish();
    return true;
}

void Journal::lose(std::uint64_t events, const std::string& why) {
    why_ = why;
    untold_ += events;
    lost_ += events;
    common_.lost += events;
    buffer_.clear();
    buffered_ = unwritable_ = 0;
    buffer_tells_loss_ = false;
    if (head_) head_->rewind(written_);
    if (octets_ == 0 || !started_) drop_file();  // what it was to begin with is lost too
    // Once for each state, not for each event.
    if (!failing_.exchange(true) && common_.announces)
        log::error("audit_failing", {{"chain", chain_}, {"error", why_}});
}

// What stands in it already is to be synchronised still; who opens it anew must not find it locked.
void Journal::drop_file() {
    if (file_) ::flock(file_->get(), LOCK_UN);
    file_.reset();
    const std::lock_guard lock(published_mutex_);
    if (published_file_ && dirty_.exchange(false)) common_.put_aside(published_file_);
    published_file_.reset();
}

void Journal::close() {
    if (file_ && common_.announces && !failing()) record(Event(Kind::stop).number("lost", lost()));
    file_.reset();
    const std::lock_guard lock(published_mutex_);
    if (published_file_ && dirty_.exchange(false)) common_.put_aside(published_file_);
    published_file_.reset();
}

// ---------------------------------------------------------------------------------------------- files

Result<> Journal::ready() {
    if (file_ && gone_.exchange(false, std::memory_order_relaxed) && buffer_.empty()) {
        log::error("audit_file_gone", {{"chain", chain_}, {"file", common_.place.current(chain_).string()}});
        common_.put_aside(std::exchange(file_, nullptr));
    }
    if (file_ && buffer_.empty() && is_full()) rotate();
    if (file_) return {};
    return open();
}

bool Journal::is_full() {
    if (const auto generation = common_.key_generation.load(std::memory_order_relaxed);
        generation != key_generation_) {
        key_generation_ = generation;
        has_old_key_ = common_.keys()->current().id != head_->key().id;
    }
    const std::uint64_t size = common_.rotate_size.load(std::memory_order_relaxed);
    const std::int64_t age = common_.rotate_age_ms.load(std::memory_order_relaxed);
    const bool full = size > 0 && octets_ >= size;
    const bool old = age > 0 && (common_.now() - began_).count() >= age;
    return (has_old_key_ || full || old) && SteadyClock::now() >= next_rotation_;
}

// Puts the file aside; the next is opened by whoever needs it. Where that fails the file goes on, under the
// key that it began with.
void Journal::rotate() {
    const auto path = common_.place.current(chain_);
    const auto aside = common_.place.full(chain_, first_seq_);
    if (::rename(path.c_str(), aside.c_str()) != 0) {
        log::error("audit_rotation", {{"file", path.string()}, {"error", std::strerror(errno)}});
        next_rotation_ = SteadyClock::now() + rotation_pause;
        return;
    }
    common_.folder_changed = true;
    if (const std::string next = common_.keys()->current().id; next != head_->key().id) {
        head_->append(buffer_, Event(Kind::key).text("next", next), common_.now());
        (void)write_out();  // that the next file has another key is seen without it
    }
    if (file_) common_.put_aside(std::exchange(file_, nullptr));
}

Result<> Journal::open() {
    const auto path = common_.place.current(chain_);
    const bool starts = !started_ && common_.announces;
    for (int tries = 0; tries < open_tries; ++tries) {
        Descriptor file(
            ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode));
        if (!file) return fail_at(path, errno);
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
            return fail_at(path, errno == EWOULDBLOCK ? "another process writes it" : std::strerror(errno));
        if (!is_same_file(path, file.get())) continue;  // put aside meanwhile
        struct stat state{};
        if (::fstat(file.get(), &state) != 0) return fail_at(path, errno);
        if (!S_ISREG(state.st_mode)) return fail_at(path, "no regular file");
        if (state.st_size == 0) give_to_owner_of(path.parent_path(), file.get());
        if (auto taken = take_over(std::move(file), static_cast<std::uint64_t>(state.st_size)); !taken)
            return taken;
        if (!file_) continue;
        {
            const std::lock_guard lock(published_mutex_);
            published_file_ = file_;
            if (!published_) synchronised_seq_ = written_.seq;
        }
        gone_ = false;
        if (buffer_.empty() && is_full()) rotate();
        if (!file_) continue;
        if (starts) {
            Event start(Kind::start);
            start.text("version", common_.version).text("hostname", common_.hostname);
            if (torn_octets_ > 0) start.number("torn_octets", torn_octets_);
            head_->append(buffer_, start, common_.now());
        }
        torn_octets_ = 0;
        return {};
    }
    return fail_at(path, "it keeps changing");
}

// Goes on where the file ends. One that can't be gone on with is put aside, and file_ stays null: whoever
// verifies the log will find what is wrong with it.
Result<> Journal::take_over(Descriptor file, std::uint64_t octets) {
    const auto path = common_.place.current(chain_);
    const auto keys = common_.keys();
    key_generation_ = common_.key_generation.load(std::memory_order_relaxed);
    if (octets == 0) {
        const Link last = head_ ? written_ : last_of_full_files(common_.place, chain_);
        head_.emplace(chain_, last, keys->current());
        written_ = last;
        first_seq_ = last.seq + 1;
        began_ = common_.now();
        octets_ = 0;
        has_old_key_ = false;
        file_ = std::make_shared<Descriptor>(std::move(file));
        common_.folder_changed = true;
        begin_file(keys->current(), last);
        return {};
    }
    const auto tail = read_tail(file.get());
    if (!tail) return fail_at(path, tail.error().detail);
    const auto heading = read_heading(file.get());
    const Key* key = heading ? keys->find(heading->key) : nullptr;
    if (!tail->sound || key == nullptr) {
        log::error("audit_file_broken", {{"file", path.string()}, {"instead", "the next file"}});
        auto aside = common_.place.full(chain_, heading ? heading->seq : 0);
        std::error_code error;
        while (std::filesystem::exists(aside, error)) aside = common_.place.full(chain_, ++first_seq_);
        if (::rename(path.c_str(), aside.c_str()) != 0) return fail_at(path, errno);
        common_.folder_changed = true;
        common_.put_aside(std::make_shared<Descriptor>(std::move(file)));
        head_.reset();  // the next file says what came before it
        return {};
    }
    torn_octets_ = tail->torn_octets;
    if (torn_octets_ > 0 && ::ftruncate(file.get(), static_cast<off_t>(tail->whole_octets)) != 0)
        return fail_at(path, errno);
    octets_ = tail->whole_octets;
    has_old_key_ = key->id != keys->current().id;
    head_.emplace(chain_, *tail->last, *key);
    written_ = *tail->last;
    first_seq_ = heading->seq;
    const auto began = from_rfc3339(heading->time);
    began_ = began ? Moment(*began) : common_.now();
    file_ = std::make_shared<Descriptor>(std::move(file));
    return {};
}

void Journal::begin_file(const Key& key, const Link& last) {
    head_->append(buffer_, Event(Kind::file).text("key", key.id).text("previous", to_hex(view_of(last.mac))),
                  common_.now());
}

// ---------------------------------------------------------------------------------------- any thread

void Journal::publish() {
    dirty_.store(true, std::memory_order_release);
    const std::lock_guard lock(published_mutex_);
    published_ = written_;
}

Journal::Unsynchronised Journal::take_unsynchronised() {
    const std::lock_guard lock(published_mutex_);
    if (!dirty_.exchange(false, std::memory_order_acq_rel) || !published_) return {};
    const std::uint64_t before = std::exchange(synchronised_seq_, published_->seq);
    return {published_file_, published_->seq - std::min(before, published_->seq)};
}

std::optional<Link> Journal::written() const {
    const std::lock_guard lock(published_mutex_);
    return published_;
}

void Journal::look_for_file() {
    std::shared_ptr<Descriptor> file;
    {
        const std::lock_guard lock(published_mutex_);
        file = published_file_;
    }
    if (!file || is_same_file(common_.place.current(chain_), file->get())) return;
    const std::lock_guard lock(published_mutex_);
    if (published_file_ == file) gone_ = true;  // else it was put aside meanwhile
}

}  // namespace decorum::audit
