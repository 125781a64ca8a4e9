// From the answers of web servers to the five outcomes: what all connectors that ask by HTTP have in common.
//
// A status is an outcome, a reset is a point in time whichever way a source writes it, and whatever is
// neither found nor a clear no is `failed`. Details name the kind of trouble and never what was read: they go
// to the operational log.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

// Statuses, RFC 9110 §15.5.
inline constexpr int bad_request = 400;
inline constexpr int unauthorized = 401;
inline constexpr int unprocessable = 422;

// 2xx found (the body may still say no), 404 and 410 not_found, 429 throttled, 401, 402, 403, 407 and 451
// forbidden, but a 403 whose allowance is spent, or that says when to try again, is throttled (GitHub);
// anything else failed.
[[nodiscard]] profile::Outcome outcome_of(const net::HttpResponse& response);

// X-RateLimit-Limit, -Remaining and -Reset, also as x-rate-limit-* and RateLimit-*; nullopt: none of them,
// or an answer out of the cache.
[[nodiscard]] std::optional<profile::Quota> quota_of(const net::HttpResponse& response, Instant now);

// reset = 1*DIGIT ["." *DIGIT] / date-time / HTTP-date
// A number from 10^9 on is seconds since the epoch, a smaller one seconds from now (GitLab, RateLimit-Reset).
// Never before `now` or more than a day after it: a source can't switch itself off for longer.
[[nodiscard]] std::optional<Instant> reset_time(std::string_view text, Instant now);

// With throttled: the latest of Retry-After, the reset of the allowance, and `backoff` (seconds) in a JSON
// body.
[[nodiscard]] std::optional<Instant> retry_at(const net::HttpResponse& response, Instant now);

[[nodiscard]] profile::Answer not_found(std::string detail = {});
[[nodiscard]] profile::Answer hidden(std::string detail);  // not_found, because the person asked for it
[[nodiscard]] profile::Answer failed(std::string detail);

// The whole answer where nothing was found: the transfer failed, or the status is not 2xx. nullopt: read the
// body, and hand quota_of() on.
[[nodiscard]] std::optional<profile::Answer> refusal(const Result<net::HttpResponse>& fetched, Instant now);

// For HttpRequest::may_lead_to: redirects stay at the registrable domain of `url`.
[[nodiscard]] std::function<bool(std::string_view host)> on_the_site_of(std::string_view url);

// "text/html", in lower case, without parameters; empty: the server gave none.
[[nodiscard]] std::string media_type(const net::HttpResponse& response);
[[nodiscard]] bool is_json(std::string_view media_type);  // application/json, or any +json (RFC 6839 §3.1)

// The body as JSON. Errors: syntax (empty, no JSON, another media type), limit (too large, too deep).
[[nodiscard]] Result<boost::json::value> json_body(const net::HttpResponse& response);

}  // namespace decorum::connectors
