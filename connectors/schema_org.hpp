// schema.org in JSON-LD: who a page is about.
//
// The person is the main entity of a ProfilePage or another page, else the only Person that stands for itself
// (an author within an article doesn't), else the one whose `url` or `@id` is the page. Read are name (or
// givenName and familyName), jobTitle, worksFor, address, homeLocation and workLocation, description, image,
// sameAs and url, roles with dates as positions, and alumniOf where there are none.
//
// Documents may be single nodes, arrays, or an @graph with references by @id. What can't be read is passed
// over.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "connectors/page_person.hpp"

namespace decorum::connectors {

// `page_url`: as https_url() gives it; relative URLs are resolved against it.
[[nodiscard]] PagePerson schema_org_person(std::span<const std::string> documents, std::string_view page_url);

}  // namespace decorum::connectors
