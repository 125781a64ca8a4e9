#include "gateway/worker/picture/face_encoder.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

#include "gateway/worker/picture/palette.hpp"
#include "gateway/worker/picture/png_writer.hpp"

namespace decorum::worker {
namespace {

constexpr auto palette_sizes = std::to_array<std::size_t>({48, 32, 24, 20, 16, 12, 9, 7, 5, 4});
constexpr auto dithers = std::to_array<float>({0.0F, 0.6F});
constexpr float near_weight = 0.4F;  // of the error of single pixels, beside that of their surroundings
constexpr float most_simplified = 40.0F;
constexpr int simplifying_steps = 6;

using Indices = std::array<std::uint8_t, face_pixels>;

struct Palette {
    std::vector<Rgb> shown;
    std::vector<Colour> colours;

    explicit Palette(std::vector<Rgb> rgb) : shown(std::move(rgb)) {
        for (const Rgb& each : shown) colours.push_back(to_colour(each));
    }
};

// Each pixel's colour: the nearest, or the left or upper neighbour's where that is not farther by more than
// `slack`, so that there is more to compress. What a pixel misses is passed on to those that follow
// (Floyd and Steinberg), as far as `dither` says.
Indices map_to(const Palette& palette, const FaceColours& picture, float dither, float slack) {
    Indices indices{};
    FaceColours owed{};
    for (std::size_t i = 0; i < face_pixels; ++i) {
        const std::size_t x = i % face_side;
        const Colour wanted = picture[i] + owed[i];
        const auto miss = [&](std::size_t index) { return square_of(palette.colours[index] - wanted); };
        std::size_t best = 0;
        for (std::size_t index = 1; index < palette.colours.size(); ++index)
            if (miss(index) < miss(best)) best = index;
        const float acceptable = miss(best) + slack * slack / importance_of(i);
        if (x > 0 && miss(indices[i - 1]) <= acceptable) {
            best = indices[i - 1];
        } else if (i >= face_side && miss(indices[i - face_side]) <= acceptable) {
            best = indices[i - face_side];
        }
        indices[i] = static_cast<std::uint8_t>(best);
        const Colour left_over = (wanted - palette.colours[best]) * dither;
        const bool last_column = x + 1 == face_side;
        const bool last_row = i + face_side >= face_pixels;
        if (!last_column) owed[i + 1] = owed[i + 1] + left_over * (7.0F / 16);
        if (last_row) continue;
        if (x > 0) owed[i + face_side - 1] = owed[i + face_side - 1] + left_over * (3.0F / 16);
        owed[i + face_side] = owed[i + face_side] + left_over * (5.0F / 16);
        if (!last_column) owed[i + face_side + 1] = owed[i + face_side + 1] + left_over * (1.0F / 16);
    }
    return indices;
}

// Blurred by 1-2-1 both ways; the border stands for what lies beyond it.
FaceColours blurred(const FaceColours& picture) {
    FaceColours half{};
    FaceColours out{};
    const auto three = [](Colour before, Colour at, Colour after) {
        return (before + at * 2.0F + after) * 0.25F;
    };
    constexpr std::size_t last = face_side - 1;
    for (std::size_t y = 0; y < face_side; ++y)
        for (std::size_t x = 0; x < face_side; ++x) {
            const Colour* row = picture.data() + y * face_side;
            half[y * face_side + x] = three(row[x > 0 ? x - 1 : 0], row[x], row[std::min(x + 1, last)]);
        }
    for (std::size_t y = 0; y < face_side; ++y)
        for (std::size_t x = 0; x < face_side; ++x)
            out[y * face_side + x] = three(half[(y > 0 ? y - 1 : 0) * face_side + x], half[y * face_side + x],
                                           half[std::min(y + 1, last) * face_side + x]);
    return out;
}

// How far it looks from the picture.
float error_of(const Palette& palette, const Indices& indices, const FaceColours& picture) {
    FaceColours missed{};
    float near = 0;
    for (std::size_t i = 0; i < face_pixels; ++i) {
        missed[i] = palette.colours[indices[i]] - picture[i];
        near += square_of(missed[i]) * importance_of(i);
    }
    float far = 0;
    const FaceColours surroundings = blurred(missed);
    for (std::size_t i = 0; i < face_pixels; ++i) far += square_of(surroundings[i]) * importance_of(i);
    return near * near_weight + far * (1 - near_weight);
}

class Search {
public:
    explicit Search(const FaceColours& picture) : picture_(picture) {}

    // The least simplified form that fits, by halving; kept if it is the best of all so far. Simplifying
    // makes none better.
    void consider(const Palette& palette, float dither) {
        if (error_of(palette, map_to(palette, picture_, dither, 0), picture_) >= least_) return;
        if (fits(palette, dither, 0)) return;
        if (!fits(palette, dither, most_simplified)) return;
        float too_little = 0;
        float enough = most_simplified;
        for (int step = 0; step < simplifying_steps; ++step) {
            const float middle = (too_little + enough) / 2;
            (fits(palette, dither, middle) ? enough : too_little) = middle;
        }
    }

    [[nodiscard]] std::string take() && { return std::move(best_); }

private:
    bool fits(const Palette& palette, float dither, float slack) {
        const Indices indices = map_to(palette, picture_, dither, slack);
        std::string png = write_palette_png(indices, palette.shown);
        if (png.size() > max_face_octets) return false;
        if (const float error = error_of(palette, indices, picture_); error < least_) {
            least_ = error;
            best_ = std::move(png);
        }
        return true;
    }

    const FaceColours& picture_;
    std::string best_;
    float least_ = std::numeric_limits<float>::max();
};

}  // namespace

std::string encode_face(const FacePixels& pixels) {
    if (std::string exact = write_true_colour_png(pixels); exact.size() <= max_face_octets) return exact;
    FaceColours picture;
    std::ranges::transform(pixels, picture.begin(), to_colour);
    Search search(picture);
    for (const std::size_t size : palette_sizes) {
        const Palette palette(palette_of(picture, size));
        for (const float dither : dithers) search.consider(palette, dither);
    }
    return std::move(search).take();
}

}  // namespace decorum::worker
