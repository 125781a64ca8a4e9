// Servers that misbehave, certificates that are wrong, and too much at once.
#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <thread>

#include "tests/unit/net_http/client_fixture.hpp"

namespace decorum::net {
namespace {
using test::CertificateRequest;

constexpr std::size_t mib = 1024 * 1024;

class Fault : public HttpClientTest {
protected:
    Result<HttpResponse> answer(HttpServer::Response response, Milliseconds limit = Milliseconds(20000)) {
        server.on("/x", std::move(response));
        auto asked = request(server.url("/x", "profiles.example"));
        asked.limit = limit;
        return fetch(std::move(asked));
    }
    errc fault_of(HttpServer::Response response, Milliseconds limit = Milliseconds(20000)) {
        const auto out = answer(std::move(response), limit);
        EXPECT_FALSE(out);
        return out ? errc::io : out.error().code;
    }
};

TEST_F(Fault, AServerThatNeverAnswersTimesOut) {
    const auto begun = SteadyClock::now();
    EXPECT_EQ(fault_of({.never = true}, Milliseconds(200)), errc::timed_out);
    const auto taken = SteadyClock::now() - begun;
    EXPECT_GE(taken, Milliseconds(200));
    EXPECT_LT(taken, Milliseconds(5000));
}

TEST_F(Fault, AnAnswerAfterTheLimitIsTooLateAndTheNextOneIsNotConfused) {
    EXPECT_EQ(fault_of({.body = "late", .delay = Milliseconds(60000)}, Milliseconds(200)), errc::timed_out);
    const auto out = answer({.body = "in time"});
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->body, "in time");
}

TEST_F(Fault, AnAnswerWithinTheLimitIsWaitedFor) {
    EXPECT_EQ(answer({.body = "late", .delay = Milliseconds(150)})->body, "late");
}

TEST_F(Fault, ABodyThatTricklesDoesNotProlongTheLimit) {
    EXPECT_EQ(fault_of({.body = std::string(10000, 'x'), .piece_octets = 1, .piece_pause = Milliseconds(10)},
                       Milliseconds(300)),
              errc::timed_out);
}

TEST_F(Fault, TheLimitCoversRedirects) {
    server.on("/x", [](const HttpServer::Request&) {
        auto out = HttpServer::redirect("/x");
        out.delay = Milliseconds(150);
        return out;
    });
    auto asked = request(server.url("/x", "profiles.example"));
    asked.limit = Milliseconds(250);
    EXPECT_EQ(fetch(asked).error().code, errc::timed_out);
}

TEST_F(Fault, TheLimitCoversResolution) {
    dns.silent("silent.example");
    auto asked = request(server.url("/x", "silent.example"));
    asked.limit = Milliseconds(100);
    EXPECT_EQ(fetch(asked).error().code, errc::timed_out);
}

TEST_F(Fault, ANameThatIsNotKnownAndAPortWhereNobodyListensAreRefused) {
    EXPECT_EQ(get("https://nobody.example/").error().code, errc::refused);
    std::uint16_t port = 0;
    {
        HttpServer gone;
        port = gone.port();
    }
    EXPECT_EQ(get("https://profiles.example:" + std::to_string(port) + "/").error().code, errc::refused);
}

TEST_F(Fault, ABodyOfTenMegabytesIsALimitHoweverItIsDeclared) {
    const std::string body(10 * mib, 'x');
    EXPECT_EQ(fault_of({.body = body}), errc::limit);
    EXPECT_EQ(fault_of({.body = body, .chunked = true}), errc::limit);
    EXPECT_TRUE(answer({.body = std::string(mib, 'x')}));
    EXPECT_EQ(fault_of({.body = std::string(mib + 1, 'x')}), errc::limit);
    EXPECT_EQ(fault_of({.body = std::string(mib + 1, 'x'), .chunked = true}), errc::limit);
}

TEST_F(Fault, OfARequestsLimitAndTheClientsTheSmallerHolds) {
    server.on("/small", HttpServer::Response{.body = std::string(1000, 'x')});
    server.on("/large", HttpServer::Response{.body = std::string(mib + 1, 'x')});
    auto asked = request(server.url("/small", "profiles.example"));
    asked.max_octets = 1000;
    EXPECT_TRUE(fetch(asked));
    asked.max_octets = 999;
    EXPECT_EQ(fetch(asked).error().code, errc::limit);
    asked.url = server.url("/large", "profiles.example");
    asked.max_octets = 2 * mib;
    EXPECT_EQ(fetch(asked).error().code, errc::limit);
}

TEST_F(Fault, AGzipBombEndsEarly) {
    EXPECT_EQ(fault_of({.body = std::string(64 * mib, '\0'), .gzip = true}), errc::limit);
    EXPECT_EQ(answer({.body = std::string(mib, '\0'), .gzip = true})->body.size(), mib);
}

TEST_F(Fault, APackedBodyThatIsBrokenIsNoAnswer) {
    EXPECT_EQ(fault_of({.fields = {{"Content-Encoding", "gzip"}}, .body = "not gzip"}), errc::reset);
    EXPECT_EQ(fault_of({.fields = {{"Content-Encoding", "unheard-of"}}, .body = "x"}), errc::reset);
}

TEST_F(Fault, AHeaderSectionWithoutEndIsALimit) {
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2000; ++i)
        many += "X-Field-" + std::to_string(i) + ": " + std::string(50, 'x') + "\r\n";
    EXPECT_EQ(fault_of({.raw = many + "\r\n"}), errc::limit);
    std::string informational;
    for (int i = 0; i < 3000; ++i) informational += "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n";
    EXPECT_EQ(fault_of({.raw = informational}), errc::limit);
}

