// Two connected SocketStreams on one io_context, over loopback TCP or a unix socket pair.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "gateway/net/socket_stream.hpp"
#include "tests/support/run_task.hpp"

namespace decorum::test {

struct SocketPair {
    explicit SocketPair(boost::asio::io_context& context, int family = AF_INET);
    std::unique_ptr<net::SocketStream> client, server;
};

inline constexpr Milliseconds ample{10000};
inline constexpr Milliseconds brief{60};

// Exactly so many octets, or what came before the end.
net::Task<std::string> read_exactly(net::ByteStream& stream, std::size_t octets);
net::Task<std::string> read_to_end(net::ByteStream& stream, Error& end);
net::Task<> write_all(net::ByteStream& stream, std::string octets);

}  // namespace decorum::test
