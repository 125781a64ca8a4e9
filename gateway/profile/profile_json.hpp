// The stored form of a profile as a part of a larger one (source_words.cpp).
#pragma once

#include <boost/json/object.hpp>

#include "gateway/profile/json_members.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::profile {

// Capped, so that reading back what was written never fails.
[[nodiscard]] boost::json::object object_of(Profile profile);
[[nodiscard]] Profile read_profile(JsonMembers& members);

}  // namespace decorum::profile
