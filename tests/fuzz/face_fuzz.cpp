// Pictures to faces: what is accepted has a header within the limits and comes out as a face, whatever it
// was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/profile/face.hpp"
#include "gateway/worker/picture/face.hpp"
#include "gateway/worker/picture/picture_header.hpp"

namespace {

// Small, so that the time goes into the formats and not into pixels.
constexpr std::uint32_t max_side = 128;

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace decorum::worker;
    const std::string_view octets(reinterpret_cast<const char*>(data), size);

    const auto header = picture_header(octets);
    const auto face = decode_face(octets, max_side);
    if (face) {
        require(header.has_value());
        require(header->width <= max_side && header->height <= max_side);
        require(decorum::profile::is_face(*face));
    }
    if (header) require(header->orientation >= 1 && header->orientation <= 8);
    return 0;
}
