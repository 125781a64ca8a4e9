// people.toml: the people known to us (DESIGN, configuration). Reading it gives all of them or a fault.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/person.hpp"
#include "gateway/base/result.hpp"

namespace decorum::connectors {

// Unknown keys, wrong types, addresses that are none or stand twice are faults: "FILE:LINE: KEY: what would
// be right". Nothing but the text is read: pictures are named, not opened.
// `all` takes each fault; the Error is the first.
[[nodiscard]] Result<std::vector<Person>> parse_people(std::string_view toml,
                                                       const std::filesystem::path& file,
                                                       std::vector<std::string>* all = nullptr);

}  // namespace decorum::connectors
