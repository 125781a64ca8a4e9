// Trains the network of the topics (gateway/conduct/network.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace decorum::conduct {

// What a text teaches the network.
struct NetworkExample {
    std::vector<std::uint32_t> words;  // before the signs: numbers of NetworkLesson::rows_of_word
    int label = -1;                    // of the topics; or none
    float weight = 1;
};

struct NetworkLesson {
    std::span<const std::vector<std::uint32_t>> rows_of_word;  // as Network::each_row() gives them
    std::vector<NetworkExample> examples;
    std::size_t labels = 0;
};

// Of a text of another label among the negatives: it may well be of this one, too.
inline constexpr double weight_of_other = 0.2;
inline constexpr std::uint32_t network_buckets = 32768;

// The octets of a network. By gradient descent (Adam; Adagrad for the rows of words) on the cross-entropy of
// each label, words and filters being left out at random. One thread, a fixed seed, no function of the C
// library but the square root and rounding, no contracted multiplications (tests/CMakeLists.txt): the same
// octets on any machine.
[[nodiscard]] std::string fit_network(const NetworkLesson& lesson);

}  // namespace decorum::conduct
