// Renders the annotation block (DESIGN, the annotation: a contract).
//
//   PREFIX, -Networks, -Activity, -Career, Face, -Original, -Source, -Seal, -Pad
//
// All is composed with CRLF and sealed so; a message with LF line ends gets the same block with LF. Texts are
// sanitised, capped in characters and in octets, encoded word by word and folded; URLs that are not plain are
// dropped. What does not fit is dropped field by field; Source and Seal are always there. Nothing fails.
#include "gateway/message/block.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "gateway/base/ascii.hpp"
#include "gateway/message/fold.hpp"
#include "gateway/message/sanitize.hpp"
#include "gateway/message/seal.hpp"

namespace decorum::message {
namespace {

constexpr std::string_view crlf = "\r\n";

// Caps of each field, in characters as they are read and in octets as they are written (a character may take
// six): so many that the profile alone never fills the block.
struct Cap {
    std::size_t characters;
    std::size_t octets;
};
constexpr Cap profile_cap{240, 900};
constexpr Cap activity_cap{300, 1000};
constexpr Cap career_cap{400, 1200};
constexpr std::size_t max_networks = 10;
constexpr std::size_t kept_networks = 2;  // what shortage leaves of them
constexpr std::size_t max_url_octets = 200;
constexpr std::size_t max_face_octets = 968;  // base64 of 725 octets
constexpr std::size_t face_columns = 76;

// Caps of the tags of Source: together the longest one, see max_tail_octets().
constexpr std::size_t max_reason_octets = 24;
constexpr std::size_t max_tier_octets = 2;
constexpr std::size_t max_said_by_octets = 8;
constexpr std::size_t max_source_name_octets = 24;
constexpr std::size_t max_sources_octets = max_columns - std::string_view(" sources=;").size();
constexpr std::size_t max_trust_octets = 8;

constexpr auto token_octets =
    ascii::OctetSet("-_.").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
// Printable ASCII but what would end a URL in our fields.
constexpr auto url_octets = [] {
    auto set = ascii::OctetSet("!").add_range(0x23, 0x2b).add_range(0x2d, 0x3b).add_range(0x3f, 0x7e);
    return set.add_range('=', '=');
}();
constexpr auto base64_octets =
    ascii::OctetSet("+/=").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');

bool consists_of(std::string_view text, const ascii::OctetSet& set) {
    return std::ranges::all_of(text, [&](char c) { return set.contains(c); });
}

constexpr std::array<std::string_view, 8> status_names{
    "found", "none", "unauthenticated", "withheld", "opted-out", "excluded", "pending", "unavailable"};

// "=?" would let a lenient reader see an encoded word in it.
bool is_plain_url(std::string_view url) {
    if (url.size() > max_url_octets || !consists_of(url, url_octets)) return false;
    if (url.find("=?") != std::string_view::npos) return false;
    for (std::string_view scheme : {"https://", "http://"})
        if (ascii::starts_with_nocase(url, scheme)) return url.size() > scheme.size();
    return false;
}

// One post, `2026-11-20 "…" <https://…>`: the text, and the URL, which is empty where it is not plain.
struct TextAndUrl {
    std::string_view text;
    std::string_view url;
};
TextAndUrl split_url(std::string_view post) {
    post = ascii::trim(post);
    const std::size_t open = post.rfind('<');
    if (open == std::string_view::npos || !post.ends_with('>')) return {post, {}};
    const std::string_view url = post.substr(open + 1, post.size() - open - 2);
    return {post.substr(0, open), is_plain_url(url) ? url : std::string_view{}};
}

// The posts of an activity line: they are separated by "; " outside of double quotes.
std::vector<TextAndUrl> split_posts(std::string_view activity) {
    std::vector<TextAndUrl> posts;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i + 1 < activity.size(); ++i) {
        quoted = quoted != (activity[i] == '"');
        if (quoted || activity.substr(i, 2) != "; ") continue;
        posts.push_back(split_url(activity.substr(begin, i - begin)));
        begin = i + 2;
    }
    posts.push_back(split_url(activity.substr(begin)));
    return posts;
}

// Each text sanitised and cut, each URL whole behind its text; empty: no text is left.
std::string value_of(std::span<const TextAndUrl> parts, std::size_t characters) {
    std::string value;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::string text = sanitize(parts[i].text, characters);
        if (text.empty()) continue;
        // Where no URL follows, the separator stands within what may be an encoded word: nothing else than
        // white space may touch one (RFC 2047 §5).
        const bool last = i + 1 == parts.size();
        if (!last && parts[i].url.empty()) text.push_back(';');
        value.append(value.empty() ? "" : " ").append(encode_value(text));
        if (!parts[i].url.empty()) value.append(" <").append(parts[i].url).append(last ? ">" : ">;");
    }
    return value;
}

