#include "tests/unit/net/socket_pair.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "gateway/net/bind.hpp"
#include "gateway/net/socket_address.hpp"

namespace decorum::test {
using namespace decorum::net;

SocketPair::SocketPair(boost::asio::io_context& context, int family) {
    Descriptor ends[2];
    if (family == AF_UNIX) {
        int numbers[2] = {-1, -1};
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, numbers), 0);
        ends[0] = Descriptor(numbers[0]);
        ends[1] = Descriptor(numbers[1]);
    } else {
        const Endpoint any{.host = family == AF_INET6 ? "::1" : "127.0.0.1", .port = 0, .path = {}};
        const auto listening = bind_tcp(any, false);
        EXPECT_TRUE(listening && start_listening(*listening, any, 1));
        const SocketAddress address =
            socket_address(*IpAddress::parse(any.host), bound_endpoint(*listening).port);
        ends[0] = Descriptor(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(ends[0].get(), address.get(), address.size), 0);
        EXPECT_EQ(fcntl(ends[0].get(), F_SETFL, O_NONBLOCK), 0);
        // The listening socket does not block, but the kernel has completed the connection.
        ends[1] = Descriptor(accept4(listening->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        EXPECT_TRUE(ends[1]);
    }
    client = std::make_unique<SocketStream>(context.get_executor(), std::move(ends[0]), family, Peer{});
    server = std::make_unique<SocketStream>(context.get_executor(), std::move(ends[1]), family, Peer{});
}

Task<std::string> read_exactly(ByteStream& stream, std::size_t octets) {
    std::string out, buffer(65536, '\0');
    while (out.size() < octets) {
        const auto got = co_await stream.read_some(
            std::span(buffer).first(std::min(buffer.size(), octets - out.size())), ample);
        if (!got) {
            ADD_FAILURE() << got.error().text();
            break;
        }
        out.append(buffer, 0, *got);
    }
    co_return out;
}

Task<std::string> read_to_end(ByteStream& stream, Error& end) {
    std::string out, buffer(65536, '\0');
    for (;;) {
        const auto got = co_await stream.read_some(buffer, ample);
        if (!got) {
            end = got.error();
            co_return out;
        }
        out.append(buffer, 0, *got);
    }
}

Task<> write_all(ByteStream& stream, std::string octets) {
    const auto written = co_await stream.write(octets, ample);
    EXPECT_TRUE(written) << written.error().text();
}

}  // namespace decorum::test
