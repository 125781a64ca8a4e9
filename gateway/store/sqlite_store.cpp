// The embedded store. One thread owns the database; calls queue a job for it and return.
//
// serve() with a date that is not after now is kept in memory and written with the next write, or by flush(),
// or at the latest when a second has passed and another call comes. Losing it in a crash is harmless: a
// version made later gets a later time anyhow. A date after now is written before its `done`.
//
// A failure (locked, full, read-only, corrupt) is an Error to the caller and at most one line a minute in the
// log; the next call tries again. Dates that could not be written stay in memory. An update for which another
// process holds the lock (who erases somebody writes the whole file anew) waits, without holding others up:
// it is tried again with each call that comes, in the order in which they came, and at the end.
#include "gateway/store/sqlite_store.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "config/store_url.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/tagged_address.hpp"
#include "gateway/base/work_queue.hpp"
#include "gateway/store/redis/redis_store.hpp"
#include "gateway/store/sqlite_notices.hpp"
#include "gateway/store/sqlite_records.hpp"

namespace decorum::store {
namespace {

constexpr std::chrono::seconds serve_interval{1};
constexpr std::chrono::seconds log_interval{60};
constexpr std::chrono::minutes drop_nobodies_interval{1};  // between two clean-ups
constexpr std::size_t max_coalesced = 10'000;   // dates kept in memory before they are written early
constexpr std::size_t max_unwritten = 100'000;  // while the database fails; beyond it dates are dropped
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();  // post() keeps the limit

class SqliteStore final : public Store {
public:
    SqliteStore(SqliteOptions options, SqliteRecords records)
        : options_(std::move(options)), records_(std::move(records)), book_(*this), queue_(1, no_limit) {}

    // The queue goes first of the members, after it has run what it holds.
    ~SqliteStore() override {
        static_cast<void>(queue_.post([this] {
            write_served();
            write_postponed(SteadyClock::time_point::max());
        }));
    }

    void load(std::string key, Done<Record> done) override {
        auto shared = std::make_shared<Done<Record>>(std::move(done));
        post(shared, [this, key = std::move(key), shared] {
            auto record = records_.load(key);
            if (record) record->history.served = std::max(record->history.served, unwritten_served(key));
            report(record);
            (*shared)(std::move(record));
        });
    }

    void update(std::string key, Update update, Done<Record> done) override {
        auto shared = std::make_shared<Done<Record>>(std::move(done));
        post(shared, [this, key = std::move(key), update = std::move(update), shared] {
            drop_old(update.fetched);
            postponed_.push_back({key, update, shared, SteadyClock::now() + options_.patience});
            write_postponed(SteadyClock::now());
        });
    }

    void serve(std::string key, Instant date, Done<void> done) override {
        if (date > options_.now()) {
            auto shared = std::make_shared<Done<void>>(std::move(done));
            post(shared, [this, key = std::move(key), date, shared] {
                auto written = records_.transaction([&] { return records_.serve(key, date); });
                report(written);
                (*shared)(std::move(written));
            });
            return;
        }
        bool write_now = false;
        bool kept = true;
        {
            const std::lock_guard lock(mutex_);
            if (served_.size() < max_unwritten || served_.contains(key)) {
                Instant& served = served_[std::move(key)];
                served = std::max(served, date);
            } else {
                kept = false;
            }
            const auto now = SteadyClock::now();
            const bool due = now >= next_serve_write_ || (served_.size() >= max_coalesced && !retrying_);
            if (due && !serve_write_queued_) {
                serve_write_queued_ = write_now = true;
                next_serve_write_ = now + serve_interval;
            }
        }
        if (write_now) static_cast<void>(queue_.post([this] { write_served(); }));
        if (!kept) tally_.failures.add();
        done(kept ? Result<>{} : fail(errc::unavailable, "the store does not keep up"));
    }

    void erase(std::string key, Instant now, Done<Erased> done) override {
        auto shared = std::make_shared<Done<Erased>>(std::move(done));
        post(shared, [this, key = std::move(key), now, shared] {
            {
                const std::lock_guard lock(mutex_);
                std::erase_if(served_, [&](const auto& date) {
                    return date.first == key || plain_key(date.first) == key;
                });
            }
            auto erased = records_.transaction([&] { return records_.erase(key, now); });
            report(erased);
            (*shared)(std::move(erased));
        });
    }