// A text field, or nothing where no text is left. URLs are never cut nor encoded; where texts would have to
// be cut too far, the last part goes.
void append_text_field(std::string& out, std::string_view name, std::span<const TextAndUrl> parts, Cap cap) {
    constexpr std::size_t too_short = 8;           // characters not worth a field
    constexpr std::size_t too_short_of_many = 32;  // nor a part beside others
    const std::size_t begin = out.size();
    for (; !parts.empty(); parts = parts.first(parts.size() - 1)) {
        const std::size_t least = parts.size() == 1 ? too_short : too_short_of_many;
        std::size_t characters = cap.characters / parts.size();
        do {
            const std::string value = value_of(parts, characters);
            if (value.empty()) return;
            append_field(out, name, value, crlf);
            if (out.size() - begin <= cap.octets) return;
            out.resize(begin);
            characters = characters * 3 / 4;
        } while (characters >= least);
    }
}

void append_networks(std::string& out, std::string_view name, std::span<const std::string_view> urls) {
    if (urls.empty()) return;
    std::string value;
    for (std::string_view url : urls) value.append(value.empty() ? "" : ", ").append(url);
    append_field(out, name, value, crlf);
}

// Face: base64, each further line after one space.
void append_face(std::string& out, std::string_view face) {
    if (face.empty() || face.size() > max_face_octets || !consists_of(face, base64_octets)) return;
    out.append("Face:");
    std::size_t column = std::string_view("Face:").size();
    while (!face.empty()) {
        const std::string_view line = face.substr(0, face_columns - column - 1);
        out.append(" ").append(line).append(crlf);
        face.remove_prefix(line.size());
        column = 0;
    }
}

// What stands in a tag: a token, cut at `max_octets`.
void append_tag(std::string& out, std::string_view name, std::string_view value, std::size_t max_octets) {
    const std::size_t begin = out.size();
    if (!out.empty()) out.append("; ");
    out.append(name);
    const std::size_t value_begin = out.size();
    for (char c : value)
        if (token_octets.contains(c) && out.size() - value_begin < max_octets) out.push_back(c);
    if (out.size() == value_begin) out.resize(begin);
}

std::string source_value(const BlockContent& content) {
    std::string value;
    value.reserve(256);
    append_tag(value, "status=", name_of(content.status), max_columns);
    append_tag(value, "reason=", content.reason, max_reason_octets);
    append_tag(value, "tier=", content.tier, max_tier_octets);
    append_tag(value, "said-by=", content.said_by, max_said_by_octets);
    std::size_t room = max_sources_octets;
    bool first = true;
    for (const std::string& source : content.sources) {
        if (source.empty() || source.size() > max_source_name_octets || !consists_of(source, token_octets))
            continue;
        if (source.size() + (first ? 0 : 1) > room) break;
        room -= source.size() + (first ? 0 : 1);
        value.append(first ? "; sources=" : ",").append(source);
        first = false;
    }
    append_tag(value, "trust=", content.trust, max_trust_octets);
    if (content.as_of) value.append("; as-of=").append(to_rfc3339(*content.as_of));
    return value;
}

void append_named(std::string& out, std::string_view prefix, std::string_view suffix,
                  std::string_view value) {
    std::array<char, 128> name;
    if (prefix.size() + suffix.size() <= name.size()) {
        const auto end = std::ranges::copy(suffix, std::ranges::copy(prefix, name.begin()).out).out;
        append_field(out, {name.begin(), end}, value, crlf);
    } else {
        append_field(out, std::string(prefix).append(suffix), value, crlf);
    }
}

constexpr std::string_view pad_suffix = "-Pad";

