// Two tables of prefixes. IPv4 is open but for the table; IPv6 is closed but for 2000::/3 without the table.
// Forms of IPv6 that embed an IPv4 address: the mapped one is IPv4 already (ip.hpp); NAT64 (RFC 6052 §2.1),
// which networks without IPv4 need, is judged by the address inside; 6to4, Teredo, IPv4-compatible and
// translated ones are obsolete or not global, and refused whatever is inside.
#include "gateway/net/http/address_guard.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace decorum::net {
namespace {

constexpr std::array refused_v4{
    std::string_view("0.0.0.0/8"),         // this network, RFC 791
    std::string_view("10.0.0.0/8"),        // private, RFC 1918
    std::string_view("100.64.0.0/10"),     // shared (CGNAT), RFC 6598; a cloud's metadata at 100.100.100.200
    std::string_view("127.0.0.0/8"),       // loopback, RFC 1122
    std::string_view("168.63.129.16/32"),  // a cloud's platform service, in public space
    std::string_view("169.254.0.0/16"),    // link-local, RFC 3927; metadata at 169.254.169.254
    std::string_view("172.16.0.0/12"),     // private, RFC 1918
    std::string_view("192.0.0.0/24"),      // protocol assignments, RFC 6890
    std::string_view("192.0.2.0/24"),      // documentation, RFC 5737
    std::string_view("192.52.193.0/24"),   // AMT relays, RFC 7450
    std::string_view("192.88.99.0/24"),    // 6to4 relays, RFC 7526
    std::string_view("192.168.0.0/16"),    // private, RFC 1918
    std::string_view("198.18.0.0/15"),     // benchmarks, RFC 2544
    std::string_view("198.51.100.0/24"),   // documentation, RFC 5737
    std::string_view("203.0.113.0/24"),    // documentation, RFC 5737
    std::string_view("224.0.0.0/4"),       // multicast, RFC 5771
    std::string_view("240.0.0.0/4"),       // reserved, and broadcast, RFC 1112 and 919
};

// Within 2000::/3. All else (unique-local with fd00:ec2::254, link-local, multicast, loopback) is outside of
// it.
constexpr std::array refused_v6{
    std::string_view("2001::/23"),      // protocol assignments: Teredo, benchmarks, ORCHID, RFC 2928
    std::string_view("2001:db8::/32"),  // documentation, RFC 3849
    std::string_view("2002::/16"),      // 6to4, RFC 3056
    std::string_view("3fff::/20"),      // documentation, RFC 9637
};

constexpr std::string_view global_unicast = "2000::/3";  // RFC 4291 §2.4, as assigned by IANA
constexpr std::string_view nat64 = "64:ff9b::/96";       // RFC 6052 §2.1
constexpr std::size_t nat64_octets = 12;

template <std::size_t count>
std::vector<IpPrefix> parsed(const std::array<std::string_view, count>& texts) {
    std::vector<IpPrefix> out;
    out.reserve(count);
    for (const std::string_view text : texts) out.push_back(IpPrefix::parse(text).value());
    return out;
}

bool within(const std::vector<IpPrefix>& prefixes, const IpAddress& address) noexcept {
    return std::ranges::any_of(prefixes, [&](const IpPrefix& prefix) { return prefix.contains(address); });
}

}  // namespace

bool is_public(const IpAddress& address) noexcept {
    static const std::vector<IpPrefix> closed_v4 = parsed(refused_v4);
    static const std::vector<IpPrefix> closed_v6 = parsed(refused_v6);
    static const std::vector<IpPrefix> open_v6 = parsed(std::array{global_unicast});
    static const std::vector<IpPrefix> translated = parsed(std::array{nat64});

    if (address.is_v4()) return !within(closed_v4, address);
    if (within(translated, address)) {
        std::array<std::uint8_t, 4> inside;
        std::copy_n(address.octets().begin() + nat64_octets, inside.size(), inside.begin());
        return is_public(IpAddress::from_v4(inside));
    }
    return within(open_v6, address) && !within(closed_v6, address);
}

bool AddressGuard::admits(const IpAddress& address) const noexcept {
    return allow_private_ || is_public(address) || within(exceptions_, address);
}

}  // namespace decorum::net
