// The template is filled in from left to right, each value escaped, so that no value is ever read as a
// placeholder or as part of the URL's form.
#include "connectors/custom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <utility>

#include "connectors/account_link.hpp"
#include "connectors/career.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_fetch.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/post.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using config::CustomSource;
using loose_json::each;
using profile::Answer;
using profile::Outcome;

constexpr std::string_view handle_word = "{handle}";
constexpr std::size_t max_custom_handle_octets = 100;

struct Value {
    std::string_view word;
    std::string value;
};

std::string filled(std::string_view form, const std::vector<Value>& values) {
    std::string url;
    while (!form.empty()) {
        const auto at =
            std::ranges::find_if(values, [&](const Value& v) { return form.starts_with(v.word); });
        if (at == values.end()) {
            url.push_back(form.front());
            form.remove_prefix(1);
        } else {
            url += url_escaped(at->value);
            form.remove_prefix(at->word.size());
        }
    }
    return url;
}

// Null where nothing stands there, and for an empty pointer.
const json::value& at(const json::value& value, std::string_view pointer) {
    static const json::value none;
    if (pointer.empty()) return none;
    json::error_code error;
    const json::value* found = value.find_pointer({pointer.data(), pointer.size()}, error);
    return error || found == nullptr ? none : *found;
}

std::string text_at(const json::value& value, std::string_view pointer, std::size_t max_octets) {
    return loose_json::text(at(value, pointer), max_octets);
}

// RFC 3339, a date, or seconds since 1970.
std::optional<Instant> time_of(std::string_view text) {
    if (auto time = post_time(text)) return time;
    if (auto day = from_rfc3339(std::string(text) + "T00:00:00Z")) return day;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    const Instant time{std::chrono::seconds{seconds}};
    if (time < profile::earliest_time || time > profile::latest_time) return std::nullopt;
    return time;
}

bool names(const json::value& found, std::string_view address) {
    bool named = false;
    each(found, [&](const json::value& entry) {
        named = named || ascii::equals_nocase(loose_json::text(entry, profile::max_name_octets), address);
    });
    return named;
}

profile::Profile profile_in(const json::value& root, const CustomSource& source, std::string_view name) {
    profile::Profile profile;
    profile.display_name.value = text_at(root, source.display_name, profile::max_name_octets);
    profile.headline.value = text_at(root, source.headline, profile::max_headline_octets);
    profile.organisation.value = text_at(root, source.organisation, profile::max_name_octets);
    profile.location.value = text_at(root, source.location, profile::max_name_octets);
    profile.summary.value = text_at(root, source.summary, profile::max_summary_octets);
    profile.photo_url.value = https_url(text_at(root, source.photo, profile::max_url_octets)).value_or("");
    const std::string reason = fmt::format("listed at {}", name);
    each(at(root, source.links), [&](const json::value& entry) {
        const json::value& url = source.link_url.empty() ? entry : at(entry, source.link_url);
        add_link(profile, loose_json::text(url, profile::max_url_octets), {}, {profile::Tier::c, reason, {}});
    });
    each(at(root, source.activities), [&](const json::value& entry) {
        add_post(profile, name, time_of(text_at(entry, source.activity_time, profile::max_token_octets)),
                 text_at(entry, source.activity_text, profile::max_post_octets),
                 text_at(entry, source.activity_url, profile::max_url_octets));
    });
    each(at(root, source.positions), [&](const json::value& entry) {
        add_position(profile,
                     {.title = text_at(entry, source.position_title, profile::max_name_octets),
                      .organisation = text_at(entry, source.position_organisation, profile::max_name_octets),
                      .start = career_date(text_at(entry, source.position_start, profile::max_token_octets)),
                      .end = career_date(text_at(entry, source.position_end, profile::max_token_octets)),
                      .origin = {}});
    });
    profile::cap(profile);
    return profile;
}

