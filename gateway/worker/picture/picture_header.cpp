#include "gateway/worker/picture/picture_header.hpp"

#include <webp/decode.h>

#include <optional>

namespace decorum::worker {
namespace {

constexpr std::string_view png_signature{"\x89PNG\r\n\x1a\n", 8};
constexpr std::string_view jpeg_signature{"\xFF\xD8\xFF", 3};

// A number of 1 to 4 octets; none where the text ends before.
class Numbers {
public:
    explicit Numbers(std::string_view octets) : octets_(octets) {}
    [[nodiscard]] std::optional<std::uint32_t> at(std::size_t place, std::size_t size,
                                                  bool little = false) const {
        if (place > octets_.size() || size > octets_.size() - place) return std::nullopt;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8 | static_cast<unsigned char>(octets_[place + (little ? size - 1 - i : i)]);
        return value;
    }

private:
    std::string_view octets_;
};

// ISO/IEC 15948 §11.2.2: IHDR is the first chunk.
Result<PictureHeader> png_header(std::string_view octets) {
    const Numbers numbers(octets);
    const auto width = numbers.at(16, 4);
    const auto height = numbers.at(20, 4);
    if (!width || !height || octets.substr(12, 4) != "IHDR") return fail(errc::syntax, "a PNG without IHDR");
    return PictureHeader{.format = PictureFormat::png, .width = *width, .height = *height};
}

Result<PictureHeader> webp_header(std::string_view octets) {
    int width = 0;
    int height = 0;
    if (::WebPGetInfo(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size(), &width, &height) ==
            0 ||
        width <= 0 || height <= 0)
        return fail(errc::syntax, "a WebP without its size");
    return PictureHeader{.format = PictureFormat::webp,
                         .width = static_cast<std::uint32_t>(width),
                         .height = static_cast<std::uint32_t>(height)};
}

// The tag Orientation of the first directory of an Exif segment (CIPA DC-008 §4.6.4); 1 where it isn't there.
unsigned exif_orientation(std::string_view segment) {
    constexpr std::string_view exif{"Exif\0\0", 6};
    constexpr std::uint32_t orientation_tag = 0x0112;
    constexpr std::size_t entry_octets = 12;
    if (!segment.starts_with(exif)) return 1;
    const std::string_view tiff = segment.substr(exif.size());
    const bool little = tiff.starts_with("II");
    if (!little && !tiff.starts_with("MM")) return 1;
    const Numbers numbers(tiff);
    const auto directory = numbers.at(4, 4, little);
    const auto entries = directory ? numbers.at(*directory, 2, little) : std::nullopt;
    for (std::size_t i = 0; entries && i < *entries; ++i) {
        const std::size_t entry = *directory + 2 + i * entry_octets;
        const auto tag = numbers.at(entry, 2, little);
        const auto value = numbers.at(entry + 8, 2, little);
        if (!tag || !value) return 1;
        if (*tag == orientation_tag) return *value >= 1 && *value <= 8 ? *value : 1;
    }
    return 1;
}

constexpr bool is_frame_header(std::uint32_t marker) {
    // SOF0 to SOF15 without DHT, JPG and DAC
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// ITU-T T.81 §B.1.1: segments of marker and length, up to the frame header.
Result<PictureHeader> jpeg_header(std::string_view octets) {
    const Numbers numbers(octets);
    PictureHeader header{.format = PictureFormat::jpeg};
    std::size_t at = 2;
    for (;;) {
        const auto fill = numbers.at(at, 1);
        const auto marker = numbers.at(at + 1, 1);
        if (!fill || !marker || *fill != 0xFF) break;
        if (*marker == 0xFF) {  // fill octets may stand before a marker
            ++at;
            continue;
        }
        at += 2;
        if (*marker == 0x01 || (*marker >= 0xD0 && *marker <= 0xD7)) continue;  // without a segment
        const auto length = numbers.at(at, 2);
        if (!length || *length < 2) break;
        if (*marker == 0xE1 && header.orientation == 1)
            header.orientation = exif_orientation(octets.substr(at + 2, *length - 2));
        if (is_frame_header(*marker)) {
            const auto height = numbers.at(at + 3, 2);
            const auto width = numbers.at(at + 5, 2);
            if (!height || !width) break;
            header.width = *width;
            header.height = *height;
            return header;
        }
        at += *length;
        if (*marker == 0xDA || at > octets.size()) break;
    }
    return fail(errc::syntax, "a JPEG without a frame");
}

}  // namespace

Result<PictureHeader> picture_header(std::string_view octets) {
    if (octets.starts_with(png_signature)) return png_header(octets);
    if (octets.starts_with(jpeg_signature)) return jpeg_header(octets);
    if (octets.starts_with("RIFF") && octets.size() > 12 && octets.substr(8).starts_with("WEBP"))
        return webp_header(octets);
    return fail(errc::syntax, "neither PNG nor JPEG nor WebP");
}

}  // namespace decorum::worker
