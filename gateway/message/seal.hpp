// What making a seal and checking it have in common; the public face is block.hpp. No function here fails.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "gateway/message/block.hpp"
#include "gateway/message/header_section.hpp"

namespace decorum::message {

inline constexpr std::size_t max_key_id_octets = 32;
inline constexpr std::size_t digest_base64_octets = 44;  // of 32 octets

[[nodiscard]] inline std::string_view key_id_of(const SealKey& key) {
    return std::string_view(key.id).substr(0, max_key_id_octets);
}

// Is it PREFIX-SUFFIX, in any case?
[[nodiscard]] bool is_block_field(const Field& field, std::string_view prefix, std::string_view suffix);

// The tag h: From, Date, Message-ID in this order, all occurrences of each from top to bottom, absent ones
// skipped. `replacement` is a field that will stand in the place of the header's fields of its name.
[[nodiscard]] std::string digest_of_message(const HeaderSection& header, std::string_view replacement);

// The tag s over the block's octets before and after its value, line ends as CRLF.
[[nodiscard]] std::string digest_of_block(std::string_view before, std::string_view after,
                                          const SealKey& key);

}  // namespace decorum::message
