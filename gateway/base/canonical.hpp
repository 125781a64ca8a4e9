// One spelling of addresses and domains that are the same: to compare, to look up, to store under.
//
// ASCII is put in lower case. A domain beyond ASCII becomes its A-labels ("müller.example" is
// "xn--mller-kva.example"; UTS #46, nontransitional); where it has none, it stays in ASCII lower case. Of
// local parts beyond ASCII nobody but their site knows which are the same: their octets are compared.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"

namespace decorum {

// It is so already, as most are: ASCII without capitals.
[[nodiscard]] inline bool is_plainly_canonical(std::string_view text) {
    return std::ranges::none_of(
        text, [](char c) { return ascii::is_upper(c) || static_cast<unsigned char>(c) > 127; });
}

[[nodiscard]] std::string canonical_domain(std::string_view domain);
// Also of "@domain". What has no @ is only put in lower case.
[[nodiscard]] std::string canonical_address(std::string_view address);
[[nodiscard]] bool same_domain(std::string_view a, std::string_view b);

// With its A-labels as people read them (U-labels); as it is where they are none.
[[nodiscard]] std::string readable_domain(std::string_view domain);

}  // namespace decorum
