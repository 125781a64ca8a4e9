// Where a socket listens or connects, as text: "host:port", "[v6]:port" or "unix:/path".
//
// Nothing is resolved here: the host is an address or a name, and whoever opens the socket decides what a
// name means. A text that is none of the three forms is `syntax`, with what is wrong in the detail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum {

struct Endpoint {
    std::string host;        // without brackets; empty for a unix socket
    std::uint16_t port = 0;  // 0: any free one (only sensible to listen)
    std::string path;        // of a unix socket, absolute; else empty

    [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
    [[nodiscard]] bool is_unix() const noexcept { return !path.empty(); }
    [[nodiscard]] std::string text() const;

    bool operator==(const Endpoint&) const = default;
};

// RFC 1123 §2.1: labels of letters, digits and inner hyphens, 63 octets each, 253 in total.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;
// The same with underscores, which the DNS knows (RFC 2181 §11) and the people's pages of some sites hold.
[[nodiscard]] bool is_web_host_name(std::string_view text) noexcept;

}  // namespace decorum
