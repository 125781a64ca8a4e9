// What somebody registered, by the public suffix list: "mail.example.co.uk" → "example.co.uk".
//
// Two names are of one organisation where their registrable domains are equal. The newest list of the machine
// is read once, else the library's own serves; all threads share it. Never fails: see below.
#pragma once

#include <string>
#include <string_view>

namespace decorum {

// In lower case; the domain itself where there is none (a public suffix, a single label, an address literal).
// In A-labels, however it was written (canonical.hpp).
[[nodiscard]] std::string registrable_domain(std::string_view domain);

}  // namespace decorum