    void wipe(Done<void> done) override {
        auto shared = std::make_shared<Done<void>>(std::move(done));
        post(shared, [this, shared] {
            auto wiped = records_.wipe();
            report(wiped);
            (*shared)(std::move(wiped));
        });
    }

    void revive(std::string key, Done<bool> done) override {
        auto shared = std::make_shared<Done<bool>>(std::move(done));
        post(shared, [this, key = std::move(key), shared] {
            auto lifted = records_.transaction([&] { return records_.revive(key); });
            report(lifted);
            (*shared)(std::move(lifted));
        });
    }

    void move(std::string older, std::string key, Done<void> done) override {
        auto shared = std::make_shared<Done<void>>(std::move(done));
        post(shared, [this, older = std::move(older), key = std::move(key), shared] {
            const auto something = records_.has_anything(older);
            Result<> moved = something ? Result<>{} : std::unexpected(something.error());
            if (something && *something)
                moved = records_.transaction([&] { return records_.move(older, key); });
            report(moved);
            (*shared)(std::move(moved));
        });
    }

    void erased_since(std::optional<std::uint64_t> cursor, Done<Erasures> done) override {
        auto shared = std::make_shared<Done<Erasures>>(std::move(done));
        post(shared, [this, cursor, shared] {
            auto erasures = records_.erased_since(cursor);
            report(erasures);
            (*shared)(std::move(erasures));
        });
    }

    void spend(std::string source, std::chrono::sys_days day, std::int64_t microdollars,
               Done<std::uint64_t> done) override {
        auto shared = std::make_shared<Done<std::uint64_t>>(std::move(done));
        post(shared, [this, source = std::move(source), day, microdollars, shared] {
            const auto work = [&] { return records_.spend(source, day, microdollars); };
            auto total = microdollars == 0 ? work() : records_.transaction(work);
            report(total);
            (*shared)(std::move(total));
        });
    }

    NoticeBook& notices() override { return book_; }

    void flush() override {
        std::mutex mutex;
        std::condition_variable changed;
        bool written = false;
        const auto job = [&] {
            write_served();
            write_postponed(SteadyClock::now());
            // Under the lock: the waiter's frame, and the condition with it, goes as soon as it sees this.
            const std::lock_guard lock(mutex);
            written = true;
            changed.notify_one();
        };
        static_cast<void>(queue_.post(job));
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return written; });
    }

private:
    class Book final : public NoticeBook {
    public:
        explicit Book(SqliteStore& store) : store_(store) {}

        void amend(std::string key, Amend amend, Done<Standing> done) override {
            store_.transact(std::move(done), [key = std::move(key), amend = std::move(amend)](
                                                 SqliteNotices tables) { return tables.amend(key, amend); });
        }
        void standings_since(std::uint64_t cursor, Done<Standings> done) override {
            store_.transact(std::move(done),
                            [cursor](SqliteNotices tables) { return tables.standings_since(cursor); });
        }
        void claim(Instant now, Instant again, Done<std::optional<Letter>> done) override {
            store_.transact(std::move(done),
                            [now, again](SqliteNotices tables) { return tables.claim(now, again); });
        }
        void write(std::string id, std::string octets, Done<void> done) override {
            store_.transact(std::move(done), [id = std::move(id), octets = std::move(octets)](
                                                 SqliteNotices tables) { return tables.write(id, octets); });
        }
        void postpone(std::string id, Instant due, Done<void> done) override {
            store_.transact(std::move(done), [id = std::move(id), due](SqliteNotices tables) {
                return tables.postpone(id, due);
            });
        }
        void conclude(std::string id, LetterState state, Instant now, Done<void> done) override {
            store_.transact(std::move(done), [id = std::move(id), state, now](SqliteNotices tables) {
                return tables.conclude(id, state, now);
            });
        }
        void notices(std::string key, std::size_t limit, Done<std::vector<NoticeRecord>> done) override {
            store_.transact(std::move(done), [key = std::move(key), limit](SqliteNotices tables) {
                return tables.notices(key, limit);
            });
        }
        void drop_notices(Instant before, Done<void> done) override {
            store_.transact(std::move(done),
                            [before](SqliteNotices tables) { return tables.drop_notices(before); });
        }

