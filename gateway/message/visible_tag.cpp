// See visible_tag.hpp. The tag is hostile text: it is sanitised and capped, and it can't end the quoted
// string or the encoded word that it stands in. The original must fit into PREFIX-Original without loss, else
// there is no tag: nothing is shown that could not be undone.
#include "gateway/message/visible_tag.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/fold.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::message {
namespace {

constexpr std::size_t max_tag_characters = 100;
constexpr std::size_t max_flag_characters = 200;
constexpr std::size_t max_original_octets = 1024;
constexpr std::size_t max_original_token_octets = max_line_octets - 1;  // after a fold's space

// Some readers take a bare CR for a line's end, and see another field behind it.
bool holds_bare_cr(std::string_view body) {
    for (std::size_t cr = body.find('\r'); cr != std::string_view::npos; cr = body.find('\r', cr + 1))
        if (!body.substr(cr + 1).starts_with('\n')) return true;
    return false;
}

// `NAME: body`, unfolded. Folds are white space and line ends; other controls can't be kept.
std::optional<std::string> original_of(const Field& field) {
    if (holds_bare_cr(field.body)) return std::nullopt;
    std::string original(field.name);
    original.append(": ").append(unfold(field.body));
    const bool plain = ascii::is_ascii(original) && std::ranges::none_of(original, [](char c) {
                           return ascii::is_control(c) && c != '\t';
                       });
    if (!plain || original.size() > max_original_octets ||
        longest_token_octets(original) > max_original_token_octets)
        return std::nullopt;
    return original;
}

// The octets of the field's own line end; empty where the message ends within the field.
std::string_view line_end_of(const Field& field, std::string_view line_end) {
    const auto body_end =
        field.begin + static_cast<std::size_t>(field.body.data() + field.body.size() - field.name.data());
    return body_end < field.end ? line_end : std::string_view{};
}

// quoted-string = DQUOTE *(qtext / quoted-pair / FWS) DQUOTE  RFC 5322 §3.2.4
std::string quoted_string(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    out.push_back('"');
    return out;
}

// phrase = 1*word / encoded words  RFC 5322 §3.2.5, RFC 2047 §5 (3)
std::string phrase(std::string_view clean) {
    return ascii::is_ascii(clean) ? quoted_string(clean) : encode_words(clean);
}

// Appends a field without its line end.
void append_open_field(std::string& out, std::string_view name, std::string_view value,
                       std::string_view line_end) {
    append_field(out, name, value, line_end);
    out.resize(out.size() - line_end.size());
}

std::size_t last_column(std::string_view text) {
    const std::size_t line_feed = text.rfind('\n');
    return line_feed == std::string_view::npos ? text.size() : text.size() - line_feed - 1;
}

}  // namespace

std::optional<VisibleTag> tag_from(const HeaderSection& header, const Mailbox& author, std::string_view tag,
                                   std::string_view line_end) {
    const Field* const from = header.only("From");
    if (from == nullptr) return std::nullopt;
    std::optional<std::string> original = original_of(*from);
    const std::string clean = sanitize(tag, max_tag_characters);
    const std::string address = author.address();
    if (!original || clean.empty() || !ascii::is_ascii(address) ||
        std::ranges::any_of(address, ascii::is_control))
        return std::nullopt;

    VisibleTag result{{from->begin, from->end, {}}, std::move(*original)};
    append_open_field(result.splice.text, from->name, phrase(clean) + " <" + address + ">", line_end);
    result.splice.text += line_end_of(*from, line_end);
    return result;
}

std::optional<VisibleTag> tag_subject(const HeaderSection& header, std::string_view tag,
                                      std::string_view line_end) {
    const Field* const subject = header.only("Subject");
    if (subject == nullptr) return std::nullopt;
    std::optional<std::string> original = original_of(*subject);
    const std::string clean = sanitize(tag, max_tag_characters);
    if (!original || clean.empty()) return std::nullopt;

    const std::string_view body = subject->body;
    const std::string_view text = ascii::trim(body);
    std::string shown = "[" + clean + "]";
    if (!ascii::is_ascii(clean)) {
        // White space between two encoded words is lost (RFC 2047 §6.2): it must stand within the first.
        if (text.starts_with("=?")) shown.push_back(' ');
        shown = encode_words(shown);
    }

    VisibleTag result{{subject->begin, subject->end, {}}, std::move(*original)};
    std::string& out = result.splice.text;
    append_open_field(out, subject->name, shown, line_end);
    if (!text.empty()) {
        const std::string_view first_line = body.substr(0, body.find_first_of("\r\n"));
        if (last_column(out) + 1 + first_line.size() > max_columns && !ascii::trim(first_line).empty())
            out += line_end;
        if (!ascii::is_wsp(body.front()) && body.front() != '\r' && body.front() != '\n') out.push_back(' ');
        out += body;
    }
    out += line_end_of(*subject, line_end);
    return result;
}

std::string outlook_flag(std::string_view text, std::string_view line_end) {
    constexpr std::string_view name = "X-Message-Flag: ";
    std::size_t characters = max_flag_characters;
    for (std::string clean = sanitize(text, characters); !clean.empty();
         clean = sanitize(clean, characters)) {
        const std::string value = encode_value(clean);
        if (name.size() + value.size() <= max_line_octets)
            return std::string(name).append(value).append(line_end);
        characters = characters * 3 / 4;
    }
    return {};
}

}  // namespace decorum::message
