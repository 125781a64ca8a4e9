// What a source may look like that the configuration alone describes ([connector.custom.NAME]): its URL with
// placeholders, its JSON pointers, and what must stand together for its answers to prove anything.
//
// Nobody outside chooses whom we ask, so no placeholder stands in a host; and an answer counts only where it
// is about the one asked for: asked by address, it must name the address itself; asked by handle, the account
// is one that a link ties to the address already.
#pragma once

#include <string>
#include <string_view>

#include "config/findings.hpp"
#include "config/settings.hpp"

namespace decorum::config {

// As in checks.hpp: empty, or what would be right.
// json-pointer = *( "/" *( unescaped / "~0" / "~1" ) )  RFC 6901 §3
[[nodiscard]] std::string check_json_pointer(std::string_view value);
[[nodiscard]] std::string check_url_template(std::string_view value);
[[nodiscard]] std::string check_account_template(std::string_view value);

// The rules between its settings.
void check_custom_source(const std::string& name, const CustomSource& source, bool plain_http,
                         Findings& findings);

}  // namespace decorum::config
