// Outgoing connections: resolve, then try each address in turn, giving each its share of what time is left.
//
// getaddrinfo can't be interrupted, so it runs on the resolver's own thread and its result is waited for
// through an Event: one that answers after the limit finds nobody waiting.
#include "gateway/net/connect.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <vector>

#include "gateway/net/deadline.hpp"
#include "gateway/net/event.hpp"
#include "gateway/net/socket_address.hpp"
#include "gateway/net/socket_stream.hpp"

namespace decorum::net {
namespace {
using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;
constexpr Milliseconds backlog_pause{10};  // a unix socket whose backlog is full says so at once

struct Resolution {
    explicit Resolution(const Executor& executor) : resolver(executor), done(executor) {}
    Resolver resolver;
    Event done;
    std::vector<SocketAddress> addresses;
    std::string fault;
};

Task<Result<std::vector<SocketAddress>>> resolve(std::string host, std::uint16_t port, Milliseconds limit) {
    const auto state = std::make_shared<Resolution>(co_await this_executor());
    state->resolver.async_resolve(
        host, std::to_string(port), boost::asio::ip::resolver_base::numeric_service,
        [state](const boost::system::error_code& error, const Resolver::results_type& results) {
            if (error) state->fault = error.message();
            for (const auto& entry : results) {
                SocketAddress address;
                address.size = static_cast<socklen_t>(entry.endpoint().size());
                std::memcpy(&address.storage, entry.endpoint().data(), address.size);
                state->addresses.push_back(address);
            }
            state->done.raise();
        });
    if (!co_await state->done.wait(limit)) co_return fail(errc::timed_out, "resolving " + host);
    if (state->addresses.empty()) co_return fail(errc::not_found, host + ": " + state->fault);
    co_return std::move(state->addresses);
}

Task<Result<StreamPtr>> connect_to(SocketAddress address, Milliseconds limit) {
    const Executor executor = co_await this_executor();
    const auto until = SteadyClock::now() + bounded(limit);
    for (;;) {
        Descriptor descriptor(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!descriptor) co_return fail(errc::unavailable, text_of_errno(errno));
        if (address.family() != AF_UNIX) set_tcp_options(descriptor.get());
        const int outcome = ::connect(descriptor.get(), address.get(), address.size);
        const int number = outcome == 0 ? 0 : errno;
        if (number == EAGAIN && address.family() == AF_UNIX) {
            if (left_until(until) <= backlog_pause) co_return fail(errc::timed_out, "the backlog is full");
            co_await sleep_for(backlog_pause);
            continue;
        }
        if (number != 0 && number != EINPROGRESS && number != EINTR)
            co_return fail(errc::refused, text_of_errno(number));
        auto stream = std::make_unique<SocketStream>(executor, std::move(descriptor), address.family(),
                                                     peer_of(address));
        if (number != 0) {
            if (auto connected = co_await stream->wait_connected(left_until(until)); !connected)
                co_return std::unexpected(std::move(connected.error()));
        }
        co_return StreamPtr(std::move(stream));
    }
}
}  // namespace

Task<Result<StreamPtr>> connect(Endpoint endpoint, Milliseconds limit) {
    const auto until = SteadyClock::now() + bounded(limit);
    std::vector<SocketAddress> addresses;
    if (endpoint.is_unix()) {
        addresses.push_back(socket_address_of_path(endpoint.path));
    } else if (const auto address = IpAddress::parse(endpoint.host)) {
        addresses.push_back(socket_address(*address, endpoint.port));
    } else {
        auto resolved = co_await resolve(endpoint.host, endpoint.port, limit);
        if (!resolved) co_return std::unexpected(std::move(resolved.error()));
        addresses = std::move(*resolved);
    }
    Error last{errc::timed_out, {}};
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto share = left_until(until) / static_cast<std::int64_t>(addresses.size() - i);
        if (share <= Milliseconds(0)) break;
        auto stream = co_await connect_to(addresses[i], share);
        if (stream || stream.error().code == errc::cancelled) co_return stream;
        last = std::move(stream.error());
    }
    last.detail = endpoint.text() + ": " + (last.detail.empty() ? "no answer" : last.detail);
    co_return std::unexpected(std::move(last));
}

}  // namespace decorum::net
