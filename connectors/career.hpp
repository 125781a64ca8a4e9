// What the formats that hold a career have in common: dates as people write them, entries that
// say nothing, and the name of the present employer.
#pragma once

#include <string>
#include <string_view>

#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

// "2019", "2019-03" or "2019-03-31" as it is; of any other form its one year ("03/2019", "mars 2019"); empty
// where there is none ("present") or more than one.
[[nodiscard]] std::string career_date(std::string_view text);

// Adds it unless it says nothing: a position without title and organisation, a recommendation without text.
void add_position(profile::Profile& profile, profile::Position position);
void add_recommendation(profile::Profile& profile, profile::Recommendation recommendation);

// Where they are unknown, headline and organisation are those of the position that is still held and began
// last. An organisation that the headline names already is not said twice.
void complete_from_career(profile::Profile& profile);

}  // namespace decorum::connectors
