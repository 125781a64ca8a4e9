#include "gateway/worker/picture/palette.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace decorum::worker {
namespace {

constexpr float blue_weight = 0.55F;
constexpr float red_weight = 0.75F;  // faces are red rather than blue
constexpr int rounds = 6;

using Axis = float Colour::*;

struct Box {
    std::vector<std::size_t> places;
    Colour mean{};
    Axis widest = &Colour::light;
    float spread = 0;  // the sum of squares along `widest`

    Box(const FaceColours& picture, std::vector<std::size_t> members) : places(std::move(members)) {
        float weight = 0;
        for (const std::size_t place : places) {
            mean = mean + picture[place] * importance_of(place);
            weight += importance_of(place);
        }
        mean = mean * (1 / weight);
        for (const Axis axis : {&Colour::light, &Colour::blue, &Colour::red}) {
            float sum = 0;
            for (const std::size_t place : places) {
                const float miss = picture[place].*axis - mean.*axis;
                sum += miss * miss * importance_of(place);
            }
            if (sum > spread) {
                spread = sum;
                widest = axis;
            }
        }
    }
};

std::vector<Colour> split(const FaceColours& picture, std::size_t count) {
    std::vector<std::size_t> all(face_pixels);
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::vector<Box> boxes;
    boxes.emplace_back(picture, std::move(all));
    while (boxes.size() < count) {
        const auto largest = std::ranges::max_element(boxes, {}, &Box::spread);
        const auto is_lower = [&, axis = largest->widest, mean = largest->mean](std::size_t place) {
            return picture[place].*axis < mean.*axis;
        };
        auto& places = largest->places;
        const auto upper = std::partition(places.begin(), places.end(), is_lower);
        if (upper == places.begin() || upper == places.end()) break;  // one colour is left in each
        Box second(picture, {upper, places.end()});
        places.erase(upper, places.end());
        *largest = Box(picture, std::move(places));
        boxes.push_back(std::move(second));
    }
    std::vector<Colour> means;
    for (const Box& box : boxes) means.push_back(box.mean);
    return means;
}

std::size_t nearest(std::span<const Colour> palette, Colour colour) {
    std::size_t best = 0;
    float least = std::numeric_limits<float>::max();
    for (std::size_t i = 0; i < palette.size(); ++i)
        if (const float distance = square_of(palette[i] - colour); distance < least) {
            least = distance;
            best = i;
        }
    return best;
}

void move_to_middle(std::vector<Colour>& palette, const FaceColours& picture) {
    std::vector<Colour> sums(palette.size());
    std::vector<float> weights(palette.size());
    for (std::size_t i = 0; i < picture.size(); ++i) {
        const std::size_t at = nearest(palette, picture[i]);
        sums[at] = sums[at] + picture[i] * importance_of(i);
        weights[at] += importance_of(i);
    }
    for (std::size_t i = 0; i < palette.size(); ++i)
        if (weights[i] > 0) palette[i] = sums[i] * (1 / weights[i]);
}

std::uint8_t to_sample(float value) {
    return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

}  // namespace

// ITU-R BT.601, in the gamma of the samples: equal steps of it look about equal.
Colour to_colour(Rgb pixel) {
    const auto red = static_cast<float>(pixel.red);
    const auto green = static_cast<float>(pixel.green);
    const auto blue = static_cast<float>(pixel.blue);
    const float light = 0.299F * red + 0.587F * green + 0.114F * blue;
    return {light, (blue - light) * blue_weight, (red - light) * red_weight};
}

Rgb to_rgb(Colour colour) {
    const float red = colour.light + colour.red / red_weight;
    const float blue = colour.light + colour.blue / blue_weight;
    const float green = (colour.light - 0.299F * red - 0.114F * blue) / 0.587F;
    return {.red = to_sample(red), .green = to_sample(green), .blue = to_sample(blue)};
}

float importance_of(std::size_t place) {
    static const auto table = [] {
        constexpr float middle = (face_side - 1) / 2.0F;
        constexpr float least = 0.2F;
        std::array<float, face_pixels> made{};
        for (std::size_t i = 0; i < face_pixels; ++i) {
            const float x = (static_cast<float>(i % face_side) - middle) / middle;
            const float y = (static_cast<float>(i / face_side) - middle) / middle;
            made[i] = std::max(least, 1 - (1 - least) * (x * x + y * y) / 1.5F);
        }
        return made;
    }();
    return table[place];
}

std::vector<Rgb> palette_of(const FaceColours& picture, std::size_t count) {
    std::vector<Colour> palette = split(picture, count);
    for (int round = 0; round < rounds; ++round) move_to_middle(palette, picture);
    std::ranges::sort(palette, {}, &Colour::light);
    std::vector<Rgb> out;
    for (const Colour& colour : palette) {
        const Rgb rgb = to_rgb(colour);
        if (std::ranges::find(out, rgb) == out.end()) out.push_back(rgb);
    }
    return out;
}

}  // namespace decorum::worker
