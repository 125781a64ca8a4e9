// The rule against false alarms by person: a profile of forty posts has forty chances to be misjudged.
//
// Severity 1, however often, is never enough for a notice. From severity 2 on, two findings are, in different
// texts or of different categories, one of them at least in a text that the classifier takes for such a one
// (Finding::confirmed); or one of the lexicon that nothing lowers and of which the classifier is certain, or
// of a pattern; or one of the classifier with a score that was calibrated for it (Finding::alone). What is
// quoted, denied or spoken against counts for none of two: who speaks of insults often is no more likely to
// mean one.
#pragma once

#include <vector>

#include "gateway/conduct/finding.hpp"

namespace decorum::conduct {

struct TextFinding {
    std::size_t text;  // its index
    Finding finding;
};

// The findings that a notice may speak of: none where they don't carry one.
[[nodiscard]] std::vector<const TextFinding*> noticeable(const std::vector<TextFinding>& findings);

}  // namespace decorum::conduct
