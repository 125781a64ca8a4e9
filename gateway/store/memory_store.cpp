// The store that forgets at the end: for tests, and what the gateway goes on with where the database can't be
// opened. Nothing here fails; `done` is called before the call returns, without the lock.
//
// It is bounded by time alone: its records are those of the addresses where somebody was found since the
// start, and lately nobody.
#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "gateway/store/memory_notices.hpp"
#include "gateway/store/store.hpp"

namespace decorum::store {
namespace {

constexpr std::chrono::minutes drop_interval{10};

class MemoryStore final : public Store {
public:
    explicit MemoryStore(std::chrono::seconds keep_nobody) : keep_nobody_(keep_nobody) {}

    void load(std::string key, Done<Record> done) override {
        Record record;
        {
            const std::lock_guard lock(mutex_);
            if (const auto found = records_.find(key); found != records_.end()) record = found->second;
            if (const auto buried = forgotten(key)) record.forgotten = buried;
        }
        done(std::move(record));
    }

    void update(std::string key, Update update, Done<Record> done) override {
        Record copy;
        {
            const std::lock_guard lock(mutex_);
            drop_old(update.fetched);
            if (const auto buried = forgotten(key)) {
                copy.forgotten = buried;
            } else {
                Record& record = records_[std::move(key)];
                apply(std::move(update), record);
                copy = record;
            }
        }
        done(std::move(copy));
    }

    void serve(std::string key, Instant date, Done<void> done) override {
        {
            const std::lock_guard lock(mutex_);
            if (!forgotten(key)) {
                Record& record = records_[std::move(key)];
                record.history.served = std::max(record.history.served, date);
            }
        }
        done({});
    }

    void erase(std::string key, Instant now, Done<Erased> done) override {
        Erased erased;
        {
            const std::lock_guard lock(mutex_);
            std::erase_if(records_, [&](const auto& entry) {
                if (entry.first != key && plain_key(entry.first) != key) return false;
                erased.state = erased.state || entry.second.fetched != Instant{};
                erased.versions += entry.second.history.versions.size();
                return true;
            });
            records_[key].forgotten = now;
            notices_.erase(key);
            changed_.push_back(std::move(key));
        }
        done(erased);
    }

    void wipe(Done<void> done) override { done({}); }

    void revive(std::string key, Done<bool> done) override {
        bool lifted = false;
        {
            const std::lock_guard lock(mutex_);
            const auto found = records_.find(key);
            lifted = found != records_.end() && found->second.forgotten;
            if (lifted) {
                records_.erase(found);
                notices_.revive(key);
                changed_.push_back(std::move(key));
            }
        }
        done(lifted);
    }

    void erased_since(std::optional<std::uint64_t> cursor, Done<Erasures> done) override {
        Erasures erasures;
        {
            const std::lock_guard lock(mutex_);
            const auto from = std::min<std::uint64_t>(cursor.value_or(changed_.size()), changed_.size());
            erasures.keys.assign(changed_.begin() + static_cast<std::ptrdiff_t>(from), changed_.end());
            erasures.cursor = changed_.size();
        }
        done(std::move(erasures));
    }

    void spend(std::string source, std::chrono::sys_days day, std::int64_t microdollars,
               Done<std::uint64_t> done) override {
        std::uint64_t total = 0;
        {
            const std::lock_guard lock(mutex_);
            std::erase_if(spent_,
                          [&](const auto& entry) { return entry.first.first < day - std::chrono::days{1}; });
            std::uint64_t& spent = spent_[{day, std::move(source)}];
            total = spent = add_microdollars(spent, microdollars);
        }
        done(total);
    }

    NoticeBook& notices() override { return notices_; }
    void flush() override {}

private:
    static void apply(Update update, Record& record) {
        record.found = update.found;
        record.fetched = update.fetched;
        record.profile_json = std::move(update.profile_json);
        if (update.shown)
            profile::append_version(record.history, std::move(update.shown),
                                    std::max(update.fetched, update.not_before), update.max_versions);
    }

    // With the lock held, like what follows.
    [[nodiscard]] std::optional<Instant> forgotten(const std::string& key) const {
        for (const std::string& buried : {key, std::string(plain_key(key))})
            if (const auto found = records_.find(buried); found != records_.end() && found->second.forgotten)
                return found->second.forgotten;
        return std::nullopt;
    }

    void drop_old(Instant now) {
        if (now < next_drop_) return;
        next_drop_ = now + drop_interval;
        std::erase_if(records_, [&](const auto& entry) {
            const Record& record = entry.second;
            return !record.forgotten && !record.found && record.history.versions.empty() &&
                   record.history.served == Instant{} && record.fetched < now - keep_nobody_;
        });
    }

    const std::chrono::seconds keep_nobody_;
    std::mutex mutex_;
    Instant next_drop_{};
    std::unordered_map<std::string, Record> records_;
    std::vector<std::string> changed_;  // keys whose tombstone was laid or lifted, in order
    std::map<std::pair<std::chrono::sys_days, std::string>, std::uint64_t> spent_;  // microdollars
    MemoryNotices notices_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store(std::chrono::seconds keep_nobody) {
    return std::make_unique<MemoryStore>(keep_nobody);
}

}  // namespace decorum::store
