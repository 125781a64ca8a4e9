// Comments, folding white space and quoted strings (RFC 5322 §3.2.2, §3.2.4), which address fields and
// Authentication-Results share.
//
// The text must be unfolded and free of control octets (see plain_field_text). Each function reads at `at`
// and moves it past what it read; on an error `at` is of no use any more.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::message {

inline constexpr std::size_t max_structured_octets = 64 * 1024;
inline constexpr std::size_t max_comment_depth = 50;

// A structured field's body without its folds. Errors: limit (more than 64 KiB), syntax (a control octet
// other than TAB; bare CR and LF are such).
[[nodiscard]] Result<std::string> plain_field_text(std::string_view body);

struct Cfws {
    bool present = false;
    std::string_view comment;  // the last one, without its parentheses, as written
};

// `what` is not as the grammar has it.
[[nodiscard]] inline std::unexpected<Error> syntax_error(std::string_view what) {
    return fail(errc::syntax, std::string(what));
}

// [CFWS]; an unclosed comment, or one of more than 50 levels, is an error.
[[nodiscard]] Result<Cfws> skip_cfws(std::string_view text, std::size_t& at);

// A comment's text as it is read: quoted pairs undone.
[[nodiscard]] std::string unescape(std::string_view text);

// quoted-string without CFWS around it; text[at] is its opening quote. Gives the unquoted text.
[[nodiscard]] Result<std::string> quoted_string(std::string_view text, std::size_t& at);

}  // namespace decorum::message
