// What one format on a page says of the person whom the page is about.
#pragma once

#include <cstdint>

#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

enum class Persons : std::uint8_t {
    none,
    one,
    several,  // and nothing says whose page it is
};

struct PagePerson {
    Persons persons = Persons::none;
    profile::Profile profile;  // with one; links have tier and reason, nothing else has an origin
};

}  // namespace decorum::connectors
