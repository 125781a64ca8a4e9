// Pictures that the tests make.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace decorum::test {

enum class Encoding : std::uint8_t { png, jpeg, webp, gif, bmp };

// Painted by fractions of width and height (0 to 1): the red, green, blue and alpha (255: opaque) there.
struct Paint {
    int red, green, blue;
    int alpha = 255;
};
using Painter = Paint (*)(double x, double y);

[[nodiscard]] std::string picture(Encoding encoding, int width, int height, Painter painter);

// A face before a background, with light from the left: like a photograph in how it compresses.
[[nodiscard]] Paint portrait(double x, double y);
// Red above left, green above right, blue below left, white below right.
[[nodiscard]] Paint quarters(double x, double y);
// No two pixels alike.
[[nodiscard]] Paint noise(double x, double y);

// A chunk of PNG with its length and CRC; and a PNG that says it has that size, of that IDAT.
[[nodiscard]] std::string png_chunk(std::string_view type, std::string_view data);
[[nodiscard]] std::string png_of(std::uint32_t width, std::uint32_t height, std::string_view idat);
// So many octets 0, compressed by zlib.
[[nodiscard]] std::string deflated_zeros(std::size_t octets);

// The JPEG with an Exif segment that holds the orientation, of either order of octets.
[[nodiscard]] std::string with_orientation(const std::string& jpeg, char orientation, bool little_endian);

}  // namespace decorum::test
