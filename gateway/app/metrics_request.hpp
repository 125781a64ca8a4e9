// Requests to the port of the metrics, RFC 9112: GET and HEAD, without content, and nothing else.
//
// Strict: lines end with CRLF, no folded fields, one Host where the version is 1.1. Whoever asks is a scraper
// or a health check; what any other might mean is not guessed at. Whatever is refused ends the connection.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::app {

struct MetricsRequest {
    std::string path;   // without the query
    bool head = false;  // HEAD: the answer has no content
};

// Of the request line and the header section together.
inline constexpr std::size_t max_request_octets = 8 * 1024;

struct RefusedRequest {
    int status = 400;  // RFC 9110 §15
};

// Nothing: the header section has not ended yet. A refusal may come before its end.
[[nodiscard]] std::optional<std::expected<MetricsRequest, RefusedRequest>> parse_metrics_request(
    std::string_view octets);

}  // namespace decorum::app
