// Invariant: a transfer is begun only for a destination that came out of parse_destination() or redirected(),
// and with addresses that the guard admitted.
#include "gateway/net/http/request_flow.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"

namespace decorum::net {
namespace {

constexpr Milliseconds max_limit = std::chrono::minutes(5);
constexpr std::string_view any_type = "*/*";

// tchar  RFC 9110 §5.6.2
constexpr ascii::OctetSet token_octets =
    ascii::OctetSet("!#$%&'*+-.^_`|~").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');

bool is_field_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return ascii::is_control(c) && c != '\t'; });
}

bool is_field(const HttpField& field) {
    return !field.name.empty() &&
           std::ranges::all_of(field.name, [](char c) { return token_octets.contains(c); }) &&
           is_field_value(field.value);
}

// What a caller hands us may hold text from a profile: it must not become a field of its own.
Result<> check(const HttpRequest& request) {
    if (request.method != "GET" && request.method != "POST")
        return fail(errc::invalid, "neither GET nor POST");
    if (!std::ranges::all_of(request.fields, is_field)) return fail(errc::invalid, "a field of the request");
    if (!is_field_value(request.accept) || !is_field_value(request.bearer.reveal()))
        return fail(errc::invalid, "Accept or the token of the request");
    return {};
}

bool is_get(const HttpRequest& request) {
    return request.method == "GET";
}

// A caller that revalidates, or wants a part, by itself doesn't get an answer of ours.
bool may_be_cached(const HttpRequest& request) {
    return request.cacheable && is_get(request) &&
           std::ranges::none_of(request.fields, [](const HttpField& field) {
               return ascii::starts_with_nocase(field.name, "if-") ||
                      ascii::equals_nocase(field.name, "range");
           });
}

// RFC 9110 §15.4
bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string field_line(std::string_view name, std::string_view value) {
    std::string out(name);
    // libcurl takes a colon at the end for "leave the field out", a semicolon for "send it without a value".
    return value.empty() ? out.append(";") : out.append(": ").append(value);
}

}  // namespace

Result<std::unique_ptr<RequestFlow>> RequestFlow::open(const Executor& executor, HttpOptions options) {
    std::optional<Destination> proxy;
    if (!options.proxy.empty()) {
        auto parsed = parse_destination(options.proxy, {.plain_http = true, .any_port = true});
        if (!parsed || parsed->tls || parsed->target != "/")
            return fail(errc::invalid, "the proxy is http://HOST:PORT");
        proxy = std::move(*parsed);
    }
    auto dns = DnsResolver::open(executor, options.dns_servers);
    if (!dns) return std::unexpected(std::move(dns.error()));
    return std::unique_ptr<RequestFlow>(
        new RequestFlow(executor, std::move(options), std::move(*dns), std::move(proxy)));
}

RequestFlow::RequestFlow(const Executor& executor, HttpOptions options, std::unique_ptr<DnsResolver> dns,
                         std::optional<Destination> proxy)
    : options_(std::move(options)),
      guard_(options_.allow_private, options_.exceptions),
      proxy_(std::move(proxy)),
      dns_(std::move(dns)),
      transfers_(executor, options_, guard_),
      cache_(options_.cache_octets) {}

void RequestFlow::shut_down() {
    dns_->shut_down();
    transfers_.shut_down();
}

Task<Result<HttpResponse>> RequestFlow::fetch(HttpRequest request) {
    const auto begun = SteadyClock::now();
    auto result = co_await follow(std::move(request));
    const auto milliseconds = std::chrono::floor<Milliseconds>(SteadyClock::now() - begun).count();
    if (!result) {
        log::debug("http_fault", {{"code", name_of(result.error().code)},
                                  {"fault", result.error().detail},
                                  {"milliseconds", milliseconds}});
    } else if (log::enabled(log::Level::debug)) {
        const auto where = parse_destination(result->url, {.plain_http = true, .any_port = true});
        log::debug("http_answer", {{"host", where ? where->host : std::string_view{}},
                                   {"status", result->status},
                                   {"octets", result->body.size()},
                                   {"from_cache", result->from_cache},
                                   {"milliseconds", milliseconds}});
    }
    co_return result;
}

