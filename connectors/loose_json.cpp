// Tolerant reading of JSON: see the header. Boost.JSON refuses depth beyond the limit before it allocates for
// it; the size is checked first, so that the parsed tree is bounded too.
#include "connectors/loose_json.hpp"

#include <array>

#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors::loose_json {

namespace json = boost::json;

Result<json::value> parse(std::string_view text, std::size_t* good) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.size() > max_octets) return fail(errc::limit, "JSON: too large");
    const std::size_t mark = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    text.remove_prefix(mark);
    json::parse_options options;
    options.max_depth = max_depth;
    options.allow_invalid_utf8 = true;
    boost::system::error_code error;
    std::array<unsigned char, 4096> scratch;  // NOLINT(cppcoreguidelines-pro-type-member-init): of the parser
    json::parser parser({}, options, scratch.data(), scratch.size());
    const std::size_t read = parser.write(text.data(), text.size(), error);
    if (good != nullptr) *good = mark + read;
    if (error == json::error::too_deep) return fail(errc::limit, "JSON: too deep");
    if (error) return fail(errc::syntax, "not JSON");
    return parser.release();
}

const json::value& member(const json::value& value, std::string_view name) {
    static const json::value none;
    const json::object* object = value.if_object();
    const json::value* found = object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
    return found == nullptr ? none : *found;
}

std::string text(const json::value& value, std::size_t max_text_octets) {
    if (const json::string* string = value.if_string())
        return profile::capped_utf8(ascii::trim({string->data(), string->size()}), max_text_octets);
    if (value.is_int64() || value.is_uint64()) return json::serialize(value);
    return {};
}

std::string text(const json::value& value, std::initializer_list<std::string_view> names,
                 std::size_t max_text_octets) {
    for (const std::string_view name : names)
        if (std::string found = text(member(value, name), max_text_octets); !found.empty()) return found;
    return {};
}

}  // namespace decorum::connectors::loose_json
