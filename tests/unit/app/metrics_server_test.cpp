// A connection to the metrics' port, over a stream in memory.
#include "gateway/app/metrics_server.hpp"

#include <gmock/gmock.h>

#include <array>

#include "tests/support/memory_stream.hpp"
#include "tests/support/run_task.hpp"

namespace decorum::app {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

net::Task<> ask(net::ByteStream& client, std::string request, std::size_t piece_octets, std::string& answer) {
    for (std::size_t at = 0; at < request.size(); at += piece_octets)
        if (!co_await client.write(std::string_view(request).substr(at, piece_octets), Milliseconds(20'000)))
            break;
    std::array<char, 512> buffer;
    while (const auto octets = co_await client.read_some(buffer, Milliseconds(20'000)))
        answer.append(buffer.data(), *octets);
    client.close();
}

class MetricsServerTest : public testing::Test {
protected:
    std::string answer_to(const std::string& request, std::size_t piece_octets = 4096,
                          decorum::test::MemoryPlan plan = {}) {
        boost::asio::io_context context(1);
        auto [client, server] = decorum::test::MemoryStream::pair(context.get_executor());
        server->follow(std::move(plan));
        std::string answer;
        const MetricsPages pages{.metrics =
                                     [this] {
                                         ++scrapes_;
                                         return "decorum_up 1\n";
                                     },
                                 .draining = [this] { return draining_; }};
        decorum::test::run_tasks(context, serve_metrics(std::move(server), {}, pages),
                                 ask(*client, request, piece_octets, answer));
        return answer;
    }

    bool draining_ = false;
    int scrapes_ = 0;
};

constexpr const char* fields = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(MetricsServerTest, GivesTheMetricsAsText) {
    const std::string answer = answer_to(std::string("GET /metrics") + fields);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 13\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\nConnection: close\r\n\r\ndecorum_up 1\n"));
}

TEST_F(MetricsServerTest, HeadHasTheSameFieldsAndNoContent) {
    const std::string get = answer_to(std::string("GET /metrics") + fields);
    const std::string head = answer_to(std::string("HEAD /metrics") + fields);
    EXPECT_EQ(head + "decorum_up 1\n", get);
}

TEST_F(MetricsServerTest, HealthIs503WhileTheGatewayDrains) {
    EXPECT_THAT(answer_to(std::string("GET /health") + fields),
                testing::AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nok\n")));
    draining_ = true;
    EXPECT_THAT(
        answer_to(std::string("GET /health") + fields),
        testing::AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"), EndsWith("\r\n\r\ndraining\n")));
    EXPECT_THAT(answer_to(std::string("GET /metrics") + fields), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(MetricsServerTest, HostileRequestsAreRefusedAndCostNoScrape) {
    EXPECT_THAT(answer_to(std::string("GET /etc/passwd") + fields), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(answer_to(std::string("POST /metrics") + fields),
                testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
    EXPECT_THAT(answer_to("GET /" + std::string(1'000'000, 'a')), StartsWith("HTTP/1.1 414 "));
    EXPECT_THAT(answer_to("GET /metrics HTTP/1.1\nHost: x\n\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answer_to("EHLO there\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_EQ(scrapes_, 0);
}

// Nothing of what was sent stands in an answer.
TEST_F(MetricsServerTest, EchoesNothing) {
    EXPECT_THAT(answer_to(std::string("GET /<script>alert(1)</script>") + fields), Not(HasSubstr("script")));
    EXPECT_THAT(answer_to("FOO<script> / HTTP/1.1\r\n"), Not(HasSubstr("script")));
}

TEST_F(MetricsServerTest, AnOctetAtATimeIsEnough) {
    EXPECT_THAT(answer_to(std::string("GET /metrics") + fields, 1), EndsWith("decorum_up 1\n"));
}

TEST_F(MetricsServerTest, WhoIsTooSlowGets408) {
    EXPECT_THAT(answer_to("", 1, {.stall_at = 1}), StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(answer_to("GET /met", 8, {.stall_at = 2}), StartsWith("HTTP/1.1 408 "));
    EXPECT_EQ(scrapes_, 0);
}

TEST_F(MetricsServerTest, EveryStepMayFail) {
    for (std::size_t step = 1; step <= 3; ++step) {
        const std::string answer =
            answer_to(std::string("GET /metrics") + fields, 4096, {.fail_at = step, .read_sizes = {10}});
        EXPECT_EQ(answer, "") << step;
    }
}

}  // namespace
}  // namespace decorum::app
