// Comments, white space and quoted strings. Linear in the text: a comment is read once, nesting is counted,
// not recursed into.
#include "gateway/message/cfws.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/message/header_section.hpp"

namespace decorum::message {
namespace {

// comment = "(" *([FWS] ccontent) [FWS] ")"; ccontent = ctext / quoted-pair / comment  RFC 5322 §3.2.2
// text[at] is "(". Gives what stands between the parentheses.
Result<std::string_view> comment(std::string_view text, std::size_t& at) {
    const std::size_t begin = at + 1;
    std::size_t depth = 0;
    for (; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '(') {
            if (++depth > max_comment_depth) return fail(errc::limit, "comments nested too deeply");
        } else if (text[at] == ')' && --depth == 0) {
            ++at;
            return text.substr(begin, at - 1 - begin);
        }
    }
    return fail(errc::syntax, "comment without end");
}

}  // namespace

Result<std::string> plain_field_text(std::string_view body) {
    if (body.size() > max_structured_octets) return fail(errc::limit, "structured field too long");
    std::string text = unfold(body);
    if (std::ranges::any_of(text, [](char c) { return ascii::is_control(c) && c != '\t'; })) {
        return fail(errc::syntax, "control octet in a structured field");
    }
    return text;
}

// CFWS = (1*([FWS] comment) [FWS]) / FWS  RFC 5322 §3.2.2
Result<Cfws> skip_cfws(std::string_view text, std::size_t& at) {
    Cfws out;
    while (at < text.size()) {
        if (ascii::is_wsp(text[at])) {
            ++at;
        } else if (text[at] == '(') {
            const auto inner = comment(text, at);
            if (!inner) return std::unexpected(inner.error());
            out.comment = *inner;
        } else {
            break;
        }
        out.present = true;
    }
    return out;
}

// quoted-pair = "\" (VCHAR / WSP)  RFC 5322 §3.2.1
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out.push_back(text[i]);
    }
    return out;
}

// quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE; qcontent = qtext / quoted-pair  RFC 5322 §3.2.4
Result<std::string> quoted_string(std::string_view text, std::size_t& at) {
    const std::size_t begin = ++at;
    for (; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            ++at;
            return unescape(text.substr(begin, at - 1 - begin));
        }
    }
    return fail(errc::syntax, "quoted string without end");
}

}  // namespace decorum::message
