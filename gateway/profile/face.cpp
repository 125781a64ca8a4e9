// Walks the chunks of a PNG without decoding: lengths are checked against what is there before they are used.
#include "gateway/profile/face.hpp"

#include <cstdint>

namespace decorum::profile {
namespace {

std::uint32_t number_at(std::string_view octets, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(octets[i]);
    return value;
}

constexpr std::string_view signature{"\x89PNG\r\n\x1a\n", 8};
constexpr std::size_t chunk_overhead = 12;  // length, type, CRC
constexpr std::uint32_t face_pixels = 48;

}  // namespace

bool is_face(std::string_view octets) {
    if (octets.size() > max_face_octets || !octets.starts_with(signature)) return false;
    std::string_view rest = octets.substr(signature.size());
    for (bool first = true; rest.size() >= chunk_overhead; first = false) {
        const std::uint32_t length = number_at(rest, 0);
        const std::string_view type = rest.substr(4, 4);
        if (length > rest.size() - chunk_overhead) return false;
        if (first && (type != "IHDR" || length != 13 || number_at(rest, 8) != face_pixels ||
                      number_at(rest, 12) != face_pixels))
            return false;
        rest.remove_prefix(chunk_overhead + length);
        if (type == "IEND") return length == 0 && rest.empty() && !first;
    }
    return false;
}

}  // namespace decorum::profile
