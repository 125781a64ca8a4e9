#include "gateway/notice/reply_token.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::notice {
namespace {

constexpr std::size_t token_octets = 32;
constexpr std::size_t expiry_octets = 3;  // hours since 1970: until the year 3883
constexpr std::size_t mark_octets = 8;
constexpr std::size_t tag_octets = 12;
constexpr std::size_t signed_octets = token_octets - tag_octets;
static_assert(1 + expiry_octets + 2 * mark_octets == signed_octets);

constexpr unsigned format = 1;
constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648 §6
constexpr std::string_view no_mark{"\0\0\0\0\0\0\0\0", mark_octets};

std::string tag_of(std::string_view octets, const Secret& key) {
    return std::string(
        view_of(hmac_sha256(key.reveal(), {"decorum reply token", octets})).substr(0, tag_octets));
}

std::string to_base32(std::string_view octets) {
    std::string out;
    unsigned bits = 0;
    unsigned held = 0;
    for (char c : octets) {
        bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFu;
        for (held += 8; held >= 5; held -= 5) out.push_back(digits[bits >> (held - 5) & 31u]);
    }
    if (held != 0) out.push_back(digits[bits << (5 - held) & 31u]);
    return out;
}

std::optional<std::string> from_base32(std::string_view text) {
    std::string out;
    unsigned bits = 0;
    unsigned held = 0;
    for (char c : text) {
        const std::size_t value = digits.find(ascii::to_lower(c));
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 5 | static_cast<unsigned>(value)) & 0xFFFu;
        held += 5;
        if (held < 8) continue;
        held -= 8;
        out.push_back(static_cast<char>(bits >> held & 0xFFu));
    }
    // One token has one spelling.
    if ((bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return out;
}

// The octets of a mark; no mark is zeros.
std::string from_hex(std::string_view mark) {
    std::string out(no_mark);
    for (std::size_t i = 0; i < mark.size() && i < 2 * mark_octets; ++i)
        out[i / 2] = static_cast<char>(unsigned{static_cast<unsigned char>(out[i / 2])} << 4 |
                                       ascii::hex_value(mark[i]).value_or(0));
    return out;
}

}  // namespace

std::string mark_of_fingerprint(std::string_view fingerprint) {
    if (fingerprint.empty()) return {};
    return to_hex(view_of(sha256({"decorum told", fingerprint})).substr(0, mark_octets));
}

std::string mark_of_person(std::string_view record_key) {
    return to_hex(view_of(sha256({"decorum person", record_key})).substr(0, mark_octets));
}

std::string sign(const ReplyToken& token, const Secret& key) {
    const auto hours = static_cast<std::uint64_t>(
        std::chrono::ceil<std::chrono::hours>(token.expires.time_since_epoch()).count());
    std::string octets;
    octets.push_back(static_cast<char>(format << 4 | static_cast<unsigned>(token.purpose)));
    for (std::size_t i = expiry_octets; i-- > 0;)
        octets.push_back(static_cast<char>(hours >> (8 * i) & 0xFFu));
    octets += from_hex(token.mark);
    octets += from_hex(token.person);
    return to_base32(octets + tag_of(octets, key));
}

Result<ReplyToken> verify(std::string_view text, const Secret& key, Instant now) {
    if (text.size() != token_characters) return fail(errc::syntax, "not a token");
    const auto octets = from_base32(text);
    if (!octets || octets->size() != token_octets) return fail(errc::syntax, "not a token");
    const std::string_view content = std::string_view(*octets).substr(0, signed_octets);
    if (!equal_in_constant_time(std::string_view(*octets).substr(signed_octets), tag_of(content, key)))
        return fail(errc::invalid, "the signature is not ours");

    const auto first = static_cast<unsigned char>(content[0]);
    if (first != (format << 4 | 1u) && first != (format << 4 | 2u))
        return fail(errc::syntax, "another format");
    std::uint64_t hours = 0;
    for (std::size_t i = 0; i < expiry_octets; ++i)
        hours = hours << 8 | static_cast<unsigned char>(content[1 + i]);
    ReplyToken token{.purpose = static_cast<Purpose>(first & 15u),
                     .expires = Instant{std::chrono::hours{hours}},
                     .mark = to_hex(content.substr(1 + expiry_octets, mark_octets)),
                     .person = to_hex(content.substr(1 + expiry_octets + mark_octets))};
    if (token.mark == to_hex(no_mark)) token.mark.clear();
    if (now > token.expires) return fail(errc::timed_out, "the token has expired");
    return token;
}

}  // namespace decorum::notice
