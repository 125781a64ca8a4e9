#include "gateway/conduct/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "gateway/base/digest.hpp"
#include "gateway/conduct/person.hpp"

namespace decorum::conduct {
namespace {

constexpr std::size_t max_noted = 200;  // the gravest of them
constexpr std::size_t fingerprint_digits = 32;
constexpr std::size_t mark_digits = 16;
constexpr std::size_t max_summary_octets = 4000;
constexpr std::uint8_t least_severity = 2;  // of what anybody is told

bool fits(const CharterRule& rule, const JudgedText& text, const Finding& finding, Audience audience,
          Instant now) {
    if (!rule.categories[static_cast<std::size_t>(finding.category)] || finding.severity < rule.severity)
        return false;
    if (rule.audience == Audience::external && audience != Audience::external) return false;
    // A bio is said today, whenever it was written.
    if (!rule.max_age || text.bio) return true;
    return text.written && now - *text.written <= *rule.max_age;
}

const CharterRule* rule_for(const Charter& charter, const JudgedText& text, const Finding& finding,
                            Audience audience, Instant now) {
    const auto at = std::ranges::find_if(
        charter.rules, [&](const CharterRule& rule) { return fits(rule, text, finding, audience, now); });
    return at == charter.rules.end() || at->action == Action::none ? nullptr : &*at;
}

Noted noted(const CharterRule& rule, const JudgedText& text, const Finding& finding) {
    return {.category = finding.category,
            .severity = finding.severity,
            .score = finding.score,
            .source = finding.source,
            .rule = rule.id,
            .excerpt = std::string(finding.excerpt(text.text)),
            .network = text.network,
            .url = text.url,
            .bio = text.bio,
            .written = text.written,
            .language = text.language,
            .old = std::ranges::find(finding.modifiers, Modifier::old) != finding.modifiers.end(),
            .action = rule.action,
            .why = {},
            .mark = {}};
}

void hold_down(Noted& entry, Action most, std::string_view why) {
    if (entry.action <= most) return;
    entry.action = most;
    entry.why = why;
}

// Equals stay in their order.
std::vector<Noted> gravest_first(std::vector<Noted> findings) {
    std::vector<std::pair<std::size_t, std::size_t>> order;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const auto gravity = (static_cast<std::size_t>(findings[i].action) * 16) + findings[i].severity;
        order.emplace_back(std::numeric_limits<std::size_t>::max() - gravity, i);
    }
    std::ranges::sort(order);
    if (order.size() > max_noted) order.resize(max_noted);
    std::vector<Noted> sorted;
    for (const auto& [gravity, i] : order) sorted.push_back(std::move(findings[i]));
    return sorted;
}

// What makes a finding the same one.
std::string identity_of(const Noted& entry) {
    std::string line;
    for (const std::string_view part : {name_of(entry.category), std::string_view(entry.bio ? "bio" : "post"),
                                        std::string_view(entry.url), std::string_view(entry.excerpt)}) {
        line += part;
        line += '\0';
    }
    return line;
}

std::string fingerprint_of(const std::vector<Noted>& findings) {
    std::vector<std::string> lines;
    for (const Noted& entry : findings)
        if (entry.action >= Action::notice) lines.push_back(identity_of(entry));
    if (lines.empty()) return {};
    std::ranges::sort(lines);
    std::string all;
    for (const std::string& line : lines) all += line;
    return to_hex(view_of(sha256({all}))).substr(0, fingerprint_digits);
}

}  // namespace

std::vector<std::string> marks_of(const Verdict& verdict, Action from) {
    std::vector<std::string> out;
    for (const Noted& entry : verdict.findings)
        if (entry.action >= from && std::ranges::find(out, entry.mark) == out.end())
            out.push_back(entry.mark);
    return out;
}

std::string summary_of(const Verdict& verdict, const ComplianceView& view) {
    // Of each category, and of each passage where the words are seen, how grave it is.
    std::map<std::pair<std::string_view, std::string_view>, unsigned> gravest;
    for (const Noted& entry : verdict.findings) {
        if (entry.action < Action::notice) continue;
        unsigned& severity = gravest[{view.category ? name_of(entry.category) : std::string_view{},
                                      view.excerpt ? std::string_view(entry.excerpt) : std::string_view{}}];
        severity = std::max<unsigned>(severity, entry.severity);
    }
    std::string out;
    for (const auto& [what, severity] : gravest) {
        std::string part(what.first);
        if (view.severity) part += fmt::format("{} {}", part.empty() ? "severity" : "", severity);
        if (view.excerpt) part += fmt::format("{}\"{}\"", part.empty() ? "" : " ", what.second);
        if (part.empty() || out.size() + part.size() > max_summary_octets) continue;
        out += (out.empty() ? "" : ", ") + part;
    }
    return out;
}

Verdict judge(std::span<const JudgedText> texts, const Charter& charter, const Measured& measured,
              Audience audience, Instant now) {
    Verdict verdict;
    std::vector<TextFinding> told;    // those that a notice might speak of,
    std::vector<std::size_t> places;  // and where they stand among the verdict's
    for (std::size_t t = 0; t < texts.size(); ++t) {
        for (const Finding& finding : texts[t].findings) {
            const CharterRule* rule = rule_for(charter, texts[t], finding, audience, now);
            if (rule == nullptr) continue;
            Noted& entry = verdict.findings.emplace_back(noted(*rule, texts[t], finding));
            if (finding.severity < least_severity)
                hold_down(entry, Action::audit, "severity 1 is recorded at the most");
            else if (!measured.suffices(finding.category, texts[t].language, finding.source))
                hold_down(entry, Action::audit, "how often such findings are right was not measured");
            if (entry.action < Action::notice) continue;
            told.push_back({t, finding});
            places.push_back(verdict.findings.size() - 1);
        }
    }
    const auto sure = noticeable(told);  // in their order
    auto next = sure.begin();
    for (std::size_t i = 0; i < told.size(); ++i) {
        Noted& entry = verdict.findings[places[i]];
        const bool is_sure = next != sure.end() && *next == &told[i];
        if (is_sure) ++next;
        if (!is_sure)
            hold_down(entry, Action::audit, "a single unsure finding is not enough");
        else if (told[i].finding.source == Source::classifier)
            hold_down(entry, Action::notice, "the classifier alone never holds mail back");
    }
    verdict.findings = gravest_first(std::move(verdict.findings));
    if (!verdict.findings.empty()) verdict.action = verdict.findings.front().action;
    for (Noted& entry : verdict.findings)
        if (entry.action >= Action::notice)
            entry.mark = to_hex(view_of(sha256({"finding", identity_of(entry)}))).substr(0, mark_digits);
    verdict.fingerprint = fingerprint_of(verdict.findings);
    return verdict;
}

}  // namespace decorum::conduct
