// See syntax.hpp.
#include "gateway/imap/syntax.hpp"

#include <algorithm>

namespace decorum::imap {
namespace {

// What an unquoted value may hold, of all kinds: atoms, flags, list patterns, partials, sections.
constexpr auto value_octets = ascii::OctetSet("!#$%&'*+,-./:;<=>?@[\\]^_`|}~")
                                  .add_range('0', '9')
                                  .add_range('A', 'Z')
                                  .add_range('a', 'z');

constexpr std::size_t longest_quoted = 1000;

}  // namespace

bool Cursor::take(char octet) {
    if (rest_.empty() || rest_.front() != octet) return false;
    rest_.remove_prefix(1);
    return true;
}

bool Cursor::take_word(std::string_view word) {
    if (!ascii::starts_with_nocase(rest_, word)) return false;
    if (rest_.size() > word.size() && atom_octets.contains(rest_[word.size()])) return false;
    rest_.remove_prefix(word.size());
    return true;
}

std::string_view Cursor::take_all(const ascii::OctetSet& set) {
    std::size_t octets = 0;
    while (octets < rest_.size() && set.contains(rest_[octets])) ++octets;
    const auto taken = rest_.substr(0, octets);
    rest_.remove_prefix(octets);
    return taken;
}

std::optional<std::uint64_t> Cursor::take_number() {
    std::uint64_t number = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && ascii::is_digit(rest_[digits]); ++digits) {
        const auto digit = static_cast<std::uint64_t>(rest_[digits] - '0');
        if (number > (most_octets - digit) / 10) return std::nullopt;
        number = number * 10 + digit;
    }
    if (digits == 0) return std::nullopt;
    rest_.remove_prefix(digits);
    return number;
}

bool Cursor::skip_quoted(std::string* decoded) {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
        char octet = rest_[i];
        if (octet == '"') {
            rest_.remove_prefix(i + 1);
            return true;
        }
        if (octet == '\\') {
            // quoted-specials = DQUOTE / "\"; others are taken as they are, as Dovecot does
            if (++i == rest_.size()) return false;
            octet = rest_[i];
        }
        if (octet == '\r' || octet == '\n' || octet == '\0') return false;
        if (decoded) *decoded += octet;
    }
    return false;
}

bool Cursor::skip_literal(std::string* decoded) {
    Cursor literal(rest_);
    literal.take('~');
    if (!literal.take('{')) return false;
    const auto octets = literal.take_number();
    if (!octets) return false;
    literal.take('+');
    if (!literal.take('}') || !literal.take('\r') || !literal.take('\n')) return false;
    if (*octets > literal.rest_.size()) return false;
    const auto size = static_cast<std::size_t>(*octets);
    if (decoded) decoded->assign(literal.rest_.substr(0, size));
    rest_ = literal.rest_.substr(size);
    return true;
}

bool Cursor::skip_string(std::string* decoded) {
    return peek() == '"' ? skip_quoted(decoded) : skip_literal(decoded);
}

std::optional<std::string> Cursor::take_string() {
    std::string decoded;
    if (!skip_string(&decoded)) return std::nullopt;
    return decoded;
}

std::optional<std::string> Cursor::take_astring(const ascii::OctetSet& unquoted) {
    if (peek() == '"' || peek() == '{') return take_string();
    const auto atom = take_all(unquoted);
    if (atom.empty()) return std::nullopt;
    return std::string(atom);
}

std::optional<std::string_view> Cursor::take_set() {
    const auto set = take_all(set_octets);
    if (set.empty()) return std::nullopt;
    return set;
}

std::optional<std::string_view> Cursor::take_value() {
    const auto from = rest_;
    std::size_t depth = 0;
    for (;;) {
        bool complete = true;  // a value ended here, or a list did
        if (take('(')) {
            if (++depth > max_depth) break;
            complete = take(')');
            if (complete) --depth;
        } else if (peek() == '"' || peek() == '{' || rest_.starts_with("~{")) {
            if (!skip_string(nullptr)) break;
        } else if (take_all(value_octets).empty()) {
            break;
        }
        if (!complete) continue;
        // "name(list)" and "section[list]" run on without a space; whoever minds looks closer.
        while (depth > 0 && take(')')) --depth;
        if (depth == 0) return since(from);
        if (!take(' ') && peek() != '(') break;
    }
    rest_ = from;
    return std::nullopt;
}

bool Cursor::take_values() {
    do {
        if (!take_value()) return false;
    } while (take(' '));
    return at_end();
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char octet : text) {
        if (octet == '"' || octet == '\\') out += '\\';
        out += octet;
    }
    out += '"';
    return out;
}

std::string string_of(std::string_view text) {
    const bool plain = text.size() <= longest_quoted && ascii::is_ascii(text) &&
                       std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    if (plain) return imap::quoted(text);
    return "{" + std::to_string(text.size()) + "}\r\n" + std::string(text);
}

}  // namespace decorum::imap
