// What an entry of an LDAP server or Active Directory says of a person (RFC 2798, RFC 4519, RFC 2079).
//
//   displayName, else cn → display_name      l and c, else co → location ("Lyon, FR")
//   title → headline                         labeledURI → links ("URL label")
//   o, else company, else department, else ou → organisation
//   thumbnailPhoto (at most 102 400 octets), else jpegPhoto → picture
//
// Notes, telephone numbers and descriptions are internal, and not even asked for.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

using LdapEntry = std::map<std::string, std::vector<std::string>>;  // values by attribute, in lower case

// What to ask for.
[[nodiscard]] std::span<const char* const> ldap_attributes(bool with_picture);

// Within the limits of a profile; links are of tier S, and nothing else has an origin.
[[nodiscard]] profile::Profile profile_of(const LdapEntry& entry);

// Empty: none, or larger than that.
[[nodiscard]] std::string picture_of(LdapEntry& entry, std::size_t max_octets);

// The filter with {address} filled in, by RFC 4515 §3: what isn't a letter or digit is escaped, so that an
// address is never more than a value.
[[nodiscard]] std::string ldap_filter_for(std::string_view filter, std::string_view address);

}  // namespace decorum::connectors
