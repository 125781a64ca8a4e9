// See fetch_parser.hpp.
#include "gateway/imap/fetch_parser.hpp"

#include <algorithm>
#include <utility>

namespace decorum::imap {
namespace {

constexpr ascii::OctetSet section_marks("]\"()");  // what changes where a name ends

bool shows_octets(FetchItem::Kind kind) {
    using Kind = FetchItem::Kind;
    return kind == Kind::rfc822 || kind == Kind::rfc822_header || kind == Kind::rfc822_text ||
           kind == Kind::body || kind == Kind::binary;
}

}  // namespace

void FetchParser::start() {
    state_ = State::open;
    held_.give_out();
}

std::optional<FetchParser::Event> FetchParser::text(std::string_view& octets) {
    held_.drop_given_out();
    const char octet = octets.front();
    switch (state_) {
        case State::open:
            octets.remove_prefix(1);
            if (octet != '(') return ResponseFault{"FETCH without a list"};
            state_ = State::name;
            return std::nullopt;
        case State::name: return name_octets(octets);
        case State::value:
        case State::nil: return value_octets(octets);
        case State::quoted: return quoted_octets(octets);
        case State::announcement: octets = {}; return std::nullopt;
        case State::other: return other_octets(octets);
        case State::after:
            octets.remove_prefix(1);
            if (octet == ' ') {
                state_ = State::name;
            } else if (octet == ')') {
                state_ = State::done;
            } else {
                return ResponseFault{"octets after a fetch item"};
            }
            return std::nullopt;
        case State::literal:
        case State::done: break;
    }
    octets = {};
    return ResponseFault{"octets after the fetch items"};
}

std::optional<FetchParser::Event> FetchParser::name_octets(std::string_view& octets) {
    for (std::size_t i = 0; i < octets.size(); ++i) {
        if (in_section_ && !quotes_.open()) {
            while (i < octets.size() && !section_marks.contains(octets[i])) ++i;
            if (i == octets.size()) break;
        }
        const char octet = octets[i];
        if (in_section_) {
            // "]" may stand in the name of a field (ASTRING-CHAR), parentheses only around all of them.
            if (quotes_.hold(octet)) continue;
            if (octet == '(' || octet == ')')
                in_field_names_ = octet == '(';
            else if (octet == ']')
                in_section_ = in_field_names_;
        } else if (octet == '[') {
            in_section_ = true;
        } else if (octet == '"') {
            // To the framer a quoted string begins here: what it takes for text is none to us.
            return ResponseFault{"quotation mark in the name of a fetch item"};
        } else if (octet == ' ' || octet == ')') {
            held_.octets().append(octets.substr(0, i));
            // "* 1 FETCH ()": no item at all
            if (octet == ')' && held_.octets().empty()) {
                octets.remove_prefix(i + 1);
                state_ = State::done;
                return std::nullopt;
            }
            octets.remove_prefix(i + 1);
            if (octet == ')') return ResponseFault{"fetch item without a value"};
            return end_of_name();
        }
    }
    held_.octets().append(octets);
    octets = {};
    if (held_.octets().size() > max_name_octets) return ResponseFault{"name of a fetch item is too long"};
    return std::nullopt;
}

std::optional<FetchParser::Event> FetchParser::end_of_name() {
    Cursor cursor(held_.octets());
    auto item = take_response_item(cursor);
    if (held_.octets().empty()) return ResponseFault{"fetch item without a name"};
    // Of an item that isn't known nothing changes.
    if (!item || !cursor.at_end()) item = FetchItem{.name = held_.octets()};
    shows_octets_ = shows_octets(item->kind);
    state_ = shows_octets_ ? State::value : State::other;
    held_.give_out();
    depth_ = 0;
    return FetchName{std::move(*item), held_.octets()};
}

// nstring = string / "NIL", or literal8
std::optional<FetchParser::Event> FetchParser::value_octets(std::string_view& octets) {
    const char octet = octets.front();
    if (state_ == State::value && (octet == '{' || octet == '~')) {
        state_ = State::announcement;
        return std::nullopt;
    }
    octets.remove_prefix(1);
    if (state_ == State::value && octet == '"') {
        state_ = State::quoted;
        return std::nullopt;
    }
    constexpr std::string_view nil = "NIL";
    if (ascii::to_upper(octet) != nil[held_.octets().size()])
        return ResponseFault{"neither a string nor NIL"};
    held_.octets() += octet;
    state_ = State::nil;
    if (held_.octets().size() < nil.size()) return std::nullopt;
    held_.give_out();
    state_ = State::after;
    return FetchNil{};
}

std::optional<FetchParser::Event> FetchParser::quoted_octets(std::string_view& octets) {
    std::size_t i = 0;
    while (i < octets.size()) {
        const char octet = octets[i++];
        if (!escaped_ && octet == '\\') {
            escaped_ = true;
            continue;
        }
        if (!escaped_ && octet == '"') {
            octets.remove_prefix(i);
            held_.give_out();
            state_ = State::after;
            return FetchQuoted{held_.octets()};
        }
        escaped_ = false;
        held_.octets() += octet;
        if (held_.octets().size() > max_quoted_octets) return ResponseFault{"quoted string is too long"};
    }
    octets = {};
    return std::nullopt;
}

std::optional<FetchParser::Event> FetchParser::other_octets(std::string_view& octets) {
    std::size_t i = 0;
    for (; i < octets.size(); ++i) {
        const char octet = octets[i];
        if (quotes_.hold(octet)) continue;
        if (octet == '(') {
            ++depth_;
        } else if (octet == ')') {
            if (depth_ == 0) break;
            --depth_;
        } else if (octet == ' ' && depth_ == 0) {
            break;
        }
    }
    const auto value = octets.substr(0, i);
    octets.remove_prefix(i);
    if (!octets.empty()) state_ = State::after;
    if (value.empty()) return std::nullopt;
    return FetchValue{value};
}

std::optional<FetchParser::Event> FetchParser::literal(const Literal& literal) {
    literal_left_ = literal.octets;
    switch (state_) {
        case State::announcement:
            if (literal.octets > max_literal_octets) return ResponseFault{"size of a literal"};
            state_ = literal.octets > 0 ? State::literal : State::after;
            return FetchLiteral{literal.octets, literal.binary};
        case State::other: return FetchValue{"\r\n"};
        case State::name:
            if (literal.octets > max_name_octets) break;
            held_.octets().append("\r\n");
            return std::nullopt;
        default: break;
    }
    return ResponseFault{"literal out of place"};
}

std::optional<FetchParser::Event> FetchParser::literal_octets(std::string_view octets) {
    literal_left_ -= octets.size();
    switch (state_) {
        case State::literal:
            if (literal_left_ == 0) state_ = State::after;
            return FetchLiteralOctets{octets};
        case State::other: return FetchValue{octets};
        default: held_.octets().append(octets); return std::nullopt;  // in a name
    }
}

std::optional<FetchParser::Event> FetchParser::line_end() {
    if (state_ == State::done) return FetchEnd{};
    return ResponseFault{"FETCH response ends early"};
}

}  // namespace decorum::imap
