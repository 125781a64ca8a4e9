// Trains a network (gateway/conduct/network.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gateway/conduct/features.hpp"

namespace decorum::conduct {

// The words of all texts, each with a number.
class WordNumbers {
public:
    // Those of a text; its signs are among them where the network is to read these.
    [[nodiscard]] std::vector<std::uint32_t> of(const Features& features, bool signs);
    // By number: as Network::each_row() gives them.
    [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& rows_of_word() const {
        return rows_of_word_;
    }

private:
    std::map<std::uint64_t, std::uint32_t> numbers_;  // by key
    std::vector<std::vector<std::uint32_t>> rows_of_word_;
};

// What a text teaches the network.
struct NetworkExample {
    std::vector<std::uint32_t> words;  // by their numbers
    int label = -1;                    // or none
    float weight = 1;
};

struct NetworkLesson {
    const WordNumbers& words;
    std::vector<NetworkExample> examples;
    std::size_t labels;
    int rounds;
    float share;  // of a label's log-odds in the scores: how much the network has to say beside another model
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