// `address` empty: asked by handle.
Answer answer_of(const json::value& root, const CustomOptions& options, std::string_view name,
                 std::string_view address) {
    const CustomSource& source = options.source;
    if (!address.empty() && !names(at(root, source.address), address))
        return not_found("the answer does not name the address");
    Answer answer;
    answer.profile = profile_in(root, source, name);
    if (answer.profile.empty()) return not_found("no pointer finds anything");
    answer.outcome = Outcome::found;
    answer.account_id = text_at(root, source.id, profile::max_name_octets);
    answer.reason = address.empty() ? "the account itself" : fmt::format("{} names the address", name);
    return answer;
}

}  // namespace

Custom::Custom(net::Fetcher& fetcher, CustomOptions options)
    : fetcher_(fetcher),
      options_(std::make_shared<const CustomOptions>(std::move(options))),
      name_(std::string(config::custom_prefix) + options_->name),
      // A brace is no part of a URL, and none stands in its host.
      server_(host_of(options_->source.url.substr(0, options_->source.url.find('{')))),
      traits_{.name = name_,
              .reach = profile::Reach::outside,
              .by_address = !options_->source.by_handle(),
              .tier = profile::Tier::a,
              .gives_activities = !options_->source.activities.empty(),
              .server = server_,
              .site = server_} {}

std::optional<std::string> Custom::handle_in(std::string_view account_url) const {
    const std::string_view form = options_->source.accounts;
    if (!options_->source.by_handle()) return std::nullopt;
    const auto url = https_url(account_url);
    const auto word = form.find(handle_word);
    if (!url || word == std::string_view::npos) return std::nullopt;
    // Both in the one form that we keep. The word stands for something that needs no escaping.
    constexpr std::string_view stand_in = "decorum-handle";
    std::string whole(form);
    whole.replace(word, handle_word.size(), stand_in);
    const std::string kept = https_url(whole).value_or("");
    const auto begin = kept.find(stand_in);
    if (begin == std::string::npos) return std::nullopt;
    std::string_view rest = *url;
    std::string_view after = std::string_view(kept).substr(begin + stand_in.size());
    if (rest.ends_with('/') && !after.ends_with('/')) rest.remove_suffix(1);
    if (!rest.starts_with(std::string_view(kept).substr(0, begin)) || !rest.ends_with(after) ||
        rest.size() <= begin + after.size())
        return std::nullopt;
    const std::string_view handle = rest.substr(begin, rest.size() - begin - after.size());
    const bool plain = std::ranges::all_of(
        handle, [](char c) { return ascii::is_alnum(c) || std::string_view("-._~").contains(c); });
    const bool dots = std::ranges::all_of(handle, [](char c) { return c == '.'; });
    if (!plain || dots || handle.size() > max_custom_handle_octets) return std::nullopt;
    return std::string(handle);
}

bool Custom::answers(const profile::Handle& handle) const {
    return handle_in(handle.url).has_value();
}

void Custom::find(const profile::Query& query, Done done) {
    const CustomSource& source = options_->source;
    std::vector<Value> values;
    std::string address;
    if (source.by_handle()) {
        const auto handle = query.handle ? handle_in(query.handle->url) : std::nullopt;
        if (!handle) return done(not_found("no account to ask for"));
        values.push_back({handle_word, *handle});
    } else {
        address = ascii::lower(ascii::trim(query.address));
        const auto sign = address.rfind('@');
        if (sign == std::string::npos) return done(not_found("asked without an address"));
        values = {{"{address}", address},
                  {"{local}", address.substr(0, sign)},
                  {"{domain}", address.substr(sign + 1)},
                  {"{sha256}", to_hex(view_of(sha256({address})))}};
    }
    net::HttpRequest request;
    request.url = filled(source.url, values);
    request.accept = "application/json";
    request.bearer = options_->token;
    request.max_octets = loose_json::max_octets;
    request.limit = source.timeout;
    request.allow_port = true;  // the configuration names the server
    fetcher_.fetch(std::move(request), [options = options_, name = name_, address = std::move(address),
                                        done = std::move(done)](Result<net::HttpResponse> fetched) mutable {
        if (auto refused = refusal(fetched, options->now())) return done(std::move(*refused));
        const auto root = json_body(*fetched);
        Answer answer = root ? answer_of(*root, *options, name, address) : failed(root.error().text());
        answer.quota = quota_of(*fetched, options->now());
        done(std::move(answer));
    });
}

}  // namespace decorum::connectors