    private:
        SqliteStore& store_;
    };

    // What was promised to somebody must be on the disk before the promise is.
    template <class T, class Work>
    void transact(Done<T> done, Work work) {
        auto shared = std::make_shared<Done<T>>(std::move(done));
        post(shared, [this, work = std::move(work), shared] {
            auto result =
                records_.durable_transaction([&] { return work(SqliteNotices(records_.database())); });
            report(result);
            (*shared)(std::move(result));
        });
    }

    template <class T, class Job>
    void post(const std::shared_ptr<Done<T>>& done, Job job) {
        if (waiting_.fetch_add(1) >= options_.max_jobs) {
            waiting_.fetch_sub(1);
            tally_.failures.add();
            (*done)(fail(errc::unavailable, "the store's queue is full"));
            return;
        }
        static_cast<void>(queue_.post([this, job = std::move(job), begin = SteadyClock::now()]() mutable {
            waiting_.fetch_sub(1);
            write_postponed(SteadyClock::now());
            job();
            tally_.latency.record(SteadyClock::now() - begin);
        }));
    }

    // On the writer's thread. Those whose patience has ended before `now` are not kept for another try.
    void write_postponed(SteadyClock::time_point now) {
        while (!postponed_.empty()) {
            Postponed& first = postponed_.front();
            const Instant served = unwritten_served(first.key);
            auto record =
                records_.transaction([&] { return records_.update(first.key, first.update, served); });
            const bool busy = !record && record.error().code == errc::unavailable;
            if (busy && now < first.until && postponed_.size() < options_.max_jobs) return;
            const auto done = std::move(first.done);
            postponed_.pop_front();
            report(record);
            (*done)(std::move(record));
        }
    }

    // On the writer's thread. `now` as whoever writes sees it.
    void drop_old(Instant now) {
        if (now < next_drop_) return;
        next_drop_ = now + drop_nobodies_interval;
        report(records_.transaction([&] { return records_.drop_nobodies(now - options_.keep_nobody); }));
    }

    // The epoch: none.
    Instant unwritten_served(const std::string& key) {
        const std::lock_guard lock(mutex_);
        const auto pending = served_.find(key);
        return pending == served_.end() ? Instant{} : pending->second;
    }

    // On the writer's thread.
    void write_served() {
        std::unordered_map<std::string, Instant> batch;
        {
            const std::lock_guard lock(mutex_);
            serve_write_queued_ = false;
            batch.swap(served_);
        }
        if (batch.empty()) return;
        auto written = records_.transaction([&]() -> Result<> {
            for (const auto& [key, date] : batch)
                if (auto result = records_.serve(key, date); !result) return result;
            return {};
        });
        report(written);
        const std::lock_guard lock(mutex_);
        retrying_ = !written;
        if (written) return;
        for (auto& [key, date] : batch) {
            Instant& served = served_[key];
            served = std::max(served, date);
        }
    }

    template <class T>
    void report(const Result<T>& result) {
        if (result) return;
        tally_.failures.add();
        const auto now = SteadyClock::now();
        if (last_report_ && now - *last_report_ < log_interval) return;
        last_report_ = now;
        log::error("store_failed", {{"path", options_.path.native()}, {"reason", result.error().text()}});
    }

    const SqliteOptions options_;

    // The writer's thread only.
    SqliteRecords records_;
    std::optional<SteadyClock::time_point> last_report_;
    Instant next_drop_{};
    struct Postponed {
        std::string key;
        Update update;
        std::shared_ptr<Done<Record>> done;
        SteadyClock::time_point until;
    };
    std::deque<Postponed> postponed_;  // updates, the oldest first

