// Parts are found by their boundary lines in the octets; nothing is built of them. Each header section is
// read by our own scanner, and mimetic sees no more than the media type (mime_tree.hpp).
#include "gateway/message/readable_text.hpp"

#include <algorithm>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/base/charset.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/cfws.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/html_text.hpp"
#include "gateway/message/mime_tree.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::message {
namespace {

constexpr std::size_t max_boundary_octets = 200;  // RFC 2046 §5.1.1 says 70; some write more

// parameter = attribute "=" value  RFC 2045 §5.1; the first of that name. Nothing where it is not to be read.
std::optional<std::string> parameter(std::string_view body, std::string_view name) {
    const auto text = plain_field_text(body);
    if (!text) return std::nullopt;
    std::size_t at = 0;
    while ((at = text->find(';', at)) != std::string::npos) {
        ++at;
        if (!skip_cfws(*text, at)) return std::nullopt;
        const std::size_t equals = text->find_first_of("=;", at);
        if (equals == std::string::npos) return std::nullopt;
        if ((*text)[equals] == ';') {
            at = equals;
            continue;
        }
        const std::string_view attribute = ascii::trim(std::string_view(*text).substr(at, equals - at));
        at = equals + 1;
        if (!skip_cfws(*text, at)) return std::nullopt;
        std::string value;
        if (at < text->size() && (*text)[at] == '"') {
            auto quoted = quoted_string(*text, at);
            if (!quoted) return std::nullopt;
            value = std::move(*quoted);
        } else {
            const std::size_t end = std::min(text->find_first_of("; \t(", at), text->size());
            value = text->substr(at, end - at);
            at = end;
        }
        if (ascii::equals_nocase(attribute, name)) return value;
    }
    return std::nullopt;
}

// RFC 2045 §6.7, as tolerant as its note says.
std::string from_quoted_printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '=') {
            out.push_back(text[at]);
            continue;
        }
        const std::string_view rest = text.substr(at + 1);
        const std::size_t blank = rest.find_first_not_of(" \t");
        const std::string_view line_end =
            blank == std::string_view::npos ? std::string_view{} : rest.substr(blank);
        if (line_end.empty()) break;
        if (line_end.starts_with("\r\n") || line_end.starts_with('\n')) {
            at += blank + (line_end[0] == '\r' ? 2 : 1);
            continue;
        }
        const auto high = ascii::hex_value(rest[0]);
        const auto low = rest.size() > 1 ? ascii::hex_value(rest[1]) : std::nullopt;
        if (high && low) {
            out.push_back(static_cast<char>(*high << 4 | *low));
            at += 2;
        } else {
            out.push_back('=');
        }
    }
    return out;
}

// RFC 2045 §6.8: what is not of the alphabet is passed over; what was cut off gives what is there.
std::string from_base64_lines(std::string_view text) {
    std::string digits;
    digits.reserve(text.size() + 2);
    for (char c : text.substr(0, text.find('=')))
        if (ascii::is_alnum(c) || c == '+' || c == '/') digits.push_back(c);
    if (digits.size() % 4 == 1) digits.pop_back();
    while (digits.size() % 4 != 0) digits.push_back('=');
    if (auto whole = from_base64(digits)) return std::move(*whole);
    // Bits that belong to no octet: the last group says nothing.
    digits.resize(digits.size() < 4 ? 0 : digits.size() - 4);
    return from_base64(digits).value_or("");
}

// The body of a part without its transfer encoding and charset.
std::string decoded(std::string_view body, const HeaderSection& header) {
    std::string encoding;
    if (const Field* field = header.first("Content-Transfer-Encoding"))
        encoding = ascii::lower(ascii::trim(unfold(field->body)));
    std::string octets = encoding == "quoted-printable" ? from_quoted_printable(body)
                         : encoding == "base64"         ? from_base64_lines(body)
                                                        : std::string(body);
    std::optional<std::string> charset;
    if (const Field* field = header.first("Content-Type")) charset = parameter(field->body, "charset");
    auto text = to_utf8(ascii::lower(charset.value_or("utf-8")), octets);
    if (!text) {
        text.emplace();
        append_as_utf8(*text, octets);
    }
    std::erase(*text, '\r');
    return std::move(*text);
}

