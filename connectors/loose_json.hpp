// JSON that a stranger wrote, read without trust and without fuss: what is absent, of another type or too
// much reads as empty, so that one odd member does not cost the rest of an answer. (What the store gives back
// is read strictly instead: gateway/profile/json_members.hpp.)
//
// Bounds: octets and depth when parsing, octets of each text, entries of each list. Octets that are not UTF-8
// are let through the parser and come out of the texts as U+FFFD. Faults never quote what was read.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::connectors::loose_json {

inline constexpr std::size_t max_octets = std::size_t{1} << 20;
inline constexpr std::size_t max_depth = 32;
inline constexpr std::size_t max_entries = 200;  // looked at in one list

// One JSON value (RFC 8259), a byte order mark before it or not. Errors: limit (too large, too deep), syntax;
// `good` takes how many octets were read before the fault.
[[nodiscard]] Result<boost::json::value> parse(std::string_view text, std::size_t* good = nullptr);

// The member of that name; null where there is none, or where `value` is no object.
[[nodiscard]] const boost::json::value& member(const boost::json::value& value, std::string_view name);

// A string or a whole number as text, white space around it removed; anything else is empty.
[[nodiscard]] std::string text(const boost::json::value& value, std::size_t max_text_octets);

// It is the literal true, or false; anything else is neither.
[[nodiscard]] inline bool is_true(const boost::json::value& value) {
    const bool* flag = value.if_bool();
    return flag != nullptr && *flag;
}
[[nodiscard]] inline bool is_false(const boost::json::value& value) {
    const bool* flag = value.if_bool();
    return flag != nullptr && !*flag;
}

// The first of these members that has a text.
[[nodiscard]] std::string text(const boost::json::value& value, std::initializer_list<std::string_view> names,
                               std::size_t max_text_octets);

// Each entry of a list; a value that is no list counts as a list of one, null as an empty one.
template <class Read>
void each(const boost::json::value& value, Read read) {
    const boost::json::array* list = value.if_array();
    if (list == nullptr) {
        if (!value.is_null()) read(value);
        return;
    }
    for (std::size_t i = 0; i < list->size() && i < max_entries; ++i) read((*list)[i]);
}

}  // namespace decorum::connectors::loose_json