TEST_F(Fault, AContentLengthThatPromisesTooMuchIsABreak) {
    EXPECT_EQ(fault_of({.body = "short", .declared_octets = 100}), errc::reset);
}

TEST_F(Fault, AContentLengthThatPromisesTooLittleCutsTheBody) {
    const auto out = answer({.body = "longer than it says", .declared_octets = 6});
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->body, "longer");
    // The rest is no answer to the next request; at worst it costs that one its connection.
    const auto next = answer({.body = "next"});
    EXPECT_TRUE(next ? next->body == "next" : next.error().code == errc::reset);
    EXPECT_EQ(answer({.body = "later"})->body, "later");
}

TEST_F(Fault, AConnectionThatClosesWithinTheBodyIsABreak) {
    EXPECT_EQ(fault_of({.body = std::string(1000, 'x'), .cut_after_octets = 500}), errc::reset);
    EXPECT_EQ(fault_of({.body = std::string(1000, 'x'), .chunked = true, .cut_after_octets = 500}),
              errc::reset);
    EXPECT_EQ(fault_of({.raw = ""}), errc::reset);
    EXPECT_EQ(fault_of({.raw = "HTTP/1.1 200 OK\r\nContent-Le"}), errc::reset);
}

TEST_F(Fault, WhatIsNoHttpIsNoAnswer) {
    EXPECT_EQ(fault_of({.raw = "220 mx.example ESMTP\r\n"}), errc::reset);
    EXPECT_EQ(fault_of({.raw = std::string(1000, '\0')}), errc::reset);
}

TEST_F(Fault, ACertificateOfAnUnknownAuthorityForAnotherNameOrOutOfDateIsATlsFault) {
    const test::Authority stranger(folder, "stranger");
    const CertificateRequest good{.alt_names = "DNS:profiles.example"};
    const CertificateRequest wrong_name{.alt_names = "DNS:profiles.example.org,IP:127.0.0.1"};
    const CertificateRequest expired{.alt_names = "DNS:profiles.example",
                                     .valid_from = std::chrono::hours(-48),
                                     .valid_until = std::chrono::hours(-24)};
    const CertificateRequest early{.alt_names = "DNS:profiles.example", .valid_from = std::chrono::hours(12)};
    const auto outcome = [this](const test::CertificateFiles& files) {
        HttpServer one(files);
        one.on("/x", HttpServer::Response{});
        const auto out = get(one.url("/x", "profiles.example"));
        EXPECT_LE(one.requests().size(), out ? 1U : 0U);
        return out ? std::nullopt : std::optional(out.error().code);
    };
    EXPECT_EQ(outcome(authority.issue("good", good)), std::nullopt);
    EXPECT_EQ(outcome(stranger.issue("unknown", good)), errc::tls_failed);
    EXPECT_EQ(outcome(authority.issue("wrong", wrong_name)), errc::tls_failed);
    EXPECT_EQ(outcome(authority.issue("expired", expired)), errc::tls_failed);
    EXPECT_EQ(outcome(authority.issue("early", early)), errc::tls_failed);
    // Who doesn't speak TLS at all.
    const test::TcpServer plain([](int socket) { test::send_all(socket, "HTTP/1.1 400 Plain\r\n\r\n"); });
    EXPECT_EQ(get("https://profiles.example:" + std::to_string(plain.port()) + "/").error().code,
              errc::tls_failed);
}

TEST_F(Fault, FaultsNameTheHostAndNothingMoreOfTheUrl) {
    server.on("/x", HttpServer::Response{.cut_after_octets = 0});
    const auto out = get(server.url("/jane@example.org?token=secret", "nobody.example"));
    ASSERT_FALSE(out);
    EXPECT_THAT(out.error().detail, testing::HasSubstr("nobody.example"));
    EXPECT_THAT(out.error().detail, testing::Not(testing::HasSubstr("jane")));
    EXPECT_THAT(out.error().detail, testing::Not(testing::HasSubstr("secret")));
}

