// What the gateway reads and changes in whole responses: the code of a status response (RFC 9051 §7.1), and
// the items of a STATUS response (§7.3.4).
//
// Changes are splices: every octet that isn't a number of ours to change stays as it came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/imap/capabilities.hpp"
#include "gateway/imap/response_reader.hpp"
#include "gateway/imap/uid_validity.hpp"

namespace decorum::imap {

struct ResponseCode {
    std::string_view name;       // "UIDVALIDITY"
    std::string_view arguments;  // "3857529045"; up to "]" or, where that lies beyond the limit, to the end
    [[nodiscard]] bool is(std::string_view word) const { return ascii::equals_nocase(name, word); }
};

// resp-text = ["[" resp-text-code "]" SP] text
[[nodiscard]] std::optional<ResponseCode> response_code(const Response& response);

struct StatusRewrite {
    Epoch epoch;
    std::uint64_t block_octets = 0;  // of each message; 0: sizes are as they were
    bool hide_messages = false;      // MESSAGES was added by us (RewriteStatus of rewrite_command.hpp)
};

// The response as the client shall see it, without its last line end (and, where it isn't complete, without
// what still passes): capabilities filtered, UIDVALIDITY, APPENDUID, COPYUID and the items of STATUS mapped.
// A SIZE without MESSAGES can't be known, and is left out.
[[nodiscard]] std::string shown(const Response& response, const CapabilityPolicy& policy,
                                const StatusRewrite& rewrite);

}  // namespace decorum::imap
