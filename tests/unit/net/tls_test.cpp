// TLS on the descriptor: both roles, upgrade in place, verification, faults.
#include "gateway/net/tls.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "gateway/net/event.hpp"
#include "gateway/net/io_threads.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/net/socket_pair.hpp"

namespace decorum::net {
namespace {
using namespace decorum::test;

class Tls : public testing::Test {
protected:
    void SetUp() override { ignore_sigpipe(); }

    std::shared_ptr<TlsContext> server_context(const CertificateFiles& files) {
        auto made = TlsContext::server(files.certificate_file, files.private_key_file);
        EXPECT_TRUE(made) << made.error().text();
        return made.value();
    }
    std::shared_ptr<TlsContext> client_context(TlsVerify verify, const std::string& name) {
        auto made = TlsContext::client(verify, authority.ca_file(), name);
        EXPECT_TRUE(made) << made.error().text();
        return made.value();
    }
    // Shakes hands on both ends.
    std::pair<Result<>, Result<>> handshake(const TlsContext& client, const TlsContext& server) {
        std::pair<Result<>, Result<>> out;
        run_tasks(
            context,
            [&]() -> Task<> {
                out.first = co_await pair.client->start_tls(client, ample);
                if (!out.first) co_return;
                // A failure that only the other side sees comes with the first read (RFC 8446 §4.4).
                EXPECT_TRUE(co_await pair.client->write("?", ample));
            }(),
            [&]() -> Task<> {
                out.second = co_await pair.server->start_tls(server, ample);
                if (!out.second) co_return;
                std::array<char, 1> octet;
                const auto got = co_await pair.server->read_some(octet, ample);
                if (!got) out.second = std::unexpected(got.error());
            }());
        return out;
    }
    void establish() {
        const auto [client, server] = handshake(*client_context(TlsVerify::required, "mx.example.org"),
                                                *server_context(authority.issue("mx")));
        ASSERT_TRUE(client) << client.error().text();
        ASSERT_TRUE(server) << server.error().text();
    }

