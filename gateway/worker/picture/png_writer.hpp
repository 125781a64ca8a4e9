// PNG (ISO/IEC 15948) in as few octets as can be: IHDR, PLTE, one IDAT, IEND, and nothing else.
//
// libgd's own writer adds a chunk for the resolution and leaves zlib no choice; of 725 octets each counts.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "gateway/worker/picture/pixels.hpp"

namespace decorum::worker {

// Eight bits a sample; the smallest of what the filters give.
[[nodiscard]] std::string write_true_colour_png(const FacePixels& pixels);

// An index into `palette` (1 to 256 colours) for each of the face's pixels, packed as densely as the palette
// allows or one an octet, whichever is smaller.
[[nodiscard]] std::string write_palette_png(std::span<const std::uint8_t, face_pixels> indices,
                                            std::span<const Rgb> palette);

}  // namespace decorum::worker
