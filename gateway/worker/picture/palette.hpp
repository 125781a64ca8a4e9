// Few colours for many: colours as points whose distance is about what the eye sees.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "gateway/worker/picture/pixels.hpp"

namespace decorum::worker {

// Luminance and two differences of colour, the latter weighed less: the eye does so too.
struct Colour {
    float light = 0;
    float blue = 0;
    float red = 0;

    friend Colour operator+(Colour a, Colour b) {
        return {a.light + b.light, a.blue + b.blue, a.red + b.red};
    }
    friend Colour operator-(Colour a, Colour b) {
        return {a.light - b.light, a.blue - b.blue, a.red - b.red};
    }
    friend Colour operator*(Colour a, float factor) {
        return {a.light * factor, a.blue * factor, a.red * factor};
    }
};

using FaceColours = std::array<Colour, face_pixels>;

[[nodiscard]] constexpr float square_of(Colour difference) {
    return difference.light * difference.light + difference.blue * difference.blue +
           difference.red * difference.red;
}

[[nodiscard]] Colour to_colour(Rgb pixel);
[[nodiscard]] Rgb to_rgb(Colour colour);

// How much a pixel matters, from 1 in the middle, where the face is, to 0.2 in the corners.
[[nodiscard]] float importance_of(std::size_t place);

// At most `count` colours that stand for the picture's, dark ones first: boxes split at their mean, then
// moved to the middle of what is nearest to them.
[[nodiscard]] std::vector<Rgb> palette_of(const FaceColours& picture, std::size_t count);

}  // namespace decorum::worker
