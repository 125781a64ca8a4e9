// The store that forgets at the end: for tests, and what the gateway goes on with where the database can't be
// opened. Nothing here fails; `done` is called before the call returns, without the lock.
//
// It is not bounded: its records are those of the addresses looked up since the start.
#include <mutex>
#include <unordered_map>

#include "gateway/store/store.hpp"

namespace decorum::store {
namespace {

class MemoryStore final : public Store {
public:
    void load(std::string key, Done<Record> done) override {
        Record record;
        {
            const std::lock_guard lock(mutex_);
            if (const auto found = records_.find(key); found != records_.end()) record = found->second;
        }
        done(std::move(record));
    }

    void update(std::string key, Update update, Done<Record> done) override {
        Record copy;
        {
            const std::lock_guard lock(mutex_);
            Record& record = records_[std::move(key)];
            record.found = update.found;
            record.fetched = update.fetched;
            record.profile_json = std::move(update.profile_json);
            if (update.shown)
                profile::append_version(record.history, std::move(update.shown),
                                        std::max(update.fetched, update.not_before), update.max_versions);
            copy = record;
        }
        done(std::move(copy));
    }

    void serve(std::string key, Instant date, Done<void> done) override {
        {
            const std::lock_guard lock(mutex_);
            Instant& served = records_[std::move(key)].history.served;
            served = std::max(served, date);
        }
        done({});
    }

    void flush() override {}

private:
    std::mutex mutex_;
    std::unordered_map<std::string, Record> records_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
    return std::make_unique<MemoryStore>();
}

}  // namespace decorum::store
