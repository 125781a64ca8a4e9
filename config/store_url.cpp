#include "config/store_url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace decorum::config {
namespace {

constexpr std::string_view clear = "redis://";
constexpr std::string_view tls = "rediss://";
constexpr std::string_view local = "redis+unix:";
constexpr std::string_view default_port = ":6379";

}  // namespace

bool is_redis_url(std::string_view url) {
    return std::ranges::any_of(std::array{clear, tls, local},
                               [&](std::string_view scheme) { return url.starts_with(scheme); });
}

Result<RedisUrl> parse_redis_url(std::string_view url) {
    RedisUrl out;
    if (url.starts_with(local)) {
        auto socket = Endpoint::parse("unix:" + std::string(url.substr(local.size())));
        if (!socket) return fail(errc::syntax, "an absolute path after \"redis+unix:\"");
        out.server = std::move(*socket);
        return out;
    }
    out.tls = url.starts_with(tls);
    if (!out.tls && !url.starts_with(clear))
        return fail(errc::syntax, "a URL that begins with \"redis://\", \"rediss://\" or \"redis+unix:\"");
    std::string_view rest = url.substr(out.tls ? tls.size() : clear.size());
    if (rest.contains('@'))
        return fail(errc::syntax,
                    "a URL without user and password: store.user and store.password_file hold them");
    if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
        const std::string_view number = rest.substr(slash + 1);
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.database);
        const bool whole = error == std::errc{} && end == number.data() + number.size();
        if (!number.empty() && (!whole || out.database > max_redis_database))
            return fail(errc::syntax, "the number of a database after the host");
        rest = rest.substr(0, slash);
    }
    if (rest.empty()) return out;
    auto server = Endpoint::parse(rest);
    if (!server) server = Endpoint::parse(std::string(rest) + std::string(default_port));
    if (!server || server->is_unix() || server->port == 0)
        return fail(errc::syntax, "a host, or HOST:PORT, after \"redis://\"");
    out.server = std::move(*server);
    return out;
}

}  // namespace decorum::config
