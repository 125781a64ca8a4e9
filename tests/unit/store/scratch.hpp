// A folder that goes with the test, and the answers of a store as values.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <string>

#include "gateway/store/sqlite_store.hpp"
#include "gateway/store/store.hpp"

namespace decorum::store::test {

class Scratch {
public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "decorum-store-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }

private:
    std::filesystem::path folder_;
};

template <class T, class Start>
Result<T> wait_for(Start start) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    auto future = promise->get_future();
    start([promise](Result<T> result) { promise->set_value(std::move(result)); });
    return future.get();
}

inline Result<Record> load(Store& store, const std::string& key) {
    return wait_for<Record>([&](auto done) { store.load(key, std::move(done)); });
}
inline Result<Record> update(Store& store, const std::string& key, Update update) {
    return wait_for<Record>([&](auto done) { store.update(key, std::move(update), std::move(done)); });
}
inline Result<> serve(Store& store, const std::string& key, Instant date) {
    return wait_for<void>([&](auto done) { store.serve(key, date, std::move(done)); });
}

inline Result<Erased> erase(Store& store, const std::string& key, Instant now) {
    return wait_for<Erased>([&](auto done) { store.erase(key, now, std::move(done)); });
}
inline Result<> move(Store& store, const std::string& older, const std::string& key) {
    return wait_for<void>([&](auto done) { store.move(older, key, std::move(done)); });
}
inline Result<> wipe(Store& store) {
    return wait_for<void>([&](auto done) { store.wipe(std::move(done)); });
}
inline Result<bool> revive(Store& store, const std::string& key) {
    return wait_for<bool>([&](auto done) { store.revive(key, std::move(done)); });
}
inline Result<Erasures> erased_since(Store& store, std::optional<std::uint64_t> cursor) {
    return wait_for<Erasures>([&](auto done) { store.erased_since(cursor, std::move(done)); });
}
inline Result<std::uint64_t> spend(Store& store, const std::string& source, int day, std::int64_t amount) {
    const std::chrono::sys_days date{std::chrono::days{20'000 + day}};
    return wait_for<std::uint64_t>([&](auto done) { store.spend(source, date, amount, std::move(done)); });
}

inline Instant second(int n) {
    return Instant{std::chrono::seconds{1'700'000'000 + n}};
}

inline Update found(std::string lines, Instant now, std::size_t max_versions = 0) {
    profile::Presentation shown;
    shown.profile = std::move(lines);
    shown.tier = "S";
    shown.said_by = "own";
    Update update;
    update.found = true;
    update.fetched = now;
    update.profile_json = "[{}]";
    update.shown = std::make_shared<const profile::Presentation>(std::move(shown));
    update.max_versions = max_versions;
    return update;
}

}  // namespace decorum::store::test
