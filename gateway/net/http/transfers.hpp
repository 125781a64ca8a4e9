// One exchange with a server, over libcurl's multi interface driven by Asio: no redirect, no cache, no DNS.
//
// Where a transfer may go was decided before: its addresses are pinned, libcurl resolves nothing. The guard
// is asked once more here, for the very address that connect() gets. Connections are kept and shared by all
// transfers (HTTP/2 where the server offers it). Nothing is taken from the environment: no proxy, no .netrc,
// no cookies. Everything here belongs to one thread. Errors are those of fetcher.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "gateway/net/deadline.hpp"
#include "gateway/net/http/address_guard.hpp"
#include "gateway/net/http/destination.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/net/http/options.hpp"
#include "gateway/net/http/socket_watcher.hpp"
#include "gateway/net/task.hpp"

namespace decorum::net {

// A host and where it is reached, by our own resolution.
struct Pinned {
    Destination where;
    std::vector<IpAddress> addresses;  // at least one
};

struct Transfer {
    Pinned server;                         // addresses that the guard admits
    std::optional<Pinned> proxy;           // then this one is connected to, guard or not
    bool post = false;                     // else GET
    std::string body;                      // of a POST
    std::vector<std::string> field_lines;  // "Accept: text/html"
    std::uint64_t max_octets = 0;          // of the answer's body, decoded
};

class RunningTransfer;

class Transfers {
public:
    // `options` and `guard` outlive this.
    Transfers(const Executor& executor, const HttpOptions& options, const AddressGuard& guard);
    ~Transfers();
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;

    [[nodiscard]] Task<Result<HttpResponse>> run(Transfer transfer, Milliseconds limit);

    // Whatever is under way, and all that will be, is `cancelled`.
    void shut_down();

private:
    class Membership;
    struct CloseMulti {
        void operator()(void* multi) const noexcept;
    };

    void set_timer(long milliseconds);
    void act(int socket, int ready);

    Executor executor_;
    const HttpOptions& options_;
    const AddressGuard& guard_;
    SocketWatcher watcher_;
    Timer timer_;
    std::unique_ptr<void, CloseMulti> multi_;  // goes before the watcher: it closes its sockets
    std::unordered_set<RunningTransfer*> running_;
    bool closed_ = false;
};

}  // namespace decorum::net
