// libgd decodes and resamples; what follows works on 48x48 pixels. Cropping to the middle square and turning
// commute, so that a picture is turned last, when it is small.
#include "gateway/worker/picture/face.hpp"

#include <gd.h>

#include <algorithm>
#include <memory>

#include "gateway/worker/picture/face_encoder.hpp"
#include "gateway/worker/picture/picture_header.hpp"

namespace decorum::worker {
namespace {

using Image = std::unique_ptr<gdImage, decltype(&::gdImageDestroy)>;

// Does the end marker EOI (ISO/IEC 10918-1 §B.1) follow the last scan? libgd makes one up where the file ends
// within the last rows. Neither marker occurs within the data of a scan, but a thumbnail before it has both.
bool is_whole_jpeg(std::string_view octets) {
    const std::size_t scan = octets.rfind("\xFF\xDA");
    return scan != std::string_view::npos && octets.find("\xFF\xD9", scan) != std::string_view::npos;
}

Image decode(std::string_view octets, PictureFormat format) {
    // libgd would write warnings to standard error.
    ::gdSetErrorMethod([](int, const char*, va_list) {});
    const int size = static_cast<int>(octets.size());
    void* data = const_cast<char*>(octets.data());  // libgd reads only
    constexpr int strict = 0;                       // else half a JPEG becomes a picture, grey below
    gdImagePtr image = nullptr;
    switch (format) {
        case PictureFormat::png: image = ::gdImageCreateFromPngPtr(size, data); break;
        case PictureFormat::jpeg:
            if (is_whole_jpeg(octets)) image = ::gdImageCreateFromJpegPtrEx(size, data, strict);
            break;
        case PictureFormat::webp: image = ::gdImageCreateFromWebpPtr(size, data); break;
    }
    return {image, ::gdImageDestroy};
}

// The middle square of the source, drawn over white, averaged over the area of each pixel.
Image middle_square(const gdImage& source) {
    constexpr int side = static_cast<int>(face_side);
    Image face(::gdImageCreateTrueColor(side, side), ::gdImageDestroy);
    if (!face) return face;
    ::gdImageFilledRectangle(face.get(), 0, 0, side - 1, side - 1, gdTrueColor(255, 255, 255));
    ::gdImageAlphaBlending(face.get(), gdEffectAlphaBlend);
    const int square = std::min(source.sx, source.sy);
    ::gdImageCopyResampled(face.get(), const_cast<gdImage*>(&source), 0, 0, (source.sx - square) / 2,
                           (source.sy - square) / 2, side, side, square, square);
    return face;
}

// Where the pixel at (x, y) of the upright picture stands in one held otherwise.
std::size_t place_of(std::size_t x, std::size_t y, unsigned orientation) {
    constexpr std::size_t last = face_side - 1;
    switch (orientation) {
        case 2: x = last - x; break;
        case 3: x = last - x, y = last - y; break;
        case 4: y = last - y; break;
        case 5: std::swap(x, y); break;
        case 6: {
            const std::size_t row = last - x;
            x = y, y = row;
            break;
        }
        case 7: {
            const std::size_t row = last - x;
            x = last - y, y = row;
            break;
        }
        case 8: {
            const std::size_t row = x;
            x = last - y, y = row;
            break;
        }
        default: break;
    }
    return y * face_side + x;
}

}  // namespace

Result<FacePixels> read_face(std::string_view octets, std::uint32_t max_side) {
    const auto header = picture_header(octets);
    if (!header) return std::unexpected(header.error());
    if (header->width == 0 || header->height == 0) return fail(errc::syntax, "a picture without pixels");
    if (header->width > max_side || header->height > max_side) return fail(errc::limit, "too many pixels");
    const Image source = decode(octets, header->format);
    if (!source) return fail(errc::syntax, "the picture is broken");
    const Image face = middle_square(*source);
    if (!face) return fail(errc::limit, "no memory for the face");
    FacePixels pixels;
    for (std::size_t y = 0; y < face_side; ++y)
        for (std::size_t x = 0; x < face_side; ++x) {
            const std::size_t place = place_of(x, y, header->orientation);
            const int color = ::gdImageGetTrueColorPixel(face.get(), static_cast<int>(place % face_side),
                                                         static_cast<int>(place / face_side));
            pixels[y * face_side + x] = {.red = static_cast<std::uint8_t>(gdTrueColorGetRed(color)),
                                         .green = static_cast<std::uint8_t>(gdTrueColorGetGreen(color)),
                                         .blue = static_cast<std::uint8_t>(gdTrueColorGetBlue(color))};
        }
    return pixels;
}

Result<std::string> decode_face(std::string_view octets, std::uint32_t max_side) {
    const auto pixels = read_face(octets, max_side);
    if (!pixels) return std::unexpected(pixels.error());
    return encode_face(*pixels);
}

}  // namespace decorum::worker
