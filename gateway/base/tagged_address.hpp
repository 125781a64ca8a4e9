// Addresses with a tag ("jane+news@example.org"): another way to write the plain one, to whoever has it.
//
// Whether mail for both ends in one mailbox is the receiving site's business, so nobody is shown by this; but
// who wants to be erased, or shown nowhere, means the tagged ones too.
#pragma once

#include <string>
#include <string_view>

namespace decorum {

// The address without its tag; empty: it has none. In a quoted local part "+" begins none.
[[nodiscard]] inline std::string without_tag(std::string_view address) {
    const auto at = address.rfind('@');
    const auto tag = address.find('+');
    if (at == std::string_view::npos || tag >= at || tag == 0 || address.front() == '"') return {};
    return std::string(address.substr(0, tag)).append(address.substr(at));
}

}  // namespace decorum
