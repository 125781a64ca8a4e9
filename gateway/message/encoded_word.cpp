// Encoded words (RFC 2047), both ways.
//
// Decoding is tolerant, as mail clients are: words need no white space around them, and a character that a
// mailer split across two words is put together again. What can't be decoded stays as it is. The result is
// always valid UTF-8, but may hold any character: it is hostile until it went through sanitize().
#include "gateway/message/encoded_word.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/base/charset.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::message {
namespace {

// ---------------------------------------------------------------------------------------------- decoding

// RFC 2047 §4.2
std::optional<std::string> decode_q(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '_') {
            out.push_back(' ');
        } else if (text[i] != '=') {
            out.push_back(text[i]);
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            const auto high = ascii::hex_value(text[i + 1]);
            const auto low = ascii::hex_value(text[i + 2]);
            if (!high || !low) return std::nullopt;
            out.push_back(static_cast<char>(*high << 4 | *low));
            i += 2;
        }
    }
    return out;
}

// RFC 2047 §4.1. Padding that a mailer forgot is put back.
std::optional<std::string> decode_b(std::string_view text) {
    std::string padded(text);
    while (padded.size() % 4 != 0) padded.push_back('=');
    return from_base64(padded);
}

struct EncodedWord {
    std::string charset;     // lower case, without an RFC 2231 language
    std::string octets;      // decoded, in that charset
    std::size_t length = 0;  // of the word in the text
};

// token = 1*<any CHAR except SPACE, CTLs and especials>  RFC 2047 §2
constexpr ascii::OctetSet charset_token_octets = [] {
    ascii::OctetSet set("!#$%&'*+-^_`{|}~");
    set.add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
    return set;
}();

// encoded-text = 1*<any printable ASCII character other than "?" or SPACE>  RFC 2047 §2
constexpr ascii::OctetSet encoded_text_octets = [] {
    ascii::OctetSet set("");
    set.add_range(33, 62).add_range(64, 126);
    return set;
}();

std::string_view run_of(const ascii::OctetSet& set, std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && set.contains(text[size])) ++size;
    return text.substr(0, size);
}

// encoded-word = "=?" charset "?" encoding "?" encoded-text "?="  RFC 2047 §2, RFC 2231 §5
// Empty encoded text is taken too: mailers write it. `text` begins with "=?".
std::optional<EncodedWord> encoded_word(std::string_view text) {
    std::string_view rest = text.substr(2);
    const std::string_view charset = run_of(charset_token_octets, rest);
    rest.remove_prefix(charset.size());
    if (charset.empty() || rest.size() < 3 || rest[0] != '?' || rest[2] != '?') return std::nullopt;
    const char encoding = ascii::to_lower(rest[1]);
    rest.remove_prefix(3);
    const std::string_view encoded = run_of(encoded_text_octets, rest);
    rest.remove_prefix(encoded.size());
    if (!rest.starts_with("?=")) return std::nullopt;

    std::optional<std::string> octets;
    if (encoding == 'q') octets = decode_q(encoded);
    if (encoding == 'b') octets = decode_b(encoded);
    if (!octets) return std::nullopt;
    return EncodedWord{.charset = ascii::lower(charset.substr(0, charset.find('*'))),
                       .octets = std::move(*octets),
                       .length = text.size() - rest.size() + 2};
}

std::size_t white_space_at(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && (ascii::is_wsp(text[size]) || text[size] == '\r' || text[size] == '\n'))
        ++size;
    return size;
}

// ---------------------------------------------------------------------------------------------- encoding

constexpr std::size_t max_encoded_word_octets = 75;  // RFC 2047 §2
constexpr std::string_view q_begin = "=?utf-8?Q?";
constexpr std::string_view b_begin = "=?utf-8?B?";
constexpr std::string_view word_end = "?=";
constexpr std::size_t max_payload_octets = max_encoded_word_octets - q_begin.size() - word_end.size();
constexpr std::size_t max_b_source_octets = max_payload_octets / 4 * 3;

// What Q may leave as it is everywhere, phrases included: RFC 2047 §5 (3).
constexpr ascii::OctetSet q_literal = [] {
    ascii::OctetSet set("!*+-/");
    set.add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
    return set;
}();

std::size_t q_size(std::string_view text) {
    std::size_t size = 0;
    for (char c : text) size += c == ' ' || q_literal.contains(c) ? 1 : 3;
    return size;
}

void append_q(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == ' ') {
            out.push_back('_');
        } else if (q_literal.contains(c)) {
            out.push_back(c);
        } else {
            out.push_back('=');
            out.push_back(digits[octet >> 4]);
            out.push_back(digits[octet & 0xFu]);
        }
    }
}

bool needs_no_encoding(std::string_view text) {
    for (char c : text) {
        if (ascii::is_control(c) || static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return text.find("=?") == std::string_view::npos;
}

// The longest beginning of whole characters whose size, by `size_of`, fits.
template <class SizeOf>
std::string_view fitting(std::string_view text, std::size_t room, SizeOf size_of) {
    std::size_t end = 0;
    std::size_t size = 0;
    while (end < text.size()) {
        const std::size_t octets = first_code_point(text.substr(end)).octets;
        size += size_of(text.substr(end, octets));
        if (size > room) break;
        end += octets;
    }
    return text.substr(0, end);
}

}  // namespace

std::string decode_encoded_words(std::string_view text) {
    std::string out;
    std::size_t from = 0;  // where the text that has not been copied begins
    std::size_t at = text.find("=?");
    while (at != std::string_view::npos) {
        auto word = encoded_word(text.substr(at));
        if (!word) {
            at = text.find("=?", at + 2);
            continue;
        }
        // Words of one charset that stand next to each other are joined before they are converted (§6.2).
        std::string octets = std::move(word->octets);
        std::size_t end = at + word->length;
        std::optional<EncodedWord> next;
        std::size_t next_at = 0;
        while (true) {
            next_at = end + white_space_at(text.substr(end));
            next = text.substr(next_at).starts_with("=?") ? encoded_word(text.substr(next_at)) : std::nullopt;
            if (!next || next->charset != word->charset) break;
            octets += next->octets;
            end = next_at + next->length;
        }
        const auto converted = to_utf8(word->charset, octets);
        if (converted) {
            append_as_utf8(out, text.substr(from, at - from));
            out += *converted;
            // White space before another word is dropped, whatever its charset, so long as that one is known.
            from = next && is_known_charset(next->charset) ? next_at : end;
        }
        at = text.find("=?", end);
    }
    append_as_utf8(out, text.substr(from));
    return out;
}

std::string encode_words(std::string_view text) {
    if (needs_no_encoding(text)) return std::string(text);
    const bool q = q_size(text) <= (text.size() + 2) / 3 * 4;
    std::string out;
    while (!text.empty()) {
        const std::string_view piece =
            q ? fitting(text, max_payload_octets, q_size)
              : fitting(text, max_b_source_octets, [](std::string_view c) { return c.size(); });
        if (!out.empty()) out.push_back(' ');
        out += q ? q_begin : b_begin;
        if (q) {
            append_q(out, piece);
        } else {
            out += to_base64(piece);
        }
        out += word_end;
        text.remove_prefix(piece.size());
    }
    return out;
}

}  // namespace decorum::message
