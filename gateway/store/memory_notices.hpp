// The notices of the memory store: a transaction is a lock.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "gateway/store/notices.hpp"

namespace decorum::store {

class MemoryNotices final : public NoticeBook {
public:
    void amend(std::string key, Amend amend, Done<Standing> done) override;
    void standings_since(std::uint64_t cursor, Done<Standings> done) override;
    void claim(Instant now, Instant again, Done<std::optional<Letter>> done) override;
    void write(std::string id, std::string octets, Done<void> done) override;
    void postpone(std::string id, Instant due, Done<void> done) override;
    void conclude(std::string id, LetterState state, Instant now, Done<void> done) override;
    void notices(std::string key, std::size_t limit, Done<std::vector<NoticeRecord>> done) override;
    void drop_notices(Instant before, Done<void> done) override;

    // By the store, as it erases and revives.
    void erase(const std::string& key);
    void revive(const std::string& key);

private:
    struct Kept {
        std::uint64_t change = 0;
        Standing standing;
    };

    std::mutex mutex_;
    std::map<std::string, Kept> standings_;
    std::map<std::uint64_t, std::string> changes_;  // by number: the key that it was of
    std::uint64_t last_change_ = 0;
    std::map<std::string, Letter> letters_;  // by id
    std::map<std::string, NoticeRecord> notices_;
    std::set<std::string> forgotten_;
};

}  // namespace decorum::store
