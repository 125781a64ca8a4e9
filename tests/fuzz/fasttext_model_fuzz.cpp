// Any octets are a model or are refused; a model gives numbers for any line. Nothing is read or kept beyond
// what the file can hold.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "gateway/conduct/feature_table.hpp"

using namespace decorum::conduct;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const auto model = FasttextModel::parse(octets, "model");
    if (!model) return 0;
    const auto table = FeatureTable::make(std::span(&*model, 1));
    if (!table) return 0;
    Features features;
    const std::string_view line = octets.substr(0, 200);
    table->read(line, features);
    for (const float score : table->score(features))
        if (std::isnan(score)) std::abort();
    if (table->effects(features, 0, 0).size() != features.words.size()) std::abort();
    return 0;
}
