// SHA-256, HMAC-SHA256, base64 and hexadecimal, over OpenSSL.
//
// All functions are total: they fail only where OpenSSL itself can't allocate, which throws
// std::bad_alloc. Contexts are reused per thread, because fetching an algorithm costs more than
// hashing a short text.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace decorum {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::initializer_list<std::string_view> pieces);

// RFC 2104 over SHA-256.
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::initializer_list<std::string_view> pieces);

// The same under a key that stays: it is taken in once.
class HmacSha256 {
public:
    explicit HmacSha256(std::string_view key);
    ~HmacSha256();
    HmacSha256(HmacSha256&& other) noexcept;
    HmacSha256& operator=(HmacSha256&& other) noexcept;

    [[nodiscard]] Sha256 operator()(std::initializer_list<std::string_view> pieces) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Compares without telling where the first difference is.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

void append_hex(std::string& out, std::string_view octets);  // lower case
[[nodiscard]] std::string to_hex(std::string_view octets);
[[nodiscard]] std::string to_base64(std::string_view octets);                 // RFC 4648 §4, padded
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);  // strict: padded, canonical
[[nodiscard]] std::string random_octets(std::size_t count);

[[nodiscard]] inline std::string_view view_of(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace decorum