// Many requests, and how often each outcome came.
class Crowd {
public:
    explicit Crowd(std::size_t count) : left_(static_cast<std::ptrdiff_t>(count)) {}
    [[nodiscard]] Fetcher::Done done() {
        return [this](Result<HttpResponse> result) {
            ++(result ? answered : counts[static_cast<std::size_t>(result.error().code)]);
            left_.count_down();
        };
    }
    void wait() { left_.wait(); }
    [[nodiscard]] std::size_t of(errc code) const { return counts[static_cast<std::size_t>(code)]; }

    std::atomic<std::size_t> answered = 0;
    std::array<std::atomic<std::size_t>, 32> counts{};

private:
    std::latch left_;
};

TEST_F(Fault, AThousandRequestsAtOnceShareAFewConnections) {
    constexpr std::size_t count = 1000;
    auto bounded = options();
    bounded.connections = 4;
    use(bounded);
    server.on("/x", HttpServer::Response{.body = "x"});
    Crowd crowd(count);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (std::size_t n = 0; n < count / 4; ++n) {
                auto asked = request(server.url("/x", "profiles.example"));
                asked.limit = Milliseconds(60000);
                client->fetch(std::move(asked), crowd.done());
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    crowd.wait();
    EXPECT_EQ(crowd.answered, count);
    EXPECT_LE(server.most_connections(), 4U);
}

TEST_F(Fault, WhatExceedsTheBoundIsUnavailableAtOnce) {
    auto bounded = options();
    bounded.max_under_way = 10;
    use(bounded);
    std::latch release(1);
    server.on("/x", [&](const HttpServer::Request&) {
        release.wait();
        return HttpServer::Response{};
    });
    Crowd first(10);
    for (int i = 0; i < 10; ++i) client->fetch(request(server.url("/x", "profiles.example")), first.done());
    Crowd more(5);
    for (int i = 0; i < 5; ++i) client->fetch(request(server.url("/x", "profiles.example")), more.done());
    more.wait();
    EXPECT_EQ(more.of(errc::unavailable), 5U);
    release.count_down();
    first.wait();
    EXPECT_EQ(first.answered, 10U);
    EXPECT_TRUE(get(server.url("/x", "profiles.example")));
}

TEST_F(Fault, ARequestThatWaitsForAConnectionHasALimitToo) {
    auto narrow = options();
    narrow.connections = 1;
    use(narrow);
    server.on("/never", HttpServer::Response{.never = true});
    Crowd blocked(1);
    client->fetch(request(server.url("/never", "profiles.example")), blocked.done());
    auto asked = request(server.url("/x", "profiles.example"));
    asked.limit = Milliseconds(200);
    EXPECT_EQ(fetch(asked).error().code, errc::timed_out);
    client->close();
    blocked.wait();
}

TEST_F(Fault, ClosingUnderLoadAnswersEveryRequest) {
    constexpr std::size_t count = 400;
    dns.silent("silent.example");
    server.on("/never", HttpServer::Response{.never = true});
    server.on("/x", HttpServer::Response{});
    Crowd crowd(4 * count);
    std::latch begun(4);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (std::size_t n = 0; n < count; ++n) {
                const std::string host = n % 3 == 0 ? "silent.example" : "profiles.example";
                client->fetch(request(server.url(n % 2 == 0 ? "/never" : "/x", host)), crowd.done());
                if (n == count / 2) begun.count_down();
            }
        });
    }
    begun.wait();
    client->close();
    for (std::thread& thread : threads) thread.join();
    crowd.wait();
    EXPECT_GT(crowd.of(errc::cancelled), 0U);
    EXPECT_EQ(
        crowd.answered + crowd.of(errc::cancelled) + crowd.of(errc::unavailable) + crowd.of(errc::timed_out),
        4 * count);
}

TEST_F(Fault, AfterClosingEverythingIsCancelledAtOnce) {
    client->close();
    client->close();
    EXPECT_EQ(get(server.url("/x", "profiles.example")).error().code, errc::cancelled);
    Awaited<TextRecords> texts;
    client->texts("a.example", Milliseconds(1000), texts.done());
    EXPECT_EQ(texts.get().error().code, errc::cancelled);
}

TEST_F(Fault, ADoneMayAskAgain) {
    server.on("/x", HttpServer::Response{.body = "x"});
    Awaited<HttpResponse> second;
    client->fetch(request(server.url("/x", "profiles.example")),
                  [this, done = second.done()](const Result<HttpResponse>& first) mutable {
                      EXPECT_TRUE(first);
                      client->fetch(request(server.url("/x", "profiles.example")), std::move(done));
                  });
    EXPECT_TRUE(second.get());
}

}  // namespace
}  // namespace decorum::net
