// See fold.hpp. A line never consists of white space alone (RFC 5322 §3.2.2 forbids to make one): the white
// space before a token moves to the new line with it.
#include "gateway/message/fold.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/message/encoded_word.hpp"

namespace decorum::message {
namespace {

std::size_t end_of_token(std::string_view value, std::size_t at) {
    while (at < value.size() && !ascii::is_wsp(value[at])) ++at;
    return at;
}

std::size_t end_of_white_space(std::string_view value, std::size_t at) {
    while (at < value.size() && ascii::is_wsp(value[at])) ++at;
    return at;
}

bool is_plain(std::string_view word) {
    return ascii::is_ascii(word) && std::ranges::none_of(word, ascii::is_control) &&
           word.find("=?") == std::string_view::npos;
}

}  // namespace

void append_field(std::string& out, std::string_view name, std::string_view value,
                  std::string_view line_end) {
    out.append(name).append(":");
    std::size_t column = name.size() + 1;
    std::size_t at = 0;
    // The first token is preceded by a space that the value does not hold.
    bool first = true;
    while (at < value.size() || first) {
        const std::size_t token = end_of_white_space(value, at);
        const std::size_t end = end_of_token(value, token);
        const std::size_t octets = end - at + (first ? 1 : 0);
        if (column + octets > max_columns && end > token) {
            out.append(line_end);
            column = 0;
        }
        if (first) out.push_back(' ');
        out.append(value.substr(at, end - at));
        column += octets;
        at = end;
        first = false;
    }
    out.append(line_end);
}

std::size_t longest_token_octets(std::string_view value) {
    std::size_t longest = 0;
    for (std::size_t at = 0; at < value.size();) {
        const std::size_t token = end_of_white_space(value, at);
        at = end_of_token(value, token);
        longest = std::max(longest, at - token);
    }
    return longest;
}

std::string encode_value(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string out;
    out.reserve(text.size() * 2);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t space = std::min(text.find(' ', at), text.size());
        if (is_plain(text.substr(at, space - at))) {
            out.append(text.substr(at, space - at));
            at = space;
        } else {
            // A run of words that need it: white space between two encoded words is lost (RFC 2047 §6.2),
            // so it must stand inside of one.
            std::size_t end = space;
            while (end < text.size()) {
                const std::size_t next = std::min(text.find(' ', end + 1), text.size());
                if (is_plain(text.substr(end + 1, next - end - 1))) break;
                end = next;
            }
            out.append(encode_words(text.substr(at, end - at)));
            at = end;
        }
        if (at < text.size()) {
            out.push_back(' ');
            ++at;
        }
    }
    return out;
}

}  // namespace decorum::message