// Source and Seal (s not yet set). Returns where the value of s begins.
std::size_t append_tail(std::string& out, const BlockContent& content, std::string_view prefix,
                        std::string_view key_id, std::string_view message_digest) {
    append_named(out, prefix, "-Source", source_value(content));
    std::string seal;
    seal.reserve(160);
    seal.append("v=1; k=").append(key_id).append("; h=").append(message_digest).append("; s=");
    seal.append(digest_base64_octets, '=');
    append_named(out, prefix, "-Seal", seal);
    return out.size() - crlf.size() - digest_base64_octets;
}

// An original field is ASCII on one line already; whoever hands in another gets what of it is.
std::string plain_ascii(std::string_view text) {
    std::string out(text);
    std::erase_if(out, [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || (ascii::is_control(c) && c != '\t');
    });
    return out;
}

}  // namespace

std::string_view name_of(Status status) {
    return status_names[static_cast<std::size_t>(status)];
}

std::optional<Status> status_from(std::string_view name) {
    const auto found = std::ranges::find(status_names, name);
    if (found == status_names.end()) return std::nullopt;
    return static_cast<Status>(found - status_names.begin());
}

std::size_t max_tail_octets(std::string_view prefix) {
    BlockContent longest;
    longest.status = Status::unauthenticated;
    longest.reason.assign(max_reason_octets, 'x');
    longest.tier.assign(max_tier_octets, 'x');
    longest.said_by.assign(max_said_by_octets, 'x');
    longest.sources = {std::string(max_source_name_octets, 'x'), std::string(max_source_name_octets, 'x'),
                       std::string(max_sources_octets - 2 * max_source_name_octets - 2, 'x')};
    longest.trust.assign(max_trust_octets, 'x');
    longest.as_of = Instant{};
    std::string tail;
    append_tail(tail, longest, prefix, std::string(max_key_id_octets, 'x'),
                std::string(digest_base64_octets, 'x'));
    tail.append(make_padding(prefix, min_padding_octets(prefix)));
    // A fold elsewhere than in this one may cost a few line ends more: one before each tag at most.
    constexpr std::size_t tags = 7 + 4;
    return tail.size() + tags * crlf.size();
}

RenderedPerson RenderedPerson::render(const PersonFields& person, const BlockOptions& options) {
    const std::string prefix(options.prefix);
    std::vector<std::string_view> urls;
    for (const std::string& url : person.networks)
        if (urls.size() < max_networks && is_plain_url(url)) urls.push_back(url);

    std::string profile, activity, career, face, networks;
    const auto append_text = [](std::string& out, const std::string& name, std::string_view text, Cap cap) {
        const std::array<TextAndUrl, 1> whole{{{text, {}}}};
        append_text_field(out, name, whole, cap);
    };
    append_text(profile, prefix, person.profile, profile_cap);
    append_text_field(activity, prefix + "-Activity", split_posts(person.activity), activity_cap);
    append_text(career, prefix + "-Career", person.career, career_cap);
    if (options.face) append_face(face, person.face);
    const std::string networks_name = prefix + "-Networks";
    append_networks(networks, networks_name, urls);

    const std::size_t tail = max_tail_octets(options.prefix);
    const std::size_t room = options.max_octets > tail ? options.max_octets - tail : 0;
    auto octets = [&] {
        return profile.size() + networks.size() + activity.size() + career.size() + face.size();
    };
    if (octets() > room) career.clear();
    if (octets() > room) activity.clear();
    while (octets() > room && urls.size() > kept_networks) {
        urls.pop_back();
        networks.clear();
        append_networks(networks, networks_name, urls);
    }
    if (octets() > room) face.clear();
    if (octets() > room) profile.clear();
    if (octets() > room) networks.clear();

    RenderedPerson rendered;
    rendered.octets_.reserve(octets());
    rendered.octets_ += profile;
    rendered.ends_.profile = rendered.octets_.size();
    rendered.octets_ += networks;
    rendered.ends_.networks = rendered.octets_.size();
    rendered.ends_.networks_two = rendered.ends_.networks;
    if (!networks.empty() && urls.size() > kept_networks) {
        std::size_t comma = networks.find(',');
        for (std::size_t i = 1; i < kept_networks; ++i) comma = networks.find(',', comma + 1);
        rendered.ends_.networks_two = rendered.ends_.profile + comma;
    }
    rendered.octets_ += activity;
    rendered.ends_.activity = rendered.octets_.size();
    rendered.octets_ += career;
    rendered.ends_.career = rendered.octets_.size();
    rendered.octets_ += face;
    return rendered;
}

