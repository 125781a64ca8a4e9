// Classic microformats (vcard, hresume, vevent, hreview, hentry, adr): which class of theirs is which
// property of the successor (microformats.org/wiki/microformats2-parsing, backward compatibility).
#pragma once

#include <span>
#include <string_view>

namespace decorum::worker {

struct ClassicName {
    std::string_view name;      // "fn"
    std::string_view property;  // "p-name"
};

struct ClassicRoot {
    std::string_view name;  // "vcard"
    std::string_view type;  // "h-card"
    std::span<const ClassicName> properties;
};

// Null where a class is no classic root.
[[nodiscard]] const ClassicRoot* classic_root(std::string_view name);

}  // namespace decorum::worker
