// Addresses and prefixes over inet_pton and inet_ntop. Invariant: an IPv4 address is always held as its
// mapped IPv6 form, so that lengths of IPv4 prefixes are counted from bit 96. A text that isn't one is
// `syntax`.
#include "gateway/base/ip.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace decorum {
namespace {
constexpr std::array<std::uint8_t, 12> v4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_offset_bits = 96;
}  // namespace

IpAddress IpAddress::from_v4(const std::array<std::uint8_t, 4>& octets) {
    IpAddress out;
    std::ranges::copy(v4_mapped, out.octets_.begin());
    std::ranges::copy(octets, out.octets_.begin() + v4_mapped.size());
    return out;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated(text);
    // inet_pton reads up to the first NUL and would take what stands before it.
    if (text.contains('\0')) return fail(errc::syntax, "not an IP address: it holds a NUL");
    std::array<std::uint8_t, 4> v4;
    if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return from_v4(v4);
    std::array<std::uint8_t, 16> v6;
    if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return IpAddress(v6);
    return fail(errc::syntax, "not an IP address: " + terminated);
}

bool IpAddress::is_v4() const noexcept {
    return std::equal(v4_mapped.begin(), v4_mapped.end(), octets_.begin());
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    if (is_v4())
        inet_ntop(AF_INET, octets_.data() + v4_mapped.size(), out.data(), out.size());
    else
        inet_ntop(AF_INET6, octets_.data(), out.data(), out.size());
    return out.data();
}

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    auto base = IpAddress::parse(text.substr(0, slash));
    if (!base) return std::unexpected(base.error());
    IpPrefix out;
    out.base_ = *base;
    if (slash == std::string_view::npos) return out;
    const std::string_view digits = text.substr(slash + 1);
    // The notation decides what the length counts: ::ffff:0:0/96 is a prefix of the mapped form.
    const unsigned offset = text.contains(':') ? 0 : v4_offset_bits;
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > 128 - offset)
        return fail(errc::syntax, "not a prefix length: " + std::string(text));
    out.length_bits_ = length + offset;
    return out;
}

bool IpPrefix::contains(const IpAddress& address) const noexcept {
    // ::/64 holds every mapped address by its octets, and no IPv4 peer by its meaning.
    if (base_.is_v4() != address.is_v4()) return false;
    const std::size_t whole = length_bits_ / 8;
    if (!std::equal(base_.octets().begin(), base_.octets().begin() + static_cast<std::ptrdiff_t>(whole),
                    address.octets().begin()))
        return false;
    const unsigned rest = length_bits_ % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return (base_.octets()[whole] & mask) == (address.octets()[whole] & mask);
}

}  // namespace decorum
