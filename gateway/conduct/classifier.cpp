#include "gateway/conduct/classifier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace decorum::conduct {
namespace {

// The log-odds of one label of a softmax.
float log_odds(std::span<const float> scores, std::size_t label) {
    float most = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (i != label) most = std::max(most, scores[i]);
    float sum = 0;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (i != label) sum += std::exp(scores[i] - most);
    return scores[label] - most - std::log(sum);
}

float sigmoid(float x) {
    return 1.0F / (1.0F + std::exp(-x));
}

}  // namespace

const Calibration& Head::calibration_for(const LanguageGuess& language) const {
    return calibration[language.certainty == Certainty::certain ? static_cast<std::size_t>(language.best)
                                                                : language_count];
}

void Classifier::score(std::string_view line, const LanguageGuess& language, LineFeatures& features,
                       std::array<float, max_heads>& probabilities) const {
    table_.read(line, features.words);
    make_evidence(line, features.words, features.evidence);
    const FeatureTable::Row scores = table_.score(features.words);
    const EvidenceModel::Scores evidence = evidence_.score(features.words, features.evidence, features.seen);
    auto odds_of = [&](const Head& head) {
        const Labels& model = models_[head.model];
        if (model.kind == Kind::evidence) return evidence[head.label];
        const std::span labels = std::span(scores).subspan(table_.column(model.in_table, 0), model.count);
        return model.kind == Kind::softmax ? log_odds(labels, head.label) : labels[head.label];
    };
    for (std::size_t h = 0; h < heads_.size(); ++h) {
        const Head& head = heads_[h];
        const Calibration& fitted = head.calibration_for(language);
        float odds = odds_of(head);
        if (head.network)
            networks_[*head.network].add_say(features.words, odds, features.seen_beside[*head.network]);
        probabilities[h] = sigmoid(fitted.slope * odds + fitted.intercept);
    }
}

std::vector<float> Classifier::effects(std::size_t head, const LineFeatures& features) const {
    const Head& of = heads_[head];
    std::vector<float> out = effects_in_model(of, features);
    if (of.network)
        networks_[*of.network].add_effects(features.words, features.seen_beside[*of.network], out);
    return out;
}

std::vector<float> Classifier::effects_in_model(const Head& of, const LineFeatures& features) const {
    const Labels& model = models_[of.model];
    if (model.kind == Kind::evidence)
        return evidence_.effects(features.words, features.evidence, features.seen, of.label);
    auto of_label = [&](std::size_t label) {
        return table_.effects(features.words, model.in_table, table_.column(model.in_table, label));
    };
    std::vector<float> out = of_label(of.label);
    if (model.kind != Kind::softmax) return out;
    // Against the mean of the other labels.
    const std::size_t labels = model.count;
    for (std::size_t i = 0; i < labels; ++i) {
        if (i == of.label) continue;
        const std::vector<float> other = of_label(i);
        for (std::size_t w = 0; w < out.size(); ++w) out[w] -= other[w] / static_cast<float>(labels - 1);
    }
    return out;
}

}  // namespace decorum::conduct
