#include "gateway/store/redis/connection.hpp"

#include <fmt/format.h>

#include <array>

#include "gateway/net/connect.hpp"
#include "gateway/net/tls.hpp"

namespace decorum::store::redis {
namespace {

constexpr std::size_t read_octets = std::size_t{16} << 10;
constexpr std::size_t max_shown_octets = 200;  // of what a server says about a failure

std::string shown(std::string_view text) {
    return std::string(text.substr(0, max_shown_octets));
}

}  // namespace

std::unexpected<Error> Connection::fault(errc code, std::string_view key, std::string_view what) const {
    return fail(code, fmt::format("{}: {}: {}", key, server_, what));
}

net::Task<Result<std::unique_ptr<Connection>>> Connection::connect(const ServerOptions& options,
                                                                   Endpoint endpoint) {
    const std::string_view key = options.master.empty() ? "store.url" : "store.sentinels";
    auto stream = co_await net::connect(endpoint, options.timeout);
    if (!stream) co_return fail(errc::unavailable, fmt::format("{}: {}", key, stream.error().detail));
    std::unique_ptr<Connection> connection(
        new Connection(std::move(*stream), endpoint.text(), options.timeout));
    if (!options.tls) co_return connection;
    const std::string name = options.tls_name.empty() ? endpoint.host : options.tls_name;
    const auto context = net::TlsContext::client(net::TlsVerify::required, options.ca_file, name);
    if (!context) co_return connection->fault(errc::invalid, "store.ca_file", context.error().detail);
    // Told by what mends it: of a certificate that is not believed, the authorities or the name.
    if (auto done = co_await connection->stream_->start_tls(**context, options.timeout); !done) {
        const bool refused = done.error().code == errc::tls_failed;
        co_return connection->fault(refused ? errc::invalid : errc::unavailable,
                                    refused ? "store.ca_file or store.tls_name" : key, done.error().text());
    }
    co_return connection;
}

net::Task<Result<Endpoint>> Connection::ask_sentinel(const ServerOptions& options, Endpoint sentinel) {
    auto connection = co_await connect(options, sentinel);
    if (!connection) co_return std::unexpected(std::move(connection.error()));
    Connection& peer = **connection;
    if (auto in = co_await peer.log_in({}, options.sentinel_password, "store.sentinel_password_file"); !in)
        co_return std::unexpected(std::move(in.error()));
    auto reply = co_await peer.ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options.master});
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    if (reply->error_word() == "NOAUTH")
        co_return peer.fault(errc::invalid, "store.sentinel_password_file", shown(reply->text));
    if (reply->is_error()) co_return peer.fault(errc::unavailable, "store.sentinels", shown(reply->text));
    if (reply->kind == Reply::Kind::nil)
        co_return peer.fault(errc::invalid, "store.master", "the sentinel knows no such master");
    if (reply->list.size() != 2)
        co_return peer.fault(errc::unavailable, "store.sentinels", "not an answer of a sentinel");
    const std::string& host = reply->list[0].text;
    const auto endpoint = Endpoint::parse(
        fmt::format("{}:{}", host.contains(':') ? "[" + host + "]" : host, reply->list[1].text));
    if (!endpoint) co_return peer.fault(errc::unavailable, "store.sentinels", "names no address");
    co_return *endpoint;
}

// The first that answers; what the last one said where none does.
net::Task<Result<Endpoint>> Connection::find_master(const ServerOptions& options) {
    Error last{errc::invalid, "store.sentinels: there are none"};
    for (const Endpoint& sentinel : options.servers) {
        auto endpoint = co_await ask_sentinel(options, sentinel);
        if (endpoint) co_return endpoint;
        last = std::move(endpoint.error());
    }
    co_return std::unexpected(std::move(last));
}

net::Task<Result<>> Connection::log_in(std::string user, Secret password, std::string_view key) {
    if (password.empty()) co_return Result<>{};
    std::vector<std::string> command{"AUTH"};
    if (!user.empty()) command.push_back(std::move(user));
    command.emplace_back(password.reveal());
    const auto reply = co_await ask(std::move(command));
    if (!reply) co_return std::unexpected(reply.error());
    if (reply->is_error()) co_return fault(errc::invalid, key, shown(reply->text));
    co_return Result<>{};
}

net::Task<Result<>> Connection::prepare(const ServerOptions& options) {
    const std::string_view key = options.password.empty() || options.user.empty()
                                     ? "store.password_file"
                                     : "store.user, store.password_file";
    if (auto in = co_await log_in(options.user, options.password, key); !in) co_return in;
    const auto selected = co_await ask({"SELECT", std::to_string(options.database)});
    if (!selected) co_return std::unexpected(selected.error());
    if (selected->error_word() == "NOAUTH") co_return fault(errc::invalid, key, shown(selected->text));
    if (selected->error_word() == "NOPERM")
        co_return fault(errc::invalid, "store.user", shown(selected->text));
    if (selected->is_error()) co_return fault(errc::unavailable, "store.url", shown(selected->text));
    if (options.master.empty()) co_return Result<>{};
    // A sentinel may still name the old master a moment after it was demoted.
    const auto role = co_await ask({"ROLE"});
    if (!role) co_return std::unexpected(role.error());
    if (role->list.empty() || role->list[0].text != "master")
        co_return fault(errc::unavailable, "store.sentinels", "named as master, and is none");
    co_return Result<>{};
}

net::Task<Result<std::unique_ptr<Connection>>> Connection::open(const ServerOptions& options) {
    if (options.servers.empty()) co_return fail(errc::invalid, "store.url: names no server");
    Endpoint endpoint = options.servers.front();
    if (!options.master.empty()) {
        auto master = co_await find_master(options);
        if (!master) co_return std::unexpected(std::move(master.error()));
        endpoint = std::move(*master);
    }
    auto connection = co_await connect(options, std::move(endpoint));
    if (!connection) co_return connection;
    if (auto ready = co_await (*connection)->prepare(options); !ready)
        co_return std::unexpected(std::move(ready.error()));
    co_return connection;
}

net::Task<Result<>> Connection::write(std::string octets) {
    auto written = co_await stream_->write(octets, timeout_);
    if (!written) co_return fault(errc::unavailable, "store.url", written.error().text());
    co_return Result<>{};
}

net::Task<Result<Reply>> Connection::read() {
    const auto until = SteadyClock::now() + timeout_;
    for (;;) {
        auto reply = reader_.next();
        if (!reply) co_return fault(errc::unavailable, "store.url", reply.error().detail);
        if (*reply) co_return std::move(**reply);
        const auto left = std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
        if (left <= Milliseconds::zero())
            co_return fault(errc::unavailable, "store.url", "no answer in time");
        std::array<char, read_octets> buffer;
        const auto octets = co_await stream_->read_some(buffer, left);
        if (!octets) co_return fault(errc::unavailable, "store.url", octets.error().text());
        if (auto fed = reader_.feed({buffer.data(), *octets}); !fed)
            co_return fault(errc::unavailable, "store.url", fed.error().detail);
    }
}

net::Task<Result<Reply>> Connection::ask(std::vector<std::string> command) {
    std::string octets;
    append_command(octets, command);
    if (auto written = co_await write(std::move(octets)); !written)
        co_return std::unexpected(std::move(written.error()));
    co_return co_await read();
}

bool Connection::is_quiet() {
    char unasked = 0;
    const auto octets = stream_->try_read({&unasked, 1});
    return octets && *octets == 0;
}

}  // namespace decorum::store::redis
