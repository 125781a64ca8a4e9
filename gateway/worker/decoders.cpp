// The table of jobs and what does them.
#include <array>

#include "gateway/worker/html/html_text.hpp"
#include "gateway/worker/html/page.hpp"
#include "gateway/worker/keeper.hpp"
#include "gateway/worker/picture/face.hpp"

namespace decorum::worker {

std::span<const Decoder> decoders() {
    static constexpr auto table = std::to_array<Decoder>({
        {Job::face, [](std::string_view input,
                       const DecodeLimits& limits) { return decode_face(input, limits.max_side); }},
        {Job::page, [](std::string_view input, const DecodeLimits&) { return decode_page(input); }},
        {Job::text, [](std::string_view input, const DecodeLimits&) { return decode_text(input); }},
    });
    return table;
}

}  // namespace decorum::worker
