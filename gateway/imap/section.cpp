// See section.hpp.
#include "gateway/imap/section.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace decorum::imap {
namespace {

constexpr auto part_octets = ascii::OctetSet(".").add_range('0', '9');
constexpr auto keyword_octets =
    ascii::OctetSet(".-_").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
using Kind = FetchItem::Kind;

constexpr auto known_items = std::to_array<std::pair<std::string_view, Kind>>({
    {"UID", Kind::uid},
    {"INTERNALDATE", Kind::internal_date},
    {"RFC822.SIZE", Kind::size},
    {"RFC822", Kind::rfc822},
    {"RFC822.HEADER", Kind::rfc822_header},
    {"RFC822.TEXT", Kind::rfc822_text},
    {"FLAGS", Kind::other},
    {"ENVELOPE", Kind::other},
    {"BODYSTRUCTURE", Kind::other},
    {"MODSEQ", Kind::other},
    {"EMAILID", Kind::other},
    {"THREADID", Kind::other},
    {"SAVEDATE", Kind::other},
    {"PREVIEW", Kind::other},
});

// section-part = nz-number *("." nz-number)
std::string_view take_part(Cursor& cursor) {
    return ascii::is_digit(cursor.peek()) ? cursor.take_all(part_octets) : std::string_view{};
}

bool is_part(std::string_view part) {
    if (part.empty()) return true;
    for (std::size_t begin = 0; begin <= part.size();) {
        const auto end = std::min(part.find('.', begin), part.size());
        if (end == begin || part[begin] == '0') return false;
        begin = end + 1;
    }
    return true;
}

// header-list = "(" header-fld-name *(SP header-fld-name) ")"
bool take_names(Cursor& cursor, std::vector<std::string>& names) {
    if (!cursor.take(' ') || !cursor.take('(')) return false;
    const std::string_view list = cursor.rest().substr(0, cursor.rest().find(')'));
    const auto spaces = static_cast<std::size_t>(std::ranges::count(list, ' '));
    names.reserve(std::min(spaces + 1, max_field_names));
    do {
        auto name = cursor.take_astring();
        if (!name || names.size() == max_field_names) return false;
        names.push_back(std::move(*name));
    } while (cursor.take(' '));
    return cursor.take(')');
}

// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"; section-text, "MIME" too
bool take_section_text(Cursor& cursor, Section& section) {
    const auto word = cursor.take_all(keyword_octets);
    if (ascii::equals_nocase(word, "HEADER")) {
        section.kind = Section::Kind::header;
    } else if (ascii::equals_nocase(word, "TEXT")) {
        section.kind = Section::Kind::text;
    } else if (ascii::equals_nocase(word, "MIME") && !section.part.empty()) {
        section.kind = Section::Kind::mime;
    } else if (ascii::equals_nocase(word, "HEADER.FIELDS")) {
        section.kind = Section::Kind::header_fields;
        return take_names(cursor, section.names);
    } else if (ascii::equals_nocase(word, "HEADER.FIELDS.NOT")) {
        section.kind = Section::Kind::header_fields_not;
        return take_names(cursor, section.names);
    } else {
        return false;
    }
    return true;
}

}  // namespace

bool Section::may_be_header() const {
    if (kind != Kind::mime) return false;
    for (std::size_t i = 0; i < part.size(); ++i)
        if (part[i] != (i % 2 == 0 ? '1' : '.')) return false;
    return true;
}

bool Section::names_field(std::string_view name) const {
    return std::ranges::any_of(names, [name](const auto& own) { return ascii::equals_nocase(own, name); });
}

bool Section::operator==(const Section& other) const {
    return kind == other.kind && part == other.part &&
           std::ranges::equal(names, other.names,
                              [](const auto& a, const auto& b) { return ascii::equals_nocase(a, b); });
}

// section-spec = section-msgtext / (section-part ["." section-text])
std::optional<Section> take_section(Cursor& cursor) {
    const auto from = cursor.rest();
    Section section;
    bool valid = cursor.take('[');
    if (valid && !cursor.take(']')) {
        auto part = take_part(cursor);
        const bool has_text = part.empty() || part.ends_with('.');
        if (part.ends_with('.')) part.remove_suffix(1);
        section.part = part;
        valid = is_part(part) && (!has_text || take_section_text(cursor, section)) && cursor.take(']');
    }
    if (valid) return section;
    cursor.reset(from);
    return std::nullopt;
}