// The delimiter line at `at`, or the next one; the octets before it belong to the part.
struct Delimiter {
    std::size_t begin = 0;  // of the line
    std::size_t end = 0;    // after it
    bool closing = false;
};

std::optional<Delimiter> next_delimiter(std::string_view body, std::string_view boundary, std::size_t at) {
    const std::string mark = "--" + std::string(boundary);
    for (; (at = body.find(mark, at)) != std::string_view::npos; ++at) {
        if (at != 0 && body[at - 1] != '\n') continue;
        std::size_t rest = at + mark.size();
        const bool closing = body.substr(rest).starts_with("--");
        if (closing) rest += 2;
        const std::size_t line = std::min(body.find('\n', rest), body.size());
        if (!ascii::trim(body.substr(rest, line - rest)).empty()) continue;  // a longer boundary
        return Delimiter{at, std::min(line + 1, body.size()), closing};
    }
    return std::nullopt;
}

// Nothing that can be seen: some programs put an empty part, or a lone no-break space, beside what was
// written.
bool is_blank(std::string_view text) {
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        if (!point.valid || is_shown(point.value)) return false;
        text.remove_prefix(point.octets);
    }
    return true;
}

class Finder {
public:
    // True: text/plain was found that says something, and nothing more is of interest.
    Result<bool> look(std::string_view octets, std::size_t depth) {
        if (depth > max_part_depth) return fail(errc::limit, "parts within parts");
        if (++parts_ > max_parts) return fail(errc::limit, "parts");
        const HeaderSection header = scan_header(octets);
        const std::string_view body = octets.substr(header.body);
        const Field* field = header.first("Content-Type");
        const auto type =
            field == nullptr ? Result<MediaType>(MediaType{"text", "plain"}) : media_type(field->body);
        if (!type) return std::unexpected(type.error());
        if (type->type == "multipart") return look_inside(body, *field, depth);
        if (type->type != "text" || is_attachment(header)) return false;
        if (type->subtype == "plain") {
            std::string text = decoded(body, header);
            const bool says = !is_blank(text);
            if (says || !found) found = std::move(text);
            return says;
        }
        if (type->subtype == "html" && (!found || is_blank(*found)))
            found = text_of_html(decoded(body, header));
        return false;
    }

    std::optional<std::string> found;

private:
    static bool is_attachment(const HeaderSection& header) {
        const Field* field = header.first("Content-Disposition");
        return field != nullptr && ascii::starts_with_nocase(ascii::trim(unfold(field->body)), "attachment");
    }

    Result<bool> look_inside(std::string_view body, const Field& field, std::size_t depth) {
        const auto boundary = parameter(field.body, "boundary");
        if (!boundary || boundary->empty() || boundary->size() > max_boundary_octets)
            return fail(errc::syntax, "no boundary");
        auto delimiter = next_delimiter(body, *boundary, 0);
        while (delimiter && !delimiter->closing) {
            const std::size_t begin = delimiter->end;
            delimiter = next_delimiter(body, *boundary, begin);
            const std::size_t end = delimiter ? delimiter->begin : body.size();
            const auto done = look(body.substr(begin, end - begin), depth + 1);
            if (!done || *done) return done;
        }
        return false;
    }

    std::size_t parts_ = 0;
};

}  // namespace

Result<std::string> readable_text(std::string_view octets) {
    Finder finder;
    const auto looked = finder.look(octets, 0);
    // What is broken after a good part takes nothing from it.
    if (finder.found) return std::move(*finder.found);
    if (!looked) return std::unexpected(looked.error());
    return fail(errc::not_found, "there is no text");
}

}  // namespace decorum::message
