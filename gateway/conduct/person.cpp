#include "gateway/conduct/person.hpp"

#include <algorithm>

namespace decorum::conduct {

std::vector<const TextFinding*> noticeable(const std::vector<TextFinding>& findings) {
    constexpr std::uint8_t least_severity = 2;
    std::vector<const TextFinding*> out;
    for (const TextFinding& found : findings)
        if (found.finding.severity >= least_severity) out.push_back(&found);
    const bool alone =
        std::ranges::any_of(out, [](const TextFinding* found) { return found->finding.alone; });
    const bool several = std::ranges::any_of(out, [&](const TextFinding* found) {
        return found->text != out.front()->text || found->finding.category != out.front()->finding.category;
    });
    if (!alone && !several) out.clear();
    return out;
}

}  // namespace decorum::conduct