Task<Result<HttpResponse>> RequestFlow::follow(HttpRequest request) {
    const auto until = SteadyClock::now() + std::clamp(request.limit, Milliseconds(0), max_limit);
    if (auto checked = check(request); !checked) co_return std::unexpected(std::move(checked.error()));
    const DestinationRules rules{.plain_http = options_.allow_private,
                                 .any_port = options_.allow_private || request.allow_port};
    if (request.max_octets == 0 || request.max_octets > options_.max_body)
        request.max_octets = options_.max_body;
    auto where = parse_destination(request.url, rules);
    if (!where) co_return std::unexpected(std::move(where.error()));
    Journey journey{std::move(request), std::move(*where), until, generation_};
    for (std::uint64_t redirects = 0;; ++redirects) {
        auto response = co_await ask(journey);
        if (!response || !is_redirect(response->status) || !is_get(journey.request)) co_return response;
        auto next = redirected(journey.where, response->field("location"), rules);
        if (!next) co_return std::unexpected(std::move(next.error()));
        if (journey.request.may_lead_to && !journey.request.may_lead_to(next->host)) co_return response;
        if (redirects == options_.max_redirects)
            co_return fail(errc::limit, journey.where.host + ": too many redirects");
        if (next->origin() != journey.where.origin()) {
            // What was meant for the first server is no other's business.
            journey.request.bearer = Secret();
            journey.request.fields.clear();
        }
        journey.where = std::move(*next);
    }
}

Task<Result<HttpResponse>> RequestFlow::ask(Journey& journey) {
    if (!may_be_cached(journey.request)) co_return co_await transfer(journey, nullptr);
    const std::string key = ResponseCache::key_of(journey.request, journey.where.url());
    const std::shared_ptr<const KeptResponse> kept = cache_.find(key);
    if (kept && kept->response.body.size() > journey.request.max_octets)
        co_return fail(errc::limit, journey.where.host + ": the answer is too long");
    if (kept && SteadyClock::now() < kept->fresh_until) {
        HttpResponse out = kept->response;
        out.from_cache = true;
        co_return out;
    }
    auto response = co_await transfer(journey, kept.get());
    if (!response) co_return response;
    const bool unchanged = kept && response->status == 304;
    if (unchanged) response = ResponseCache::renewed(*kept, *response);
    // Who was erased since the question began may be spoken of in the answer.
    if (journey.generation == generation_) cache_.put(key, *response, SteadyClock::now());
    response->from_cache = unchanged;
    co_return response;
}

Task<Result<HttpResponse>> RequestFlow::transfer(Journey& journey, const KeptResponse* kept) {
    auto addresses = co_await addresses_of(journey.where, left_until(journey.until));
    if (!addresses) co_return std::unexpected(std::move(addresses.error()));
    std::erase_if(*addresses, [this](const IpAddress& address) { return !guard_.admits(address); });
    if (addresses->empty())
        co_return fail(errc::invalid, journey.where.host + ": its address may not be reached");

    Transfer out;
    out.server = {journey.where, std::move(*addresses)};
    if (proxy_) {
        // Named by the administrator, and exempt from the guard.
        auto proxy_addresses = co_await addresses_of(*proxy_, left_until(journey.until));
        if (!proxy_addresses) co_return std::unexpected(std::move(proxy_addresses.error()));
        out.proxy = Pinned{*proxy_, std::move(*proxy_addresses)};
    }
    const HttpRequest& request = journey.request;
    out.post = !is_get(request);
    out.body = request.body;
    out.max_octets = request.max_octets;
    out.field_lines.push_back(field_line("Accept", request.accept.empty() ? any_type : request.accept));
    for (const HttpField& field : request.fields)
        out.field_lines.push_back(field_line(field.name, field.value));
    if (!request.bearer.empty())
        out.field_lines.push_back(
            field_line("Authorization", "Bearer " + std::string(request.bearer.reveal())));
    if (kept && !kept->etag().empty())
        out.field_lines.push_back(field_line("If-None-Match", kept->etag()));
    else if (kept && !kept->last_modified().empty())
        out.field_lines.push_back(field_line("If-Modified-Since", kept->last_modified()));
    co_return co_await transfers_.run(std::move(out), left_until(journey.until));
}

Task<Result<Addresses>> RequestFlow::addresses_of(Destination where, Milliseconds limit) {
    if (where.address) co_return Addresses{*where.address};
    auto addresses = co_await dns_->addresses(where.host, limit);
    // To those who ask for a page it is one and the same that a name isn't known and that a server isn't
    // there.
    if (!addresses && addresses.error().code == errc::not_found) addresses.error().code = errc::refused;
    co_return addresses;
}

}  // namespace decorum::net