// section-binary = "[" [section-part] "]"
std::optional<Section> take_binary_section(Cursor& cursor) {
    const auto from = cursor.rest();
    auto section = take_section(cursor);
    if (section && section->kind == Section::Kind::whole) return section;
    cursor.reset(from);
    return std::nullopt;
}

std::string wire_form(const Section& section) {
    constexpr std::array<std::string_view, 6> words{"",     "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT",
                                                    "TEXT", "MIME"};
    std::string out = "[" + section.part;
    const auto word = words[static_cast<std::size_t>(section.kind)];
    if (!section.part.empty() && !word.empty()) out += '.';
    out += word;
    if (section.selects_fields()) {
        char before = '(';
        out += ' ';
        for (const std::string& name : section.names) {
            out += before;
            before = ' ';
            Cursor cursor(name);
            const bool atom = cursor.take_all(astring_octets).size() == name.size() && !name.empty();
            out += atom ? name : string_of(name);
        }
        out += ')';
    }
    return out + ']';
}

bool FetchItem::is_annotated() const {
    switch (kind) {
        case Kind::rfc822:
        case Kind::rfc822_header: return true;
        case Kind::body:
        case Kind::binary: return section.is_annotated();
        default: return false;
    }
}

bool FetchItem::is_annotated_size() const {
    return kind == Kind::size || (kind == Kind::binary_size && section.part.empty());
}

std::optional<FetchItem> take_response_item(Cursor& cursor) {
    const auto from = cursor.rest();
    FetchItem item{.name = cursor.take_all(keyword_octets)};
    bool valid = !item.name.empty();
    if (cursor.peek() == '[') {
        std::optional<Section> section;
        if (ascii::equals_nocase(item.name, "BODY")) {
            item.kind = Kind::body;
            section = take_section(cursor);
        } else if (ascii::equals_nocase(item.name, "BINARY") ||
                   ascii::equals_nocase(item.name, "BINARY.SIZE")) {
            item.kind = item.name.size() == 6 ? Kind::binary : Kind::binary_size;
            section = take_binary_section(cursor);
        }
        valid = section.has_value();
        if (valid) item.section = std::move(*section);
        if (valid && item.kind != Kind::binary_size && cursor.take('<')) {
            const auto origin = cursor.take_number();
            valid = origin && cursor.take('>');
            if (valid) item.partial = {*origin, 0};
        }
    } else {
        for (const auto& [name, kind] : known_items)
            if (ascii::equals_nocase(item.name, name)) item.kind = kind;
    }
    item.wire = cursor.since(from);
    if (valid) return item;
    cursor.reset(from);
    return std::nullopt;
}

std::optional<FetchItem> take_command_item(Cursor& cursor) {
    const auto from = cursor.rest();
    FetchItem item{.name = cursor.take_all(keyword_octets)};
    bool valid = false;
    if (cursor.peek() == '[') {
        std::optional<Section> section;
        if (ascii::equals_nocase(item.name, "BODY") || ascii::equals_nocase(item.name, "BODY.PEEK")) {
            item.kind = Kind::body;
            section = take_section(cursor);
        } else if (ascii::equals_nocase(item.name, "BINARY") ||
                   ascii::equals_nocase(item.name, "BINARY.PEEK")) {
            item.kind = Kind::binary;
            section = take_binary_section(cursor);
        } else if (ascii::equals_nocase(item.name, "BINARY.SIZE")) {
            item.kind = Kind::binary_size;
            section = take_binary_section(cursor);
        }
        valid = section.has_value();
        if (valid) item.section = std::move(*section);
        if (valid && item.kind != Kind::binary_size && cursor.take('<')) {
            const auto origin = cursor.take_number();
            const auto octets = origin && cursor.take('.') ? cursor.take_number() : std::nullopt;
            valid = octets && *octets > 0 && cursor.take('>');
            if (valid) item.partial = {*origin, *octets};
        }
    } else if (ascii::equals_nocase(item.name, "BODY")) {
        valid = true;
    } else {
        for (const auto& [name, kind] : known_items) {
            if (!ascii::equals_nocase(item.name, name)) continue;
            item.kind = kind;
            valid = true;
        }
        // PREVIEW [SP "(" "LAZY" ")"]  RFC 8970 §4
        if (ascii::equals_nocase(item.name, "PREVIEW") && cursor.rest().starts_with(" (")) {
            cursor.take(' ');
            valid = cursor.take('(') && cursor.take_word("LAZY") && cursor.take(')');
        }
    }
    item.wire = cursor.since(from);
    if (valid) return item;
    cursor.reset(from);
    return std::nullopt;
}

}  // namespace decorum::imap
