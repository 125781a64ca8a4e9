// The best-looking PNG of a face that keeps within the 725 octets of a Face field.
#pragma once

#include <cstddef>
#include <string>

#include "gateway/worker/picture/pixels.hpp"

namespace decorum::worker {

inline constexpr std::size_t max_face_octets = 725;

// In true colours where they fit; else with the palette, dithering and simplification whose result is nearest
// to the picture, seen from a little way off. There always is one: four colours fit, whatever the pixels are.
[[nodiscard]] std::string encode_face(const FacePixels& pixels);

}  // namespace decorum::worker