    std::mutex mutex_;
    std::unordered_map<std::string, Instant> served_;  // not written yet
    SteadyClock::time_point next_serve_write_{};
    bool serve_write_queued_ = false;
    bool retrying_ = false;

    std::atomic<std::size_t> waiting_ = 0;
    Book book_;
    WorkQueue queue_;  // last: its jobs use all the others
};

std::unexpected<Error> of_file(const std::filesystem::path& path, const Error& error) {
    return fail(error.code, fmt::format("{}: {}", path.native(), error.detail));
}

// sqlite:PATH
Result<std::filesystem::path> path_of(const config::Settings& settings, std::string_view path) {
    if (!path.empty()) return settings.file.parent_path() / path;  // an absolute one replaces the folder
    const auto& folder = settings.gateway.state_dir;
    std::error_code error;
    if (std::filesystem::create_directories(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return fail(errc::io, fmt::format("{}: {}", folder.native(), error.message()));
    return folder / "decorum.sqlite";
}

}  // namespace

Result<> look_at_sqlite(const std::filesystem::path& path) {
    if (auto looked = SqliteRecords::look(path); !looked) return of_file(path, looked.error());
    return {};
}

Result<std::unique_ptr<Store>> make_sqlite_store(SqliteOptions options) {
    auto records = SqliteRecords::open(options);
    if (!records) return of_file(options.path, records.error());
    return std::make_unique<SqliteStore>(std::move(options), std::move(*records));
}

namespace {
std::string key_of_spelling(const Secret& secret, const std::string& address) {
    const auto key_of = [&](std::string_view text) {
        return std::string(view_of(hmac_sha256(secret.reveal(), {text})));
    };
    const std::string plain = without_tag(address);
    return plain.empty() ? key_of(address) : key_of(plain) + key_of(address);
}
}  // namespace

std::string record_key(const Secret& secret, std::string_view address) {
    return key_of_spelling(secret, canonical_address(address));
}

std::string older_record_key(const Secret& secret, std::string_view address) {
    const std::string folded = canonical_address(address);
    const auto at = folded.rfind('@');
    if (at == std::string::npos) return {};
    const std::string older = folded.substr(0, at + 1) + readable_domain(folded.substr(at + 1));
    return older == folded ? std::string{} : key_of_spelling(secret, older);
}

void erase_address(Store& store, const Secret& secret, std::string_view address, Instant now,
                   Store::Done<Erased> done) {
    std::string key = record_key(secret, address);
    std::string older = older_record_key(secret, address);
    if (older.empty()) return store.erase(std::move(key), now, std::move(done));
    store.erase(std::move(older), now,
                [&store, key = std::move(key), now, done = std::move(done)](Result<Erased> first) mutable {
                    if (!first) return done(std::move(first));
                    store.erase(std::move(key), now,
                                [first = *first, done = std::move(done)](Result<Erased> erased) mutable {
                                    if (erased) {
                                        erased->state |= first.state;
                                        erased->versions += first.versions;
                                    }
                                    done(std::move(erased));
                                });
                });
}

Result<std::unique_ptr<Store>> open_store(const config::Settings& settings) {
    const std::string_view url = settings.store.url;
    // Whatever was heard of nobody is stale by then, and so is what a source asked us to wait for.
    const auto keep_nobody =
        std::max(default_keep_nobody, 2 * std::chrono::ceil<std::chrono::seconds>(settings.cache.negative));
    if (url == "memory:") return make_memory_store(keep_nobody);
    constexpr std::string_view sqlite = "sqlite:";
    if (config::is_redis_url(url)) {
        auto options = redis_options(settings);
        if (!options) return std::unexpected(std::move(options.error()));
        options->keep_nobody = keep_nobody;
        return make_redis_store(std::move(*options));
    }
    if (!url.starts_with(sqlite))
        return fail(errc::unsupported,
                    fmt::format("store.url: {}: not sqlite:PATH, memory: or redis://HOST", url));
    auto path = path_of(settings, url.substr(sqlite.size()));
    if (!path) return std::unexpected(std::move(path.error()));
    return make_sqlite_store({.path = std::move(*path), .keep_nobody = keep_nobody});
}

}  // namespace decorum::store
