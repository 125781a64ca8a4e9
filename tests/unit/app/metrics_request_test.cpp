// What may be asked of the metrics' port, and how everything else is refused.
#include "gateway/app/metrics_request.hpp"

#include <gmock/gmock.h>

namespace decorum::app {
namespace {

// The status of a refusal; 0: it is a request, -1: it has not ended.
int status_of(std::string_view octets) {
    const auto parsed = parse_metrics_request(octets);
    if (!parsed) return -1;
    return *parsed ? 0 : parsed->error().status;
}

std::string path_of(std::string_view octets) {
    const auto parsed = parse_metrics_request(octets);
    return parsed && *parsed ? (*parsed)->path : "(none)";
}

TEST(MetricsRequest, Rfc9112_3_2_TakesTheFormsOfATargetThatAServerMeets) {
    EXPECT_EQ(path_of("GET /metrics HTTP/1.1\r\nHost: localhost:9925\r\n\r\n"), "/metrics");
    EXPECT_EQ(path_of("GET /health HTTP/1.0\r\n\r\n"), "/health");
    EXPECT_EQ(path_of("GET /metrics?name[]=up HTTP/1.1\r\nHost: x\r\n\r\n"), "/metrics");
    EXPECT_EQ(path_of("GET http://localhost:9925/health HTTP/1.1\r\nHost: x\r\n\r\n"), "/health");
    EXPECT_EQ(path_of("GET HTTP://localhost HTTP/1.1\r\nHost: x\r\n\r\n"), "/");
    EXPECT_EQ(status_of("GET metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET http:///metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
}

TEST(MetricsRequest, HeadIsAGetWithoutContent) {
    const auto parsed = parse_metrics_request("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(parsed && *parsed);
    EXPECT_TRUE((*parsed)->head);
    EXPECT_FALSE((*parse_metrics_request("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"))->head);
}

TEST(MetricsRequest, OtherMethodsAre405AndOtherVersions505) {
    for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get", "X-~"})
        EXPECT_EQ(status_of(method + " /metrics HTTP/1.1\r\n"), 405) << method;
    EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    EXPECT_EQ(status_of("GET /metrics HTTP/1.2\r\n"), 505);
    EXPECT_EQ(status_of("GET /metrics HTTP/0.9\r\n"), 505);
}

TEST(MetricsRequest, AnEndlessLineOrHeaderSectionIsRefusedAtTheLimit) {
    const std::string line = "GET /" + std::string(max_request_octets, 'a');
    EXPECT_EQ(status_of(std::string_view(line).substr(0, max_request_octets)), -1);
    EXPECT_EQ(status_of(line), 414);
    std::string fields = "GET /metrics HTTP/1.1\r\nHost: x\r\n";
    while (fields.size() <= max_request_octets) {
        EXPECT_EQ(status_of(fields), -1);
        fields += "X-Field: something\r\n";
    }
    EXPECT_EQ(status_of(fields), 431);
}

TEST(MetricsRequest, Rfc9112_3_2_WantsOneHost) {
    EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET /metrics HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET /metrics HTTP/1.1\r\nhOsT:\r\n\r\n"), 0);
}

TEST(MetricsRequest, ContentAndWhatSmugglesItAreRefused) {
    const std::string head = "GET /metrics HTTP/1.1\r\nHost: x\r\n";
    EXPECT_EQ(status_of(head + "Content-Length: 0\r\n\r\n"), 0);
    EXPECT_EQ(status_of(head + "Content-Length: 5\r\n\r\n"), 400);
    EXPECT_EQ(status_of(head + "Content-Length: 0, 5\r\n\r\n"), 400);
    EXPECT_EQ(status_of(head + "Transfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_EQ(status_of(head + "\r\nGET /health HTTP/1.1\r\n"), 400);
}

TEST(MetricsRequest, LinesThatAreNoneAreRefusedAtOnce) {
    for (const std::string_view octets :
         {"GET /metrics HTTP/1.1\n", "GET /met\rrics HTTP/1.1\r\n", "GET\t/metrics HTTP/1.1\r\n", "\r\n",
          "GET /metrics\r\n", "GET  /metrics HTTP/1.1\r\n", "GET /a b HTTP/1.1\r\n", " GET / HTTP/1.1\r\n",
          "GET /metrics HTTP/1.1 \r\n", "\x16\x03\x01\x02", "G\x7fT", "GE(T / HTTP/1.1\r\n"})
        EXPECT_EQ(status_of(octets), 400) << octets;
    EXPECT_EQ(status_of(std::string_view("GET /\0", 6)), 400);
    const std::string head = "GET /metrics HTTP/1.1\r\nHost: x\r\n";
    for (const std::string_view field : {"Folded: a\r\n b", "Space : a", "nothing", ": a", "A\x80: a"})
        EXPECT_EQ(status_of(head + std::string(field) + "\r\n\r\n"), 400) << field;
}

TEST(MetricsRequest, IsTheSameForEverySplit) {
    const std::string whole = "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
    for (std::size_t end = 0; end < whole.size(); ++end)
        EXPECT_EQ(status_of(std::string_view(whole).substr(0, end)), -1) << end;
    EXPECT_EQ(status_of(whole), 0);
}

}  // namespace
}  // namespace decorum::app
