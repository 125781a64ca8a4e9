// Viadeo's profiles: the network is closed, its members' exports and archived pages live on. A recruiter
// reads career and recommendations in them.
//
// JSON, in the names of its Graph API (a list may stand in `data`, as that API's lists do):
//   name, or first_name and last_name
//   headline, introduction, interests → headline, summary
//   location {city, country}          a text, or country {name}
//   picture_large, picture_medium, picture → photo
//   career[] {position, company_name, begin, end, description} → positions; `description` is not kept
//   recommendations[] {from {name} or author or name, message or text or recommendation or content}
// HTML: an item of the page's markup with properties of the same names; `career` and `recommendations` are items
// themselves, one for each entry.
#pragma once

#include <boost/json/value.hpp>
#include <span>

#include "connectors/page_person.hpp"
#include "gateway/worker/page_facts.hpp"

namespace decorum::connectors {

// None: no member that only such a profile has.
[[nodiscard]] PagePerson viadeo_person(const boost::json::value& root);
[[nodiscard]] PagePerson viadeo_person(std::span<const worker::MicroformatItem> items);

}  // namespace decorum::connectors
