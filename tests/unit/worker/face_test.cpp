// Pictures become faces: what the face shows, and what is refused.
#include "gateway/worker/picture/face.hpp"

#include <gd.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "gateway/profile/face.hpp"
#include "gateway/worker/picture/picture_header.hpp"
#include "tests/unit/worker/pictures.hpp"

namespace decorum::worker {
namespace {

using namespace decorum::test;

constexpr std::uint32_t max_side = 4096;

FacePixels pixels_of_png(const std::string& png) {
    FacePixels out{};
    const std::unique_ptr<gdImage, decltype(&::gdImageDestroy)> image(
        ::gdImageCreateFromPngPtr(static_cast<int>(png.size()), const_cast<char*>(png.data())),
        ::gdImageDestroy);
    if (!image || image->sx != 48 || image->sy != 48) throw std::runtime_error("no face");
    for (int y = 0; y < 48; ++y)
        for (int x = 0; x < 48; ++x) {
            const int colour = ::gdImageGetTrueColorPixel(image.get(), x, y);
            out[static_cast<std::size_t>(y * 48 + x)] = {
                .red = static_cast<std::uint8_t>(gdTrueColorGetRed(colour)),
                .green = static_cast<std::uint8_t>(gdTrueColorGetGreen(colour)),
                .blue = static_cast<std::uint8_t>(gdTrueColorGetBlue(colour))};
        }
    return out;
}

double mean_miss(const FacePixels& a, const FacePixels& b) {
    double sum = 0;
    for (std::size_t i = 0; i < face_pixels; ++i)
        sum += std::abs(a[i].red - b[i].red) + std::abs(a[i].green - b[i].green) +
               std::abs(a[i].blue - b[i].blue);
    return sum / (3 * face_pixels);
}

bool is_about(Rgb pixel, int red, int green, int blue) {
    constexpr int tolerance = 12;  // JPEG and WebP change colours a little
    return std::abs(pixel.red - red) <= tolerance && std::abs(pixel.green - green) <= tolerance &&
           std::abs(pixel.blue - blue) <= tolerance;
}

// The colours of the corners, clockwise from above left: R, G, B or W each.
std::string corners(const FacePixels& face) {
    std::string out;
    constexpr std::size_t places[] = {4 * 48 + 4, 4 * 48 + 43, 43 * 48 + 43, 43 * 48 + 4};
    for (const std::size_t place : places) {
        const Rgb pixel = face[place];
        out += is_about(pixel, 255, 0, 0)       ? 'R'
               : is_about(pixel, 0, 255, 0)     ? 'G'
               : is_about(pixel, 0, 0, 255)     ? 'B'
               : is_about(pixel, 255, 255, 255) ? 'W'
                                                : '?';
    }
    return out;
}

TEST(Face, EachFormatIsReadByItsSignature) {
    for (const Encoding encoding : {Encoding::png, Encoding::jpeg, Encoding::webp}) {
        const auto face = read_face(picture(encoding, 200, 200, quarters), max_side);
        ASSERT_TRUE(face) << face.error().text();
        EXPECT_EQ(corners(*face), "RGWB") << static_cast<int>(encoding);
    }
}

TEST(Face, OtherFormatsAreRefused) {
    for (const std::string& octets :
         {picture(Encoding::gif, 60, 60, quarters), picture(Encoding::bmp, 60, 60, quarters),
          std::string("<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>"),
          std::string("<!doctype html><title>No picture</title>"), std::string(), std::string(5000, '\xFF'),
          std::string("RIFF\0\0\0\0WEBP", 12)}) {
        const auto face = decode_face(octets, max_side);
        ASSERT_FALSE(face);
        EXPECT_EQ(face.error().code, errc::syntax);
    }
}

TEST(Face, AnyPictureFitsAFaceField) {
    for (const auto painter : {portrait, quarters, noise})
        for (const auto& [width, height] : {std::pair{300, 300}, {1, 1}, {48, 48}, {640, 97}, {3, 900}}) {
            const auto png = decode_face(picture(Encoding::png, width, height, painter), max_side);
            ASSERT_TRUE(png) << png.error().text();
            EXPECT_TRUE(profile::is_face(*png)) << png->size();
            (void)pixels_of_png(*png);
        }
}

TEST(Face, APortraitStillLooksLikeThePerson) {
    const std::string photo = picture(Encoding::jpeg, 480, 480, portrait);
    const auto wanted = read_face(photo, max_side);
    const auto png = decode_face(photo, max_side);
    ASSERT_TRUE(wanted && png);
    const FacePixels shown = pixels_of_png(*png);
    EXPECT_LT(mean_miss(*wanted, shown), 8.0) << "of 255";
    // Worse than grey of the same palette sizes would be a fault: hair, skin and jacket keep their colours.
    const Rgb skin = shown[24 * 48 + 24];
    const Rgb jacket = shown[45 * 48 + 20];
    EXPECT_GT(skin.red, skin.blue + 40);
    EXPECT_GT(jacket.blue, jacket.red + 30);
}

TEST(Face, FewColoursAreKeptExactly) {
    const std::string logo = picture(Encoding::png, 96, 96, quarters);
    const auto wanted = read_face(logo, max_side);
    const auto png = decode_face(logo, max_side);
    ASSERT_TRUE(wanted && png);
    EXPECT_EQ(mean_miss(*wanted, pixels_of_png(*png)), 0);
}

TEST(Face, TheMiddleSquareIsShown) {
    const auto wide = [](double x, double) {
        return x < 0.25 || x > 0.75 ? Paint{255, 0, 0} : Paint{0, 0, 255};
    };
    const auto high = [](double, double y) {
        return y < 0.25 || y > 0.75 ? Paint{255, 0, 0} : Paint{0, 0, 255};
    };
    EXPECT_EQ(corners(*read_face(picture(Encoding::png, 400, 200, wide), max_side)), "BBBB");
    EXPECT_EQ(corners(*read_face(picture(Encoding::png, 200, 400, high), max_side)), "BBBB");
}

TEST(Face, WhatIsTransparentBecomesWhite) {
    const auto glass = [](double x, double) { return Paint{255, 0, 0, x < 0.5 ? 0 : 255}; };
    for (const Encoding encoding : {Encoding::png, Encoding::webp})
        EXPECT_EQ(corners(*read_face(picture(encoding, 96, 96, glass), max_side)), "WRRW");
}

TEST(Face, JpegIsTurnedAsExifSays) {
    const std::string jpeg = picture(Encoding::jpeg, 96, 96, quarters);
    // Exif 2.32 §4.6.4: where the first row and the first column of what is stored belong.
    constexpr std::string_view upright[] = {"RGWB", "GRBW", "WBRG", "BWGR", "RBWG", "BRGW", "WGRB", "GWBR"};
    for (int orientation = 1; orientation <= 8; ++orientation)
        for (const bool little : {true, false}) {
            const auto face =
                read_face(with_orientation(jpeg, static_cast<char>(orientation), little), max_side);
            ASSERT_TRUE(face);
            EXPECT_EQ(corners(*face), upright[orientation - 1]) << orientation;
        }
    for (const char nonsense : {'\0', '\x09', '\x7F'})
        EXPECT_EQ(corners(*read_face(with_orientation(jpeg, nonsense, true), max_side)), "RGWB");
}

TEST(Face, ExifThatEndsTooSoonIsIgnored) {
    const std::string jpeg = with_orientation(picture(Encoding::jpeg, 96, 96, quarters), 6, true);
    constexpr std::size_t tiff = 2 + 4 + 6;
    std::string far = jpeg;
    far[tiff + 7] = '\x7F';  // the directory lies beyond the segment
    EXPECT_EQ(corners(*read_face(far, max_side)), "RGWB");
    std::string many = jpeg;
    many[tiff + 8] = many[tiff + 9] =
        '\xFF';  // more entries than there are: the one that is there still counts
    EXPECT_EQ(corners(*read_face(many, max_side)), "BRGW");
    std::string other = jpeg;
    other[tiff] = 'X';
    EXPECT_EQ(corners(*read_face(other, max_side)), "RGWB");
}

TEST(Face, TooManyPixelsAreRefusedByTheHeaderAlone) {
    // No decoder could read these: what is refused here is refused before it.
    for (const auto& [width, height] : {std::pair{30000U, 30000U}, {4097U, 1U}, {1U, 4097U}, {~0U, ~0U}}) {
        const auto face = decode_face(png_of(width, height, "no zlib"), max_side);
        ASSERT_FALSE(face);
        EXPECT_EQ(face.error().code, errc::limit);
    }
    const auto broken = decode_face(png_of(4096, 4096, "no zlib"), max_side);
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, errc::syntax);
    EXPECT_EQ(decode_face(png_of(0, 48, "no zlib"), max_side).error().code, errc::syntax);
}

TEST(Face, ABombOfZlibIsRefused) {
    const std::string zeros = deflated_zeros(std::size_t{64} << 20);
    EXPECT_LT(zeros.size(), std::size_t{100} << 10);
    EXPECT_EQ(decode_face(png_of(30000, 30000, zeros), max_side).error().code, errc::limit);
    // Declared small: the surplus is not unpacked, or the picture is refused; never more than a face comes of
    // it.
    const auto small = decode_face(png_of(100, 100, zeros), max_side);
    EXPECT_TRUE(!small || profile::is_face(*small));
}

TEST(Face, HalfAPictureIsNone) {
    for (const Encoding encoding : {Encoding::png, Encoding::jpeg, Encoding::webp}) {
        const std::string whole = picture(encoding, 300, 300, portrait);
        for (const std::size_t octets :
             {whole.size() / 2, whole.size() / 10, whole.size() - 40, std::size_t{12}}) {
            const auto face = decode_face(whole.substr(0, octets), max_side);
            ASSERT_FALSE(face) << static_cast<int>(encoding) << ' ' << octets;
            EXPECT_EQ(face.error().code, errc::syntax);
        }
    }
}

TEST(PictureHeader, SizesOfAllFormats) {
    for (const Encoding encoding : {Encoding::png, Encoding::jpeg, Encoding::webp}) {
        const auto header = picture_header(picture(encoding, 321, 123, quarters));
        ASSERT_TRUE(header);
        EXPECT_EQ(header->width, 321U);
        EXPECT_EQ(header->height, 123U);
    }
}

TEST(PictureHeader, EveryBeginningOfAPictureIsReadSafely) {
    const std::string jpeg = with_orientation(picture(Encoding::jpeg, 64, 64, quarters), 6, false);
    bool found = false;
    for (std::size_t octets = 0; octets <= jpeg.size(); ++octets) {
        const auto header = picture_header(std::string_view(jpeg).substr(0, octets));
        EXPECT_TRUE(header || !found) << "what was found stays found";
        found = found || header.has_value();
    }
    EXPECT_TRUE(found);
}

}  // namespace
}  // namespace decorum::worker
