// Decentralised identifiers as the AT Protocol uses them (atproto.com/specs/did, /specs/handle): did:plc in a
// directory, did:web on the host it names. Pure functions; what comes in is hostile.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/net/http/dns.hpp"

namespace decorum::connectors {

// "did:plc:" 24base32, or "did:web:" host; nothing else that the specification lets through is in use.
[[nodiscard]] bool is_did(std::string_view text);
[[nodiscard]] bool is_plc(std::string_view did);

// A domain name of two labels or more, in lower or upper case, with no reserved top level but "example" and
// its like, which only tests can reach.
[[nodiscard]] bool is_handle(std::string_view text);

// The DID in TXT records "did=…". The same one twice is one; of several none counts.
struct NamedDid {
    std::string did;  // empty: none
    bool ambiguous = false;
};
[[nodiscard]] NamedDid did_in_records(const net::TextRecords& records);

// The DID that is all of a text but for white space; empty: it is none.
[[nodiscard]] std::string did_in_text(std::string_view text);

// nullopt: a method that is not known.
[[nodiscard]] std::optional<std::string> did_document_url(std::string_view did, std::string_view plc_url);

// The document is that of the DID, and the first handle in its alsoKnownAs is this one.
[[nodiscard]] bool document_names(const boost::json::value& document, std::string_view did,
                                  std::string_view handle);

}  // namespace decorum::connectors
