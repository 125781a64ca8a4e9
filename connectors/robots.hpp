// robots.txt, as RFC 9309 has it: which pages of a site we may read.
//
// Parsing never fails: what isn't a rule is passed over, and what stands beyond 500 KiB is not read (§2.5).
// Matching is bounded: each piece of a pattern is looked for once, from left to right.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace decorum::connectors {

inline constexpr std::string_view product_token = "Decorum";
inline constexpr std::size_t max_robots_octets = std::size_t{500} << 10;

class RobotsRules {
public:
    // The rules of the groups that name `token` (ASCII case apart), else those of the groups for everybody.
    [[nodiscard]] static RobotsRules parse(std::string_view text, std::string_view token = product_token);

    // `target`: path and query of a URL, "/jane?lang=fr". The longest pattern that matches decides; of two as
    // long, the one that allows (§2.2.2). Where none matches, all is allowed.
    [[nodiscard]] bool allow(std::string_view target) const;

    [[nodiscard]] std::size_t octets() const;  // held in memory

private:
    struct Rule {
        bool allow = false;
        std::string pattern;  // normalised
    };
    std::vector<Rule> rules_;
};

}  // namespace decorum::connectors
