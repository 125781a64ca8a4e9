// Where a request goes: a URL taken apart, checked, and written again from the checked pieces.
//
// Two parsers that read one URL differently are how guards are passed by, so what is handed on is url(), not
// the text that came in. Accepted: https (and http where the rules say so), no user or password, a host that
// is a name of letters, digits and hyphens (RFC 1123 §2.1; an internationalised one as A-labels, RFC 5890) or
// a whole IP address. A host that ends in a number and is no dotted quad (127.1, 2130706433, 0x7f.1), which
// some resolvers take for an address, is refused. Every fault is `invalid`; no detail repeats more of a URL
// than its host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/ip.hpp"
#include "gateway/base/result.hpp"

namespace decorum::net {

inline constexpr std::size_t max_url_octets = 8192;

struct Destination {
    bool tls = true;
    std::string host;                  // lower case; an IPv6 address without brackets
    std::optional<IpAddress> address;  // where the host is one
    std::uint16_t port = 0;
    std::string target;  // path and query, percent-encoded; begins with a slash

    [[nodiscard]] std::string origin() const;  // https://host, and :port where it isn't the usual one
    [[nodiscard]] std::string url() const;     // the same, and the target
};

struct DestinationRules {
    bool plain_http = false;
    bool any_port = false;  // else that of the scheme
};

[[nodiscard]] Result<Destination> parse_destination(std::string_view url, DestinationRules rules);

// A Location field (RFC 9110 §10.2.2: a URI reference), seen from where it was found. Never from https to
// http.
[[nodiscard]] Result<Destination> redirected(const Destination& from, std::string_view location,
                                             DestinationRules rules);

}  // namespace decorum::net
