// Trains the model of evidence (gateway/conduct/evidence.hpp): for each label a line of maximum margin, by
// dual coordinate descent on the squared hinge loss (Hsieh et al. 2008), and a network (fit_network.hpp). A
// fixed seed; the networks are trained side by side, each by one thread.
//
//   conduct_fit MODEL BUCKETS LEAST MOST WORDS <rows
//
// The numbers say how n-grams are hashed, as fastText's -bucket, -minn, -maxn and -wordNgrams. A row is "fold
// TAB weight TAB label TAB line", the line as conduct_lines prints it; the label "none" is that of texts of
// no label. Writes the model of all rows to MODEL, and prints for each row "label score label score …": the
// scores by a model that was trained without the row's fold.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gateway/conduct/evidence.hpp"
#include "tests/conduct/fit_network.hpp"

using namespace decorum;

namespace {

constexpr std::uint32_t buckets = 9U << 14;
constexpr double cost = 1.5;
constexpr int rounds = 12;
constexpr std::uint32_t seed = 20261124;
constexpr std::string_view none = "none";
constexpr float most_steps = 127;

struct Value {
    std::uint32_t bucket;
    float size;
};

struct Row {
    std::string fold;
    double weight = 1;
    std::string label;
    std::vector<Value> values;         // each bucket once
    conduct::Features features;        // of the line
    std::vector<std::uint32_t> words;  // before its signs, by their numbers
};

struct Line {
    std::vector<float> weights = std::vector<float>(buckets, 0.0F);
    float intercept = 0;

    [[nodiscard]] double score(const std::vector<Value>& values) const {
        double sum = 0;
        for (const Value& value : values)
            sum += static_cast<double>(weights[value.bucket]) * static_cast<double>(value.size);
        return sum + static_cast<double>(intercept);
    }
};

std::vector<Value> values_of(std::string_view line, const conduct::Features& features) {
    std::vector<conduct::EvidenceFeature> evidence;
    conduct::make_evidence(line, features, evidence);
    const float norm = conduct::evidence_norm(evidence);
    std::map<std::uint32_t, float> sizes;
    for (const conduct::EvidenceFeature& feature : evidence)
        sizes[conduct::evidence_bucket(feature, buckets)] += static_cast<float>(feature.size) / norm;
    std::vector<Value> out;
    for (const auto& [bucket, size] : sizes) out.push_back({bucket, size});
    return out;
}

class Reader {
public:
    Reader(const conduct::Hashing& hashing, conduct::WordNumbers& words) : hashing_(hashing), words_(words) {}

    Row read(std::string_view text) {
        std::vector<std::string> fields;
        for (int i = 0; i < 3; ++i) {
            const std::size_t tab = std::min(text.find('\t'), text.size());
            fields.emplace_back(text.substr(0, tab));
            text.remove_prefix(std::min(tab + 1, text.size()));
        }
        Row row{fields[0], std::stod(fields[1]), fields[2], {}, {}, {}};
        conduct::make_features(text, hashing_, row.features);
        row.values = values_of(text, row.features);
        row.words = words_.of(row.features, conduct::EvidenceModel::beside_lines.reads_signs);
        return row;
    }

private:
    const conduct::Hashing hashing_;
    conduct::WordNumbers& words_;
};

std::string train_network(const std::vector<Row>& rows, const conduct::WordNumbers& words,
                          const std::vector<std::string>& labels, std::string_view without_fold) {
    // The lines have as much to say.
    conduct::NetworkLesson lesson{
        .words = words, .examples = {}, .labels = labels.size(), .rounds = 15, .share = 0.2F};
    for (const Row& row : rows) {
        if (row.fold == without_fold) continue;
        const auto label = std::ranges::find(labels, row.label);
        lesson.examples.push_back({row.words,
                                   label == labels.end() ? -1 : static_cast<int>(label - labels.begin()),
                                   static_cast<float>(row.weight)});
    }
    return conduct::fit_network(lesson);
}

Line train(const std::vector<Row>& rows, std::string_view label, std::string_view without_fold) {
    std::vector<std::size_t> order;
    std::vector<double> squares(rows.size(), 1.0);  // of the intercept's feature
    std::vector<double> slacks(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].fold == without_fold) continue;
        order.push_back(i);
        const bool other = rows[i].label != label && rows[i].label != none;
        slacks[i] = 1 / (2 * cost * rows[i].weight * (other ? conduct::weight_of_other : 1));
        for (const Value& value : rows[i].values)
            squares[i] += static_cast<double>(value.size) * static_cast<double>(value.size);
    }
    Line line;
    std::vector<double> alphas(rows.size(), 0.0);
    std::mt19937 random(seed);
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
        for (const std::size_t i : order) {
            const double sign = rows[i].label == label ? 1 : -1;
            const double gradient = sign * line.score(rows[i].values) - 1 + slacks[i] * alphas[i];
            const double next = std::max(0.0, alphas[i] - gradient / (squares[i] + slacks[i]));
            const auto change = static_cast<float>(sign * (next - alphas[i]));
            alphas[i] = next;
            if (change == 0) continue;
            for (const Value& value : rows[i].values) line.weights[value.bucket] += change * value.size;
            line.intercept += change;
        }
    }
    return line;
}

