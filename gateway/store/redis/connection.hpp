// One connection to Redis, ready for use: found (by Sentinel where there are sentinels), TLS, AUTH, SELECT,
// and proved to be the master.
//
// Errors name the setting that mends them: "store.password_file: 127.0.0.1:6379: WRONGPASS …". Everything
// here runs on one thread, and each step has a limit of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/store/redis/reply.hpp"

namespace decorum::store::redis {

struct ServerOptions {
    std::vector<Endpoint> servers;  // Redis itself, one; or the sentinels that know where it is
    std::string master;             // its name among the sentinels; empty: there are none
    unsigned database = 0;
    std::string user;  // empty: the default one
    Secret password;   // empty: none
    Secret sentinel_password;
    bool tls = false;  // with the sentinels too
    std::string ca_file;
    std::string tls_name;        // in the certificate; empty: the host that is connected to
    Milliseconds timeout{2000};  // to connect, and for each answer
};

class Connection {
public:
    [[nodiscard]] static net::Task<Result<std::unique_ptr<Connection>>> open(const ServerOptions& options);

    // Octets of whole commands.
    [[nodiscard]] net::Task<Result<>> write(std::string octets);
    // The next reply; of Redis's own errors too. Error: the connection is of no more use.
    [[nodiscard]] net::Task<Result<Reply>> read();
    [[nodiscard]] net::Task<Result<Reply>> ask(std::vector<std::string> command);

    // Nothing came unasked, and the peer has not ended it: as far as can be told without waiting.
    [[nodiscard]] bool is_quiet();
    [[nodiscard]] const std::string& server() const { return server_; }  // "127.0.0.1:6379"

private:
    Connection(net::StreamPtr stream, std::string server, Milliseconds timeout)
        : stream_(std::move(stream)), server_(std::move(server)), timeout_(timeout) {}

    [[nodiscard]] static net::Task<Result<std::unique_ptr<Connection>>> connect(const ServerOptions& options,
                                                                                Endpoint endpoint);
    [[nodiscard]] static net::Task<Result<Endpoint>> find_master(const ServerOptions& options);
    [[nodiscard]] static net::Task<Result<Endpoint>> ask_sentinel(const ServerOptions& options,
                                                                  Endpoint sentinel);
    [[nodiscard]] net::Task<Result<>> log_in(std::string user, Secret password, std::string_view key);
    [[nodiscard]] net::Task<Result<>> prepare(const ServerOptions& options);
    [[nodiscard]] std::unexpected<Error> fault(errc code, std::string_view key, std::string_view what) const;

    net::StreamPtr stream_;
    std::string server_;
    Milliseconds timeout_;
    ReplyReader reader_;
};

}  // namespace decorum::store::redis
