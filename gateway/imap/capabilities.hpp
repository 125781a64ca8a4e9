// Which capabilities a client is shown: an allow-list, because an extension that isn't parsed could show
// octets, sizes or UIDVALIDITY values that don't agree with ours. The upstream's lists come in the greeting,
// untagged, and in the code of a tagged OK; all are filtered alike (RFC 9051 §7.2.2, §7.1).
#pragma once

#include <string>
#include <string_view>

#include "gateway/imap/response_reader.hpp"

namespace decorum::imap {

struct CapabilityPolicy {
    bool offers_starttls = false;  // and TLS isn't active yet
    bool may_log_in = true;        // false: LOGINDISABLED is shown, and no AUTH= (RFC 9051 §6.2.3)
    bool authenticated = false;    // then neither STARTTLS, AUTH= nor LOGINDISABLED has a meaning
};

// `list` is what follows "CAPABILITY ", in the upstream's order; what the gateway adds stands at the end.
[[nodiscard]] std::string filter_capabilities(std::string_view list, const CapabilityPolicy& policy);

[[nodiscard]] bool has_capability(std::string_view list, std::string_view capability);  // no case

// The list in "* CAPABILITY …" or in "[CAPABILITY …]"; empty where the response has none.
[[nodiscard]] std::string_view capability_list(const Response& response);

// Whether "ENABLE capability" may be forwarded.
[[nodiscard]] bool may_enable(std::string_view capability);

}  // namespace decorum::imap