    TemporaryFolder folder;
    Authority authority{folder};
    boost::asio::io_context context{1};
    SocketPair pair{context};
    std::array<char, 4096> buffer;
};

TEST_F(Tls, UpgradesInPlaceAndCarriesOctetsBothWays) {
    const auto server = server_context(authority.issue("mx"));
    const auto client = client_context(TlsVerify::required, "mx.example.org");
    run_tasks(
        context,
        [&]() -> Task<> {
            co_await write_all(*pair.client, "STARTTLS\r\n");
            EXPECT_EQ(co_await read_exactly(*pair.client, 9), "220 go\r\n\n");
            EXPECT_FALSE(pair.client->encrypted());
            const auto started = co_await pair.client->start_tls(*client, ample);
            EXPECT_TRUE(started) << started.error().text();
            EXPECT_TRUE(pair.client->encrypted());
            EXPECT_TRUE(pair.client->verified());
            EXPECT_EQ(pair.client->try_write("in clear"), 0U);
            co_await write_all(*pair.client, "EHLO again\r\n");
            EXPECT_EQ(co_await read_exactly(*pair.client, 8), "250 ok\r\n");
        }(),
        [&]() -> Task<> {
            EXPECT_EQ(co_await read_exactly(*pair.server, 10), "STARTTLS\r\n");
            co_await write_all(*pair.server, "220 go\r\n\n");
            EXPECT_TRUE(co_await pair.server->start_tls(*server, ample));
            EXPECT_TRUE(pair.server->encrypted());
            EXPECT_FALSE(pair.server->verified());
            EXPECT_EQ(co_await read_exactly(*pair.server, 12), "EHLO again\r\n");
            co_await write_all(*pair.server, "250 ok\r\n");
        }());
}

struct Case {
    const char* name;
    TlsVerify verify;
    const char* expected_name;
    const char* alt_names;
    bool expired, known_authority;
    bool succeeds, verified;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

class TlsVerification : public Tls, public testing::WithParamInterface<Case> {};

TEST_P(TlsVerification, DecidesByChainAndName) {
    const Case& c = GetParam();
    const Authority other(folder, "other");
    CertificateRequest request{.alt_names = c.alt_names};
    if (c.expired)
        request = {.alt_names = c.alt_names,
                   .valid_from = std::chrono::hours(-48),
                   .valid_until = std::chrono::hours(-24)};
    const auto server = server_context((c.known_authority ? authority : other).issue("leaf", request));
    const auto [client_end, server_end] = handshake(*client_context(c.verify, c.expected_name), *server);
    EXPECT_EQ(client_end.has_value(), c.succeeds) << (client_end ? "" : client_end.error().text());
    EXPECT_EQ(server_end.has_value(), c.succeeds) << (server_end ? "" : server_end.error().text());
    EXPECT_EQ(pair.client->verified(), c.verified);
    if (!client_end) {
        EXPECT_EQ(client_end.error().code, errc::tls_failed);
    }
}

constexpr Case cases[] = {
    {"RequiredGood", TlsVerify::required, "mx.example.org", "DNS:mx.example.org", false, true, true, true},
    {"RequiredWildcard", TlsVerify::required, "mx.example.org", "DNS:*.example.org", false, true, true, true},
    {"RequiredPartialWildcard", TlsVerify::required, "mx.example.org", "DNS:m*.example.org", false, true,
     false, false},
    {"RequiredAddress", TlsVerify::required, "127.0.0.1", "IP:127.0.0.1", false, true, true, true},
    {"RequiredWrongAddress", TlsVerify::required, "127.0.0.1", "IP:127.0.0.2", false, true, false, false},
    {"RequiredWrongName", TlsVerify::required, "mx.example.org", "DNS:mx.example.net", false, true, false,
     false},
    {"RequiredUnknownAuthority", TlsVerify::required, "mx.example.org", "DNS:mx.example.org", false, false,
     false, false},
    {"RequiredExpired", TlsVerify::required, "mx.example.org", "DNS:mx.example.org", true, true, false,
     false},
    {"OpportunisticGood", TlsVerify::opportunistic, "mx.example.org", "DNS:mx.example.org", false, true, true,
     true},
    {"OpportunisticWrongName", TlsVerify::opportunistic, "mx.example.org", "DNS:mx.example.net", false, true,
     true, false},
    {"OpportunisticUnknownAuthority", TlsVerify::opportunistic, "mx.example.org", "DNS:mx.example.org", false,
     false, true, false},
    {"OpportunisticExpired", TlsVerify::opportunistic, "mx.example.org", "DNS:mx.example.org", true, true,
     true, false},
    {"NoneGood", TlsVerify::none, "mx.example.org", "DNS:mx.example.org", false, true, true, false},
    {"NoneExpiredUnknownWrongName", TlsVerify::none, "mx.example.org", "DNS:mx.example.net", true, false,
     true, false},
    {"NoneWithoutAName", TlsVerify::none, "", "DNS:mx.example.org", false, true, true, false},
};
INSTANTIATE_TEST_SUITE_P(Matrix, TlsVerification, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(Tls, AServerKnowsWhenItsCertificateEnds) {
    const auto begin = wall_clock_now();
    const auto server = server_context(authority.issue("ends", {.valid_until = std::chrono::hours{1000}}));
    ASSERT_TRUE(server->expiry());
    EXPECT_GE(*server->expiry(), begin + std::chrono::hours{1000} - std::chrono::seconds{1});
    EXPECT_LE(*server->expiry(), wall_clock_now() + std::chrono::hours{1000} + std::chrono::seconds{1});
    EXPECT_FALSE(client_context(TlsVerify::required, "mx.example.org")->expiry());
}

TEST_F(Tls, AFailedVerificationSaysWhy) {
    const auto [client, server] = handshake(*client_context(TlsVerify::required, "mx.example.net"),
                                            *server_context(authority.issue("mx")));
    ASSERT_FALSE(client);
    EXPECT_NE(client.error().detail.find("hostname mismatch"), std::string::npos) << client.error().detail;
}

// The name that the server sees, by OpenSSL's own server on a blocking descriptor.
TEST_F(Tls, SendsTheNameAsSniButNotAnAddress) {
    const CertificateFiles files = authority.issue("mx", {.alt_names = "DNS:mx.example.org,IP:127.0.0.1"});
    for (const std::string name : {"mx.example.org", "127.0.0.1"}) {
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        SocketStream client(context.get_executor(), Descriptor(ends[0]), AF_UNIX, Peer{});
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> raw(SSL_CTX_new(TLS_server_method()),
                                                                    &SSL_CTX_free);
        ASSERT_EQ(SSL_CTX_use_certificate_file(raw.get(), files.certificate_file.c_str(), SSL_FILETYPE_PEM),
                  1);
        ASSERT_EQ(SSL_CTX_use_PrivateKey_file(raw.get(), files.private_key_file.c_str(), SSL_FILETYPE_PEM),
                  1);
        const SslPtr ssl(SSL_new(raw.get()));
        const Descriptor other(ends[1]);
        SSL_set_fd(ssl.get(), other.get());
        run_tasks(
            context,
            [&]() -> Task<> {
                const auto made = client_context(TlsVerify::required, name);
                const auto started = co_await client.start_tls(*made, ample);
                EXPECT_TRUE(started) << started.error().text();
            }(),
            [&]() -> Task<> {
                while (SSL_accept(ssl.get()) != 1) co_await sleep_for(Milliseconds(2));
            }());
        const char* const seen = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
        EXPECT_EQ(std::string(seen ? seen : ""), name == "127.0.0.1" ? "" : name);
    }
}

TEST_F(Tls, RefusesVersionsBelow12) {
    const CertificateFiles files = authority.issue("mx");
    const auto server = server_context(files);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> raw(SSL_CTX_new(TLS_client_method()),
                                                                &SSL_CTX_free);
    SSL_CTX_set_security_level(raw.get(), 0);
    SSL_CTX_set_min_proto_version(raw.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(raw.get(), TLS1_1_VERSION);
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    SocketStream stream(context.get_executor(), Descriptor(ends[0]), AF_UNIX, Peer{});
    const SslPtr ssl(SSL_new(raw.get()));
    const Descriptor other(ends[1]);
    SSL_set_fd(ssl.get(), other.get());
    SSL_connect(ssl.get());
    run_task(context, [&]() -> Task<bool> {
        const auto started = co_await stream.start_tls(*server, ample);
        EXPECT_EQ(started.error().code, errc::tls_failed);
        EXPECT_NE(started.error().detail.find("unsupported protocol"), std::string::npos)
            << started.error().detail;
        co_return true;
    }());
}

TEST_F(Tls, GathersSmallPiecesIntoOneRecordAndLargeOnesIntoMany) {
    establish();
    std::string large(3'000'000, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 253);
    std::vector<std::string_view> pieces = {"", "a", "bc", ""};
    for (std::size_t at = 0, size = 1; at < large.size(); at += size, size = size * 5 % 40'009 + 1)
        pieces.push_back(std::string_view(large).substr(at, size = std::min(size, large.size() - at)));
    pieces.push_back("");
    std::string received;
    run_tasks(
        context,
        [&]() -> Task<> {
            const std::string_view small[] = {"Sender-Profile-", "Source: ", "status=none", "\r\n"};
            EXPECT_TRUE(co_await pair.client->write(small, ample));
            EXPECT_TRUE(co_await pair.client->write(pieces, ample));
            pair.client->close();
        }(),
        [&]() -> Task<> {
            const auto first = co_await pair.server->read_some(buffer, ample);
            EXPECT_EQ(std::string_view(buffer.data(), first.value()),
                      "Sender-Profile-Source: status=none\r\n");
            Error end{errc::io, {}};
            received = co_await read_to_end(*pair.server, end);
            EXPECT_EQ(end.code, errc::closed);
        }());
    EXPECT_TRUE(received == "abc" + large);
}

TEST_F(Tls, OctetsThatOpenSslHoldsAreReadable) {
    establish();
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write("abcdef", ample));
        EXPECT_TRUE(co_await pair.server->wait_readable(ample));
        EXPECT_EQ(pair.server->try_read(std::span(buffer).first(2)).value(), 2U);
        // Nothing is left in the socket, four octets are in OpenSSL's buffer.
        EXPECT_TRUE(co_await pair.server->wait_readable(brief));
        EXPECT_EQ(pair.server->try_read(std::span(buffer).first(2)).value(), 2U);
        EXPECT_EQ((co_await pair.server->read_some(buffer, brief)).value(), 2U);
        EXPECT_EQ(pair.server->try_read(buffer).value(), 0U);
        EXPECT_EQ((co_await pair.server->wait_readable(brief)).error().code, errc::timed_out);
        co_return true;
    }());
}

TEST_F(Tls, AReadThatRanOutOfTimeLeavesRoomForAGoodBye) {
    establish();
    run_task(context, [&]() -> Task<bool> {
        EXPECT_EQ((co_await pair.server->read_some(buffer, brief)).error().code, errc::timed_out);
        EXPECT_TRUE(co_await pair.server->write("421 timeout\r\n", ample));
        EXPECT_EQ(co_await read_exactly(*pair.client, 13), "421 timeout\r\n");
        co_return true;
    }());
}

TEST_F(Tls, AWriteThatRanOutOfTimeLeavesTheStreamUnusable) {
    establish();
    run_task(context, [&]() -> Task<bool> {
        const std::string much(32 << 20, 'x');
        EXPECT_EQ((co_await pair.server->write(much, brief)).error().code, errc::timed_out);
        EXPECT_EQ((co_await pair.server->write("x", ample)).error().code, errc::tls_failed);
        EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::tls_failed);
        EXPECT_EQ((co_await pair.server->wait_readable(ample)).error().code, errc::tls_failed);
        EXPECT_EQ(pair.server->try_read(buffer).value(), 0U) << "but the peer's last words are heard";
        co_return true;
    }());
}

TEST_F(Tls, ThePeersLastWordsAreReadAfterAWriteToItHasFailed) {
    establish();
    run_task(context, [&]() -> Task<bool> {
        constexpr int on = 1;
        EXPECT_EQ(::setsockopt(pair.client->descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
        EXPECT_TRUE(co_await pair.client->write("552 enough\r\n", ample));
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        EXPECT_EQ(::setsockopt(pair.client->descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
                  0);
        ::shutdown(pair.client->descriptor(), SHUT_RD);
        pair.client->close();
        const std::string much(32 << 20, 'x');
        EXPECT_EQ((co_await pair.server->write(much, ample)).error().code, errc::reset);
        const auto got = pair.server->try_read(buffer);
        EXPECT_TRUE(got) << got.error().text();
        if (got) EXPECT_EQ(std::string_view(buffer.data(), *got), "552 enough\r\n");
        EXPECT_FALSE(pair.server->try_read(buffer));
        EXPECT_FALSE(co_await pair.server->write("x", ample));
        co_return true;
    }());
}

TEST_F(Tls, AHandshakeThatStallsIsATimeOut) {
    const auto server = server_context(authority.issue("mx"));
    run_task(context, [&]() -> Task<bool> {
        EXPECT_EQ((co_await pair.server->start_tls(*server, brief)).error().code, errc::timed_out);
        EXPECT_FALSE(pair.server->encrypted());
        co_return true;
    }());
}

TEST_F(Tls, AnOrderlyEndIsClosedAndATruncatedOneReset) {
    establish();
    run_task(context, [&]() -> Task<bool> {
        pair.client->close();
        EXPECT_TRUE(co_await pair.server->wait_readable(ample));
        EXPECT_EQ(pair.server->try_read(buffer).error().code, errc::closed);
        EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::closed);
        co_return true;
    }());
    pair = SocketPair(context);
    establish();
    run_task(context, [&]() -> Task<bool> {
        ::shutdown(pair.client->descriptor(), SHUT_WR);
        EXPECT_EQ((co_await pair.server->read_some(buffer, ample)).error().code, errc::reset);
        co_return true;
    }());
}

// Whoever stands in between can put octets behind the last record: they are nobody's mail and
// nobody's commands. The client is OpenSSL's own, because no stream of ours writes in clear after TLS.
TEST_F(Tls, CleartextBehindTheEndOfTlsIsNeverRead) {
    const auto server = server_context(authority.issue("mx"));
    for (const bool at_once : {true, false}) {
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        SocketStream stream(context.get_executor(), Descriptor(ends[0]), AF_UNIX, Peer{});
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> raw(SSL_CTX_new(TLS_client_method()),
                                                                    &SSL_CTX_free);
        const SslPtr ssl(SSL_new(raw.get()));
        const Descriptor other(ends[1]);
        SSL_set_fd(ssl.get(), other.get());
        Event half_read(context.get_executor());
        run_tasks(
            context,
            [&]() -> Task<> {
                EXPECT_TRUE(co_await stream.start_tls(*server, ample));
                const auto octets = co_await stream.read_some(buffer, ample);
                EXPECT_EQ(std::string_view(buffer.data(), octets.value_or(0)), "half a message");
                half_read.raise();
                for (int again = 0; again < 3; ++again) {
                    EXPECT_EQ((co_await stream.read_some(buffer, ample)).error().code, errc::closed);
                    EXPECT_EQ(stream.try_read(buffer).error().code, errc::closed);
                    EXPECT_TRUE(co_await stream.wait_readable(ample)) << "for the end";
                }
            }(),
            [&]() -> Task<> {
                while (SSL_connect(ssl.get()) != 1) co_await sleep_for(Milliseconds(2));
                EXPECT_EQ(SSL_write(ssl.get(), "half a message", 14), 14);
                if (!at_once) EXPECT_TRUE(co_await half_read.wait(ample));
                constexpr std::string_view clear = "\r\n.\r\nMAIL FROM:<mallory@example.net>\r\n";
                EXPECT_EQ(SSL_shutdown(ssl.get()), 0);
                EXPECT_EQ(::send(other.get(), clear.data(), clear.size(), 0),
                          static_cast<ssize_t>(clear.size()));
            }());
    }
}

// A balancer's check: it connects and goes, in order or by a reset.
TEST_F(Tls, WhoEndsBeforeTheFirstOctetOfAHandshakeIsToldFromOneWhoFails) {
    const auto server = server_context(authority.issue("mx"));
    for (const bool abruptly : {false, true}) {
        pair = SocketPair(context);
        run_task(context, [&]() -> Task<bool> {
            constexpr linger at_once{.l_onoff = 1, .l_linger = 0};
            if (abruptly)
                EXPECT_EQ(
                    ::setsockopt(pair.client->descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
                    0);
            pair.client.reset();
            EXPECT_EQ((co_await pair.server->start_tls(*server, ample)).error().code, errc::closed);
            co_return true;
        }());
    }
    pair = SocketPair(context);
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write("\x16\x03\x01", ample));
        ::shutdown(pair.client->descriptor(), SHUT_WR);
        EXPECT_EQ((co_await pair.server->start_tls(*server, ample)).error().code, errc::reset);
        co_return true;
    }());
    // A server that does so fails its client.
    pair = SocketPair(context);
    const auto client = client_context(TlsVerify::none, "mx.example.org");
    run_task(context, [&]() -> Task<bool> {
        ::shutdown(pair.server->descriptor(), SHUT_WR);
        EXPECT_EQ((co_await pair.client->start_tls(*client, ample)).error().code, errc::reset);
        co_return true;
    }());
}

TEST_F(Tls, GarbageInsteadOfAHandshakeIsToldApart) {
    const auto server = server_context(authority.issue("mx"));
    run_task(context, [&]() -> Task<bool> {
        EXPECT_TRUE(co_await pair.client->write("EHLO in clear\r\n", ample));
        const auto started = co_await pair.server->start_tls(*server, ample);
        EXPECT_EQ(started.error().code, errc::tls_failed);
        EXPECT_FALSE(pair.server->encrypted());
        EXPECT_EQ((co_await pair.server->write("x", ample)).error().code, errc::tls_failed);
        co_return true;
    }());
}

TEST_F(Tls, CancelEndsAWaitAndLeavesTheStreamUsable) {
    establish();
    run_tasks(
        context,
        [&]() -> Task<> {
            EXPECT_EQ((co_await pair.server->wait_readable(ample)).error().code, errc::cancelled);
            EXPECT_TRUE(co_await pair.server->write("421 closing\r\n", ample));
        }(),
        [&]() -> Task<> {
            co_await sleep_for(Milliseconds(5));
            pair.server->cancel();
            EXPECT_EQ(co_await read_exactly(*pair.client, 13), "421 closing\r\n");
        }());
}

TEST_F(Tls, StartingTwiceIsAnError) {
    establish();
    run_task(context, [&]() -> Task<bool> {
        const auto server = server_context(authority.issue("again"));
        EXPECT_EQ((co_await pair.server->start_tls(*server, ample)).error().code, errc::invalid);
        co_return true;
    }());
}

TEST_F(Tls, FaultsInFilesNameTheFileAndTheReason) {
    const CertificateFiles good = authority.issue("mx"), other = authority.issue("other");
    const std::string empty = folder.write("empty.pem", "");
    const struct {
        std::string certificate, key, says;
    } faults[] = {
        {folder.file("absent.pem"), good.private_key_file, "absent.pem: no certificate: No such file"},
        {empty, good.private_key_file, "empty.pem: no certificate"},
        {good.certificate_file, folder.file("absent.key"), "absent.key: no usable private key: No such file"},
        {good.certificate_file, empty, "empty.pem: no usable private key"},
        {good.certificate_file, other.private_key_file, "other.key: not the key of the certificate in"},
    };
    for (const auto& fault : faults) {
        const auto made = TlsContext::server(fault.certificate, fault.key);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, errc::invalid);
        EXPECT_NE(made.error().detail.find(fault.says), std::string::npos) << made.error().detail;
    }
    EXPECT_EQ(TlsContext::client(TlsVerify::required, empty, "a").error().code, errc::invalid);
    EXPECT_EQ(TlsContext::client(TlsVerify::required, "", "").error().code, errc::invalid);
    EXPECT_TRUE(TlsContext::client(TlsVerify::required, "", "mx.example.org"));
}

TEST_F(Tls, AnEncryptedKeyIsAFaultAndAsksNobody) {
    const CertificateFiles good = authority.issue("mx");
    const std::string encrypted = folder.file("encrypted.key");
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_file(good.private_key_file.c_str(), "r"),
                                                       &BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new_file(encrypted.c_str(), "w"),
                                                            &BIO_free_all);
    const unsigned char phrase[] = "phrase";
    ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(),
                                            reinterpret_cast<const char*>(phrase), 6, nullptr, nullptr),
              1);
    ASSERT_EQ(BIO_flush(out.get()), 1);
    EXPECT_EQ(TlsContext::server(good.certificate_file, encrypted).error().code, errc::invalid);
}

}  // namespace
}  // namespace decorum::net
