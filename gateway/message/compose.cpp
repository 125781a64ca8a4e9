// With mime_tree.cpp the only file that includes mimetic.
//
// The library gets texts and gives a MIME entity; its own header fields are the Content-Type and the
// Content-Transfer-Encoding of the parts. What is hostile reaches it only as octets to be encoded in base64:
// its quoted-printable turns line ends into =0A as soon as a text is not ASCII.
#include "gateway/message/compose.hpp"

#include <fmt/format.h>
#include <mimetic/mimetic.h>

#include <exception>
#include <sstream>

#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/fold.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::message {
namespace {

constexpr std::size_t max_name_characters = 100;
constexpr std::size_t max_message_id_octets = 250;
constexpr std::string_view line_end = "\r\n";

// mailbox = [phrase] angle-addr  RFC 5322 §3.4
Result<std::string> mailbox_of(std::string_view name, std::string_view address) {
    const auto mailbox = parse_address(address);
    if (!mailbox) return fail(errc::invalid, fmt::format("not an address: {}", mailbox.error().detail));
    const std::string shown = sanitize(name, max_name_characters);
    if (shown.empty()) return mailbox->address();
    std::string phrase = encode_words(shown);
    if (phrase == shown) {  // plain ASCII: quoted, for it may hold specials
        phrase = "\"";
        for (char c : shown) {
            if (c == '"' || c == '\\') phrase.push_back('\\');
            phrase.push_back(c);
        }
        phrase.push_back('"');
    }
    return fmt::format("{} <{}>", phrase, mailbox->address());
}

// A message-id of somebody else's as it may stand in a field: without white space, controls and brackets.
bool is_plain_id(std::string_view id) {
    return !id.empty() && id.size() <= max_message_id_octets &&
           std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>'; });
}

// The part owns itself to mimetic's entity that it is put into.
std::unique_ptr<mimetic::MimeEntity> text_part(std::string_view subtype, const std::string& text) {
    auto part = std::make_unique<mimetic::MimeEntity>();
    part->header().contentType(mimetic::ContentType("text", std::string(subtype)));
    part->header().contentType().paramList().push_back(mimetic::ContentType::Param("charset", "utf-8"));
    part->header().contentTransferEncoding("base64");
    part->body().assign(text);
    part->body().code(mimetic::Base64::Encoder());
    return part;
}

// Whatever the library writes between lines becomes CRLF.
std::string with_crlf(std::string_view octets) {
    std::string out;
    out.reserve(octets.size() + octets.size() / 64);
    for (char c : octets) {
        if (c == '\r') continue;
        if (c == '\n') out.push_back('\r');
        out.push_back(c);
    }
    return out;
}

// From the Content-Type on.
Result<std::string> entity_of(const Composition& composition) {
    try {
        mimetic::MultipartAlternative entity;
        const std::string seed =
            to_hex(view_of(sha256({"decorum boundary", composition.message_id}))).substr(0, 32);
        entity.header().contentType(
            mimetic::ContentType(fmt::format("multipart/alternative; boundary=\"=_{}\"", seed)));
        entity.body().parts().push_back(text_part("plain", composition.text).release());
        entity.body().parts().push_back(text_part("html", composition.html).release());
        std::ostringstream out;
        out << entity;
        return with_crlf(out.str());
    } catch (const std::exception& error) {
        return fail(errc::invalid, error.what());
    }
}

}  // namespace

Result<std::string> compose(const Composition& composition) {
    const auto from = mailbox_of(composition.from_name, composition.from);
    if (!from) return std::unexpected(from.error());
    const auto to = mailbox_of(composition.to_name, composition.to);
    if (!to) return std::unexpected(to.error());
    const auto reply_to = mailbox_of({}, composition.reply_to);
    if (!reply_to) return std::unexpected(reply_to.error());
    if (!is_plain_id(composition.message_id)) return fail(errc::invalid, "not a message-id");
    const auto entity = entity_of(composition);
    if (!entity) return std::unexpected(entity.error());

    std::string out;
    const auto field = [&out](std::string_view name, std::string_view value) {
        append_field(out, name, value, line_end);
    };
    field("Date", to_rfc5322(composition.date));
    field("From", *from);
    field("To", *to);
    field("Reply-To", *reply_to);
    field("Subject", encode_words(sanitize(composition.subject, max_subject_characters)));
    field("Message-ID", fmt::format("<{}>", composition.message_id));
    if (is_plain_id(composition.in_reply_to)) {
        field("In-Reply-To", fmt::format("<{}>", composition.in_reply_to));
        field("References", fmt::format("<{}>", composition.in_reply_to));
    }
    // RFC 3834 §5, and what keeps Exchange from answering.
    field("Auto-Submitted", composition.in_reply_to.empty() ? "auto-generated" : "auto-replied");
    field("X-Auto-Response-Suppress", "All");
    field("Content-Language", composition.language);
    field("MIME-Version", "1.0");
    return out + *entity;
}

std::string visible_text(std::string_view text, std::size_t max_characters) {
    std::string out;
    std::size_t characters = 0;
    for (bool after_cr = false; !text.empty();) {
        const CodePoint point = first_code_point(text);
        text.remove_prefix(point.octets);
        const bool line_break = point.value == '\n' || point.value == '\r' || point.value == 0x2028 ||
                                point.value == 0x2029 || point.value == 0x85;
        const bool second_half = after_cr && point.value == '\n';
        after_cr = point.value == '\r';
        if (!point.valid || second_half) continue;
        if (!line_break && !is_white_space(point.value) && !is_shown(point.value)) continue;
        if (characters++ == max_characters) return out + "…";
        if (line_break)
            out.push_back('\n');
        else if (is_white_space(point.value))
            out.push_back(' ');
        else
            append_utf8(out, point.value);
    }
    return out;
}

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out.push_back(c);
        }
    }
    return out;
}

}  // namespace decorum::message
