// From a URL that a stranger wrote to a link that a profile may hold.
#pragma once

#include <string>
#include <string_view>

#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

struct LinkWorth {
    profile::Tier tier = profile::Tier::d;
    std::string_view reason{};   // for a person
    std::string_view network{};  // what the source calls it ("Twitter"); empty: it doesn't say
};

// Adds the account or page behind `reference`, as found at `base`, unless it is none that we keep or the
// profile links to it already: an earlier link is a better one.
void add_link(profile::Profile& profile, std::string_view reference, std::string_view base,
              const LinkWorth& worth);

// The same for a field that asks for one's website, where people leave the scheme out: "jane.example/cv" is
// https://jane.example/cv where it begins with what may be a host's name.
void add_website(profile::Profile& profile, std::string_view website, const LinkWorth& worth);

// Adds the address behind a mailto: URL (RFC 6068) that names exactly one and asks for nothing else: the page
// says whose it is, which counts where it is the very address that somebody looks up.
void add_address(profile::Profile& profile, std::string_view reference, const LinkWorth& worth);

// The account names an e-mail address as its own, which linking compares with that of the sender. What is no
// plain address is left out.
void add_address(profile::Profile& profile, std::string_view address);

// A network's name for itself, as we call it: "Twitter" is "x".
[[nodiscard]] std::string network_named(std::string_view name);

}  // namespace decorum::connectors
