// The seal of a block (DESIGN, the annotation): PREFIX-Seal: v=1; k=KEY; h=BASE64; s=BASE64
//
// h is the SHA-256 of From, Date and Message-ID in relaxed canonical form (RFC 6376 §3.4.2): it binds the
// block to its message. s is the HMAC-SHA256 of the block's octets, line ends as CRLF, with the value of s
// left out (folding white space within it too): it binds every octet of the block, the padding field's
// included. Whatever is not exactly so is `broken`; nothing here fails in another way.
#include "gateway/message/seal.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/message/forged_filter.hpp"

namespace decorum::message {
namespace {

constexpr std::array<std::string_view, 3> bound_fields{"From", "Date", "Message-ID"};

// Relaxed header canonicalization, RFC 6376 §3.4.2: name in lower case, unfolded, runs of white space as one
// space, none at the ends nor around the colon.
void append_relaxed(std::string& out, std::string_view name, std::string_view body) {
    std::size_t at = out.size();
    out.resize(at + name.size() + body.size() + 3);  // a colon and a line end, and at most these
    for (char c : name) out[at++] = ascii::to_lower(c);
    out[at++] = ':';
    const std::size_t value = at;
    bool space = false;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const char c = body[i];
        if (ascii::is_wsp(c)) {
            space = true;
        } else if (c != '\n' && (c != '\r' || i + 1 == body.size() || body[i + 1] != '\n')) {
            if (space && at != value) out[at++] = ' ';
            space = false;
            out[at++] = c;
        }
    }
    out[at++] = '\r';
    out[at++] = '\n';
    out.resize(at);
}

std::string with_cr_before_lf(std::string_view octets) {
    std::string out;
    out.reserve(octets.size() + 64);
    for (std::size_t i = 0; i < octets.size(); ++i) {
        if (octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r')) out.push_back('\r');
        out.push_back(octets[i]);
    }
    return out;
}

std::string without_white_space(std::string_view value) {
    std::string out(value);
    std::erase_if(out, [](char c) { return ascii::is_wsp(c) || c == '\r' || c == '\n'; });
    return out;
}

// What the tags of a Seal field say; views into its body.
struct SealTags {
    std::string_view version, key_id, message_digest, block_digest;
};

// tag-list = tag-spec *( ";" tag-spec ) [ ";" ]  RFC 6376 §3.2. Each of ours once; others are bound by s.
std::optional<SealTags> parse_tags(std::string_view body) {
    SealTags tags;
    std::array<std::pair<char, std::string_view*>, 4> slots{
        {{'v', &tags.version}, {'k', &tags.key_id}, {'h', &tags.message_digest}, {'s', &tags.block_digest}}};
    while (!body.empty()) {
        const std::size_t semicolon = std::min(body.find(';'), body.size());
        const std::string_view tag = body.substr(0, semicolon);
        body.remove_prefix(std::min(semicolon + 1, body.size()));
        const std::size_t equals = tag.find('=');
        if (equals == std::string_view::npos) {
            if (body.empty() && ascii::trim(tag).empty()) break;
            return std::nullopt;
        }
        const std::string_view name = ascii::trim(tag.substr(0, equals));
        if (name.size() != 1) continue;
        for (auto& [letter, value] : slots) {
            if (letter != name.front()) continue;
            if (value->data() != nullptr) return std::nullopt;
            *value = tag.substr(equals + 1);
        }
    }
    for (const auto& slot : slots)
        if (slot.second->data() == nullptr) return std::nullopt;
    return tags;
}

// The value of status= in the block's Source field.
Status status_in(std::span<const Field> fields, std::string_view prefix) {
    constexpr std::string_view tag = "status=";
    for (const Field& field : fields) {
        if (!is_block_field(field, prefix, "Source")) continue;
        const std::string body = unfold(field.body);
        if (!body.starts_with(tag)) continue;
        const std::size_t end = std::min(body.find(';'), body.size());
        return status_from(std::string_view(body).substr(tag.size(), end - tag.size()))
            .value_or(Status::unavailable);
    }
    return Status::unavailable;
}

SealCheck broken(std::string_view reason) {
    return {SealVerdict::broken, std::nullopt, std::string(reason)};
}

// Where the run of padding fields that begins at `begin` ends. Of its last field only the first line is ours:
// it stands there to absorb the message's own white space.
std::size_t end_of_padding(std::string_view octets, std::span<const Field> fields, std::size_t begin,
                           std::string_view prefix) {
    std::size_t end = begin;
    std::size_t last_begin = begin;
    for (const Field& field : fields) {
        if (field.begin != end || !is_block_field(field, prefix, "Pad")) break;
        last_begin = field.begin;
        end = field.end;
    }
    if (end == begin) return begin;
    const std::size_t line_feed = octets.find('\n', last_begin);
    return line_feed < end ? line_feed + 1 : end;
}

bool says_header_size(std::span<const Field> block, std::string_view prefix) {
    return block.size() == 1 && is_block_field(block.front(), prefix, "Source") &&
           ascii::trim(block.front().body) == "status=unavailable; reason=header-size";
}

}  // namespace

bool is_block_field(const Field& field, std::string_view prefix, std::string_view suffix) {
    return field.name.size() == prefix.size() + 1 + suffix.size() && is_block_name(field.name, prefix) &&
           ascii::equals_nocase(field.name.substr(prefix.size() + 1), suffix);
}

std::string digest_of_message(const HeaderSection& header, std::string_view replacement) {
    HeaderSection replaced;
    if (!replacement.empty()) replaced = scan_header(replacement);
    std::string canonical;
    canonical.reserve(512);
    for (std::string_view name : bound_fields) {
        const HeaderSection& section = replaced.first(name) != nullptr ? replaced : header;
        for (const Field& field : section.fields)
            if (field.is(name)) append_relaxed(canonical, field.name, field.body);
    }
    return to_base64(view_of(sha256({canonical})));
}

std::string digest_of_block(std::string_view before, std::string_view after, const SealKey& key) {
    return to_base64(view_of(hmac_sha256(key.octets.reveal(), {before, after})));
}

SealCheck check_seal(std::string_view octets, const HeaderSection& header, const SealKey& key,
                     std::string_view prefix) {
    const auto& fields = header.fields;
    const auto seal =
        std::ranges::find_if(fields, [&](const Field& f) { return is_block_field(f, prefix, "Seal"); });
    if (seal == fields.end()) return {SealVerdict::absent, std::nullopt, "no seal in the header section"};

    auto first = seal;
    while (first != fields.begin()) {
        const Field& above = *(first - 1);
        if (above.end != first->begin) break;
        if (!is_block_name(above.name, prefix) && !above.is("Face")) break;
        if (is_block_field(above, prefix, "Pad")) break;  // it ends a block
        --first;
    }
    const std::size_t end = end_of_padding(octets, {seal + 1, fields.end()}, seal->end, prefix);

    const std::optional<SealTags> tags = parse_tags(seal->body);
    if (!tags) return broken("the seal's tags can't be read");
    if (ascii::trim(tags->version) != "1") return broken("the seal is of an unknown version");
    if (ascii::trim(tags->key_id) != key_id_of(key))
        return {SealVerdict::unknown_key, std::nullopt, "the seal was made with another key"};
    // Over a header section beyond the limit the gateway saw only its beginning: what it sealed is bound to
    // nothing that can be checked here.
    const std::span<const Field> inside(first, seal);
    const bool bound = !says_header_size(inside, prefix);
    if (bound &&
        !equal_in_constant_time(without_white_space(tags->message_digest), digest_of_message(header, {})))
        return broken("the block belongs to another message: From, Date or Message-ID differ");

    // White space around the value stays, and so breaks the seal: only what folds the value is taken out.
    const std::string_view value = ascii::trim(tags->block_digest);
    const std::size_t value_begin = seal->begin + static_cast<std::size_t>(value.data() - seal->name.data());
    const std::size_t value_end = value_begin + value.size();
    const std::string before = with_cr_before_lf(octets.substr(first->begin, value_begin - first->begin));
    const std::string after = with_cr_before_lf(octets.substr(value_end, end - value_end));
    if (!equal_in_constant_time(without_white_space(value), digest_of_block(before, after, key)))
        return broken("the block was changed after it was sealed");

    return {SealVerdict::valid,
            SealedBlock{first->begin, end, std::string(key_id_of(key)), status_in(inside, prefix), bound},
            {}};
}

std::size_t leading_padding_octets(std::string_view octets, const HeaderSection& header,
                                   std::string_view prefix) {
    return end_of_padding(octets, header.fields, 0, prefix);
}

}  // namespace decorum::message
