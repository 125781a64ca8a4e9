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
    std::string method;                                                   // lower case: dmarc, dkim, …
    std::string result;                                                   // lower case: pass, fail, …
    std::vector<std::pair<std::string, std::string>> properties;          // "header.from" → "example.org"
    [[nodiscard]] std::optional<std::string_view> property(std::string_view name) const;
};

struct AuthenticationResults {
    std::string authserv_id;   // lower case
    std::vector<MethodResult> results;
};

// authres-header-field  RFC 8601 §2.2. Comments are skipped, never read. Another version than 1 is an error.
[[nodiscard]] Result<AuthenticationResults> parse_authentication_results(std::string_view body);

enum class Trust : std::uint8_t { dmarc, dkim, spf, auth };
[[nodiscard]] std::string_view name_of(Trust trust);

// DESIGN: for each method the topmost field of a trusted authserv-id that reports it decides. dmarc=pass with
// header.from equal to the author's domain; dkim=pass (header.d, header.i) or spf=pass (smtp.mailfrom) with
// the same organisational domain; auth=pass with smtp.auth or smtp.mailfrom equal to the author's address.
// A dmarc=fail of a trusted field gives no trust, whatever the others say. Several dkim results in one field:
// one aligned pass is enough.
[[nodiscard]] std::optional<Trust> trust_of(const HeaderSection& header, const Mailbox& author,
                                            std::span<const std::string> trusted_authserv_ids);

// The registrable domain by the public suffix list ("mail.example.co.uk" → "example.co.uk"); the domain itself
// where there is none. Compared as A-labels in lower case.
[[nodiscard]] std::string organisational_domain(std::string_view domain);

}  // namespace decorum::message
