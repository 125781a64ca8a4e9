// store.url, where it names a Redis.
//
//   redis://HOST[:PORT][/NUMBER]     in clear; PORT is 6379, NUMBER (of the database) 0 where they are absent
//   rediss://HOST[:PORT][/NUMBER]    over TLS
//   redis://[/NUMBER]                where store.sentinels know the host; rediss likewise
//   redis+unix:/PATH                 a socket of this machine
//
// User and password are settings of their own: what is in a URL ends up in logs.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/base/endpoint.hpp"
#include "gateway/base/result.hpp"

namespace decorum::config {

struct RedisUrl {
    std::optional<Endpoint> server;  // nothing: the sentinels know
    unsigned database = 0;
    bool tls = false;
};

inline constexpr unsigned max_redis_database = 65'535;

[[nodiscard]] bool is_redis_url(std::string_view url);
// Error syntax: what would be right.
[[nodiscard]] Result<RedisUrl> parse_redis_url(std::string_view url);

}  // namespace decorum::config
