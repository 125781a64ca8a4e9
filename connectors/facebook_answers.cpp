#include "connectors/facebook_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "connectors/account_link.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/post.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors::facebook {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;
using profile::Answer;
using profile::Outcome;

constexpr std::size_t max_digits = 20;
constexpr std::chrono::hours usage_window{1};  // what the percentages are of
constexpr std::int64_t all_of_it = 100;

std::optional<std::int64_t> number_in(const json::value& value) {
    const std::string digits = text(value, max_digits);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

// error = {"code":100,"error_subcode":33,…}
std::optional<std::int64_t> number_of_error(const net::HttpResponse& response, std::string_view name) {
    const auto body = loose_json::parse(response.body);
    if (!body) return std::nullopt;
    return number_in(member(member(*body, "error"), name));
}

Outcome outcome_of(std::int64_t code, std::int64_t subcode) {
    constexpr std::int64_t no_such_object = 33;
    switch (code) {
        case 4:   // application request limit
        case 17:  // user request limit
        case 32:  // page request limit
        case 613: return Outcome::throttled;
        case 190:
        case 102: return Outcome::forbidden;  // the token, after it was renewed
        case 10: return Outcome::forbidden;   // a permission that we were not granted
        case 803: return Outcome::not_found;  // no such name
        case 100:
            // Without that subcode it is our question: a feature (Page Public Content Access) that the app
            // was not granted, or a field that there is none of. It says nothing of the account.
            return subcode == no_such_object ? Outcome::not_found : Outcome::forbidden;
        default: break;
    }
    if (code >= 200 && code <= 299) return Outcome::forbidden;
    if (code >= 80'000 && code <= 80'014) return Outcome::throttled;  // business use case limits
    return Outcome::failed;
}

struct Used {
    std::int64_t percent = 0;
    std::chrono::minutes until_regained{};
};

// {"call_count":28,"total_time":25,"total_cputime":25[,"estimated_time_to_regain_access":10]}
void take_usage(const json::value& entry, Used& used) {
    for (const std::string_view name : {"call_count", "total_time", "total_cputime"})
        used.percent = std::max(used.percent, number_in(member(entry, name)).value_or(0));
    const std::chrono::minutes wait{
        std::clamp<std::int64_t>(number_in(member(entry, "estimated_time_to_regain_access")).value_or(0), 0,
                                 std::chrono::minutes(std::chrono::days{1}).count())};
    used.until_regained = std::max(used.until_regained, wait);
}

std::optional<Used> used_by(const net::HttpResponse& response) {
    std::optional<Used> used;
    if (const auto app = loose_json::parse(response.field("x-app-usage")); app && app->is_object())
        take_usage(*app, used.emplace());
    // {"ID":[{"type":"pages","call_count":…}]}
    const auto business = loose_json::parse(response.field("x-business-use-case-usage"));
    if (business && business->is_object()) {
        if (!used) used.emplace();
        for (const auto& [id, entries] : business->get_object())
            each(entries, [&](const json::value& entry) { take_usage(entry, *used); });
    }
    return used;
}

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= max_digits && std::ranges::all_of(id, ascii::is_digit);
}

// One that the person has set, on Facebook's own hosts.
std::string picture_in(const json::value& root, std::string_view graph_host) {
    const json::value& picture = member(member(root, "picture"), "data");
    if (const bool* silhouette = member(picture, "is_silhouette").if_bool();
        silhouette != nullptr && *silhouette)
        return {};
    const auto url = https_url(text(picture, {"url"}, profile::max_url_octets));
    if (!url) return {};
    const std::string host = host_of(*url);
    const std::string domain = registrable_domain(host);
    const bool own = domain == "facebook.com" || domain == "fbcdn.net" || domain == "fbsbx.com";
    return own || host == graph_host ? *url : std::string{};
}

}  // namespace

std::optional<std::int64_t> error_code(const net::HttpResponse& response) {
    return number_of_error(response, "code");
}

bool token_has_expired(const net::HttpResponse& response) {
    return error_code(response) == 190;
}

std::optional<profile::Quota> usage(const net::HttpResponse& response, Instant now) {
    if (response.from_cache) return std::nullopt;
    const auto used = used_by(response);
    if (!used) return std::nullopt;
    const std::int64_t left = std::clamp<std::int64_t>(all_of_it - used->percent, 0, all_of_it);
    profile::Quota quota{static_cast<std::uint64_t>(all_of_it), static_cast<std::uint64_t>(left), {}};
    if (left == 0)
        quota.resets = now + (used->until_regained.count() != 0 ? std::chrono::seconds(used->until_regained)
                                                                : std::chrono::seconds(usage_window));
    return quota;
}

std::optional<Answer> refusal(const Result<net::HttpResponse>& fetched, Instant now) {
    const auto code = fetched ? error_code(*fetched) : std::nullopt;
    if (!code) return connectors::refusal(fetched, now);
    Answer answer;
    const std::int64_t subcode = number_of_error(*fetched, "error_subcode").value_or(0);
    answer.outcome = outcome_of(*code, subcode);
    answer.detail =
        subcode == 0 ? fmt::format("error {}", *code) : fmt::format("error {}, subcode {}", *code, subcode);
    answer.quota = usage(*fetched, now);
    if (answer.outcome == Outcome::throttled) {
        answer.retry_at = retry_at(*fetched, now);
        if (!answer.retry_at)
            answer.retry_at =
                answer.quota && answer.quota->resets ? *answer.quota->resets : now + usage_window;
    }
    return answer;
}

std::optional<Account> account_in(const json::value& root, std::string_view graph_host) {
    Account account{text(root, {"id"}, max_digits + 1), {}};
    if (!is_id(account.id) || !member(root, "name").is_string()) return std::nullopt;
    profile::Profile& profile = account.profile;
    profile.display_name.value = text(root, {"name"}, profile::max_name_octets);
    profile.summary.value = text(root, {"about"}, profile::max_summary_octets);
    profile.photo_url.value = picture_in(root, graph_host);
    add_website(profile, text(root, {"website"}, profile::max_url_octets),
                {profile::Tier::c, "listed at Facebook", {}});
    return account;
}

void add_posts(const json::value& root, Kind kind, profile::Profile& profile) {
    std::size_t posts = 0;
    each(member(root, "data"), [&](const json::value& post) {
        const std::string privacy = text(member(post, "privacy"), {"value"}, profile::max_token_octets);
        if (privacy != "EVERYONE" && (kind == Kind::person || !privacy.empty())) return;
        if (posts++ >= max_posts_asked) return;
        add_post(profile, "facebook", post_time(text(post, {"created_time"}, profile::max_token_octets)),
                 text(post, {"message", "story"}, profile::max_post_octets),
                 text(post, {"permalink_url"}, profile::max_url_octets));
    });
}

}  // namespace decorum::connectors::facebook
