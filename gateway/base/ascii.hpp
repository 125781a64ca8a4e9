// ASCII classes and case folding that no locale can change. Octets above 127 belong to no class here:
// protocols compare their keywords in ASCII only (RFC 5321 §2.4).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace decorum::ascii {

// A set of octets as a table of 256 entries.
class OctetSet {
public:
    constexpr explicit OctetSet(std::string_view members) {
        for (char c : members) table_[static_cast<unsigned char>(c)] = true;
    }
    constexpr OctetSet& add_range(unsigned char first, unsigned char last) {
        for (unsigned c = first; c <= last; ++c) table_[c] = true;
        return *this;
    }
    [[nodiscard]] constexpr bool contains(char c) const { return table_[static_cast<unsigned char>(c)]; }

private:
    std::array<bool, 256> table_{};
};

[[nodiscard]] constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
[[nodiscard]] constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_alpha(char c) {
    return is_upper(c) || is_lower(c);
}
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_alnum(char c) {
    return is_alpha(c) || is_digit(c);
}
[[nodiscard]] constexpr bool is_wsp(char c) {
    return c == ' ' || c == '\t';
}
[[nodiscard]] constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
[[nodiscard]] constexpr bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

[[nodiscard]] constexpr char to_lower(char c) {
    return is_upper(c) ? static_cast<char>(c | 0x20) : c;
}
[[nodiscard]] constexpr char to_upper(char c) {
    return is_lower(c) ? static_cast<char>(c & ~0x20) : c;
}

[[nodiscard]] constexpr std::optional<unsigned> hex_value(char c) {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    const char small = to_lower(c);
    if (small >= 'a' && small <= 'f') return static_cast<unsigned>(small - 'a' + 10);
    return std::nullopt;
}

// With zeros in front where it has fewer digits than that.
inline void append_decimal(std::string& out, std::uint64_t value, std::size_t min_digits = 1) {
    std::array<char, 20> digits{};  // of the largest
    std::size_t begin = digits.size();
    for (; value != 0; value /= 10) digits[--begin] = static_cast<char>('0' + value % 10);
    const std::size_t count = digits.size() - begin;
    if (count < min_digits) out.append(min_digits - count, '0');
    out.append(digits.data() + begin, count);
}

[[nodiscard]] inline std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
}

[[nodiscard]] constexpr bool equals_nocase(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

[[nodiscard]] constexpr bool starts_with_nocase(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equals_nocase(text.substr(0, prefix.size()), prefix);
}

[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
    auto blank = [](char c) { return is_wsp(c) || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace decorum::ascii
