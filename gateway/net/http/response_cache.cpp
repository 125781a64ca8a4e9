// Lifetimes are computed from the answer's own fields and kept on the steady clock. A field that can't be
// read counts as one that says "already stale" (RFC 9111 §4.2.1, §5.3).
#include "gateway/net/http/response_cache.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::net {
namespace {

constexpr std::size_t entry_overhead_octets = 512;
constexpr std::size_t share_of_one = 4;  // an answer takes a quarter of the cache at the most
// So that a person's wishes, and an account that is gone, are seen within a day.
constexpr std::chrono::seconds max_freshness_lifetime = std::chrono::days(1);

// delta-seconds = 1*DIGIT  RFC 9111 §1.2.2
std::chrono::seconds delta_seconds(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) return max_freshness_lifetime;
    if (error != std::errc{} || end != text.data() + text.size()) return std::chrono::seconds(0);
    return std::min(std::chrono::seconds(value), max_freshness_lifetime);
}

// Calls with each element of a comma-separated list, over all fields of that name.
template <class Each>
void for_each_element(const HttpResponse& response, std::string_view name, Each each) {
    for (const HttpField& field : response.fields) {
        if (field.name != name) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            if (const std::string_view element = ascii::trim(rest.substr(0, comma)); !element.empty())
                each(element);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
}

// RFC 9111 §5.2.2
struct CacheControl {
    bool no_store = false;
    bool no_cache = false;
    std::optional<std::chrono::seconds> max_age;
};

CacheControl cache_control(const HttpResponse& response) {
    CacheControl out;
    for_each_element(response, "cache-control", [&](std::string_view directive) {
        const std::size_t equals = std::min(directive.find('='), directive.size());
        const std::string name = ascii::lower(ascii::trim(directive.substr(0, equals)));
        std::string_view value = ascii::trim(directive.substr(std::min(equals + 1, directive.size())));
        if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
            value = value.substr(1, value.size() - 2);
        if (name == "no-store") out.no_store = true;
        if (name == "no-cache") out.no_cache = true;
        if (name == "max-age") {
            // The shortest of several.
            const auto seconds = delta_seconds(value);
            out.max_age = out.max_age ? std::min(*out.max_age, seconds) : seconds;
        }
    });
    return out;
}

// HTTP-date in its three forms, RFC 9110 §5.6.7.
std::optional<std::chrono::seconds> http_date(std::string_view text) {
    const time_t time = curl_getdate(std::string(text).c_str(), nullptr);
    return time < 0 ? std::nullopt : std::optional(std::chrono::seconds(time));
}

// What is left of the lifetime on arrival, RFC 9111 §4.2.
std::chrono::seconds lifetime_of(const HttpResponse& response, const CacheControl& control) {
    if (control.no_cache) return std::chrono::seconds(0);
    std::chrono::seconds lifetime{0};
    if (control.max_age) {
        lifetime = *control.max_age;
    } else if (const std::string_view expires = response.field("expires"); !expires.empty()) {
        const auto until = http_date(expires);
        const auto from = http_date(response.field("date"));
        if (until) lifetime = *until - from.value_or(wall_clock_now().time_since_epoch());
    }
    if (const std::string_view age = response.field("age"); !age.empty()) lifetime -= delta_seconds(age);
    return std::clamp(lifetime, std::chrono::seconds(0), max_freshness_lifetime);
}

bool varies_beyond_the_key(const HttpResponse& response) {
    bool out = false;
    for_each_element(response, "vary", [&](std::string_view name) { out = out || name == "*"; });
    return out;
}

std::size_t octets_of(const HttpResponse& response) {
    std::size_t out = entry_overhead_octets + response.body.size() + response.url.size();
    for (const HttpField& field : response.fields)
        out += sizeof(HttpField) + field.name.size() + field.value.size();
    return out;
}

}  // namespace

std::string ResponseCache::key_of(const HttpRequest& request, std::string_view url) {
    // Lengths are hashed too: no two requests run together to the same octets.
    std::string text;
    const auto add = [&text](std::string_view piece) {
        text += std::to_string(piece.size());
        text += ':';
        text += piece;
    };
    add(url);
    add(request.accept);
    for (const HttpField& field : request.fields) {
        add(ascii::lower(field.name));
        add(field.value);
    }
    return std::string(view_of(sha256({std::to_string(text.size()), ":", text, request.bearer.reveal()})));
}

std::shared_ptr<const KeptResponse> ResponseCache::find(const std::string& key) {
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) return nullptr;
    by_use_.splice(by_use_.begin(), by_use_, at->second);
    return at->second->kept;
}

void ResponseCache::clear() {
    by_key_.clear();
    by_use_.clear();
    octets_ = 0;
}

void ResponseCache::drop(const std::string& key) {
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) return;
    octets_ -= at->second->octets;
    by_use_.erase(at->second);
    by_key_.erase(at);
}

void ResponseCache::put(const std::string& key, const HttpResponse& response, Time now) {
    drop(key);
    if (response.status != 200) return;
    const CacheControl control = cache_control(response);
    if (control.no_store || varies_beyond_the_key(response)) return;
    const auto lifetime = lifetime_of(response, control);
    const bool has_validator = !response.field("etag").empty() || !response.field("last-modified").empty();
    if (lifetime <= std::chrono::seconds(0) && !has_validator) return;
    const std::size_t octets = octets_of(response);
    if (octets > max_octets_ / share_of_one) return;
    while (octets_ + octets > max_octets_) drop(std::string(by_use_.back().key));
    by_use_.push_front(
        {key, std::make_shared<const KeptResponse>(KeptResponse{response, now + lifetime}), octets});
    by_key_[key] = by_use_.begin();
    octets_ += octets;
}

HttpResponse ResponseCache::renewed(const KeptResponse& kept, const HttpResponse& not_modified) {
    HttpResponse out = kept.response;
    // Age, like all that speaks of one answer only, must not outlive it.
    std::erase_if(out.fields, [&](const HttpField& field) {
        return field.name == "age" || !not_modified.field(field.name).empty();
    });
    for (const HttpField& field : not_modified.fields)
        if (field.name != "content-length" && field.name != "content-encoding") out.fields.push_back(field);
    return out;
}

}  // namespace decorum::net
