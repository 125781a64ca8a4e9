// Texts may be any octets: what is not UTF-8 comes out as U+FFFD, and no cut splits a character.
#include "gateway/profile/shown_text.hpp"

#include <fmt/format.h>

#include <iterator>

#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::profile {
namespace {

constexpr std::size_t max_url_shown_octets = 500;

}  // namespace

std::string plain(std::string_view text, std::size_t max_octets, char reserved, char instead) {
    std::string line;
    for (char c : text) {
        const bool blank = ascii::is_control(c) || c == ' ';
        if (!blank)
            line.push_back(c == reserved ? instead : c);
        else if (!line.empty() && line.back() != ' ')
            line.push_back(' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    if (line.size() <= max_octets) return capped_utf8(line, max_octets);
    return capped_utf8(line, max_octets - ellipsis.size()).append(ellipsis);
}

std::string shortened(std::string line, std::size_t max_characters, std::size_t max_octets) {
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; };
    std::size_t characters = 0;
    std::size_t end = 0;  // of the last character that leaves room for the ellipsis
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!begins_character(line[i])) continue;
        if (characters < max_characters && i + ellipsis.size() <= max_octets) end = i;
        ++characters;
    }
    if (characters <= max_characters && line.size() <= max_octets) return line;
    line.resize(end);
    return line.append(ellipsis);
}

std::string shortened_at_word(std::string line, std::size_t max_characters, std::size_t max_octets) {
    const std::size_t whole = line.size();
    const std::string begin = line;
    std::string cut = shortened(std::move(line), max_characters, max_octets);
    if (cut.size() == whole && cut == begin) return cut;
    cut.resize(cut.size() - ellipsis.size());
    // A word that ends right at the cut is whole already.
    if (cut.size() < begin.size() && begin[cut.size()] != ' ')
        if (const auto space = cut.rfind(' '); space != std::string::npos && space >= cut.size() * 2 / 3)
            cut.resize(space);
    while (cut.ends_with(' ')) cut.pop_back();
    return cut.append(ellipsis);
}

std::string shown_url(std::string_view url) {
    static constexpr auto allowed = [] {
        ascii::OctetSet set("-._~:/?#[]@!$&'()*+;=%");
        return set.add_range('a', 'z').add_range('A', 'Z').add_range('0', '9');
    }();
    if (!ascii::starts_with_nocase(url, "https://") && !ascii::starts_with_nocase(url, "http://")) return {};
    std::string out;
    for (char c : url) {
        if (allowed.contains(c)) {
            out.push_back(c);
        } else if (c == ',' || static_cast<unsigned char>(c) >= 0x80) {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        } else {
            return {};
        }
    }
    return out.size() <= max_url_shown_octets ? out : std::string{};
}

}  // namespace decorum::profile
