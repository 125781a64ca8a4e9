#include "gateway/conduct/person.hpp"

#include <algorithm>

namespace decorum::conduct {

namespace {

// Whether the words may well be another's, or say the contrary.
bool excused(const Finding& finding) {
    return std::ranges::any_of(finding.modifiers, [](Modifier modifier) {
        return modifier == Modifier::quoted || modifier == Modifier::counter_speech ||
               modifier == Modifier::negated;
    });
}

}  // namespace

std::vector<const TextFinding*> noticeable(const std::vector<TextFinding>& findings) {
    constexpr std::uint8_t least_severity = 2;
    std::vector<const TextFinding*> out;
    std::vector<const TextFinding*> plain;
    for (const TextFinding& found : findings) {
        if (found.finding.severity < least_severity) continue;
        out.push_back(&found);
        if (!excused(found.finding)) plain.push_back(&found);
    }
    const bool alone =
        std::ranges::any_of(out, [](const TextFinding* found) { return found->finding.alone; });
    const bool several = std::ranges::any_of(plain, [&](const TextFinding* found) {
        return found->text != plain.front()->text ||
               found->finding.category != plain.front()->finding.category;
    });
    const bool confirmed =
        std::ranges::any_of(plain, [](const TextFinding* found) { return found->finding.confirmed; });
    if (!alone && !(several && confirmed)) out.clear();
    return out;
}

}  // namespace decorum::conduct
