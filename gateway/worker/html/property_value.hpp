// The value of one microformats property of an element, by the property's prefix.
#pragma once

#include <gumbo.h>

#include <cstdint>
#include <string>
#include <vector>

namespace decorum::worker {

enum class Prefix : std::uint8_t { text, url, time, embedded };  // p-, u-, dt-, e-

// `node` is an element.
[[nodiscard]] std::string property_value(const GumboNode& node, Prefix prefix);

// For an item without them (microformats2-parsing, implied properties); empty: there is none.
[[nodiscard]] std::string implied_name(const GumboNode& item);
[[nodiscard]] std::string implied_photo(const GumboNode& item);
[[nodiscard]] std::string implied_url(const GumboNode& item);

// Does one of the classes make the element an item?
[[nodiscard]] bool is_item(const GumboElement& element);
[[nodiscard]] bool is_root_class(std::string_view name);

inline constexpr std::size_t max_value_octets = std::size_t{8} << 10;

}  // namespace decorum::worker
