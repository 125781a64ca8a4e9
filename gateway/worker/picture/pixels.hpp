// A face as its pixels: 48 by 48, opaque, row by row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace decorum::worker {

inline constexpr std::size_t face_side = 48;
inline constexpr std::size_t face_pixels = face_side * face_side;

struct Rgb {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
    friend bool operator==(const Rgb&, const Rgb&) = default;
};

using FacePixels = std::array<Rgb, face_pixels>;

}  // namespace decorum::worker
