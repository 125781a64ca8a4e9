// Encoded words (RFC 2047), both ways.
//
// Decoding is tolerant, as mail clients are: words need no white space around them, and a character that a
// mailer split across two words is put together again. What can't be decoded stays as it is. The result is
// always valid UTF-8, but may hold any character: it is hostile until it went through sanitize().
// Charsets other than the built-in ones go through iconv, by an allow-list: the name comes from a stranger,
// and the rarer converters of C libraries have been a source of crashes.
#include "gateway/message/encoded_word.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::message {
namespace {

// ---------------------------------------------------------------------------------------------- charsets

// ISO-8859-1 and US-ASCII are read as windows-1252, as every client does: where they differ, the standard has
// C1 controls, which nobody means. Zero: not assigned.
constexpr std::array<char16_t, 32> windows_1252_from_80 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::string from_windows_1252(std::string_view octets) {
    std::string out;
    for (char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x80 || octet >= 0xA0) {
            append_utf8(out, octet);
        } else {
            const char32_t value = windows_1252_from_80[octet - 0x80u];
            append_utf8(out, value != 0 ? value : replacement_character);
        }
    }
    return out;
}

struct Charset {
    std::string_view name;        // lower case, as mail has it
    std::string_view iconv_name;  // the superset that mailers really mean
};

constexpr std::array charsets = std::to_array<Charset>({
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-9", "CP1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-11", "CP874"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1253", "CP1253"},
    {"windows-1254", "CP1254"},
    {"windows-1255", "CP1255"},
    {"windows-1256", "CP1256"},
    {"windows-1257", "CP1257"},
    {"windows-1258", "CP1258"},
    {"windows-874", "CP874"},
    {"tis-620", "CP874"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"shift_jis", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
});

struct CloseConverter {
    void operator()(void* converter) const { iconv_close(converter); }
};

std::optional<std::string> from_iconv(std::string_view iconv_name, std::string_view octets) {
    const iconv_t opened = iconv_open("UTF-8", std::string(iconv_name).c_str());
    // iconv_open's failure is the pointer value -1; a converter that is not installed is one.
    if (reinterpret_cast<std::intptr_t>(opened) == -1) return std::nullopt;
    const std::unique_ptr<void, CloseConverter> converter(opened);

    std::string input(octets);
    char* in = input.data();
    std::size_t in_left = input.size();
    std::string out;
    std::array<char, 512> chunk;
    while (true) {
        char* to = chunk.data();
        std::size_t room = chunk.size();
        const bool flush = in_left == 0;
        const std::size_t result =
            iconv(opened, flush ? nullptr : &in, flush ? nullptr : &in_left, &to, &room);
        const bool progress = room != chunk.size();
        append_as_utf8(out, {chunk.data(), chunk.size() - room});
        if (result != static_cast<std::size_t>(-1)) {
            if (flush) return out;
        } else if (errno != E2BIG || !progress) {
            if (flush) return out;
            append_utf8(out, replacement_character);  // an octet that is none of this charset's
            ++in;
            --in_left;
        }
    }
}

bool is_utf8(std::string_view charset) {
    return charset == "utf-8" || charset == "utf8";
}

bool is_latin(std::string_view charset) {
    return charset == "us-ascii" || charset == "ascii" || charset == "iso-8859-1" ||
           charset == "windows-1252";
}

const Charset* find_charset(std::string_view name) {
    const auto found = std::ranges::find(charsets, name, &Charset::name);
    return found == charsets.end() ? nullptr : &*found;
}

bool is_known(std::string_view charset) {
    return is_utf8(charset) || is_latin(charset) || find_charset(charset) != nullptr;
}

// Nothing where the charset is not known.
std::optional<std::string> to_utf8(std::string_view charset, std::string_view octets) {
    if (is_latin(charset)) return from_windows_1252(octets);
    if (is_utf8(charset)) {
        std::string out;
        append_as_utf8(out, octets);
        return out;
    }
    const Charset* const known = find_charset(charset);
    return known != nullptr ? from_iconv(known->iconv_name, octets) : std::nullopt;
}

// ---------------------------------------------------------------------------------------------- decoding

std::optional<unsigned> hex_value(char c) {
    if (ascii::is_digit(c)) return static_cast<unsigned>(c - '0');
    const char lower = ascii::to_lower(c);
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
    return std::nullopt;
}

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
            const auto high = hex_value(text[i + 1]);
            const auto low = hex_value(text[i + 2]);
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
constexpr ascii::OctetSet token_octets = [] {
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
    const std::string_view charset = run_of(token_octets, rest);
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
            from = next && is_known(next->charset) ? next_at : end;
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
