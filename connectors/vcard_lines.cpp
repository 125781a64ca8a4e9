// Lines, folds, parameters and encodings of vCards. Invariant: every step takes at least one octet, and
// nothing grows beyond the input by more than a character set's factor.
#include "connectors/vcard_lines.hpp"

#include <algorithm>
#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/base/charset.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::connectors {
namespace {

constexpr std::size_t max_parameters = 50;
constexpr std::size_t max_components = 50;
constexpr unsigned least_preferred = 101;  // beyond RFC 6350 §5.3, which ends at 100

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), ascii::to_upper);
    return out;
}

// The first of `stops` outside of double quotes.
std::size_t find_unquoted(std::string_view text, std::string_view stops) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (!quoted && stops.contains(text[i])) return i;
    }
    return std::string_view::npos;
}

// 2.1 leaves out the names: "PHOTO;JPEG;BASE64:".
std::string_view name_for(std::string_view bare_value) {
    for (std::string_view encoding : {"QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT", "B", "Q"})
        if (ascii::equals_nocase(bare_value, encoding)) return "ENCODING";
    return "TYPE";
}

// param = param-name "=" param-value *("," param-value)  RFC 6350 §3.3
void add_parameters(std::string_view text, std::vector<VcardParameter>& into) {
    const auto equals = find_unquoted(text, "=");
    const bool bare = equals == std::string_view::npos;
    const std::string name =
        bare ? std::string(name_for(ascii::trim(text))) : upper(ascii::trim(text.substr(0, equals)));
    std::string_view values = bare ? text : text.substr(equals + 1);
    for (bool more = true; more && into.size() < max_parameters;) {
        const auto comma = find_unquoted(values, ",");
        std::string value;
        for (char c : ascii::trim(values.substr(0, comma)))
            if (c != '"') value.push_back(c);
        // A quoted list is one value to some and several to others: TYPE="work,pref".
        if (name == "TYPE") {
            for (std::size_t begin = 0; begin <= value.size() && into.size() < max_parameters;) {
                const auto end = std::min(value.find(',', begin), value.size());
                into.push_back({name, ascii::lower(std::string_view(value).substr(begin, end - begin))});
                begin = end + 1;
            }
        } else {
            into.push_back({name, std::move(value)});
        }
        more = comma != std::string_view::npos;
        if (more) values.remove_prefix(comma + 1);
    }
}

