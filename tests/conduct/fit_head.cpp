// Trains the network beside a head of fastText (gateway/conduct/head_network.hpp): a fixed seed, one thread.
//
//   conduct_fit_head NETWORK BUCKETS LEAST MOST WORDS ROUNDS <rows
//
// The numbers say how n-grams are hashed, as fastText's -bucket, -minn, -maxn and -wordNgrams, and how often
// each row is learnt. A row is "weight TAB label TAB line", the line as conduct_lines prints it, the label
// "yes" or not; or "0 TAB log-odds TAB line", to be read with the network. Writes that to NETWORK, and prints
// for each of the latter the log-odds and what the network adds.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "gateway/conduct/head_network.hpp"
#include "tests/conduct/fit_network.hpp"

using namespace decorum;

namespace {

// By themselves the networks rank texts better than fastText does.
constexpr float share_of_head = 2;

std::string head_file(const conduct::Hashing& hashing, const std::string& network) {
    std::string out = "DECONET1";
    const std::array<std::uint32_t, 4> numbers{
        hashing.buckets, static_cast<std::uint32_t>(hashing.min_characters),
        static_cast<std::uint32_t>(hashing.max_characters), static_cast<std::uint32_t>(hashing.word_grams)};
    out.append(reinterpret_cast<const char*>(numbers.data()), sizeof numbers);
    return out + network;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        fmt::print(stderr, "usage: conduct_fit_head NETWORK BUCKETS LEAST MOST WORDS ROUNDS <rows\n");
        return 2;
    }
    const conduct::Hashing hashing{static_cast<std::uint32_t>(std::atoi(argv[2])), std::atoi(argv[3]),
                                   std::atoi(argv[4]), std::atoi(argv[5])};
    conduct::WordNumbers words;
    conduct::NetworkLesson lesson{
        .words = words, .examples = {}, .labels = 1, .rounds = std::atoi(argv[6]), .share = share_of_head};
    std::vector<std::pair<conduct::Features, float>> texts;  // with the head's log-odds
    for (std::string text; std::getline(std::cin, text);) {
        const std::size_t second = text.find('\t') + 1;
        const std::size_t line = text.find('\t', second) + 1;
        const std::string field = text.substr(second, line - second - 1);
        conduct::Features features;
        conduct::make_features(std::string_view(text).substr(line), hashing, features);
        if (const float weight = std::stof(text); weight > 0)
            lesson.examples.push_back({words.of(features, conduct::HeadNetwork::beside_head.reads_signs),
                                       field == "yes" ? 0 : -1, weight});
        else
            texts.emplace_back(std::move(features), std::stof(field));
    }
    const std::string file = head_file(hashing, conduct::fit_network(lesson));
    const auto network = conduct::HeadNetwork::parse(file, argv[1]);
    if (!network) {
        fmt::print(stderr, "conduct_fit_head: {}\n", network.error().detail);
        return 3;
    }
    conduct::Network::Seen seen;
    for (auto& [features, odds] : texts) {
        network->add_say(features, odds, seen);
        std::cout << odds << '\n';
    }
    std::ofstream out(argv[1], std::ios::binary);
    out << file;
    if (out.flush() && std::cout.flush()) return 0;
    fmt::print(stderr, "conduct_fit_head: {} can't be written\n", argv[1]);
    return 3;
}
