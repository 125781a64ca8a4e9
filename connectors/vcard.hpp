// vCards: 4.0 (RFC 6350), 3.0 (RFC 2426) and the 2.1 that phones export.
//
//   FN, else N → display_name     ADR → location ("Lyon, France"), never a home's
//   TITLE, else ROLE → headline   URL, SOCIALPROFILE (RFC 9554), X-SOCIALPROFILE, IMPP → links
//   ORG → organisation            NOTE → summary
//   EMAIL → addresses             PHOTO → picture; only octets that stand in the card, a URL is never fetched
//
// Of several values the preferred one is taken (PREF, TYPE=pref), else the first. Cards without an address
// and cards of groups are left out; so is a value that can't be read. Leniencies: line ends may be LF, octets
// that are neither of the stated charset nor UTF-8 are read as windows-1252.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "connectors/person.hpp"
#include "gateway/base/result.hpp"

namespace decorum::connectors {

// Errors, as "FILE:LINE: what would be right": a line outside of a card, a card that doesn't end. `all` takes
// each of them, lines in a row once; the Error is the first.
[[nodiscard]] Result<std::vector<Person>> parse_vcards(std::string_view octets,
                                                       const std::filesystem::path& file,
                                                       std::vector<std::string>* all = nullptr);

}  // namespace decorum::connectors
