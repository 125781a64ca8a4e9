// Authentication-Results (RFC 8601): was the author's address proved by somebody we trust?
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/mailbox.hpp"

namespace decorum::message {

struct MethodResult {
    std::string method;                                           // lower case: dmarc, dkim, …
    std::string result;                                           // lower case: pass, fail, …
    std::vector<std::pair<std::string, std::string>> properties;  // "header.from" → "example.org"
    // `name` in lower case. Nothing where the property is absent, or occurs with different values: then
    // somebody wrote a peer's words into the field unquoted, and which is which can't be told.
    [[nodiscard]] std::optional<std::string_view> property(std::string_view name) const;
};

struct AuthenticationResults {
    std::string authserv_id;  // lower case
    std::vector<MethodResult> results;
};

// authres-header-field  RFC 8601 §2.2. Comments are skipped, never read. Another version than 1 is an error.
// Taken beyond the grammar, because servers write it: property names without a dot (action=none), empty
// values, an empty element, an authserv-id alone. Values are unquoted; methods, results and property names
// are in lower case.
[[nodiscard]] Result<AuthenticationResults> parse_authentication_results(std::string_view body);

enum class Trust : std::uint8_t { dmarc, dkim, spf, auth };
[[nodiscard]] std::string_view name_of(Trust trust);

// For each method the topmost field of a trusted authserv-id that reports it decides; a field that can't be
// parsed reports nothing. In this order:
// - dmarc=pass with header.from equal to the author's domain: Trust::dmarc. none, temperror, and a pass for
// another
//   domain leave it to the other methods. Any other dmarc result gives no trust, whatever the others say.
// - dkim=pass (header.d, else header.i) or spf=pass (smtp.mailfrom) of the same organisational domain. Where
// a
//   field reports several, one aligned pass is enough.
// - auth=pass with smtp.auth or smtp.mailfrom equal to the author's address (no case, in the local part
// neither).
[[nodiscard]] std::optional<Trust> trust_of(const HeaderSection& header, const Mailbox& author,
                                            std::span<const std::string> trusted_authserv_ids);

}  // namespace decorum::message
