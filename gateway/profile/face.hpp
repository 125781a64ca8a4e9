// Is a picture fit for a Face field? A PNG of 48x48 pixels and at most 725 octets, so that its base64 form
// keeps within the 998 octets of a line.
#pragma once

#include <cstddef>
#include <string_view>

namespace decorum::profile {

inline constexpr std::size_t max_face_octets = 725;

// Looks at signature, IHDR and the chain of chunks up to IEND (PNG, ISO/IEC 15948 §5); decodes nothing.
[[nodiscard]] bool is_face(std::string_view octets);

}  // namespace decorum::profile
