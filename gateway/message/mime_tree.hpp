// What MIME says of a received message (RFC 2045), read by mimetic.
//
// mimetic must not be trusted with hostile input: it is handed nothing but a field's body that passed a scan
// for size and control octets, is never asked to serialise, and whatever it throws becomes an error, which
// means "structure unknown": the message passes through.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::message {

// In lower case: "multipart", "report".
struct MediaType {
    std::string type;
    std::string subtype;

    bool operator==(const MediaType&) const = default;
};

// The media type of a Content-Type field's body (RFC 2045 §5.1), folds and comments allowed. Errors: limit
// (more than 8 KiB), syntax.
[[nodiscard]] Result<MediaType> media_type(std::string_view field_body);

}  // namespace decorum::message
