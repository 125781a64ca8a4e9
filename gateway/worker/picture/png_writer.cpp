#include "gateway/worker/picture/png_writer.hpp"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <new>
#include <string_view>

namespace decorum::worker {
namespace {

enum class ColourType : char { true_colour = 2, palette = 3 };
enum RowFilter : std::uint8_t { none, sub, up, average, paeth };

void append_number(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xFFU));
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
    append_number(out, static_cast<std::uint32_t>(data.size()));
    const std::size_t covered = out.size();
    out.append(type).append(data);
    const auto* from = reinterpret_cast<const Bytef*>(out.data() + covered);
    append_number(out, static_cast<std::uint32_t>(::crc32(0, from, static_cast<uInt>(out.size() - covered))));
}

std::string deflated(std::string_view octets) {
    constexpr int level = 9;
    constexpr int window_bits = 15;
    constexpr int memory_level = 9;
    z_stream stream{};
    if (::deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string out(::deflateBound(&stream, octets.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
    stream.avail_in = static_cast<uInt>(octets.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);  // in one step: the room is enough
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

std::uint8_t paeth_predictor(int left, int above, int corner) {
    const int guess = left + above - corner;
    const int to_left = std::abs(guess - left);
    const int to_above = std::abs(guess - above);
    const int to_corner = std::abs(guess - corner);
    if (to_left <= to_above && to_left <= to_corner) return static_cast<std::uint8_t>(left);
    return static_cast<std::uint8_t>(to_above <= to_corner ? above : corner);
}

// Rows as they stand in IDAT before compression: each behind the octet of its filter (§9).
std::string filtered(std::string_view rows, std::size_t row_octets, std::size_t pixel_octets,
                     RowFilter filter) {
    std::string out;
    out.reserve(rows.size() + rows.size() / row_octets);
    for (std::size_t start = 0; start < rows.size(); start += row_octets) {
        out.push_back(static_cast<char>(filter));
        for (std::size_t i = 0; i < row_octets; ++i) {
            const auto at = [&](bool exists, std::size_t place) {
                return exists ? int{static_cast<unsigned char>(rows[place])} : 0;
            };
            const std::size_t place = start + i;
            const bool has_left = i >= pixel_octets;
            const int left = at(has_left, place - pixel_octets);
            const int above = at(start > 0, place - row_octets);
            const int corner = at(has_left && start > 0, place - row_octets - pixel_octets);
            int predicted = 0;
            switch (filter) {
                case none: break;
                case sub: predicted = left; break;
                case up: predicted = above; break;
                case average: predicted = (left + above) / 2; break;
                case paeth: predicted = paeth_predictor(left, above, corner); break;
            }
            out.push_back(static_cast<char>(static_cast<unsigned char>(rows[place]) - predicted));
        }
    }
    return out;
}

std::string file_of(ColourType type, unsigned depth, std::string_view palette, std::string_view data) {
    std::string out{"\x89PNG\r\n\x1a\n", 8};
    std::string header;
    append_number(header, face_side);
    append_number(header, face_side);
    header.push_back(static_cast<char>(depth));
    header.push_back(static_cast<char>(type));
    header.append(3, '\0');  // the only methods there are; not interlaced
    append_chunk(out, "IHDR", header);
    if (!palette.empty()) append_chunk(out, "PLTE", palette);
    append_chunk(out, "IDAT", data);
    append_chunk(out, "IEND", {});
    return out;
}

void keep_smaller(std::string& best, std::string other) {
    if (best.empty() || other.size() < best.size()) best = std::move(other);
}

unsigned depth_for(std::size_t colours) {
    return colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8;
}

std::string packed(std::span<const std::uint8_t, face_pixels> indices, unsigned depth) {
    std::string rows;
    rows.reserve(face_pixels * depth / 8);
    for (std::size_t i = 0; i < face_pixels;) {  // a row of 48 ends with a whole octet at any depth
        unsigned octet = 0;
        for (unsigned bits = 0; bits < 8; bits += depth) octet = octet << depth | indices[i++];
        rows.push_back(static_cast<char>(octet));
    }
    return rows;
}

}  // namespace

std::string write_true_colour_png(const FacePixels& pixels) {
    std::string rows;
    rows.reserve(face_pixels * 3);
    for (const Rgb& pixel : pixels)
        for (const std::uint8_t sample : {pixel.red, pixel.green, pixel.blue})
            rows.push_back(static_cast<char>(sample));
    std::string best;
    for (const RowFilter filter : {none, sub, up, average, paeth})
        keep_smaller(best, deflated(filtered(rows, face_side * 3, 3, filter)));
    return file_of(ColourType::true_colour, 8, {}, best);
}

std::string write_palette_png(std::span<const std::uint8_t, face_pixels> indices,
                              std::span<const Rgb> palette) {
    std::string colours;
    for (const Rgb& colour : palette)
        for (const std::uint8_t sample : {colour.red, colour.green, colour.blue})
            colours.push_back(static_cast<char>(sample));
    const auto in_depth = [&](unsigned depth) {
        const std::string rows = packed(indices, depth);
        return deflated(filtered(rows, rows.size() / face_side, 1, none));
    };
    const unsigned dense = depth_for(palette.size());
    std::string best = in_depth(dense);
    unsigned depth = dense;
    if (dense < 8) {
        if (std::string wide = in_depth(8); wide.size() < best.size()) {
            best = std::move(wide);
            depth = 8;
        }
    }
    return file_of(ColourType::palette, depth, colours, best);
}

}  // namespace decorum::worker
