// Measures the judgement of texts: one thread, the whole pipeline, on texts of some 200 octets that are put
// together from our own sentences; and how long lexicon and models take to load; both in CPU time. Prints a
// Markdown table.
//
//   conduct_bench DATA_DIR SENTENCES_FOLDER [SECONDS]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "gateway/conduct/assessor.hpp"

using namespace decorum;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t text_octets = 200;

std::vector<std::string> texts_of(const fs::path& folder) {
    std::vector<std::string> sentences;
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
    std::ranges::sort(files);
    for (const fs::path& file : files) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);)
            if (!line.empty() && !line.starts_with('#')) sentences.push_back(line);
    }
    std::mt19937 random(1);
    std::ranges::shuffle(sentences, random);
    std::vector<std::string> texts;
    std::string text;
    for (const std::string& sentence : sentences) {
        text += text.empty() ? sentence : " " + sentence;
        if (text.size() < text_octets) continue;
        std::size_t end = text_octets;
        while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
        texts.push_back(text.substr(0, end));
        text.clear();
    }
    return texts;
}

// CPU time of this thread: what other work on the machine takes is not counted.
double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        fmt::print(stderr, "usage: conduct_bench DATA_DIR SENTENCES_FOLDER [SECONDS]\n");
        return 2;
    }
    const double least_seconds = argc == 4 ? std::atof(argv[3]) : 5;
    std::vector<double> loads;
    for (int i = 0; i < 7; ++i) {
        const double began = cpu_seconds();
        if (const auto loaded = conduct::Assessor::load(argv[1]); !loaded) {
            fmt::print(stderr, "conduct_bench: {}\n", loaded.error().detail);
            return 3;
        }
        loads.push_back(1e3 * (cpu_seconds() - began));
    }
    std::ranges::sort(loads);
    const auto assessor = conduct::Assessor::load(argv[1]);
    const std::vector<std::string> texts = texts_of(argv[2]);
    if (texts.empty()) {
        fmt::print(stderr, "conduct_bench: no sentences in {}\n", argv[2]);
        return 3;
    }
    std::uintmax_t model_octets = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(argv[1]) / "model"))
        if (const auto kind = entry.path().extension(); kind == ".ftz" || kind == ".evi" || kind == ".net")
            model_octets += entry.file_size();

    conduct::Workspace workspace;
    std::vector<double> rates;
    std::size_t findings = 0;
    for (int round = 0; round < 7; ++round) {
        std::size_t count = 0;
        const double began = cpu_seconds();
        do {
            for (const std::string& text : texts)
                findings += assessor->assess({.octets = text}, Instant{}, workspace).findings.size();
            count += texts.size();
        } while ((cpu_seconds() - began) < least_seconds / 7);
        rates.push_back(static_cast<double>(count) / (cpu_seconds() - began));
    }
    std::ranges::sort(rates);
    fmt::print("| what | measured | floor | goal |\n|---|---|---|---|\n");
    fmt::print("| texts of {} octets a second, one core (median of 7 rounds) | {:.0f} | 20000 | 50000 |\n",
               text_octets, rates[rates.size() / 2]);
    fmt::print("| loading lexicon and models, ms (median of 7) | {:.0f} | 100 | 100 |\n",
               loads[loads.size() / 2]);
    fmt::print("| models, MiB | {:.2f} | 4 | 4 |\n", static_cast<double>(model_octets) / (1 << 20));
    fmt::print("\n{} texts, {} findings in all rounds\n", texts.size(), findings);
    return 0;
}
