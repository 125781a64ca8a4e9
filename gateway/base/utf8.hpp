// UTF-8 (RFC 3629), one code point at a time.
//
// Strict: overlong forms, surrogates and values above U+10FFFF are invalid. An invalid sequence counts as one
// octet, so that a reader always advances and finds the next good character.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace decorum {

inline constexpr char32_t replacement_character = 0xFFFD;

struct CodePoint {
    char32_t value = replacement_character;
    std::size_t octets = 1;  // how many of the text it takes
    bool valid = false;
};

// The first code point of `text`, which must not be empty.
[[nodiscard]] constexpr CodePoint first_code_point(std::string_view text) {
    auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = octet(0);
    if (lead < 0x80) return {lead, 1, true};
    if (lead < 0xC2 || lead > 0xF4) return {};
    const std::size_t octets = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text.size() < octets) return {};
    char32_t value = lead & (0x7Fu >> octets);
    for (std::size_t i = 1; i < octets; ++i) {
        if ((octet(i) & 0xC0u) != 0x80u) return {};
        value = (value << 6) | (octet(i) & 0x3Fu);
    }
    const bool overlong = (octets == 3 && value < 0x800) || (octets == 4 && value < 0x10000);
    if (overlong || (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF) return {};
    return {value, octets, true};
}

// Appends a code point, which must be a Unicode scalar value.
constexpr void append_utf8(std::string& out, char32_t value) {
    auto put = [&](char32_t octet) { out.push_back(static_cast<char>(octet)); };
    if (value < 0x80) {
        put(value);
    } else if (value < 0x800) {
        put(0xC0 | (value >> 6));
        put(0x80 | (value & 0x3F));
    } else if (value < 0x10000) {
        put(0xE0 | (value >> 12));
        put(0x80 | ((value >> 6) & 0x3F));
        put(0x80 | (value & 0x3F));
    } else {
        put(0xF0 | (value >> 18));
        put(0x80 | ((value >> 12) & 0x3F));
        put(0x80 | ((value >> 6) & 0x3F));
        put(0x80 | (value & 0x3F));
    }
}

// Appends `text`, each invalid octet as U+FFFD.
constexpr void append_as_utf8(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (point.valid) {
            out.append(text.substr(0, point.octets));
        } else {
            append_utf8(out, replacement_character);
        }
        text.remove_prefix(point.octets);
    }
}

[[nodiscard]] constexpr bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (!point.valid) return false;
        text.remove_prefix(point.octets);
    }
    return true;
}

}  // namespace decorum
