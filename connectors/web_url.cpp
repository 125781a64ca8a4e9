// URLs by the grammar of RFC 3986 (Boost.URL): what it refuses is not kept. References are resolved, and dot
// segments removed, by hand: Boost.URL 1.81 keeps ".." above the root, and makes "/./" of an empty path.
#include "connectors/web_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url.hpp>

#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace urls = boost::urls;

std::string_view std_view(urls::string_view text) {
    return {text.data(), text.size()};
}

// What browsers encode and RFC 3986 forbids. Control octets are not among it: they make no URL.
std::string encoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80 || std::string_view(" \"<>\\^`{|}").contains(c))
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        else
            out.push_back(c);
    }
    return out;
}

// RFC 3986 §5.2.4
std::string without_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);  // with its slash
        path.remove_prefix(end);
        if (segment == "/..") out.resize(out.empty() ? 0 : out.rfind('/'));
        if (segment != "/." && segment != "/..")
            out.append(segment);
        else if (path.empty())
            out.push_back('/');
    }
    return out.empty() ? "/" : out;
}

// RFC 3986 §5.2.3; the base has an authority.
std::string merged(std::string_view base_path, std::string_view path) {
    return base_path.empty() ? fmt::format("/{}", path)
                             : fmt::format("{}{}", base_path.substr(0, base_path.rfind('/') + 1), path);
}

// "example.org:8443"; empty: an authority that we don't keep.
std::string authority_of(const urls::url_view& url) {
    const std::string_view host = std_view(url.encoded_host());
    // A host outside ASCII must be written in its "xn--" form.
    if (url.scheme_id() != urls::scheme::https || host.empty() || host.contains('%') || url.has_userinfo())
        return {};
    if (!url.has_port() || url.port_number() == 443) return ascii::lower(host);
    if (url.port_number() == 0) return {};  // none, or beyond 65535
    return fmt::format("{}:{}", ascii::lower(host), url.port_number());
}

}  // namespace

std::optional<std::string> https_url(std::string_view reference, std::string_view base) {
    reference = ascii::trim(reference);
    if (reference.empty() || reference.size() > profile::max_url_octets) return std::nullopt;
    const std::string text = encoded(reference);
    const auto given = urls::parse_uri_reference({text.data(), text.size()});
    if (!given) return std::nullopt;
    const auto from = urls::parse_uri({base.data(), base.size()});
    if (!given->has_scheme() && !from) return std::nullopt;

    // RFC 3986 §5.2.2
    std::string authority;
    std::string path(std_view(given->encoded_path()));
    std::string query = given->has_query() ? fmt::format("?{}", std_view(given->encoded_query())) : "";
    if (given->has_scheme()) {
        authority = authority_of(*given);
    } else if (given->has_authority()) {
        const std::string absolute = fmt::format("{}:{}", std_view(from->scheme()), text);
        return https_url(absolute);
    } else {
        authority = authority_of(*from);
        if (path.empty()) {
            path = std_view(from->encoded_path());
            if (query.empty() && from->has_query())
                query = fmt::format("?{}", std_view(from->encoded_query()));
        } else if (!path.starts_with('/')) {
            path = merged(std_view(from->encoded_path()), path);
        }
    }
    if (authority.empty()) return std::nullopt;
    const std::string fragment =
        given->has_fragment() ? fmt::format("#{}", std_view(given->encoded_fragment())) : "";
    std::string url = fmt::format("https://{}{}{}{}", authority, without_dot_segments(path), query, fragment);
    if (url.size() > profile::max_url_octets) return std::nullopt;
    return url;
}

std::string host_of(std::string_view url) {
    const auto parsed = urls::parse_uri({url.data(), url.size()});
    return parsed ? ascii::lower(std_view(parsed->encoded_host())) : std::string{};
}

std::string origin_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    return std::string(url.substr(0, url.find('/', scheme + 3)));
}

}  // namespace decorum::connectors
