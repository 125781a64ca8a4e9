// The only file that includes mimetic.
//
// The library knows neither comments nor limits and indexes beyond empty values: so the part that it gets to
// see is cut out here (type "/" subtype, before any parameter), and what it answers is checked again as
// tokens.
#include "gateway/message/mime_tree.hpp"

#include <mimetic/contenttype.h>

#include <algorithm>
#include <exception>

#include "gateway/base/ascii.hpp"
#include "gateway/message/cfws.hpp"

namespace decorum::message {
namespace {

constexpr std::size_t max_field_octets = 8 * 1024;

// token = 1*<any CHAR except SPACE, CTLs and tspecials>  RFC 2045 §5.1
constexpr ascii::OctetSet media_token_octets = [] {
    ascii::OctetSet set("!#$%&'*+-.^_`{|}~");
    set.add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
    return set;
}();

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return media_token_octets.contains(c); });
}

// The value before its parameters, without the CFWS around its tokens.
Result<std::string> value_of(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto skipped = skip_cfws(text, at);
        if (!skipped) return std::unexpected(skipped.error());
        if (at == text.size() || text[at] == ';') break;
        const bool inside_token = !out.empty() && out.back() != '/' && text[at] != '/';
        if (skipped->present && inside_token) return fail(errc::syntax, "white space in a media type");
        out.push_back(text[at++]);
    }
    return out;
}

}  // namespace

// content = "Content-Type" ":" type "/" subtype *(";" parameter)  RFC 2045 §5.1
Result<MediaType> media_type(std::string_view field_body) {
    if (field_body.size() > max_field_octets) return fail(errc::limit, "Content-Type too long");
    const auto text = plain_field_text(field_body);
    if (!text) return std::unexpected(text.error());
    const auto value = value_of(*text);
    if (!value) return std::unexpected(value.error());
    if (std::ranges::count(*value, '/') != 1) return fail(errc::syntax, "Content-Type");
    try {
        const mimetic::ContentType content_type(*value);
        MediaType out{
            .type = ascii::lower({content_type.type().data(), content_type.type().size()}),
            .subtype = ascii::lower({content_type.subtype().data(), content_type.subtype().size()})};
        if (!is_token(out.type) || !is_token(out.subtype)) return fail(errc::syntax, "Content-Type");
        return out;
    } catch (const std::exception& error) {
        return fail(errc::syntax, error.what());
    }
}

}  // namespace decorum::message
