// decorum assess -: the judgement on texts, one a line, with its reasons.
//
// Every line of the input gives one line of the output, the empty ones too. A line longer than what is
// assessed of a text is read to its end, and its rest forgotten.
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/standard_streams.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/conduct/assessor.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::app {
namespace {

namespace json = boost::json;
using conduct::Assessment;
using conduct::Assessor;
using conduct::Finding;

constexpr std::size_t shown_around = 40;
constexpr std::size_t max_shown_characters = 240;

double rounded(float score) {
    return std::round(static_cast<double>(score) * 1e4) / 1e4;
}

// Lines of standard input, each up to what is assessed of a text and one octet more.
class Lines {
public:
    // False: no more lines.
    Result<bool> next(std::string& line) {
        line.clear();
        bool any = false;
        for (;;) {
            if (at_ == piece_.size()) {
                auto piece = read_input();
                if (!piece) return std::unexpected(std::move(piece.error()));
                if (piece->empty()) return any;
                piece_ = std::move(*piece);
                at_ = 0;
            }
            any = true;
            const std::size_t end = std::min(piece_.find('\n', at_), piece_.size());
            const std::size_t room =
                conduct::max_text_octets + 1 - std::min(line.size(), conduct::max_text_octets + 1);
            line.append(piece_, at_, std::min(end - at_, room));
            at_ = std::min(end + 1, piece_.size());
            if (end < piece_.size()) {
                if (line.ends_with('\r')) line.pop_back();
                return true;
            }
        }
    }

private:
    std::string piece_;
    std::size_t at_ = 0;
};

class AssessmentPrinter {
public:
    AssessmentPrinter(const Assessor& assessor, bool as_json, bool explain, bool colour)
        : assessor_(assessor), as_json_(as_json), explain_(explain), colour_(colour) {}

    void print(std::size_t index, std::string_view text, const Assessment& assessment,
               std::string& out) const {
        if (as_json_)
            out += json::serialize(to_json(index, text, assessment));
        else
            print_for_people(index, text, assessment, out);
        out += '\n';
    }

private:
    json::object to_json(std::size_t index, std::string_view text, const Assessment& assessment) const {
        json::array findings;
        for (const Finding& finding : assessment.findings) {
            json::object entry{{"category", conduct::name_of(finding.category)},
                               {"severity", finding.severity},
                               {"score", rounded(finding.score)},
                               {"source", conduct::name_of(finding.source)},
                               {"excerpt", as_utf8(finding.excerpt(text))},
                               {"begin", finding.from},
                               {"end", finding.to},
                               {"confirmed", finding.confirmed},
                               {"alone", finding.alone}};
            json::array modifiers;
            for (const auto modifier : finding.modifiers) modifiers.emplace_back(conduct::name_of(modifier));
            entry["modifiers"] = std::move(modifiers);
            if (explain_) {
                entry["rule"] = finding.rule;
                entry["words"] = as_utf8(finding.words);
            }
            findings.push_back(std::move(entry));
        }
        json::object scores;
        for (std::size_t h = 0; h < assessor_.heads().size(); ++h)
            scores[assessor_.heads()[h].name] = rounded(assessment.scores[h]);
        return {{"text_index", index},
                {"language", conduct::name_of(assessment.language)},
                {"findings", std::move(findings)},
                {"scores", std::move(scores)}};
    }

    void print_for_people(std::size_t index, std::string_view text, const Assessment& assessment,
                          std::string& out) const {
        out += fmt::format("{} [{}] ", index, conduct::name_of(assessment.language));
        if (assessment.findings.empty()) out += "nothing found";
        std::string_view separator;
        for (const Finding& finding : assessment.findings) {
            out += separator;
            separator = "; ";
            out += fmt::format("{} {} ({:.2f}): ", conduct::name_of(finding.category), finding.severity,
                               finding.score);
            print_excerpt(text, finding, out);
            if (explain_) print_reason(finding, out);
        }
        if (!explain_) return;
        out += " | scores";
        for (std::size_t h = 0; h < assessor_.heads().size(); ++h)
            out += fmt::format(" {}={:.3f}", assessor_.heads()[h].name, assessment.scores[h]);
    }

    // The excerpt with a little of what stands around it. The text is hostile: no control reaches a terminal.
    void print_excerpt(std::string_view text, const Finding& finding, std::string& out) const {
        std::size_t from = finding.from > shown_around ? finding.from - shown_around : 0;
        std::size_t to = std::min<std::size_t>(text.size(), finding.to + shown_around);
        auto inside = [&](std::size_t at) {
            return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
        };
        while (from < finding.from && inside(from)) ++from;
        while (to > finding.to && inside(to)) --to;
        auto shown = [](std::string_view piece) { return message::sanitize(piece, max_shown_characters); };
        const std::string_view before = text.substr(from, finding.from - from);
        const std::string_view after = text.substr(finding.to, to - finding.to);
        const std::string excerpt = shown(finding.excerpt(text));
        const std::string_view gap_before = before.ends_with(' ') ? " " : "";
        const std::string_view gap_after = after.starts_with(' ') ? " " : "";
        const std::string marked =
            colour_ ? fmt::format(
                          "{}", fmt::styled(excerpt, fmt::emphasis::bold | fmt::fg(fmt::terminal_color::red)))
                    : fmt::format("[{}]", excerpt);
        out += fmt::format("\"{}{}{}{}{}\"", shown(before), gap_before, marked, gap_after, shown(after));
    }

    static void print_reason(const Finding& finding, std::string& out) {
        out += fmt::format(" by {} {} from \"{}\"", conduct::name_of(finding.source), finding.rule,
                           message::sanitize(finding.words, max_shown_characters));
        for (const auto modifier : finding.modifiers) out += fmt::format(", {}", conduct::name_of(modifier));
    }

    const Assessor& assessor_;
    bool as_json_;
    bool explain_;
    bool colour_;
};

Result<> assess_lines(const Assessor& assessor, const AssessmentPrinter& printer) {
    constexpr std::size_t piece_octets = 64 * 1024;
    const bool interactive = ::isatty(STDIN_FILENO) == 1;
    conduct::Workspace workspace;
    Lines lines;
    std::string line;
    std::string out;
    for (std::size_t index = 0;; ++index) {
        const auto more = lines.next(line);
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        printer.print(index, line, assessor.assess({.octets = line}, wall_clock_now(), workspace), out);
        if (out.size() < piece_octets && !interactive) continue;
        if (auto written = write_output(out); !written) return written;
        out.clear();
    }
    return write_output(out);
}

}  // namespace

int assess(const std::optional<std::filesystem::path>& config, const std::string& target, bool as_json,
           bool explain) {
    if (target != "-") return assess_person(config, target, as_json);
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto assessor = Assessor::load(settings->gateway.data_dir);
    if (!assessor) return failed(assessor.error());
    const AssessmentPrinter printer(*assessor, as_json, explain, ::isatty(STDOUT_FILENO) == 1);
    if (auto done = assess_lines(*assessor, printer); !done) return failed(done.error());
    return exit_done;
}

}  // namespace decorum::app
