// PROXY headers: the forms of the specification, every split, and what is none.
#include "gateway/net/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include "gateway/net/event.hpp"
#include "tests/unit/net/socket_pair.hpp"

namespace decorum::net {
namespace {
using namespace decorum::test;

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(int version_command, int family, const std::string& body) {
    std::string out = signature;
    out += static_cast<char>(version_command);
    out += static_cast<char>(family);
    out += static_cast<char>(body.size() >> 8);
    out += static_cast<char>(body.size() & 0xff);
    return out + body;
}
const std::string v4_body("\xC0\x00\x02\x01\xC6\x33\x64\x02\x12\x67\x00\x19", 12);

// The client of a complete header that takes all of `octets`.
std::string client_of(const std::string& octets) {
    const ProxyOutcome outcome = parse_proxy_header(octets);
    if (const auto* header = std::get_if<ProxyHeader>(&outcome)) {
        EXPECT_EQ(header->consumed, octets.size());
        return header->client ? header->client->text() : "itself";
    }
    return std::holds_alternative<ProxyNeedInput>(outcome) ? "more" : "fault";
}

TEST(ProxyProtocolV1, NamesTheClient) {
    EXPECT_EQ(client_of("PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n"), "192.0.2.1:4711");
    EXPECT_EQ(client_of("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
              "255.255.255.255:65535");
    EXPECT_EQ(client_of("PROXY TCP6 2001:db8::1 2001:db8::2 1 25\r\n"), "[2001:db8::1]:1");
    EXPECT_EQ(client_of("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
              "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
    EXPECT_EQ(client_of("PROXY UNKNOWN\r\n"), "itself");
    EXPECT_EQ(client_of("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n"), "itself");
}

TEST(ProxyProtocolV1, WhatIsNoHeaderIsAFault) {
    for (const std::string text : {"PROXY \r\n",
                                   "PROXY TCP4\r\n",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 4711\r\n",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25 \r\n",
                                   "PROXY TCP4  192.0.2.1 198.51.100.2 4711 25\r\n",
                                   "PROXY TCP4 192.0.2.256 198.51.100.2 4711 25\r\n",
                                   "PROXY TCP4 2001:db8::1 198.51.100.2 4711 25\r\n",
                                   "PROXY TCP6 192.0.2.1 198.51.100.2 4711 25\r\n",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 65536 25\r\n",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 04711 25\r\n",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 -1 25\r\n",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\n",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\rX",
                                   "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\r\n",
                                   "PROXY tcp4 192.0.2.1 198.51.100.2 4711 25\r\n",
                                   "PROXY UDP4 192.0.2.1 198.51.100.2 4711 25\r\n",
                                   "proxy TCP4",
                                   "PROXYTCP4",
                                   "EHLO client.example\r\n",
                                   "PROXY\tTCP4",
                                   "GET / HTTP/1.1\r\n",
                                   "PX"})
        EXPECT_EQ(client_of(text), "fault") << text;
}

TEST(ProxyProtocolV1, ALineBeyond107OctetsIsAFault) {
    const std::string start = "PROXY UNKNOWN ";
    EXPECT_EQ(client_of(start + std::string(107 - 2 - start.size(), 'x') + "\r\n"), "itself");
    EXPECT_EQ(client_of(start + std::string(108 - 2 - start.size(), 'x') + "\r\n"), "fault");
    EXPECT_EQ(client_of(start + std::string(106 - start.size(), 'x')), "more");
    EXPECT_EQ(client_of(start + std::string(107 - start.size(), 'x')), "fault");
}

TEST(ProxyProtocolV2, NamesTheClient) {
    EXPECT_EQ(client_of(v2(0x21, 0x11, v4_body)), "192.0.2.1:4711");
    std::string v6_body("\x20\x01\x0d\xb8", 4);
    v6_body +=
        std::string(11, '\0') + '\x01' + std::string(16, '\x02') + "\x12\x67" + std::string("\x00\x19", 2);
    EXPECT_EQ(client_of(v2(0x21, 0x21, v6_body)), "[2001:db8::1]:4711");
    EXPECT_EQ(client_of(v2(0x21, 0x31, std::string(216, 'p'))), "unix");
    EXPECT_EQ(client_of(v2(0x21, 0x00, "")), "itself");
    EXPECT_EQ(client_of(v2(0x20, 0x00, "")), "itself");
    EXPECT_EQ(client_of(v2(0x20, 0x11, v4_body)), "itself");
    EXPECT_EQ(client_of(v2(0x21, 0x12, v4_body)), "itself");  // a datagram
}

TEST(ProxyProtocolV2, PassesOverTlvsUpToTheLimit) {
    EXPECT_EQ(client_of(v2(0x21, 0x11, v4_body + std::string("\x04\x00\x03xyz", 6))), "192.0.2.1:4711");
    EXPECT_EQ(client_of(v2(0x20, 0x00, std::string(4096 - 16, 't'))), "itself");
    EXPECT_EQ(client_of(v2(0x20, 0x00, std::string(4096 - 15, 't'))), "fault");
    // Known from its length, before it came.
    EXPECT_EQ(client_of(signature + std::string("\x21\x11\xff\xff", 4)), "fault");
}

TEST(ProxyProtocolV2, WhatIsNoHeaderIsAFault) {
    EXPECT_EQ(client_of(v2(0x11, 0x11, v4_body)), "fault");
    EXPECT_EQ(client_of(v2(0x22, 0x11, v4_body)), "fault");
    EXPECT_EQ(client_of(v2(0x21, 0x41, v4_body)), "fault");
    EXPECT_EQ(client_of(v2(0x21, 0x13, v4_body)), "fault");
    EXPECT_EQ(client_of(v2(0x21, 0x11, v4_body.substr(1))), "fault");
    EXPECT_EQ(client_of(v2(0x21, 0x21, v4_body)), "fault");
    EXPECT_EQ(client_of("\r\n\r\nQUIT"), "fault");
}

TEST(ProxyProtocol, EveryPrefixNeedsMoreAndWhatFollowsIsNotTaken) {
    for (const std::string& header :
         {std::string("PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n"), std::string("PROXY UNKNOWN x y\r\n"),
          v2(0x21, 0x11, v4_body + "tlv"), v2(0x20, 0x00, "")}) {
        for (std::size_t i = 0; i < header.size(); ++i)
            EXPECT_EQ(client_of(header.substr(0, i)), "more") << i;
        const ProxyOutcome outcome = parse_proxy_header(header + "EHLO a\r\n");
        ASSERT_TRUE(std::holds_alternative<ProxyHeader>(outcome));
        EXPECT_EQ(std::get<ProxyHeader>(outcome).consumed, header.size());
    }
}

TEST(ProxyProtocol, WhatIsEncodedIsDecoded) {
    for (const auto& [client, server] :
         {std::pair("192.0.2.1", "198.51.100.2"), std::pair("2001:db8::1", "2001:db8::2")}) {
        const Peer from{.address = *IpAddress::parse(client), .port = 4711, .local = false};
        const Peer to{.address = *IpAddress::parse(server), .port = 25, .local = false};
        EXPECT_EQ(client_of(proxy_header_v1(from, to)), from.text());
        EXPECT_EQ(client_of(proxy_header_v2(from, to)), from.text());
    }
    const Peer v4{.address = *IpAddress::parse("192.0.2.1"), .port = 1, .local = false};
    const Peer v6{.address = *IpAddress::parse("2001:db8::1"), .port = 1, .local = false};
    const Peer local{.address = {}, .port = 0, .local = true};
    const Peer nobody{.address = v4.address, .port = 1, .local = false, .anonymous = true};
    for (const auto& [client, server] :
         {std::pair(v4, v6), std::pair(local, v4), std::pair(v4, local), std::pair(nobody, v4)}) {
        EXPECT_EQ(client_of(proxy_header_v1(client, server)), "itself");
        EXPECT_EQ(client_of(proxy_header_v2(client, server)), "itself");
    }
}

TEST(ProxyProtocol, TheV1ExampleOfTheSpecificationIsWhatIsEncoded) {
    const Peer from{.address = *IpAddress::parse("255.255.255.255"), .port = 65535, .local = false};
    EXPECT_EQ(proxy_header_v1(from, from), "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n");
}

class ReadProxyHeader : public testing::Test {
protected:
    boost::asio::io_context context{1};
    SocketPair pair{context};
};

TEST_F(ReadProxyHeader, TakesTheHeaderAndLeavesTheRestForEverySplit) {
    const std::string header = "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n", rest = "EHLO a\r\n";
    const std::string all = header + rest;
    for (std::size_t split = 1; split < all.size(); ++split) {
        pair = SocketPair(context);
        run_tasks(
            context,
            [&]() -> Task<> {
                const auto read = co_await read_proxy_header(*pair.server, ample);
                EXPECT_TRUE(read) << read.error().text();
                EXPECT_EQ(pair.server->peer().text(), "192.0.2.1:4711");
                EXPECT_EQ(co_await read_exactly(*pair.server, rest.size()), rest);
            }(),
            [&]() -> Task<> {
                co_await write_all(*pair.client, all.substr(0, split));
                co_await sleep_for(Milliseconds(0));
                co_await write_all(*pair.client, all.substr(split));
            }());
    }
}

TEST_F(ReadProxyHeader, HasOneLimitForTheWholeHeader) {
    bool over = false;
    run_tasks(
        context,
        [&]() -> Task<> {
            const auto start = SteadyClock::now();
            const auto read = co_await read_proxy_header(*pair.server, Milliseconds(200));
            EXPECT_EQ(read.error().code, errc::timed_out);
            EXPECT_LT(SteadyClock::now() - start, Milliseconds(5000));
            over = true;
        }(),
        [&]() -> Task<> {
            // An octet now and then keeps a limit a read alive for ever.
            const std::string slow = "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25";
            std::size_t i = 0;
            while (!over) {
                co_await write_all(*pair.client, i < slow.size() ? slow.substr(i, 1) : "");
                ++i;
                co_await sleep_for(Milliseconds(10));
            }
        }());
}

TEST_F(ReadProxyHeader, AFaultAndAnEndAreTold) {
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write("EHLO a\r\n", ample));
        EXPECT_EQ((co_await read_proxy_header(*pair.server, ample)).error().code, errc::syntax);
        pair = SocketPair(context);
        EXPECT_TRUE(co_await pair.client->write("PROXY TCP4 ", ample));
        pair.client->close();
        EXPECT_EQ((co_await read_proxy_header(*pair.server, ample)).error().code, errc::closed);
        co_return true;
    }());
}

}  // namespace
}  // namespace decorum::net
