// Credentials in a text: keys, tokens, passwords, codes of doors.
//
// Known forms of keys (by prefix, alphabet and length), private keys in PEM, URLs with a password, words for
// "password" followed by something that looks like one, and the code of a door or an alarm. No backtracking:
// each form is read once from where it begins. Placeholders (xxxx, ****, <token>, example) are none.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace decorum::conduct {

struct Credential {
    std::string_view kind;  // "aws-key", "password", …
    std::uint32_t from;     // octets of the text
    std::uint32_t to;
};

[[nodiscard]] std::vector<Credential> find_credentials(std::string_view text);

}  // namespace decorum::conduct
