// RFC 9309. Both sides of a comparison are normalised (§2.2.2), so that it is one of octets: escapes of
// characters that need none are undone, hex digits are in upper case, whatever isn't ASCII is escaped. In a
// query the escapes of ":", "/", "?" and "@" are undone too, because servers don't tell both forms apart
// there.
#include "connectors/robots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "gateway/base/ascii.hpp"

namespace decorum::connectors {
namespace {

constexpr auto unreserved = [] {
    ascii::OctetSet set("-._~");
    return set.add_range('a', 'z').add_range('A', 'Z').add_range('0', '9');
}();
constexpr ascii::OctetSet plain_in_query(":/?@");

std::optional<unsigned char> octet_of(std::string_view escape) {
    const auto digit = [](char c) -> int {
        if (ascii::is_digit(c)) return c - '0';
        const char lower = ascii::to_lower(c);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    if (escape.size() < 3 || escape[0] != '%') return std::nullopt;
    const int high = digit(escape[1]);
    const int low = digit(escape[2]);
    if (high < 0 || low < 0) return std::nullopt;
    return static_cast<unsigned char>(high * 16 + low);
}

enum class Kind : bool { pattern, target };

// In a target "*" and "$" stand for themselves, and a pattern means those by "%2A" and "%24"; there "$" is
// special at the end only (§2.2.3).
std::string normalised(std::string_view text, Kind kind) {
    std::string out;
    out.reserve(text.size());
    bool in_query = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto escaped = octet_of(text.substr(i));
        const char c = escaped ? static_cast<char>(*escaped) : text[i];
        bool plain = false;
        if (escaped)
            plain = unreserved.contains(c) || (in_query && plain_in_query.contains(c));
        else if (c == '*' || c == '$')
            plain = kind == Kind::pattern && (c == '*' || i + 1 == text.size());
        else
            plain = c > ' ' && c < '\x7f';
        if (plain)
            out.push_back(c);
        else
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        in_query = in_query || (!escaped && c == '?');
        if (escaped) i += 2;
    }
    return out;
}

// Both normalised. A pattern matches what begins with it; "*" is any octets, "$" at its end the end.
bool matches(std::string_view pattern, std::string_view target) {
    const bool to_the_end = pattern.ends_with('$');
    if (to_the_end) pattern.remove_suffix(1);
    bool first = true;
    while (true) {
        const std::size_t star = pattern.find('*');
        const std::string_view piece = pattern.substr(0, star);
        const bool last = star == std::string_view::npos;
        if (last && to_the_end) return first ? target == piece : target.ends_with(piece);
        const std::size_t at =
            first ? (target.starts_with(piece) ? 0 : std::string_view::npos) : target.find(piece);
        if (at == std::string_view::npos) return false;
        if (last) return true;
        target.remove_prefix(at + piece.size());
        pattern.remove_prefix(star + 1);
        first = false;
    }
}

struct Line {
    std::string_view key;
    std::string_view value;
};

// line = *WS key *WS ":" *WS value *WS ["#" *comment] EOL;  EOL = CR / LF / CRLF
std::optional<Line> next_line(std::string_view& text) {
    if (text.empty()) return std::nullopt;
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return Line{};
    return Line{ascii::trim(line.substr(0, colon)), ascii::trim(line.substr(colon + 1))};
}

// product-token = identifier / "*"; what follows it (a version, say) is not part of it.
std::string_view token_of(std::string_view value) {
    if (value.starts_with('*') && (value.size() == 1 || ascii::is_wsp(value[1]))) return "*";
    const auto* const end =
        std::ranges::find_if_not(value, [](char c) { return ascii::is_alpha(c) || c == '-' || c == '_'; });
    return value.substr(0, static_cast<std::size_t>(end - value.begin()));
}

}  // namespace

RobotsRules RobotsRules::parse(std::string_view text, std::string_view token) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    // A rule that is cut in two would be another one.
    if (text.size() > max_robots_octets)
        text = text.substr(0, text.find_last_of("\r\n", max_robots_octets) + 1);
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    RobotsRules ours;
    RobotsRules everybodys;
    bool named = false;  // some group names us
    bool for_us = false;
    bool for_everybody = false;
    bool in_names = false;  // the lines that begin a group
    while (const auto line = next_line(text)) {
        const bool allow = ascii::equals_nocase(line->key, "allow");
        if (ascii::equals_nocase(line->key, "user-agent")) {
            if (!in_names) for_us = for_everybody = false;
            in_names = true;
            const std::string_view name = token_of(line->value);
            for_us = for_us || ascii::equals_nocase(name, token);
            for_everybody = for_everybody || name == "*";
            named = named || for_us;
        } else if (allow || ascii::equals_nocase(line->key, "disallow")) {
            in_names = false;
            // An empty pattern matches nothing (§2.2.2: "Disallow:" alone forbids nothing).
            if (line->value.empty()) continue;
            if (for_us) ours.rules_.push_back({allow, normalised(line->value, Kind::pattern)});
            if (for_everybody && !named)
                everybodys.rules_.push_back({allow, normalised(line->value, Kind::pattern)});
        }
    }
    return named ? ours : everybodys;
}

bool RobotsRules::allow(std::string_view target) const {
    const std::string path = normalised(target.empty() ? "/" : target, Kind::target);
    std::size_t longest = 0;
    bool allowed = true;
    for (const Rule& rule : rules_) {
        const std::size_t octets = rule.pattern.size();
        if (octets < longest || (octets == longest && (allowed || !rule.allow))) continue;
        if (!matches(rule.pattern, path)) continue;
        longest = octets;
        allowed = rule.allow;
    }
    return allowed;
}

std::size_t RobotsRules::octets() const {
    std::size_t sum = 0;
    for (const Rule& rule : rules_) sum += sizeof(Rule) + rule.pattern.size();
    return sum;
}

}  // namespace decorum::connectors