template <class T>
void put(std::ostream& out, const T& value) {
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
}

bool write(const char* file, const std::vector<std::string>& labels, const std::vector<Line>& lines,
           const conduct::Hashing& hashing, const std::string& network) {
    std::ofstream out(file, std::ios::binary);
    out << "DECOEVI5";
    put(out, buckets);
    put(out, static_cast<std::uint32_t>(labels.size()));
    put(out, hashing.buckets);
    put(out, hashing.min_characters);
    put(out, hashing.max_characters);
    put(out, hashing.word_grams);
    for (const std::string& label : labels) out << label << '\0';
    for (const Line& line : lines) put(out, line.intercept);
    std::vector<float> steps;
    for (const Line& line : lines) {
        float most = 0;
        for (const float weight : line.weights) most = std::max(most, std::abs(weight));
        steps.push_back(most / most_steps);
        put(out, steps.back());
    }
    for (std::size_t bucket = 0; bucket < buckets; ++bucket)
        for (std::size_t i = 0; i < lines.size(); ++i)
            put(out, static_cast<std::int8_t>(std::lround(lines[i].weights[bucket] / steps[i])));
    out << network;
    return static_cast<bool>(out.flush());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        fmt::print(stderr, "usage: conduct_fit MODEL BUCKETS LEAST MOST WORDS <rows\n");
        return 2;
    }
    const conduct::Hashing hashing{static_cast<std::uint32_t>(std::atoi(argv[2])), std::atoi(argv[3]),
                                   std::atoi(argv[4]), std::atoi(argv[5])};
    conduct::WordNumbers words;
    Reader reader(hashing, words);
    std::vector<Row> rows;
    std::set<std::string> folds, names;
    for (std::string text; std::getline(std::cin, text);) {
        rows.push_back(reader.read(text));
        folds.insert(rows.back().fold);
        if (rows.back().label != none) names.insert(rows.back().label);
    }
    const std::vector<std::string> labels(names.begin(), names.end());
    if (labels.empty() || labels.size() > conduct::EvidenceModel::max_labels) {
        fmt::print(stderr, "conduct_fit: {} labels\n", labels.size());
        return 3;
    }
    auto network_without = [&](const std::string& fold) {
        return std::async(std::launch::async, [&, fold] { return train_network(rows, words, labels, fold); });
    };
    std::map<std::string, std::future<std::string>> networks;
    for (const std::string& fold : folds) networks[fold] = network_without(fold);
    std::future<std::string> whole_network = network_without("");
    std::vector<std::vector<float>> scores(rows.size());
    for (const std::string& fold : folds) {
        for (const std::string& label : labels) {
            const Line line = train(rows, label, fold);
            for (std::size_t i = 0; i < rows.size(); ++i)
                if (rows[i].fold == fold) scores[i].push_back(static_cast<float>(line.score(rows[i].values)));
        }
        const auto network = conduct::Network::parse(networks[fold].get(), labels.size(), "network");
        if (!network) {
            fmt::print(stderr, "conduct_fit: {}\n", network.error().detail);
            return 3;
        }
        conduct::Network::Seen seen;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows[i].fold == fold)
                network->add_say(rows[i].features, conduct::EvidenceModel::beside_lines, scores[i], seen);
    }
    for (const auto& of_row : scores) {
        for (std::size_t i = 0; i < labels.size(); ++i)
            std::cout << (i == 0 ? "" : " ") << labels[i] << ' ' << of_row[i];
        std::cout << '\n';
    }
    std::vector<Line> lines;
    for (const std::string& label : labels) lines.push_back(train(rows, label, ""));
    if (write(argv[1], labels, lines, hashing, whole_network.get())) return std::cout.flush() ? 0 : 3;
    fmt::print(stderr, "conduct_fit: {} can't be written\n", argv[1]);
    return 3;
}
