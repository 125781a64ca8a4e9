// The word that a person answers a notice with.
//
// The first word of what they wrote above, or below, the mail that they answer; a word of the subject only
// where they wrote nothing. Who writes a sentence that begins with another word has said nothing that a
// machine may act on.
#pragma once

#include <cstdint>
#include <string_view>

namespace decorum::notice {

enum class Word : std::uint8_t { none, ack, wrong, stop, me };

[[nodiscard]] std::string_view name_of(Word word);  // "ACK"; "none"

// `text` is UTF-8 with LF line ends (message::readable_text), `subject` decoded. Any octets are allowed.
[[nodiscard]] Word word_of(std::string_view text, std::string_view subject);

}  // namespace decorum::notice
