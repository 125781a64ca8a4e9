// Outcomes of HTTP answers: see the header. Numbers and times come from outside; what can't be read is
// absent.
#include "connectors/http_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/registrable_domain.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;

constexpr std::chrono::seconds longest_wait{86'400};
constexpr std::int64_t first_epoch_reset = 1'000'000'000;
constexpr std::array<std::string_view, 3> quota_prefixes{"x-ratelimit-", "x-rate-limit-", "ratelimit-"};

std::optional<std::int64_t> whole_number(std::string_view text) {
    text = ascii::trim(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    // A fraction of a second is dropped.
    const bool complete = end == text.data() + text.size() || *end == '.';
    if (error != std::errc{} || !complete || number < 0) return std::nullopt;
    return number;
}

// Names of the days, the month and the parts of the time, whichever of the three forms they stand in.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty() && words.size() < 9) {
        const std::size_t end = std::min(text.find_first_of(" ,-:"), text.size());
        if (end != 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::optional<unsigned> month_of(std::string_view name) {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto* const at = std::ranges::find(months, name);
    if (at == months.end()) return std::nullopt;
    return static_cast<unsigned>(at - months.begin()) + 1;
}

// HTTP-date = IMF-fixdate / rfc850-date / asctime-date  RFC 9110 §5.6.7
//   Sun, 06 Nov 1994 08:49:37 GMT / Sunday, 06-Nov-94 08:49:37 GMT / Sun Nov  6 08:49:37 1994
std::optional<Instant> http_date(std::string_view text) {
    const auto words = words_of(text);
    const bool is_asctime = words.size() == 7;
    if (!is_asctime && (words.size() != 8 || words[7] != "GMT")) return std::nullopt;
    const auto month = month_of(words[is_asctime ? 1 : 2]);
    const auto day = whole_number(words[is_asctime ? 2 : 1]);
    auto year = whole_number(words[is_asctime ? 6 : 3]);
    const std::size_t time = is_asctime ? 3 : 4;
    const auto hour = whole_number(words[time]);
    const auto minute = whole_number(words[time + 1]);
    const auto second = whole_number(words[time + 2]);
    if (!month || !day || !year || !hour || !minute || !second) return std::nullopt;
    if (*year < 100) *year += *year < 70 ? 2000 : 1900;
    if (*day > 31 || *year > 9999 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{*month},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second};
}

std::string_view quota_field(const net::HttpResponse& response, std::string_view name) {
    for (const std::string_view prefix : quota_prefixes)
        if (const auto value = response.field(std::string(prefix).append(name)); !value.empty()) return value;
    return {};
}

std::optional<std::uint64_t> count_of(std::string_view text) {
    const auto number = whole_number(text);
    return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

bool allowance_is_spent(const net::HttpResponse& response) {
    return count_of(quota_field(response, "remaining")) == 0U;
}

}  // namespace

Outcome outcome_of(const net::HttpResponse& response) {
    const int status = response.status;
    if (status >= 200 && status <= 299) return Outcome::found;
    switch (status) {
        case 404:
        case 410: return Outcome::not_found;
        case 429: return Outcome::throttled;
        case 403: {
            const bool says_when = !response.field("retry-after").empty();
            return says_when || allowance_is_spent(response) ? Outcome::throttled : Outcome::forbidden;
        }
        case 401:
        case 402:
        case 407:
        case 451: return Outcome::forbidden;
        default: return Outcome::failed;
    }
}

std::optional<Instant> reset_time(std::string_view text, Instant now) {
    text = ascii::trim(text);
    std::optional<Instant> time;
    if (const auto number = whole_number(text)) {
        const std::chrono::seconds seconds{*number};
        // No sum before the comparison: the number may be any.
        if (*number >= first_epoch_reset)
            time = Instant{seconds};
        else
            time = now + seconds;
    } else {
        time = from_rfc3339(text);
        if (!time) time = http_date(text);
    }
    if (!time) return std::nullopt;
    return std::clamp(*time, now, now + longest_wait);
}

std::optional<profile::Quota> quota_of(const net::HttpResponse& response, Instant now) {
    if (response.from_cache) return std::nullopt;  // what was true then
    const profile::Quota quota{count_of(quota_field(response, "limit")),
                               count_of(quota_field(response, "remaining")),
                               reset_time(quota_field(response, "reset"), now)};
    if (!quota.limit && !quota.left && !quota.resets) return std::nullopt;
    return quota;
}

std::optional<Instant> retry_at(const net::HttpResponse& response, Instant now) {
    std::optional<Instant> latest = reset_time(response.field("retry-after"), now);
    const auto consider = [&](std::optional<Instant> time) {
        if (time && (!latest || *time > *latest)) latest = time;
    };
    consider(reset_time(quota_field(response, "reset"), now));
    if (is_json(media_type(response)))
        if (const auto body = loose_json::parse(response.body)) {
            constexpr std::size_t max_digits = 20;
            consider(reset_time(loose_json::text(*body, {"backoff"}, max_digits), now));
        }
    return latest;
}

profile::Answer not_found(std::string detail) {
    profile::Answer answer;
    answer.outcome = Outcome::not_found;
    answer.detail = std::move(detail);
    return answer;
}

profile::Answer hidden(std::string detail) {
    profile::Answer answer = not_found(std::move(detail));
    answer.hidden = true;
    return answer;
}

profile::Answer failed(std::string detail) {
    profile::Answer answer;
    answer.outcome = Outcome::failed;
    answer.detail = std::move(detail);
    return answer;
}

std::optional<profile::Answer> refusal(const Result<net::HttpResponse>& fetched, Instant now) {
    // The fetcher's detail may hold the URL, and with it whom we asked for.
    if (!fetched) return failed(fmt::format("transfer: {}", name_of(fetched.error().code)));
    const Outcome outcome = outcome_of(*fetched);
    if (outcome == Outcome::found) return std::nullopt;
    profile::Answer answer;
    answer.outcome = outcome;
    answer.detail = fmt::format("HTTP {}", fetched->status);
    answer.quota = quota_of(*fetched, now);
    if (outcome == Outcome::throttled) answer.retry_at = retry_at(*fetched, now);
    return answer;
}

std::function<bool(std::string_view host)> on_the_site_of(std::string_view url) {
    return [domain = registrable_domain(host_of(url))](std::string_view host) {
        return registrable_domain(host) == domain;
    };
}

std::string media_type(const net::HttpResponse& response) {
    const std::string_view field = response.field("content-type");
    return ascii::lower(ascii::trim(field.substr(0, field.find(';'))));
}

bool is_json(std::string_view media_type) {
    return media_type == "application/json" || media_type.ends_with("+json");
}

Result<boost::json::value> json_body(const net::HttpResponse& response) {
    const std::string type = media_type(response);
    if (!type.empty() && !is_json(type)) return fail(errc::syntax, "another media type where JSON is due");
    if (ascii::trim(response.body).empty()) return fail(errc::syntax, "an empty body where JSON is due");
    return loose_json::parse(response.body);
}

}  // namespace decorum::connectors
