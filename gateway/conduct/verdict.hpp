// From findings to a verdict, by a charter: a pure function.
//
// Severity 1 is never more than audit, and the classifier alone never more than notice, whatever the charter
// says; nor is anything more than audit whose precision was not measured (measured.hpp), or that the rule
// against false alarms by person leaves out (person.hpp). A finding that no rule of the charter speaks of is
// none of the charter's business.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/conduct/charter.hpp"
#include "gateway/conduct/finding.hpp"
#include "gateway/conduct/measured.hpp"

namespace decorum::conduct {

// A finding that a rule of the charter speaks of, and where it stands. Texts are hostile.
struct Noted {
    Category category{};
    std::uint8_t severity = 0;
    float score = 0;
    Source source{};
    std::string rule;     // the charter's: Charter::rule(id)->sentence
    std::string excerpt;  // as it stands there
    std::string network;  // "mastodon"; may be empty
    std::string url;      // of the post, or of the account; may be empty
    bool bio = false;     // else a post
    std::optional<Instant> written;
    Language language{};            // of the text, as far as it is known
    bool old = false;               // it counts for less, because it is
    Action action = Action::audit;  // what follows from it
    std::string_view why;           // why not what the rule says; empty: it is. Static text
    std::string mark;               // of a notice or graver: the same as long as the words stand there
};

struct Verdict {
    Action action = Action::none;
    std::vector<Noted>
        findings;             // the gravest action first; those from notice on are what a notice speaks of
    std::string fingerprint;  // of those from notice on: one digest a change. Empty where there are none
};

// The marks of the findings from which at least `from` follows, each once.
[[nodiscard]] std::vector<std::string> marks_of(const Verdict& verdict, Action from = Action::notice);

// What of the findings that a notice speaks of may be seen by those who are no more than the view says:
// "harassment 3, profanity 2". UTF-8, bounded.
[[nodiscard]] std::string summary_of(const Verdict& verdict, const ComplianceView& view);

// A text of a person's profile, and what was found in it.
struct JudgedText {
    std::string text;
    std::string network;
    std::string url;
    bool bio = false;
    std::optional<Instant> written = std::nullopt;
    Language language{};
    std::vector<Finding> findings = {};
};

// `audience`: external where the mail leaves the house; else everyone.
[[nodiscard]] Verdict judge(std::span<const JudgedText> texts, const Charter& charter,
                            const Measured& measured, Audience audience, Instant now);

}  // namespace decorum::conduct
