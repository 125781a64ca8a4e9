#include "gateway/conduct/head_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace decorum::conduct {
namespace {

constexpr std::string_view head_magic = "DECONET1";

}  // namespace

Result<HeadNetwork> HeadNetwork::parse(std::string_view octets, std::string_view name) {
    auto refuse = [&](std::string_view why) { return fail(errc::corrupt, fmt::format("{}: {}", name, why)); };
    if (!octets.starts_with(head_magic)) return refuse("not a network of a head");
    octets.remove_prefix(head_magic.size());
    std::array<std::uint32_t, 4> numbers{};
    if (octets.size() < sizeof numbers) return refuse("the file is truncated");
    std::memcpy(numbers.data(), octets.data(), sizeof numbers);
    octets.remove_prefix(sizeof numbers);
    const auto hashing = Hashing::of_file(numbers);
    if (!hashing) return refuse("n-grams out of range");
    auto network = Network::parse(octets, 1, name);
    if (!network) return std::unexpected(network.error());
    HeadNetwork out;
    out.hashing_ = *hashing;
    out.network_ = std::move(*network);
    return out;
}

void HeadNetwork::learn(const KnownWords& words) {
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(words.size(), KnownWords::common));
    network_.forget_words(count);
    std::vector<std::uint32_t> grams;
    for (std::uint32_t number = 0; number < count; ++number) {
        const std::string_view word = words.word(number);
        if (word == end_of_line) continue;
        grams.clear();
        add_character_grams(word, hashing_, grams);
        network_.learn(number, hash_of(word), grams);
    }
}

void HeadNetwork::add_say(const Features& features, float& odds, Network::Seen& seen) const {
    network_.add_say(features, beside_head, std::span(&odds, 1), seen);
}

void HeadNetwork::add_effects(const Features& features, const Network::Seen& seen,
                              std::vector<float>& effects) const {
    network_.add_effects(features, beside_head, seen, 0, effects);
}

}  // namespace decorum::conduct
