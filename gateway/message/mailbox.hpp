// Mailbox lists (RFC 5322 §3.4, obsolete forms of §4.4 included; SMTPUTF8 addresses of RFC 6532).
//
// Strict where identity hangs on it: what can't be parsed without doubt is an error, never a guess.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace decorum::message {

struct Mailbox {
    std::string display_name;  // UTF-8: unquoted, encoded words decoded; may be empty
    std::string local_part;    // unquoted; case kept
    std::string domain;        // lower case (ASCII part); A-labels stay as written; "[…]" for a literal
    [[nodiscard]] std::string address() const;  // local_part@domain, local part quoted where it must be
};

// mailbox-list / address-list with groups. `body` is a field's body, folds allowed.
[[nodiscard]] Result<std::vector<Mailbox>> parse_mailbox_list(std::string_view body);

// One address alone, as typed on a command line or found in an SMTP path.
[[nodiscard]] Result<Mailbox> parse_address(std::string_view text);

}  // namespace decorum::message
