// The notices of the Redis store. What changes a standing is read, changed here, and written where nobody
// else changed it meanwhile; else it begins anew.
#pragma once

#include "gateway/store/notices.hpp"
#include "gateway/store/redis/client.hpp"
#include "gateway/store/redis/scripts.hpp"
#include "gateway/store/store.hpp"

namespace decorum::store {

class RedisNotices final : public NoticeBook {
public:
    // What fails counts in `tally`, which outlives it. The client does not: its last callbacks come back
    // here.
    RedisNotices(redis::Client& client, StoreTally& tally) : client_(client), tally_(tally) {}

    void amend(std::string key, Amend amend, Done<Standing> done) override;
    void standings_since(std::uint64_t cursor, Done<Standings> done) override;
    void claim(Instant now, Instant again, Done<std::optional<Letter>> done) override;
    void write(std::string id, std::string octets, Done<void> done) override;
    void postpone(std::string id, Instant due, Done<void> done) override;
    void conclude(std::string id, LetterState state, Instant now, Done<void> done) override;
    void notices(std::string key, std::size_t limit, Done<std::vector<NoticeRecord>> done) override;
    void drop_notices(Instant before, Done<void> done) override;

private:
    struct Amendment;

    void run(redis::Script script, std::vector<std::string> arguments, redis::Client::Done done);
    void try_amendment(const std::shared_ptr<Amendment>& amendment, std::string before);

    redis::Client& client_;
    StoreTally& tally_;
};

}  // namespace decorum::store
