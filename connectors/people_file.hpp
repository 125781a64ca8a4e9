// people.toml: the people known to us (DESIGN, configuration). Reading it gives a whole snapshot or a fault.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

inline constexpr std::size_t max_people_octets = std::size_t{16} << 20;

struct People {
    std::unordered_map<std::string, std::shared_ptr<const profile::Profile>> by_address;  // in lower case
    std::vector<std::string> names;          // sorted, each once: for the impersonation guard
    std::vector<std::string> organisations;  // likewise
    std::size_t persons = 0;
};

// Unknown keys, wrong types, addresses that are none or stand twice are faults: "FILE:LINE: KEY: what would
// be right". Photos that are not fit for a face are left out with a line in the log. `now` is the time of
// fetching.
[[nodiscard]] Result<People> parse_people(std::string_view toml, const std::filesystem::path& file,
                                          Instant now);

}  // namespace decorum::connectors
