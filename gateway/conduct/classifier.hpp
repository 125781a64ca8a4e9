// The classifier: fastText models, a model of evidence, and heads whose scores are calibrated to
// probabilities.
//
// FOLDER/manifest.toml names the models with their checksums, and for each head the label that it reads, the
// network beside it where there is one, the category it speaks for, and by language the line (Platt) that
// makes its score a probability and the probabilities from which it counts. A set of models is read whole or
// not at all, and never changes.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/category.hpp"
#include "gateway/conduct/evidence.hpp"
#include "gateway/conduct/feature_table.hpp"
#include "gateway/conduct/head_network.hpp"
#include "gateway/conduct/language.hpp"

namespace decorum::conduct {

inline constexpr std::int64_t manifest_format = 4;
// How texts are read: models that were trained on other readings are refused.
inline constexpr std::int64_t reading_version = 3;
inline constexpr std::size_t max_model_octets = std::size_t{4} << 20;  // of all models together
inline constexpr std::size_t max_heads = 16;
inline constexpr std::size_t max_networks = 4;  // beside heads

struct Calibration {
    float slope = 1;
    float intercept = 0;
    float threshold = 1;  // probability from which the head reports: a note
    float sure = 1;       // from which the head's severity counts
    float alone = 2;      // from which it is enough for a notice by itself; above 1: never
};

struct Head {
    std::string name;
    Category category;
    std::uint8_t severity;
    std::size_t model;
    std::size_t label;
    std::optional<std::size_t> network;
    std::array<Calibration, language_count + 1> calibration;  // by language; the last where it isn't sure

    [[nodiscard]] const Calibration& calibration_for(const LanguageGuess& language) const;
};

// What the models see of a line; memory that is reused.
struct LineFeatures {
    Features words;
    std::vector<EvidenceFeature> evidence;
    Network::Seen seen;
    std::array<Network::Seen, max_networks> seen_beside;  // by the networks beside heads
};

class Classifier {
public:
    [[nodiscard]] static Result<Classifier> load(const std::filesystem::path& folder);

    [[nodiscard]] const std::vector<Head>& heads() const { return heads_; }
    [[nodiscard]] const std::string& version() const { return version_; }

    // The probability of each head. `features` gets what was seen of the line.
    void score(std::string_view line, const LanguageGuess& language, LineFeatures& features,
               std::array<float, max_heads>& probabilities) const;
    // What each word of the line that was scored adds to a head's score; by features.words.words.
    [[nodiscard]] std::vector<float> effects(std::size_t head, const LineFeatures& features) const;

private:
    friend class ManifestReader;

    enum class Kind : std::uint8_t { softmax, one_vs_all, evidence };
    struct Labels {
        std::size_t count;
        Kind kind;
        std::size_t in_table;  // which of its models; the evidence is none
    };

    [[nodiscard]] std::vector<float> effects_in_model(const Head& of, const LineFeatures& features) const;

    std::vector<Labels> models_;
    FeatureTable table_;
    EvidenceModel evidence_;
    std::vector<HeadNetwork> networks_;
    std::vector<Head> heads_;
    std::string version_;
};

}  // namespace decorum::conduct
