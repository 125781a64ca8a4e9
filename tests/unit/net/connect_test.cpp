// Outgoing connections.
#include "gateway/net/connect.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "gateway/net/bind.hpp"
#include "gateway/net/socket_address.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/net/socket_pair.hpp"

namespace decorum::net {
namespace {
using namespace decorum::test;

class Connect : public testing::Test {
protected:
    // A listening socket, and the endpoint where it is reached.
    Descriptor listen_at(const Endpoint& endpoint, int backlog = 8) {
        auto made = endpoint.is_unix() ? bind_unix(endpoint, backlog, 0600) : bind_tcp(endpoint, false);
        EXPECT_TRUE(made) << made.error().text();
        if (!endpoint.is_unix()) {
            EXPECT_TRUE(start_listening(*made, endpoint, backlog));
        }
        return std::move(made.value());
    }
    Result<StreamPtr> connect_to(const Endpoint& endpoint, Milliseconds limit = ample) {
        return run_task(context, connect(endpoint, limit));
    }
    boost::asio::io_context context{1};
};

TEST_F(Connect, ReachesIpv4Ipv6UnixSocketsAndHostNames) {
    const TemporaryFolder folder;
    for (const std::string& text :
         {std::string("127.0.0.1:0"), std::string("[::1]:0"), "unix:" + folder.file("lmtp")}) {
        const Descriptor listening = listen_at(*Endpoint::parse(text));
        Endpoint there = bound_endpoint(listening);
        const auto stream = connect_to(there);
        ASSERT_TRUE(stream) << stream.error().text();
        EXPECT_EQ((*stream)->peer().text(), there.is_unix() ? "unix" : there.text());
        if (there.is_unix()) continue;
        int no_delay = 0;
        socklen_t size = sizeof no_delay;
        getsockopt(dynamic_cast<SocketStream&>(**stream).descriptor(), IPPROTO_TCP, TCP_NODELAY, &no_delay,
                   &size);
        EXPECT_EQ(no_delay, 1);
        if (there.host.contains(':')) continue;  // localhost need not be ::1
        there.host = "localhost";
        const auto by_name = connect_to(there);
        ASSERT_TRUE(by_name) << by_name.error().text();
    }
}

TEST_F(Connect, ARefusedConnectionIsRefusedAndNamesTheEndpoint) {
    const TemporaryFolder folder;
    Endpoint tcp;
    {
        const Descriptor bound_only = bind_tcp(*Endpoint::parse("127.0.0.1:0"), false).value();
        tcp = bound_endpoint(bound_only);
        const auto stream = connect_to(tcp);
        ASSERT_FALSE(stream);
        EXPECT_EQ(stream.error().code, errc::refused);
        EXPECT_NE(stream.error().detail.find(tcp.text()), std::string::npos);
    }
    EXPECT_EQ(connect_to(*Endpoint::parse("unix:" + folder.file("absent"))).error().code, errc::refused);
    tcp.host = "localhost";
    EXPECT_EQ(connect_to(tcp).error().code, errc::refused);
}

TEST_F(Connect, APeerThatDoesNotAnswerIsATimeOut) {
    const Descriptor listening = listen_at(*Endpoint::parse("127.0.0.1:0"), 0);
    const Endpoint there = bound_endpoint(listening);
    std::vector<StreamPtr> fill;
    Result<StreamPtr> stream = connect_to(there, Milliseconds(200));
    for (int i = 0; i < 8 && stream; ++i) {
        fill.push_back(std::move(*stream));
        stream = connect_to(there, Milliseconds(200));
    }
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, errc::timed_out);
}

TEST_F(Connect, AUnixSocketWhoseBacklogIsFullIsATimeOut) {
    const TemporaryFolder folder;
    const Endpoint there = *Endpoint::parse("unix:" + folder.file("full"));
    const Descriptor listening = listen_at(there, 0);
    std::vector<StreamPtr> fill;
    Result<StreamPtr> stream = connect_to(there, Milliseconds(60));
    for (int i = 0; i < 8 && stream; ++i) {
        fill.push_back(std::move(*stream));
        stream = connect_to(there, Milliseconds(60));
    }
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, errc::timed_out);
}

TEST_F(Connect, ANameWithoutAnAddressIsNotFound) {
    // A label of 64 octets: the resolver says no without asking anybody.
    const Endpoint nowhere{.host = std::string(64, 'a') + ".example", .port = 25, .path = {}};
    EXPECT_EQ(connect_to(nowhere).error().code, errc::not_found);
}

}  // namespace
}  // namespace decorum::net
