// The last line of the guard: the socket. Whoever pins a transfer to an address that may not be reached (a
// check that was forgotten, a libcurl that resolves by itself) gets no connection.
#include "gateway/net/http/transfers.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"
#include "tests/support/tcp_server.hpp"

namespace decorum::net {
namespace {
using namespace decorum::test;

class TransferGuard : public testing::Test {
protected:
    Transfer transfer_to(const std::string& url, const std::vector<std::string>& addresses) {
        Transfer out;
        out.server.where = parse_destination(url, {.any_port = true}).value();
        for (const std::string& text : addresses)
            out.server.addresses.push_back(IpAddress::parse(text).value());
        out.max_octets = 1000;
        return out;
    }
    errc fault_of(Transfer transfer) {
        const auto out = run_task(context, transfers.run(std::move(transfer), Milliseconds(10000)));
        EXPECT_FALSE(out);
        return out ? errc::io : out.error().code;
    }
    TcpServer listening{[](int) {}};
    const std::string port = std::to_string(listening.port());
    boost::asio::io_context context{1};
    const HttpOptions options;
    const AddressGuard guard{false, {}};
    Transfers transfers{context.get_executor(), options, guard};
};

TEST_F(TransferGuard, NoSocketForAnAddressThatMayNotBeReached) {
    EXPECT_EQ(fault_of(transfer_to("https://a.example:" + port, {"127.0.0.1"})), errc::invalid);
    EXPECT_EQ(fault_of(transfer_to("https://a.example:" + port, {"::ffff:127.0.0.1", "::1"})), errc::invalid);
    EXPECT_EQ(fault_of(transfer_to("https://127.0.0.1:" + port, {"127.0.0.1"})), errc::invalid);
    EXPECT_EQ(fault_of(transfer_to("https://[::1]:" + port, {"::1"})), errc::invalid);
    EXPECT_EQ(listening.connections(), 0U);
}

TEST_F(TransferGuard, AProxyIsReachedAtItsOwnAddressesOnly) {
    const auto proxy =
        parse_destination("http://127.0.0.1:" + port, {.plain_http = true, .any_port = true}).value();
    Transfer admitted = transfer_to("https://a.example", {"8.8.8.8"});
    admitted.proxy = Pinned{proxy, {IpAddress::parse("127.0.0.1").value()}};
    EXPECT_NE(fault_of(std::move(admitted)), errc::invalid);
    EXPECT_EQ(listening.connections(), 1U);

    Transfer moved = transfer_to("https://a.example", {"8.8.8.8"});
    moved.proxy = Pinned{proxy, {IpAddress::parse("127.0.0.9").value()}};
    EXPECT_EQ(fault_of(std::move(moved)), errc::invalid);
    EXPECT_EQ(listening.connections(), 1U);
}

TEST_F(TransferGuard, ShutDownCancelsWhatRunsAndWhatComes) {
    transfers.shut_down();
    EXPECT_EQ(fault_of(transfer_to("https://a.example:" + port, {"8.8.8.8"})), errc::cancelled);
}

}  // namespace
}  // namespace decorum::net
