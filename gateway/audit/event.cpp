// Event to JSON. Invariant: what is appended is valid UTF-8 and holds no line end, whatever the values hold.
#include "gateway/audit/event.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::audit {
namespace {

// What stands in a JSON text as it is, but for what is beyond ASCII.
constexpr ascii::OctetSet plain =
    ascii::OctetSet("").add_range(' ', '!').add_range('#', '[').add_range(']', '~');

void append_escaped(std::string& out, char32_t value) {
    if (value == '"' || value == '\\') {
        out.push_back('\\');
        out.push_back(static_cast<char>(value));
    } else if (value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(value));
    } else {
        append_utf8(out, value);
    }
}

}  // namespace

std::optional<Kind> kind_named(std::string_view name) {
    const auto* at = std::ranges::find(kind_names, name);
    if (at == kind_names.end()) return std::nullopt;
    return static_cast<Kind>(at - kind_names.begin());
}

void append_json_text(std::string& out, std::string_view text) {
    out.push_back('"');
    if (std::ranges::all_of(text, [](char c) { return plain.contains(c); })) {
        out.append(text.substr(0, max_text_octets));
    } else {
        for (std::size_t octets = 0; !text.empty();) {
            const CodePoint point = first_code_point(text);
            octets += point.octets;
            if (octets > max_text_octets) break;
            append_escaped(out, point.valid ? point.value : replacement_character);
            text.remove_prefix(point.octets);
        }
    }
    out.push_back('"');
}

void Event::name(std::string_view name) {
    members_.append(",\"").append(name).append("\":");
}

Event& Event::text(std::string_view name_, std::string_view value) {
    name(name_);
    append_json_text(members_, value);
    return *this;
}

Event& Event::number(std::string_view name_, std::uint64_t value) {
    name(name_);
    ascii::append_decimal(members_, value);
    return *this;
}

Event& Event::flag(std::string_view name_, bool value) {
    name(name_);
    members_.append(value ? "true" : "false");
    return *this;
}

Event& Event::texts(std::string_view name_, std::span<const std::string> values) {
    name(name_);
    members_.push_back('[');
    for (std::size_t i = 0; i < std::min(values.size(), max_listed); ++i) {
        if (i > 0) members_.push_back(',');
        append_json_text(members_, values[i]);
    }
    members_.push_back(']');
    return *this;
}

Event& Event::value(std::string_view name_, std::string_view json) {
    name(name_);
    members_.append(json);
    return *this;
}

}  // namespace decorum::audit
