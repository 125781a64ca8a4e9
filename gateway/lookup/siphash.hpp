// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for tables whose keys strangers choose, so that
// nobody can make them all collide.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace decorum::lookup {

using SipKey = std::array<std::uint64_t, 2>;

[[nodiscard]] inline std::uint64_t siphash(const SipKey& key, std::string_view octets) noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t v0 = key[0] ^ 0x736f6d6570736575;
    std::uint64_t v1 = key[1] ^ 0x646f72616e646f6d;
    std::uint64_t v2 = key[0] ^ 0x6c7967656e657261;
    std::uint64_t v3 = key[1] ^ 0x7465646279746573;
    const auto round = [&] {
        v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
        v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
    };
    const auto absorb = [&](std::uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    };
    std::uint64_t last = static_cast<std::uint64_t>(octets.size()) << 56;
    while (octets.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, octets.data(), 8);
        absorb(word);
        octets.remove_prefix(8);
    }
    for (std::size_t i = 0; i < octets.size(); ++i)
        last |= static_cast<std::uint64_t>(static_cast<unsigned char>(octets[i])) << (8 * i);
    absorb(last);
    v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace decorum::lookup
