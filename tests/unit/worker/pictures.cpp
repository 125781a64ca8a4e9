#include "tests/unit/worker/pictures.hpp"

#include <gd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

namespace decorum::test {
namespace {

int to_gd(const Paint& paint) {
    return gdTrueColorAlpha(paint.red, paint.green, paint.blue, gdAlphaMax - paint.alpha / 2);
}

void append_number(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xFFU));
}

}  // namespace

std::string picture(Encoding encoding, int width, int height, Painter painter) {
    const std::unique_ptr<gdImage, decltype(&::gdImageDestroy)> image(::gdImageCreateTrueColor(width, height),
                                                                      ::gdImageDestroy);
    ::gdImageAlphaBlending(image.get(), gdEffectReplace);
    ::gdImageSaveAlpha(image.get(), 1);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            ::gdImageSetPixel(image.get(), x, y, to_gd(painter((x + 0.5) / width, (y + 0.5) / height)));
    int octets = 0;
    void* made = nullptr;
    switch (encoding) {
        case Encoding::png: made = ::gdImagePngPtr(image.get(), &octets); break;
        case Encoding::jpeg: made = ::gdImageJpegPtr(image.get(), &octets, 95); break;
        case Encoding::webp: made = ::gdImageWebpPtrEx(image.get(), &octets, 90); break;
        case Encoding::gif: made = ::gdImageGifPtr(image.get(), &octets); break;
        case Encoding::bmp: made = ::gdImageBmpPtr(image.get(), &octets, 0); break;
    }
    if (made == nullptr) throw std::runtime_error("no picture could be made");
    std::string out(static_cast<const char*>(made), static_cast<std::size_t>(octets));
    ::gdFree(made);
    return out;
}

Paint portrait(double x, double y) {
    const auto within = [&](double middle_x, double middle_y, double radius_x, double radius_y) {
        const double dx = (x - middle_x) / radius_x;
        const double dy = (y - middle_y) / radius_y;
        return dx * dx + dy * dy < 1;
    };
    const auto lit = [&](double red, double green, double blue) {
        const double light = 1.15 - 0.4 * x + 0.04 * std::sin(90 * x + 70 * y);
        const auto sample = [light](double value) {
            return static_cast<int>(std::min(255.0, value * light));
        };
        return Paint{sample(red), sample(green), sample(blue)};
    };
    if (within(0.42, 0.42, 0.03, 0.02) || within(0.58, 0.42, 0.03, 0.02)) return lit(40, 60, 90);
    if (within(0.5, 0.6, 0.07, 0.02)) return lit(170, 60, 70);
    if (within(0.5, 0.46, 0.18, 0.24) && y > 0.28) return lit(225, 175, 150);
    if (within(0.5, 0.4, 0.23, 0.28)) return lit(70, 45, 30);
    if (within(0.5, 1.05, 0.4, 0.3)) return lit(35, 45, 95);
    return lit(120 + 80 * y, 160 - 30 * x, 190 - 60 * y);
}

Paint quarters(double x, double y) {
    if (y < 0.5) return x < 0.5 ? Paint{255, 0, 0} : Paint{0, 255, 0};
    return x < 0.5 ? Paint{0, 0, 255} : Paint{255, 255, 255};
}

Paint noise(double x, double y) {
    // Noise that is the same each time: the fraction of a large multiple of a sine.
    const auto part = [&](double seed) {
        const double value = std::sin(x * 12989.8 + y * 78233.1 + seed) * 43758.5453;
        return static_cast<int>((value - std::floor(value)) * 255);
    };
    return {part(1), part(2), part(3)};
}

std::string png_chunk(std::string_view type, std::string_view data) {
    std::string covered(type);
    covered += data;
    std::string out;
    append_number(out, static_cast<std::uint32_t>(data.size()));
    out += covered;
    append_number(out, static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(covered.data()),
                                                          static_cast<uInt>(covered.size()))));
    return out;
}

std::string png_of(std::uint32_t width, std::uint32_t height, std::string_view idat) {
    std::string header;
    append_number(header, width);
    append_number(header, height);
    header += std::string("\x08\x02\0\0\0", 5);
    return std::string("\x89PNG\r\n\x1a\n", 8) + png_chunk("IHDR", header) + png_chunk("IDAT", idat) +
           png_chunk("IEND", {});
}

std::string deflated_zeros(std::size_t octets) {
    const std::string zeros(octets, '\0');
    uLongf size = ::compressBound(octets);
    std::string out(size, '\0');
    ::compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(zeros.data()),
                octets, 9);
    out.resize(size);
    return out;
}

std::string with_orientation(const std::string& jpeg, char orientation, bool little_endian) {
    using namespace std::string_literals;
    const std::string tiff = little_endian
                                 ? "II*\0\x08\0\0\0\x02\0"s + "\x0f\x01\x02\0\x01\0\0\0\0\0\0\0"s +
                                       "\x12\x01\x03\0\x01\0\0\0"s + orientation + "\0\0\0\0\0\0\0"s
                                 : "MM\0*\0\0\0\x08\0\x02"s + "\x01\x0f\0\x02\0\0\0\x01\0\0\0\0"s +
                                       "\x01\x12\0\x03\0\0\0\x01\0"s + orientation + "\0\0\0\0\0\0"s;
    const std::string segment = "Exif\0\0"s + tiff;
    const std::size_t length = segment.size() + 2;
    return jpeg.substr(0, 2) + "\xFF\xE1"s + static_cast<char>(length >> 8) +
           static_cast<char>(length & 0xFF) + segment + jpeg.substr(2);
}

}  // namespace decorum::test
