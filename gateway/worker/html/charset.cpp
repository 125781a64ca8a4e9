#include "gateway/worker/html/charset.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::worker {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr std::size_t searched_octets = 4096;  // browsers look at 1024; some pages say it later

// Of the octets 0x80 to 0x9F; the five that mean nothing stand for themselves (WHATWG Encoding §9).
constexpr auto windows_1252 = std::to_array<char16_t>(
    {0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
     0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
     0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178});

constexpr auto latin_1_names =
    std::to_array<std::string_view>({"iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1", "windows-1252",
                                     "cp1252", "x-cp1252", "us-ascii", "ascii"});

constexpr bool is_space(char c) {
    return ascii::is_wsp(c) || c == '\r' || c == '\n' || c == '\f';
}

std::string_view without_spaces(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
}

// The value of charset= within one tag, as an attribute or within the content of http-equiv.
std::string charset_of(std::string_view tag) {
    constexpr std::string_view word = "charset";
    for (std::size_t at = 0; (at = tag.find(word, at)) != std::string_view::npos;) {
        at += word.size();
        std::string_view rest = without_spaces(tag.substr(at));
        if (!rest.starts_with('=')) continue;
        rest = without_spaces(rest.substr(1));
        if (rest.starts_with('"') || rest.starts_with('\'')) rest.remove_prefix(1);
        const auto end = std::ranges::find_if(rest, [](char c) {
            return is_space(c) || c == '"' || c == '\'' || c == ';' || c == '/' || c == '>';
        });
        return std::string(rest.begin(), end);
    }
    return {};
}

bool says_latin_1(std::string_view html) {
    const std::string head = ascii::lower(html.substr(0, searched_octets));
    for (std::size_t at = 0; (at = head.find("<meta", at)) != std::string::npos;) {
        const std::size_t end = std::min(head.find('>', at), head.size());
        if (const auto charset = charset_of(std::string_view(head).substr(at, end - at)); !charset.empty())
            return std::ranges::find(latin_1_names, charset) != latin_1_names.end();
        at = end;
    }
    return false;
}

std::string from_windows_1252(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        append_utf8(out, octet >= 0x80 && octet < 0xA0 ? windows_1252[octet - 0x80U] : char32_t{octet});
    }
    return out;
}

}  // namespace

std::string html_to_utf8(std::string_view html) {
    const bool marked = html.starts_with(utf8_mark);
    if (marked) html.remove_prefix(utf8_mark.size());
    if (!marked && says_latin_1(html)) return from_windows_1252(html);
    std::string out;
    out.reserve(html.size());
    append_as_utf8(out, html);
    return out;
}

}  // namespace decorum::worker
