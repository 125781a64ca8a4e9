// Addresses of a person.
#include "connectors/person.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"

namespace decorum::connectors {

bool is_address(std::string_view text) {
    const auto at = text.rfind('@');
    return at != std::string_view::npos && at != 0 && at + 1 != text.size() &&
           std::ranges::none_of(text, [](char c) { return ascii::is_control(c) || c == ' '; });
}

bool add_address(Person& person, std::string_view address) {
    std::string lower = canonical_address(address);
    if (std::ranges::find(person.addresses, lower) != person.addresses.end()) return false;
    person.addresses.push_back(std::move(lower));
    return true;
}

}  // namespace decorum::connectors
