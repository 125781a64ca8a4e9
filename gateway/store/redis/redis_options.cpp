// [store] as the Redis store takes it. Passwords come from files, read anew by each process that starts.
#include <fmt/format.h>

#include "config/store_url.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/store/redis/redis_store.hpp"

namespace decorum::store {
namespace {

constexpr std::size_t max_password_octets = 4096;

// Empty where no file is named.
Result<Secret> read_password(std::string_view key, const std::filesystem::path& file) {
    if (file.empty()) return Secret{};
    auto octets = read_file(file, max_password_octets);
    if (!octets) return fail(errc::invalid, fmt::format("{}: {}", key, octets.error().detail));
    while (octets->ends_with('\n') || octets->ends_with('\r')) octets->pop_back();
    if (octets->empty())
        return fail(errc::invalid, fmt::format("{}: {}: holds no password", key, file.native()));
    return Secret(std::move(*octets));
}

}  // namespace

Result<RedisOptions> redis_options(const config::Settings& settings) {
    const config::Store& store = settings.store;
    const auto url = config::parse_redis_url(store.url);
    if (!url) return fail(errc::invalid, "store.url: " + url.error().detail);
    RedisOptions options;
    redis::ServerOptions& server = options.server;
    if (url->server) server.servers.push_back(*url->server);
    for (const std::string& text : store.sentinels) {
        const auto sentinel = Endpoint::parse(text);
        if (!sentinel) return fail(errc::invalid, "store.sentinels: " + sentinel.error().detail);
        server.servers.push_back(*sentinel);
    }
    server.master = store.sentinels.empty() ? std::string{} : store.master;
    server.database = url->database;
    server.user = store.user;
    auto password = read_password("store.password_file", store.password_file);
    if (!password) return std::unexpected(std::move(password.error()));
    server.password = std::move(*password);
    password = read_password("store.sentinel_password_file", store.sentinel_password_file);
    if (!password) return std::unexpected(std::move(password.error()));
    server.sentinel_password = std::move(*password);
    server.tls = url->tls;
    server.ca_file = store.ca_file.string();
    server.tls_name = store.tls_name;
    server.timeout = store.timeout;
    return options;
}

}  // namespace decorum::store
