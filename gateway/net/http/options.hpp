// What an HTTP client is told when it is made; plain values, because this layer knows no configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/base/ip.hpp"

namespace decorum::net {

struct HttpOptions {
    std::string proxy;                 // "http://HOST:PORT"; empty: none, whatever the environment says
    std::string ca_file;               // PEM; these authorities alone. Empty: the system's
    bool allow_private = false;        // any address, any port, and http
    std::vector<IpPrefix> exceptions;  // addresses that may be reached though they aren't public
    std::string user_agent;
    std::vector<std::string> dns_servers;             // "ADDRESS" or "ADDRESS:PORT"; empty: the system's
    std::uint64_t max_body = std::uint64_t{1} << 20;  // octets, decoded, where a request says nothing
    std::uint64_t max_redirects = 3;
    std::uint64_t connections = 8;                         // to one host at a time
    std::uint64_t cache_octets = std::uint64_t{16} << 20;  // 0: no cache
    std::size_t max_under_way = 1000;  // requests, waiting ones too; the next is `unavailable`
};

}  // namespace decorum::net
