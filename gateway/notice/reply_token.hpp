// The signed part of a notice's reply address: decorum+TOKEN@example.org.
//
// 32 octets in base32 (52 letters and digits, in any case, because mail servers change it): format and
// purpose, expiry, the mark of what was told, the mark of the person, and an HMAC-SHA256 over these cut to 96
// bits. It carries no name and is of no use to anybody but the person, whose address must match it. What it
// allows is harmless to repeat, so nothing is kept of a token that was used.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"

namespace decorum::notice {

inline constexpr std::size_t token_characters = 52;
inline constexpr std::size_t max_local_part_octets = 64;  // RFC 5321 §4.5.3.1.1
// What is left for the gateway's own name before "+TOKEN".
inline constexpr std::size_t max_own_local_part_octets = max_local_part_octets - token_characters - 1;

enum class Purpose : std::uint8_t { notice = 1, profile = 2 };

// Sixteen hexadecimal digits: what a token has room for.
[[nodiscard]] std::string mark_of_fingerprint(std::string_view fingerprint);  // empty for an empty one
[[nodiscard]] std::string mark_of_person(std::string_view record_key);

struct ReplyToken {
    Purpose purpose{};
    Instant expires{};   // kept to the hour, rounded up
    std::string mark;    // of what was told; empty: nothing in particular
    std::string person;  // mark_of_person()

    bool operator==(const ReplyToken&) const = default;
};

[[nodiscard]] std::string sign(const ReplyToken& token, const Secret& key);  // lower case

// Errors: syntax (none of ours), invalid (forged), timed_out (expired).
[[nodiscard]] Result<ReplyToken> verify(std::string_view text, const Secret& key, Instant now);

}  // namespace decorum::notice
