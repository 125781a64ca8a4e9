#include "gateway/conduct/assessor.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

#include "gateway/base/utf8.hpp"
#include "gateway/conduct/modifiers.hpp"
#include "gateway/conduct/patterns.hpp"

namespace decorum::conduct {
namespace {

// A lexicon is right more often than not where it speaks at all; how often is in the model card.
constexpr float lexicon_score = 0.95F;
constexpr float uncertain_lexicon_score = 0.6F;
constexpr float pattern_score = 0.99F;
// From here on a head and a word of the lexicon are enough together.
constexpr float certain = 0.975F;
constexpr auto old_after = std::chrono::days{3 * 365};
// A word or two is too little for statistics.
constexpr std::size_t min_words_for_classifier = 3;

// Format characters and controls, save white space and the tags that flags are spelt with.
bool is_invisible(char32_t c) {
    if (c < 0x20) return c < 0x09 || c > 0x0D;
    const auto type = u_charType(static_cast<UChar32>(c));
    return c >= 0x7F && (type == U_FORMAT_CHAR || type == U_CONTROL_CHAR) && (c < 0xE0000 || c > 0xE007F);
}

// Never empty: what is invisible altogether stays.
std::string_view without_invisible_ends(std::string_view passage) {
    std::string_view rest = passage;
    while (!rest.empty()) {
        const CodePoint first = first_code_point(rest);
        if (!is_invisible(first.value)) break;
        rest.remove_prefix(first.octets);
    }
    while (!rest.empty()) {
        std::size_t last = rest.size() - 1;
        while (last > 0 && (static_cast<unsigned char>(rest[last]) & 0xC0U) == 0x80U) --last;
        if (!is_invisible(first_code_point(rest.substr(last)).value)) break;
        rest.remove_suffix(rest.size() - last);
    }
    return rest.empty() ? passage : rest;
}

bool graver(const Finding& a, const Finding& b) {
    return a.severity > b.severity || (a.severity == b.severity && a.to - a.from > b.to - b.from);
}

}  // namespace

class Assessor::Run {
public:
    Run(const Assessor& assessor, const Text& text, Instant now, Workspace& workspace)
        : assessor_(assessor), text_(text), now_(now), space_(workspace) {}

    Assessment run() {
        read(text_.octets, &assessor_.lexicon_.revealer(), space_.reading);
        assessor_.lexicon_.scan(space_.reading, space_.hits);
        out_.language = guess_language(space_.reading, space_.hits);
        const Context context(text_.octets, space_.reading, space_.hits);
        add_matches(context);
        add_credentials();
        add_scores(context);
        std::ranges::sort(out_.findings, {},
                          [](const Finding& f) { return std::tuple(f.from, f.to, f.category, f.source); });
        return std::move(out_);
    }

private:
    const std::vector<Token>& tokens() const { return space_.reading.tokens; }

    void add_matches(const Context& context) {
        for (const Match& found :
             match(assessor_.lexicon_, space_.reading, space_.hits, context, out_.language)) {
            const Rule& rule = *found.rule;
            if (is_carved_out(rule.category, context)) continue;
            if (dissuades(found, context)) {
                dissuading_ = found.begin;
                continue;
            }
            Finding finding =
                finding_of(rule.category, rule.severity, Source::lexicon, rule.name, found.begin, found.end);
            finding.score = found.uncertain ? uncertain_lexicon_score : lexicon_score;
            finding.words = words_of(found.begin, found.end);
            finding.modifiers = modifiers_of(found, context);
            if (found.uncertain) finding.modifiers.push_back(Modifier::uncertain_language);
            add_match(std::move(finding));
        }
    }

    void add_credentials() {
        for (const Credential& credential : find_credentials(assessed_part(text_.octets))) {
            Finding finding{.category = Category::confidentiality,
                            .severity = max_severity,
                            .score = pattern_score,
                            .source = Source::pattern,
                            .rule = std::string(credential.kind),
                            .words = {},
                            .from = credential.from,
                            .to = credential.to,
                            .modifiers = {},
                            .alone = true};
            out_.findings.push_back(std::move(finding));  // whoever's words they are: it is out
        }
    }

