#include "gateway/base/endpoint.hpp"

#include <sys/un.h>

#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/base/ip.hpp"

namespace decorum {
namespace {

constexpr std::size_t max_path_octets = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t max_name_octets = 253;
constexpr std::size_t max_label_octets = 63;
constexpr std::string_view unix_scheme = "unix:";

// Names of containers and services hold underscores, which RFC 1123 knows not: a resolver may still.
bool is_resolvable(std::string_view host) {
    if (host.empty() || host.size() > max_name_octets) return false;
    for (char c : host)
        if (!ascii::is_alnum(c) && c != '-' && c != '.' && c != '_') return false;
    return true;
}

Result<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return fail(errc::syntax, "the port is a number from 0 to 65535");
    return port;
}

Result<Endpoint> parse_unix(std::string_view path) {
    if (!path.starts_with('/')) return fail(errc::syntax, "the path of a unix socket begins with a slash");
    if (path.size() > max_path_octets)
        return fail(errc::syntax,
                    "the path of a unix socket has at most " + std::to_string(max_path_octets) + " octets");
    for (char c : path)
        if (ascii::is_control(c)) return fail(errc::syntax, "no control character in the path of a socket");
    Endpoint out;
    out.path = path;
    return out;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
    if (text.starts_with(unix_scheme)) return parse_unix(text.substr(unix_scheme.size()));
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return fail(errc::syntax, "a port follows the host after a colon");
    std::string_view host = text.substr(0, colon);
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return std::unexpected(port.error());
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (!host.contains(':') || !IpAddress::parse(host))
            return fail(errc::syntax, "an IPv6 address stands in the brackets");
    } else if (!is_resolvable(host)) {
        return fail(errc::syntax, host.contains(':') ? "an IPv6 address stands in brackets, [v6]:port"
                                                     : "the host is an address or a name");
    }
    Endpoint out;
    out.host = host;
    out.port = *port;
    return out;
}

std::string Endpoint::text() const {
    if (is_unix()) return std::string(unix_scheme) + path;
    const bool v6 = host.contains(':');
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool is_host_name(std::string_view text) noexcept {
    return !text.contains('_') && is_web_host_name(text);
}

bool is_web_host_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > max_name_octets) return false;
    while (true) {
        const std::size_t dot = text.find('.');
        const std::string_view label = text.substr(0, dot);
        if (label.empty() || label.size() > max_label_octets) return false;
        if (label.front() == '-' || label.back() == '-') return false;
        for (char c : label)
            if (!ascii::is_alnum(c) && c != '-' && c != '_') return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

}  // namespace decorum