void RenderedPerson::append_fitting(std::string& out, std::size_t room) const {
    if (octets_.size() <= room) {
        out.append(octets_);
        return;
    }
    const std::string_view all = octets_;
    std::string_view profile = all.substr(0, ends_.profile);
    std::string_view networks = all.substr(ends_.profile, ends_.networks - ends_.profile);
    std::string_view networks_end;
    std::string_view activity = all.substr(ends_.networks, ends_.activity - ends_.networks);
    std::string_view career = all.substr(ends_.activity, ends_.career - ends_.activity);
    std::string_view face = all.substr(ends_.career);
    auto octets = [&] {
        return profile.size() + networks.size() + networks_end.size() + activity.size() + career.size() +
               face.size();
    };
    if (octets() > room) career = {};
    if (octets() > room) activity = {};
    if (octets() > room && ends_.networks_two != ends_.networks) {
        networks = all.substr(ends_.profile, ends_.networks_two - ends_.profile);
        networks_end = crlf;
    }
    if (octets() > room) face = {};
    if (octets() > room) profile = {};
    if (octets() > room) networks = networks_end = {};
    for (std::string_view part : {profile, networks, networks_end, activity, career, face}) out.append(part);
}

std::size_t min_padding_octets(std::string_view prefix) {
    return prefix.size() + pad_suffix.size() + std::string_view(": .").size() + crlf.size();
}

// Fields and not folds: a fold that the message begins with must be told from ours.
std::string make_padding(std::string_view prefix, std::size_t octets) {
    const std::size_t least = min_padding_octets(prefix);
    const std::size_t most = std::max(max_columns + crlf.size(), 2 * least);
    std::string out;
    out.reserve(octets);
    while (octets >= least) {
        // What is left after this one is nothing, or room for another.
        std::size_t next = octets <= most ? octets : std::min(most, octets - least);
        octets -= next;
        out.append(prefix).append(pad_suffix).append(": ").append(next - least + 1, '.').append(crlf);
    }
    return out;
}

std::string make_block(const BlockContent& content, const RenderedPerson* person, const HeaderSection& header,
                       const SealKey& key, const BlockOptions& options, Padding padding) {
    RenderedPerson rendered_here;
    if (content.status != Status::found) {
        person = nullptr;
    } else if (person == nullptr && content.person) {
        rendered_here = RenderedPerson::render(*content.person, options);
        person = &rendered_here;
    }

    std::string tail;
    tail.reserve(640 + content.original.size());
    if (!content.original.empty())
        append_named(tail, options.prefix, "-Original", plain_ascii(content.original));
    std::size_t value_begin = append_tail(tail, content, options.prefix, key_id_of(key),
                                          digest_of_message(header, content.replacement));

    std::string block;
    const std::size_t least = padding == Padding::none ? 0 : min_padding_octets(options.prefix);
    block.reserve(padding == Padding::fill
                      ? options.max_octets
                      : (person != nullptr ? person->octets().size() : 0) + tail.size() + least);
    if (person != nullptr)
        person->append_fitting(block, options.max_octets - std::min(options.max_octets, tail.size() + least));
    value_begin += block.size();
    block += tail;
    const std::size_t left = options.max_octets - std::min(options.max_octets, block.size());
    block += make_padding(options.prefix, padding == Padding::fill ? std::max(left, least) : least);

    const std::string_view octets = block;
    const std::string digest = digest_of_block(octets.substr(0, value_begin),
                                               octets.substr(value_begin + digest_base64_octets), key);
    std::ranges::copy(digest, block.begin() + static_cast<std::ptrdiff_t>(value_begin));
    if (options.line_end == "\n") std::erase(block, '\r');
    return block;
}

FirstLine first_line_of(std::string_view message) {
    constexpr std::size_t max_octets = 1024;
    if (message.empty() || message.starts_with('\n') || message.starts_with("\r\n")) return FirstLine::empty;
    if (ascii::is_wsp(message.front())) return FirstLine::white_space;
    std::string_view line = message.substr(0, max_octets);
    line = line.substr(0, line.find('\n'));
    if (!scan_header(line).fields.empty()) return FirstLine::field;
    return message.starts_with("From ") ? FirstLine::mbox_from : FirstLine::other;
}

}  // namespace decorum::message
