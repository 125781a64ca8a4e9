// Boost.URL splits by the grammar of RFC 3986 and decodes nothing here: a host in percent-encoding holds a
// '%', which no host name has. The fragment stays behind.
#include "gateway/net/http/destination.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include "gateway/base/ascii.hpp"
#include "gateway/base/endpoint.hpp"

namespace decorum::net {
namespace {
namespace urls = boost::urls;

constexpr std::uint16_t https_port = 443;
constexpr std::uint16_t http_port = 80;

std::string_view view(urls::string_view text) {
    return {text.data(), text.size()};
}

// The last label is a decimal or hexadecimal number: no such top level domain exists, and what reads such a
// name as an address (inet_aton) must not get it.
bool ends_in_a_number(std::string_view host) {
    std::string_view last = host.substr(host.rfind('.') + 1);
    if (std::ranges::all_of(last, ascii::is_digit)) return true;
    if (!last.starts_with("0x")) return false;
    return std::ranges::all_of(last.substr(2),
                               [](char c) { return ascii::is_digit(c) || (c >= 'a' && c <= 'f'); });
}

Result<> read_host(std::string_view host, Destination& out) {
    out.host = ascii::lower(host);
    if (out.host.starts_with('[') && out.host.ends_with(']')) {
        out.host = out.host.substr(1, out.host.size() - 2);
        const auto address = IpAddress::parse(out.host);
        if (!out.host.contains(':') || !address) return fail(errc::invalid, "not an IPv6 address in the URL");
        out.address = *address;
        return {};
    }
    if (!is_web_host_name(out.host)) return fail(errc::invalid, "the URL's host is no host name");
    if (ends_in_a_number(out.host)) {
        const auto address = IpAddress::parse(out.host);
        if (!address) return fail(errc::invalid, "the URL's host is a number and no address");
        out.address = *address;
    }
    return {};
}

Result<Destination> check(const urls::url_view& url, DestinationRules rules) {
    Destination out;
    const std::string scheme = ascii::lower(view(url.scheme()));
    out.tls = scheme == "https";
    if (!out.tls && !(scheme == "http" && rules.plain_http))
        return fail(errc::invalid, rules.plain_http ? "a URL begins with https:// or http://"
                                                    : "a URL begins with https://");
    if (!url.has_authority()) return fail(errc::invalid, "the URL has no host");
    if (url.has_userinfo()) return fail(errc::invalid, "no user or password in a URL");
    if (auto host = read_host(view(url.encoded_host()), out); !host)
        return std::unexpected(std::move(host.error()));
    const std::uint16_t usual = out.tls ? https_port : http_port;
    out.port = url.port().empty() ? usual : url.port_number();  // 0 where it is too large, too
    if (out.port == 0 || (out.port != usual && !rules.any_port))
        return fail(errc::invalid, out.host + ": only port " + std::to_string(usual));
    // path-abempty = *( "/" segment )  RFC 3986 §3.3. Boost.URL 1.81 lets a path begin elsewhere after an
    // IPv4 address: https://192.0.2.1.evil.example/ had the host 192.0.2.1 and the path .evil.example/.
    if (!url.encoded_path().empty() && !url.encoded_path().starts_with('/'))
        return fail(errc::invalid, "the URL's host is a number and no address");
    out.target = view(url.encoded_target());
    if (!out.target.starts_with('/')) out.target.insert(0, 1, '/');
    return out;
}

}  // namespace

std::string Destination::origin() const {
    const std::string written = host.contains(':') ? "[" + host + "]" : host;
    const bool usual = port == (tls ? https_port : http_port);
    return (tls ? "https://" : "http://") + written + (usual ? "" : ":" + std::to_string(port));
}

std::string Destination::url() const {
    return origin() + target;
}

Result<Destination> parse_destination(std::string_view url, DestinationRules rules) {
    if (url.size() > max_url_octets) return fail(errc::invalid, "the URL is too long");
    const auto parsed = urls::parse_uri({url.data(), url.size()});
    if (!parsed) return fail(errc::invalid, "not a URL");
    return check(*parsed, rules);
}

Result<Destination> redirected(const Destination& from, std::string_view location, DestinationRules rules) {
    if (location.empty()) return fail(errc::invalid, from.host + ": a redirect without a Location");
    if (location.size() > max_url_octets)
        return fail(errc::invalid, from.host + ": the redirect is too long");
    const std::string base_text = from.url();
    const auto base = urls::parse_uri(base_text);
    const auto reference = urls::parse_uri_reference({location.data(), location.size()});
    urls::url resolved;
    if (!base || !reference || !urls::resolve(*base, *reference, resolved))
        return fail(errc::invalid, from.host + ": the redirect is no URL");
    auto out = check(resolved, rules);
    if (out && from.tls && !out->tls)
        return fail(errc::invalid, from.host + ": a redirect from https to http");
    return out;
}

}  // namespace decorum::net
