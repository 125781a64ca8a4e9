// Any octets are a model, or a network of a head, or are refused; either gives numbers for any line.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "gateway/conduct/evidence.hpp"
#include "gateway/conduct/head_network.hpp"

using namespace decorum::conduct;

namespace {

void check_network(std::string_view octets) {
    const auto network = HeadNetwork::parse(octets, "network");
    if (!network) return;
    Features features;
    make_features(octets.substr(0, 200), {1000, 3, 6, 3}, features);
    Network::Seen seen;
    std::vector<float> effects(features.words.size());
    float odds = 0;
    network->add_say(features, odds, seen);
    if (!std::isfinite(odds)) std::abort();
    network->add_effects(features, seen, effects);
    for (const float effect : effects)
        if (!std::isfinite(effect)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    check_network(octets);
    auto model = EvidenceModel::parse(octets, "model");
    if (!model) return 0;
    const std::string_view line = octets.substr(0, 200);
    KnownWords words(2);
    words.add(line.substr(0, line.find(' ')));
    words.add("drunk");
    model->learn(words);
    Features features;
    std::vector<EvidenceFeature> evidence;
    make_features(line, {1000, 3, 6, 3}, features, &words);
    make_evidence(line, features, evidence);
    Network::Seen seen;
    for (const float score : model->score(features, evidence, seen))
        if (std::isnan(score)) std::abort();
    const auto effects = model->effects(features, evidence, seen, 0);
    if (effects.size() != features.words.size()) std::abort();
    for (const float effect : effects)
        if (!std::isfinite(effect)) std::abort();
    return 0;
}
