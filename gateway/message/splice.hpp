// Changes to a header section as replacements of octet ranges: what isn't named stays as it came.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace decorum::message {

// Replace [begin, end) by text; begin == end inserts.
struct Splice {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

// Appends `octets` with the splices applied. They are ascending; one that begins within another is left out.
inline void apply(std::string_view octets, std::span<const Splice> splices, std::string& out) {
    std::size_t at = 0;
    for (const Splice& splice : splices) {
        if (splice.begin < at) continue;
        out.append(octets.substr(at, splice.begin - at)).append(splice.text);
        at = splice.end;
    }
    out.append(octets.substr(at));
}

}  // namespace decorum::message
