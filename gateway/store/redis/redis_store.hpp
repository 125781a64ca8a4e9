// The store of several gateways: Redis 6 or later, found through Sentinel where it is replicated.
//
// Each step is one Lua script (scripts.hpp), so it is whole or not at all. While Redis can't be reached each
// call fails at once (client.hpp), and nothing is kept to be written later: what is decided is decided there.
#pragma once

#include <functional>
#include <memory>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/store/redis/connection.hpp"
#include "gateway/store/store.hpp"

namespace decorum::store {

struct RedisOptions {
    redis::ServerOptions server;
    // Whose clock says when a version begins: Redis's own, which is one for all; else that of whoever
    // writes (Update::fetched, not_before).
    bool redis_time = true;
    std::chrono::seconds keep_nobody = default_keep_nobody;
    std::size_t max_jobs = 4096;  // waiting; more are refused with errc::unavailable
    Milliseconds min_pause{100};  // between two tries to connect; doubled after each failure
    Milliseconds max_pause{5000};
};

class RedisStore : public Store {
public:
    // Of the last try to connect: an Error names the setting that mends it. Waits for the first try, which
    // takes as long as the server's timeout at the most, for each step.
    [[nodiscard]] virtual Result<> state() = 0;
};

// Goes on while Redis can't be reached, and tries again.
[[nodiscard]] std::unique_ptr<RedisStore> make_redis_store(RedisOptions options);

// [store], its files read. Errors: invalid (a file), with its key.
[[nodiscard]] Result<RedisOptions> redis_options(const config::Settings& settings);

}  // namespace decorum::store
