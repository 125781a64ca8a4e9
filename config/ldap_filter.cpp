// Is a text a search filter (RFC 4515 §3) with {address} as a value? Only the form is judged: which
// attributes there are, the server knows. Invariant: each function takes what it understood off `rest`, and
// nesting is bounded.
#include <fmt/format.h>

#include "config/checks.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::config {
namespace {

constexpr std::string_view address_place = "{address}";
constexpr int max_depth = 20;
constexpr std::size_t max_octets = 1000;

bool take(std::string_view& rest, std::string_view token) {
    if (!rest.starts_with(token)) return false;
    rest.remove_prefix(token.size());
    return true;
}

// attributedescription, or attr [dnattrs] [matchingrule] before ":="
bool take_attribute(std::string_view& rest) {
    constexpr std::string_view punctuation = "-;.:";
    std::size_t octets = 0;
    while (octets < rest.size() && (ascii::is_alnum(rest[octets]) || punctuation.contains(rest[octets])))
        ++octets;
    if (octets == 0) return false;
    // The colon of ":=" belongs to what follows.
    if (rest[octets - 1] == ':' && octets < rest.size() && rest[octets] == '=') --octets;
    rest.remove_prefix(octets);
    return octets > 0;
}

// assertionvalue = valueencoding; with stars, where it is that of "="
bool take_value(std::string_view& rest, bool stars) {
    while (!rest.empty() && rest.front() != ')') {
        if (take(rest, address_place)) continue;
        const char c = rest.front();
        if (c == '(' || c == '\0' || (c == '*' && !stars)) return false;
        if (c == '\\') {
            if (rest.size() < 3 || !ascii::hex_value(rest[1]) || !ascii::hex_value(rest[2])) return false;
            rest.remove_prefix(2);
        }
        rest.remove_prefix(1);
    }
    return true;
}

// filter = "(" (and / or / not / item) ")"
bool take_filter(std::string_view& rest, int depth) {
    if (depth > max_depth || !take(rest, "(")) return false;
    if (take(rest, "&") || take(rest, "|")) {
        do {
            if (!take_filter(rest, depth + 1)) return false;
        } while (rest.starts_with('('));
    } else if (take(rest, "!")) {
        if (!take_filter(rest, depth + 1)) return false;
    } else {
        if (!take_attribute(rest)) return false;
        const bool special = take(rest, "~=") || take(rest, ">=") || take(rest, "<=") || take(rest, ":=");
        if (!special && !take(rest, "=")) return false;
        if (!take_value(rest, !special)) return false;
    }
    return take(rest, ")");
}

}  // namespace

std::string check_ldap_filter(std::string_view value) {
    std::string_view rest = value;
    if (value.size() > max_octets || !take_filter(rest, 0) || !rest.empty())
        return fmt::format("a search filter (RFC 4515) such as \"(mail={{address}})\", not {}",
                           in_quotes(value));
    if (!value.contains(address_place))
        return fmt::format("a search filter with {{address}} in it, such as \"(mail={{address}})\", not {}",
                           in_quotes(value));
    return {};
}

}  // namespace decorum::config
