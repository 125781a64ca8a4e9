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
    const auto model = EvidenceModel::parse(octets, "model");
    if (!model) return 0;
    Features features;
    std::vector<EvidenceFeature> evidence;
    const std::string_view line = octets.substr(0, 200);
    make_features(line, {1000, 3, 6, 3}, features);
    make_evidence(line, features, evidence);
    for (const float score : model->score(features, evidence))
        if (std::isnan(score)) std::abort();
    if (model->effects(evidence, features.words.size(), 0).size() != features.words.size()) std::abort();
    return 0;
}
