// Properties of the header scanner, for any octets:
// - fields ascend, lie within the section, and name and body lie within their field;
// - what no field covers is whole lines, none of which is a field or empty;
// - hidden fields ascend; each is a name and white space, then a colon, or an octet that cuts the name and a
//   colon later; CRs stand in front of it, except where a cut name begins its line;
// - HeaderEndFinder finds the body where the scanner finds it, for every split into three pieces that the
// input's
//   first two octets choose, and octet by octet;
// - sanitised text, of any octets, is valid UTF-8 on one line without controls, is short, and sanitising or
//   encoding and decoding it again changes nothing; decoded words are valid UTF-8; media_type doesn't crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/mime_tree.hpp"
#include "gateway/message/sanitize.hpp"

using namespace decorum;
using namespace decorum::message;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

bool within(std::string_view inner, std::string_view outer) {
    return inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size();
}

// Whole lines, rescanned alone: no field and no empty line is in them.
void check_gap(std::string_view text, std::size_t begin, std::size_t end) {
    require(begin <= end);
    if (begin == end) return;
    require(begin == 0 || text[begin - 1] == '\n');
    require(end == text.size() || text[end - 1] == '\n');
    const HeaderSection gap = scan_header(text.substr(begin, end - begin));
    require(gap.fields.empty() && !gap.has_empty_line);
}

void check_section(std::string_view text) {
    const HeaderSection section = scan_header(text);
    std::size_t at = 0;
    for (const Field& field : section.fields) {
        check_gap(text, at, field.begin);
        require(field.begin < field.end && field.end <= section.end);
        const std::string_view whole = text.substr(field.begin, field.end - field.begin);
        require(within(field.name, whole) && within(field.body, whole));
        require(field.name.data() == whole.data() && !field.name.empty());
        const std::size_t body_end =
            static_cast<std::size_t>(field.body.data() + field.body.size() - text.data());
        const std::string_view line_end = text.substr(body_end, field.end - body_end);
        require(line_end == "\r\n" || line_end == "\n" || (line_end.empty() && field.end == text.size()));
        require(section.count(field.name) > 0 && section.first(field.name)->begin <= field.begin);
        at = field.end;
    }
    check_gap(text, at, section.end);
    std::size_t hidden_from = 0;
    for (const HiddenField& hidden : section.hidden) {
        require(hidden_from <= hidden.begin && hidden.begin < hidden.end && hidden.end <= section.end);
        hidden_from = hidden.begin + 1;
        const std::string_view whole = text.substr(hidden.begin, hidden.end - hidden.begin);
        require(within(hidden.name, whole) && !hidden.name.empty());
        const auto crs = static_cast<std::size_t>(hidden.name.data() - whole.data());
        require(whole.find_first_not_of('\r') == crs);
        require(crs == 1 || hidden.begin == 0 || text[hidden.begin - 1] == '\n');
        const std::size_t name_end = whole.find_first_not_of(" \t", crs + hidden.name.size());
        require(name_end < whole.size());
        const bool is_cut = cuts_name(whole[name_end]);
        require(is_cut || (crs > 0 && whole[name_end] == ':'));
        const std::size_t colon = whole.find(':', name_end);
        require(colon < whole.find('\n'));
    }
    require(section.end <= section.body && section.body <= text.size());
    const std::string_view empty_line = text.substr(section.end, section.body - section.end);
    require(section.has_empty_line ? empty_line == "\r\n" || empty_line == "\n"
                                   : empty_line.empty() && section.end == text.size());
}

// The offset that a finder gives for pieces cut at `first` and `second`.
std::size_t find_in_pieces(std::string_view text, std::size_t first, std::size_t second) {
    HeaderEndFinder finder;
    const std::size_t cuts[] = {0, first, second, text.size()};
    for (std::size_t i = 0; i + 1 < std::size(cuts); ++i) {
        const std::size_t found = finder.feed(text.substr(cuts[i], cuts[i + 1] - cuts[i]));
        if (found != HeaderEndFinder::npos) return cuts[i] + found;
    }
    return HeaderEndFinder::npos;
}

std::size_t find_by_octets(std::string_view text) {
    HeaderEndFinder finder;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (finder.feed(text.substr(i, 1)) != HeaderEndFinder::npos) return i + 1;
    }
    return HeaderEndFinder::npos;
}

void check_text(std::string_view text, std::size_t max_characters) {
    const std::string clean = sanitize(text, max_characters);
    require(is_valid_utf8(clean));
    require(!clean.contains("=?"));
    require(!clean.starts_with(' ') && !clean.ends_with(' ') && !clean.contains("  "));
    std::size_t characters = 0;
    for (std::string_view rest = clean; !rest.empty(); ++characters) {
        const CodePoint point = first_code_point(rest);
        require(is_shown(point.value) || point.value == ' ');
        require(point.value >= 0x20 && (point.value < 0x7F || point.value > 0x9F));
        require(point.value != 0x2028 && point.value != 0x2029);
        require((point.value < 0x202A || point.value > 0x202E) &&
                (point.value < 0x2066 || point.value > 0x2069));
        rest.remove_prefix(point.octets);
    }
    require(characters <= max_characters);
    require(sanitize(clean, max_characters) == clean);

    const std::string encoded = encode_words(clean);
    for (char c : encoded) require(!ascii::is_control(c) && static_cast<unsigned char>(c) < 0x80);
    require(decode_encoded_words(encoded) == clean);

    require(is_valid_utf8(decode_encoded_words(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t first_octet = data[0];
    const std::size_t second_octet = data[1];
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);

    check_section(text);
    const HeaderSection section = scan_header(text);
    const std::size_t expected = section.has_empty_line ? section.body : HeaderEndFinder::npos;
    const std::size_t first = first_octet % (text.size() + 1);
    const std::size_t second = first + second_octet % (text.size() - first + 1);
    require(find_in_pieces(text, first, second) == expected);
    require(find_by_octets(text) == expected);

    check_text(text, first_octet);
    for (const Field& field : section.fields) {
        const std::string unfolded = unfold(field.body);
        require(unfolded.size() <= field.body.size());
        check_text(unfolded, 200);
        const auto type = media_type(field.body);
        require(!type || (!type->type.empty() && !type->subtype.empty()));
    }
    return 0;
}
