// Writes the gateway's own messages: multipart/alternative, text and HTML (RFC 5322, 2045, 2046, 3834).
//
// The header section is ours, because a library must not see address fields; the body's structure and its
// transfer encoding are mimetic's. The octets depend on nothing but the Composition, so that a message that
// is written again is the same message. Every message says that a machine wrote it.
#pragma once

#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::message {

// Texts are UTF-8, perhaps hostile: what may not stand in a field is taken out of them.
struct Composition {
    std::string from_name;  // may be empty
    std::string from;       // an address
    std::string to_name;    // may be empty
    std::string to;         // an address
    std::string reply_to;   // an address
    std::string subject;
    std::string message_id;   // without angle brackets
    std::string in_reply_to;  // the message that this one answers, without angle brackets; may be empty
    Instant date{};
    std::string language;  // "en"
    std::string text;      // lines end with LF
    std::string html;      // a whole document
};

inline constexpr std::size_t max_subject_characters = 200;

// With CRLF line ends, ASCII unless an address is not. Error invalid: an address is none.
[[nodiscard]] Result<std::string> compose(const Composition& composition);

// Text as a reader is to see it exactly, in a body: line ends become LF, white space of other kinds a space;
// what can't be seen or would reorder what can (controls, bidirectional controls, invalid octets) goes.
// Nothing else changes. Cut at a character with "…" beyond the limit.
[[nodiscard]] std::string visible_text(std::string_view text, std::size_t max_characters);

// Text as character data or an attribute value of HTML.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace decorum::message
