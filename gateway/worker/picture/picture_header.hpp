// What a picture says before it is decoded: format, size, and how it was held.
//
// Read by hand, from the first octets, so that a picture that claims to be huge is refused before any decoder
// has allocated for it. A picture that lies here meets the decoder's own checks and the limit of memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::worker {

enum class PictureFormat : std::uint8_t { png, jpeg, webp };

struct PictureHeader {
    PictureFormat format{};
    std::uint32_t width = 0;  // pixels
    std::uint32_t height = 0;
    unsigned orientation = 1;  // of JPEG, by Exif (tag 0x0112): 1 to 8; 1: as it is
};

// By signature, whatever the picture was called. An Error (syntax): none of them, or broken off before its
// size.
[[nodiscard]] Result<PictureHeader> picture_header(std::string_view octets);

}  // namespace decorum::worker