    void add_scores(const Context& context) {
        make_classifier_line(space_.reading, space_.hits, assessor_.lexicon_, out_.language, space_.line);
        assessor_.classifier_.score(space_.line.text, out_.language, space_.features, out_.scores);
        const auto words =
            std::ranges::count_if(tokens(), [](const Token& token) { return token.kind == TokenKind::word; });
        if (static_cast<std::size_t>(words) < min_words_for_classifier) {
            for (Finding& finding : out_.findings)
                if (finding.source == Source::lexicon) finding.alone = false;
            return;
        }
        const auto& heads = assessor_.classifier_.heads();
        for (std::size_t h = 0; h < heads.size(); ++h) {
            const Calibration& calibration = heads[h].calibration_for(out_.language);
            const float score = out_.scores[h];
            bool known = false;
            for (Finding& finding : out_.findings) {
                if (finding.category != heads[h].category) continue;
                known = true;
                finding.score = std::max(finding.score, score);
                if (finding.source != Source::lexicon) continue;
                // A word of the lexicon in a sentence that doesn't read like it: it takes a second finding,
                // which does. Where it reads like it, but not surely so, it takes a second one, too.
                if (score < calibration.threshold) finding.confirmed = false;
                if (!finding.confirmed || score < certain) finding.alone = false;
            }
            if (known || score < calibration.threshold || is_carved_out(heads[h].category, context)) continue;
            add_score(h, score, calibration, context);
        }
    }

    void add_score(std::size_t h, float score, const Calibration& calibration, const Context& context) {
        const Head& head = assessor_.classifier_.heads()[h];
        std::vector<float> effects = assessor_.classifier_.effects(h, space_.features);
        // A sign counts for the word that it stands for.
        for (std::size_t i = 0; i < space_.line.origins.size(); ++i)
            effects[space_.line.origins[i]] += effects[tokens().size() + i];
        effects.resize(tokens().size());  // not the end of the line
        const auto strongest =
            static_cast<std::uint32_t>(std::ranges::max_element(effects) - effects.begin());
        if (head.category == Category::harassment && dissuading_ &&
            context.same_sentence(strongest, *dissuading_))
            return;
        const auto [begin, end] = passage_of(strongest, context);
        const std::uint8_t severity = score >= calibration.sure ? head.severity : 1;  // in doubt, a note
        Finding finding = finding_of(head.category, severity, Source::classifier, head.name, begin, end);
        finding.score = score;
        finding.words = strongest_words(effects);
        finding.modifiers = modifiers_of(head.category, strongest, context);
        // Where doubt made it a note, it stays one: the head has read the negation, too.
        if (severity < head.severity) std::erase(finding.modifiers, Modifier::negated);
        finding.alone = score >= calibration.alone;
        if (weigh(finding)) out_.findings.push_back(std::move(finding));
    }

    // The sentence, or as much of it around the token as is shown.
    std::pair<std::uint32_t, std::uint32_t> passage_of(std::uint32_t token, const Context& context) const {
        auto [begin, end] = context.sentence_of(token);
        while (end - begin > 1 && tokens()[end - 1].to - tokens()[begin].from > max_excerpt_octets) {
            if (end - 1 - token >= token - begin)
                --end;
            else
                ++begin;
        }
        return {begin, end};
    }

    std::string strongest_words(const std::vector<float>& effects) const {
        constexpr std::size_t most = 4;
        std::vector<std::size_t> order(effects.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        const std::size_t count = std::min(most, order.size());
        std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), std::greater{},
                                  [&](std::size_t i) { return effects[i]; });
        std::string out;
        for (std::size_t i = 0; i < count && effects[order[i]] > 0; ++i) {
            if (!out.empty()) out += ' ';
            out += space_.reading.word(tokens()[order[i]]);
        }
        return std::string(shown_part(out));
    }

