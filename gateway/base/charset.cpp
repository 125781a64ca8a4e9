// Charsets other than the built-in ones go through iconv, by an allow-list: the name comes from a stranger,
// and the rarer converters of C libraries have been a source of crashes.
#include "gateway/base/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

#include "gateway/base/utf8.hpp"

namespace decorum {
namespace {

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

}  // namespace

bool is_known_charset(std::string_view charset) {
    return is_utf8(charset) || is_latin(charset) || find_charset(charset) != nullptr;
}

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

}  // namespace decorum
