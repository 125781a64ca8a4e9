// Two words that formats keep apart and people see together: "Lyon, FR", "Jane Martin".
#pragma once

#include <string>
#include <string_view>

namespace decorum::connectors {

// What is between them only where both are there.
[[nodiscard]] inline std::string joined(std::string_view first, std::string_view second,
                                        std::string_view between) {
    std::string out(first);
    if (!first.empty() && !second.empty()) out.append(between);
    return out.append(second);
}

}  // namespace decorum::connectors
