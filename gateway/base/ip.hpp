// IP addresses and prefixes (CIDR, RFC 4632 §3.1), without any socket.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum {

// An IPv4 address is kept as its IPv4-mapped IPv6 form (RFC 4291 §2.5.5.2), so that both compare alike
// and ::ffff:192.0.2.1 is 192.0.2.1.
class IpAddress {
public:
    IpAddress() = default;  // ::
    explicit IpAddress(const std::array<std::uint8_t, 16>& octets) : octets_(octets) {}
    [[nodiscard]] static IpAddress from_v4(const std::array<std::uint8_t, 4>& octets);
    [[nodiscard]] static Result<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const noexcept;
    [[nodiscard]] const std::array<std::uint8_t, 16>& octets() const noexcept { return octets_; }
    [[nodiscard]] std::string text() const;

    auto operator<=>(const IpAddress&) const = default;

private:
    std::array<std::uint8_t, 16> octets_{};
};

class IpPrefix {
public:
    // "192.0.2.0/24", "2001:db8::/32", or an address alone (its full length).
    [[nodiscard]] static Result<IpPrefix> parse(std::string_view text);
    // Never across families: ::/0 holds no IPv4 address.
    [[nodiscard]] bool contains(const IpAddress& address) const noexcept;

private:
    IpAddress base_;
    unsigned length_bits_ = 128;  // of the mapped form
};

}  // namespace decorum

template <>
struct std::hash<decorum::IpAddress> {
    std::size_t operator()(const decorum::IpAddress& address) const noexcept {
        const auto& octets = address.octets();
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(octets.data()), octets.size()});
    }
};
