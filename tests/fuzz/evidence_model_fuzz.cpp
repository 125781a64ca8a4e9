// Any octets are a model or are refused; a model gives numbers for any line.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/conduct/evidence.hpp"

using namespace decorum::conduct;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
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
