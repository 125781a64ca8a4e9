// By address and port alone: no name is looked up, so of names other than localhost nothing is known.
#include "config/places.hpp"

#include <array>
#include <filesystem>

namespace decorum::config {
namespace {

bool is_wildcard(const IpAddress& address) {
    return address == IpAddress() || address == IpAddress::from_v4({0, 0, 0, 0});
}

std::filesystem::path socket_path(const Endpoint& endpoint) {
    return std::filesystem::path(endpoint.path).lexically_normal();
}

}  // namespace

std::optional<IpAddress> address_of(const Endpoint& endpoint) {
    const auto address = IpAddress::parse(endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host);
    return address ? std::optional(*address) : std::nullopt;
}

bool is_loopback(const IpAddress& address) {
    std::array<std::uint8_t, 16> v6_loopback{};
    v6_loopback.back() = 1;
    return address == IpAddress(v6_loopback) || (address.is_v4() && address.octets()[12] == 127);
}

bool clash(const Endpoint& a, const Endpoint& b) {
    if (a.is_unix() || b.is_unix()) return a.is_unix() && b.is_unix() && socket_path(a) == socket_path(b);
    if (a.port != b.port || a.port == 0) return false;
    const auto first = address_of(a);
    const auto second = address_of(b);
    if (!first || !second || first->is_v4() != second->is_v4()) return false;
    return *first == *second || is_wildcard(*first) || is_wildcard(*second);
}

bool leads_to(const Endpoint& target, const Endpoint& bound) {
    if (target.is_unix() || bound.is_unix() || target.port != bound.port) return clash(target, bound);
    const auto to = address_of(target);
    const auto at = address_of(bound);
    if (!to || !at || to->is_v4() != at->is_v4()) return false;
    return *to == *at || (is_wildcard(*at) && is_loopback(*to));
}

}  // namespace decorum::config