// contentline = [group "."] name *(";" param) ":" value  RFC 6350 §3.3
std::optional<VcardProperty> property_of(std::string_view line) {
    auto colon = find_unquoted(line, ":");
    if (colon == std::string_view::npos) colon = line.find(':');  // a quote that nobody closed
    if (colon == std::string_view::npos) return std::nullopt;
    VcardProperty out;
    out.value = line.substr(colon + 1);
    std::string_view head = line.substr(0, colon);
    std::string_view name = head.substr(0, head.find(';'));
    head.remove_prefix(std::min(head.size(), name.size() + 1));
    if (const auto dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
    out.name = upper(ascii::trim(name));
    if (out.name.empty()) return std::nullopt;
    while (!head.empty()) {
        const auto semicolon = std::min(find_unquoted(head, ";"), head.size());
        if (semicolon > 0) add_parameters(head.substr(0, semicolon), out.parameters);
        head.remove_prefix(std::min(head.size(), semicolon + 1));
    }
    return out;
}

// Do the parameters in front of the value say so? Asked before the line is whole.
bool is_quoted_printable(std::string_view line) {
    const auto property = property_of(line);
    if (!property) return false;
    const auto encoding = property->parameter("ENCODING");
    return encoding &&
           (ascii::equals_nocase(*encoding, "QUOTED-PRINTABLE") || ascii::equals_nocase(*encoding, "Q"));
}

// RFC 2045 §6.7; what is no code stays. Soft line ends are gone already.
std::string from_quoted_printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool whole = text[i] == '=' && i + 2 < text.size();
        const auto high = whole ? ascii::hex_value(text[i + 1]) : std::nullopt;
        const auto low = whole ? ascii::hex_value(text[i + 2]) : std::nullopt;
        if (high && low) {
            out.push_back(static_cast<char>(*high << 4 | *low));
            i += 2;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

// RFC 2045 §6.8, with white space anywhere, and without the padding where a program forgot it.
std::string from_loose_base64(std::string_view text) {
    std::string dense;
    for (char c : text)
        if (!ascii::is_wsp(c)) dense.push_back(c);
    while (dense.size() % 4 != 0) dense.push_back('=');
    return from_base64(dense).value_or(std::string{});
}

void decode(VcardProperty& property) {
    const auto encoding = property.parameter("ENCODING");
    if (!encoding) return;
    const std::string name = upper(*encoding);
    if (name == "QUOTED-PRINTABLE" || name == "Q") property.value = from_quoted_printable(property.value);
    if (name == "BASE64" || name == "B") property.value = from_loose_base64(property.value);
}

}  // namespace

std::optional<std::string_view> VcardProperty::parameter(std::string_view parameter_name) const {
    const auto found = std::ranges::find(parameters, parameter_name, &VcardParameter::name);
    return found == parameters.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

bool VcardProperty::has_type(std::string_view type) const {
    return std::ranges::any_of(parameters,
                               [&](const VcardParameter& p) { return p.name == "TYPE" && p.value == type; });
}

unsigned VcardProperty::preference() const {
    if (has_type("pref")) return 1;
    const auto stated = parameter("PREF");
    unsigned number = 0;
    if (!stated) return least_preferred;
    const auto [end, error] = std::from_chars(stated->data(), stated->data() + stated->size(), number);
    const bool whole = error == std::errc{} && end == stated->data() + stated->size();
    return whole && number >= 1 && number < least_preferred ? number : least_preferred;
}

std::string VcardProperty::utf8() const {
    if (const auto charset = parameter("CHARSET"))
        if (auto text = to_utf8(ascii::lower(*charset), value)) return std::move(*text);
    return is_valid_utf8(value) ? value : to_utf8("windows-1252", value).value_or(std::string{});
}

VcardLines::VcardLines(std::string_view octets) : rest_(octets) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
}

// Without its line end. rest_ is not empty.
std::string_view VcardLines::take_physical_line() {
    const auto end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(rest_.size(), end + 1));
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

VcardLines::Octets VcardLines::take_unfolded_line() {
    Octets out{.text = {}, .line = line_};
    out.text = take_physical_line();
    bool soft = out.text.ends_with('=') && is_quoted_printable(out.text);
    while (!rest_.empty() && (soft || ascii::is_wsp(rest_.front()))) {
        std::string_view more = take_physical_line();
        if (soft)
            out.text.pop_back();  // =CRLF is no part of the value  RFC 2045 §6.7 (5)
        else if (version_ != VcardVersion::v2_1)
            more.remove_prefix(1);  // CRLF and one white space  RFC 6350 §3.2
        out.text.append(more);
        soft = soft && out.text.ends_with('=');
    }
    return out;
}

std::optional<VcardLines::Line> VcardLines::next() {
    while (!rest_.empty()) {
        const Octets octets = take_unfolded_line();
        if (ascii::trim(octets.text).empty()) continue;
        Line out{.property = property_of(octets.text), .line = octets.line};
        if (out.property) {
            out.property->line = octets.line;
            decode(*out.property);
        }
        return out;
    }
    return std::nullopt;
}

std::string unescaped(std::string_view value, VcardVersion version) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char next = i + 1 < value.size() ? value[i + 1] : '\0';
        if (value[i] != '\\') {
            out.push_back(value[i]);
        } else if (version != VcardVersion::v2_1 && (next == 'n' || next == 'N')) {
            out.push_back('\n');
            ++i;
        } else if (next != '\0' && std::string_view(",;:\\").contains(next)) {
            out.push_back(next);
            ++i;
        } else {
            out.push_back('\\');
        }
    }
    return out;
}

std::vector<std::string> components_of(std::string_view value, VcardVersion version) {
    std::vector<std::string> out;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= value.size() && out.size() < max_components; ++i) {
        if (i + 1 < value.size() && value[i] == '\\') {
            ++i;
        } else if (i >= value.size() || value[i] == ';') {
            out.emplace_back(ascii::trim(unescaped(value.substr(begin, i - begin), version)));
            begin = i + 1;
        }
    }
    return out;
}

}  // namespace decorum::connectors
