// The job `face`: a picture of any size → a PNG of 48x48 pixels and at most 725 octets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/worker/picture/pixels.hpp"

namespace decorum::worker {

// The middle square of a PNG, JPEG or WebP, upright, on white. Errors: syntax (none of these, or broken),
// limit (a side longer than max_side pixels).
[[nodiscard]] Result<FacePixels> read_face(std::string_view octets, std::uint32_t max_side);

[[nodiscard]] Result<std::string> decode_face(std::string_view octets, std::uint32_t max_side);

}  // namespace decorum::worker
