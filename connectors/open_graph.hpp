// OpenGraph (ogp.me) of a page that calls itself a profile; of any other it says nothing of a person.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "connectors/page_person.hpp"

namespace decorum::connectors {

// `meta`: name or property, and content.
[[nodiscard]] PagePerson open_graph_person(std::span<const std::pair<std::string, std::string>> meta,
                                           std::string_view page_url);

}  // namespace decorum::connectors
