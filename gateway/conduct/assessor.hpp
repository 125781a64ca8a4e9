// The assessment of texts: texts in, findings out. Lexicon, patterns and classifier, joined.
//
// An Assessor never changes once it is loaded and serves any number of threads, each with a Workspace of its
// own. No text is too long, too short or too strange: texts of 1 MiB and more are assessed up to there.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/conduct/classifier.hpp"
#include "gateway/conduct/classifier_line.hpp"
#include "gateway/conduct/finding.hpp"
#include "gateway/conduct/language.hpp"
#include "gateway/conduct/lexicon.hpp"
#include "gateway/conduct/matcher.hpp"
#include "gateway/conduct/measured.hpp"

namespace decorum::conduct {

// One text of a profile.
struct Text {
    std::string_view octets;
    bool bio = false;       // how people present themselves, rather than what they said one day
    bool reposted = false;  // somebody else's words
    std::optional<Instant> written = std::nullopt;  // where it is known
};

struct Assessment {
    LanguageGuess language;
    std::vector<Finding> findings;          // by where they stand
    std::array<float, max_heads> scores{};  // a probability for each head
};

// Memory that is reused from text to text.
struct Workspace {
    Reading reading;
    std::vector<Hit> hits;
    ClassifierLine line;
    LineFeatures features;
};

class Assessor {
public:
    // FOLDER/lexicon/*.toml and FOLDER/model/; a fault names its file. `all` takes each fault of the lexicon;
    // the Error is the first.
    [[nodiscard]] static Result<Assessor> load(const std::filesystem::path& data_dir,
                                               std::vector<std::string>* all = nullptr);

    [[nodiscard]] Assessment assess(const Text& text, Instant now, Workspace& workspace) const;

    [[nodiscard]] const std::vector<Head>& heads() const { return classifier_.heads(); }
    [[nodiscard]] const Lexicon& lexicon() const { return lexicon_; }
    [[nodiscard]] const Measured& measured() const { return measured_; }
    // "lexicon en:1 fr:1 de:1 es:1, model 2026-11-24"
    [[nodiscard]] std::string version() const;

private:
    Assessor(Lexicon lexicon, Classifier classifier, Measured measured)
        : lexicon_(std::move(lexicon)), classifier_(std::move(classifier)), measured_(measured) {}

    class Run;

    Lexicon lexicon_;
    Classifier classifier_;
    Measured measured_;
};

}  // namespace decorum::conduct
