// Scans a header section line by line (RFC 5322 §2.1, §2.2, §2.2.3).
//
// A line ends with LF, whatever stands before it; one CR before the LF belongs to the line end (CRLF is the
// standard's, LF that of files). A bare CR is an octet like any other; but since some readers (Python's email
// among them) see a line's end in it, what they would take for a field is listed apart. Each octet is looked
// at a fixed number of times, so the time is linear in the size, whatever the lines look like. Nothing fails:
// what is no field is left out of the list, together with the lines folded onto it.
#include "gateway/message/header_section.hpp"

#include <algorithm>
#include <string>

#include "gateway/base/ascii.hpp"

namespace decorum::message {
namespace {

struct Line {
    std::string_view text;  // without its line end
    std::size_t end = 0;    // offset after its line end
};

Line line_at(std::string_view octets, std::size_t begin) {
    const std::size_t lf = octets.find('\n', begin);
    if (lf == std::string_view::npos) return {octets.substr(begin), octets.size()};
    const std::size_t text_end = lf > begin && octets[lf - 1] == '\r' ? lf - 1 : lf;
    return {octets.substr(begin, text_end - begin), lf + 1};
}

// optional-field = field-name ":" unstructured CRLF; obs-optional = field-name *WSP ":" …
// field-name = 1*ftext  RFC 5322 §3.6.8, §4.5.8
// The name's length and the colon's place; no colon where the line is a field to nobody.
struct NameEnd {
    std::size_t name_octets = 0;
    std::size_t colon = std::string_view::npos;
    bool cut = false;  // a field only to who ends a name at NUL

    [[nodiscard]] bool is_field() const { return colon != std::string_view::npos && !cut; }
    [[nodiscard]] bool is_hidden() const { return colon != std::string_view::npos && cut; }
};

NameEnd name_end(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && ftext.contains(line[at])) ++at;
    const std::size_t name_octets = at;
    while (at < line.size() && ascii::is_wsp(line[at])) ++at;
    if (name_octets == 0 || at == line.size()) return {};
    if (cuts_name(line[at])) return {name_octets, line.find(':', at), true};
    if (line[at] != ':') return {};
    return {name_octets, at};
}

constexpr std::size_t nothing = static_cast<std::size_t>(-1);

// The fields that bare CRs hide in a line that begins at `begin`, or that NUL hides at its beginning. Returns
// the place in the list of the one that takes the whole line, and so the folds that follow; or nothing.
std::size_t add_hidden(std::vector<HiddenField>& hidden, const Line& line, const NameEnd& first,
                       std::size_t begin) {
    std::size_t whole = nothing;
    std::size_t cr = line.text.find('\r');
    if (first.is_hidden()) {
        whole = hidden.size();
        hidden.push_back({.name = line.text.substr(0, first.name_octets), .begin = begin, .end = line.end});
    }
    bool at_line_start = cr == 0;  // nothing but CRs so far
    while (cr < line.text.size()) {
        const std::size_t next = std::min(line.text.find('\r', cr + 1), line.text.size());
        const std::string_view piece = line.text.substr(cr + 1, next - cr - 1);
        // At the line's beginning a colon counts wherever in the line it stands: all of it would go.
        const std::string_view sought = at_line_start ? line.text.substr(cr + 1) : piece;
        if (const NameEnd name = name_end(sought); name.colon != std::string_view::npos) {
            if (at_line_start) whole = hidden.size();
            hidden.push_back({.name = sought.substr(0, name.name_octets),
                              .begin = at_line_start ? begin : begin + cr,
                              .end = at_line_start ? line.end : begin + next});
        }
        at_line_start = at_line_start && piece.empty();
        cr = next;
    }
    return whole;
}

}  // namespace

bool Field::is(std::string_view field_name) const {
    return ascii::equals_nocase(name, field_name);
}

const Field* HeaderSection::first(std::string_view name) const {
    const auto found = std::ranges::find_if(fields, [&](const Field& field) { return field.is(name); });
    return found == fields.end() ? nullptr : &*found;
}

std::size_t HeaderSection::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(fields, [&](const Field& field) { return field.is(name); }));
}

const Field* HeaderSection::only(std::string_view name) const {
    const bool is_hidden = std::ranges::any_of(
        hidden, [&](const HiddenField& field) { return ascii::equals_nocase(field.name, name); });
    return !is_hidden && count(name) == 1 ? first(name) : nullptr;
}

HeaderSection scan_header(std::string_view octets) {
    // A field of real mail takes some 80 octets; one allocation serves most messages.
    constexpr std::size_t octets_a_field = 64;
    constexpr std::size_t most_reserved = 64;

    HeaderSection section;
    section.fields.reserve(std::min(octets.size() / octets_a_field + 1, most_reserved));

    bool in_field = false;            // a fold now belongs to the last field
    std::size_t in_hidden = nothing;  // and to this hidden one
    std::size_t at = 0;
    while (at < octets.size()) {
        const Line line = line_at(octets, at);
        const bool ends_with_lf = octets[line.end - 1] == '\n';
        if (line.text.empty() && ends_with_lf) {
            section.end = at;
            section.body = line.end;
            section.has_empty_line = true;
            return section;
        }
        const bool is_fold = !line.text.empty() && ascii::is_wsp(line.text.front());
        const NameEnd name = name_end(line.text);
        if (is_fold) {
            // A fold (§2.2.3). Onto a junk line, an mbox "From " or the very start: onto nothing.
            if (in_field) {
                Field& field = section.fields.back();
                const char* const text_end = line.text.data() + line.text.size();
                field.body = std::string_view(field.body.data(),
                                              static_cast<std::size_t>(text_end - field.body.data()));
                field.end = line.end;
            }
        } else if (name.is_field()) {
            section.fields.push_back({.name = line.text.substr(0, name.name_octets),
                                      .body = line.text.substr(name.colon + 1),
                                      .begin = at,
                                      .end = line.end});
            in_field = true;
        } else {
            in_field = false;  // an mbox "From a@b Mon …" lands here too: its name holds a space
        }
        const std::size_t whole_line = add_hidden(section.hidden, line, name, at);
        if (!is_fold) in_hidden = whole_line;
        if (in_hidden != nothing) section.hidden[in_hidden].end = line.end;
        at = line.end;
    }
    section.end = octets.size();
    section.body = octets.size();
    return section;
}

std::string unfold(std::string_view body) {
    std::string out;
    out.reserve(body.size());
    std::size_t from = 0;
    for (std::size_t lf = body.find('\n'); lf != std::string_view::npos; lf = body.find('\n', lf + 1)) {
        if (lf + 1 == body.size() || !ascii::is_wsp(body[lf + 1])) continue;
        const std::size_t line_end = lf > from && body[lf - 1] == '\r' ? lf - 1 : lf;
        out.append(body.substr(from, line_end - from));
        from = lf + 1;
    }
    out.append(body.substr(from));
    return std::string(ascii::trim(out));
}

std::size_t HeaderEndFinder::feed(std::string_view octets) {
    std::size_t at = 0;
    while (at < octets.size()) {
        if (at_line_start_) {
            if (octets[at] == '\n') {
                after_cr_ = false;
                return at + 1;
            }
            if (octets[at] == '\r' && !after_cr_) {
                after_cr_ = true;
                ++at;
                continue;
            }
            at_line_start_ = false;
            after_cr_ = false;
        }
        const std::size_t lf = octets.find('\n', at);
        if (lf == std::string_view::npos) return npos;
        at_line_start_ = true;
        at = lf + 1;
    }
    return npos;
}

}  // namespace decorum::message