    std::string words_of(std::uint32_t begin, std::uint32_t end) const {
        const std::uint32_t from = tokens()[begin].begin;
        const std::string_view line = space_.reading.line;
        return std::string(shown_part(line.substr(from, tokens()[end - 1].end - from)));
    }

    Finding finding_of(Category category, std::uint8_t severity, Source source, std::string rule,
                       std::uint32_t begin, std::uint32_t end) const {
        const std::string_view shown = without_invisible_ends(
            text_.octets.substr(tokens()[begin].from, tokens()[end - 1].to - tokens()[begin].from));
        const auto from = static_cast<std::uint32_t>(shown.data() - text_.octets.data());
        return {.category = category,
                .severity = severity,
                .score = 0,
                .source = source,
                .rule = std::move(rule),
                .words = {},
                .from = from,
                .to = from + static_cast<std::uint32_t>(shown.size()),
                .modifiers = {},
                .alone = false};
    }

    // Modifiers lower the severity; what falls to nothing is no finding.
    bool weigh(Finding& finding) const {
        if (text_.reposted) finding.modifiers.push_back(Modifier::reposted);
        if (text_.written && now_ - *text_.written > old_after) finding.modifiers.push_back(Modifier::old);
        if (text_.bio && finding.category == Category::profanity)
            finding.severity = std::min<std::uint8_t>(max_severity, finding.severity + 1);
        if (finding.modifiers.size() >= finding.severity) return false;
        finding.severity = static_cast<std::uint8_t>(finding.severity - finding.modifiers.size());
        // What is quoted, denied or old may be meant otherwise: it takes more than this.
        if (finding.source == Source::lexicon)
            finding.alone = finding.severity >= 2 && finding.modifiers.empty();
        return true;
    }

    // Of findings of one category that overlap the graver stays, and of equals the longer. Matches come by
    // their ends, so a new one overlaps each that ends after it begins; the first of those is found by
    // halving, as one that ends no later than an earlier one is never the first.
    void add_match(Finding finding) {
        if (!weigh(finding)) return;
        auto& reach = reach_[static_cast<std::size_t>(finding.category)];
        const auto first = std::ranges::upper_bound(reach, finding.from, {},
                                                    [this](std::size_t i) { return out_.findings[i].to; });
        if (first == reach.end()) {
            reach.push_back(out_.findings.size());
            out_.findings.push_back(std::move(finding));
        } else if (Finding& other = out_.findings[*first]; graver(finding, other)) {
            other = std::move(finding);
            reach.erase(first + 1, reach.end());
        }
    }

    const Assessor& assessor_;
    const Text& text_;
    Instant now_;
    Workspace& space_;
    Assessment out_;
    // The last "don't kill yourself": the head sees no more in its sentence than the lexicon.
    std::optional<std::uint32_t> dissuading_;
    // By category: which of the findings end later than all that were added before them.
    std::array<std::vector<std::size_t>, category_count> reach_;
};

Result<Assessor> Assessor::load(const std::filesystem::path& data_dir, std::vector<std::string>* all) {
    auto lexicon = Lexicon::load(data_dir / "lexicon", all);
    if (!lexicon) return std::unexpected(std::move(lexicon.error()));
    auto classifier = Classifier::load(data_dir / "model");
    if (!classifier) return std::unexpected(std::move(classifier.error()));
    const auto measured = Measured::load(data_dir / "model" / "measured.toml");
    if (!measured) return std::unexpected(measured.error());
    return Assessor(std::move(*lexicon), std::move(*classifier), *measured);
}

Assessment Assessor::assess(const Text& text, Instant now, Workspace& workspace) const {
    return Run(*this, text, now, workspace).run();
}

std::string Assessor::version() const {
    return fmt::format("lexicon {}, model {}", lexicon_.version(), classifier_.version());
}

}  // namespace decorum::conduct
