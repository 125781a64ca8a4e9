// Reads texts, one a line, and prints each as the classifier reads it: what its models are trained on. With a
// model it prints the scores of that instead, before softmax or sigmoid: what its heads are calibrated with.
//
//   conduct_lines LEXICON_FOLDER [MODEL] <texts
//
// Scores are printed as "label score label score …".
#include <fmt/format.h>

#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "gateway/base/ascii.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/conduct/classifier_line.hpp"
#include "gateway/conduct/feature_table.hpp"
#include "gateway/conduct/lexicon.hpp"

using namespace decorum;

namespace {

constexpr std::size_t max_model_octets = std::size_t{256} << 20;

struct Scorer {
    conduct::FasttextModel model;
    conduct::FeatureTable table;

    static Result<Scorer> load(const char* file) {
        const auto octets = read_file(file, max_model_octets);
        if (!octets) return std::unexpected(octets.error());
        auto model = conduct::FasttextModel::parse(*octets, file);
        if (!model) return std::unexpected(model.error());
        auto table = conduct::FeatureTable::make(std::span(&*model, 1));
        if (!table) return std::unexpected(table.error());
        return Scorer{std::move(*model), std::move(*table)};
    }

    void print(std::string_view line) const {
        conduct::Features features;
        table.read(line, features);
        const auto scores = table.score(features);
        for (std::size_t i = 0; i < model.labels.size(); ++i)
            std::cout << (i == 0 ? "" : " ") << model.labels[i] << ' ' << scores[i];
        std::cout << '\n';
    }
};

int failed(const Error& error) {
    fmt::print(stderr, "conduct_lines: {}\n", error.detail);
    return 3;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 && argc != 3) {
        fmt::print(stderr, "usage: conduct_lines LEXICON_FOLDER [MODEL] <texts\n");
        return 2;
    }
    const auto lexicon = conduct::Lexicon::load(argv[1]);
    if (!lexicon) return failed(lexicon.error());
    std::optional<Scorer> scorer;
    if (argc == 3) {
        auto loaded = Scorer::load(argv[2]);
        if (!loaded) return failed(loaded.error());
        scorer.emplace(std::move(*loaded));
    }
    conduct::Reading reading;
    std::vector<conduct::Hit> hits;
    conduct::ClassifierLine line;
    for (std::string text; std::getline(std::cin, text);) {
        conduct::read(text, &lexicon->revealer(), reading);
        lexicon->scan(reading, hits);
        conduct::make_classifier_line(reading, hits, *lexicon, conduct::guess_language(reading, hits), line);
        if (scorer)
            scorer->print(line.text);
        else
            std::cout << ascii::trim(line.text) << '\n';
    }
    return std::cout.flush() ? 0 : 3;
}
