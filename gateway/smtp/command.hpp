// SMTP and LMTP commands: one line in, one Command out (RFC 5321 §4.1, RFC 2033, RFC 4954, Postfix XCLIENT
// and XFORWARD).
//
// The parser validates and points into the line; it builds nothing anew, so a session can forward the line
// as it came, spliced at most in its SIZE parameter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace decorum::smtp {

enum class Verb : std::uint8_t {
    helo,
    ehlo,
    lhlo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    vrfy,
    expn,
    help,
    quit,
    starttls,
    auth,
    xclient,
    xforward,
    unknown,
};

struct Parameter {
    std::string_view keyword;               // as written; compare without case
    std::optional<std::string_view> value;  // after "="
};

// Views point into the parsed line.
struct Command {
    Verb verb = Verb::unknown;
    std::string_view keyword;           // as written
    std::string_view argument;          // everything after the verb and one space, trimmed at its end
    std::string_view path;              // MAIL, RCPT: between the angle brackets, source route left out
    std::vector<Parameter> parameters;  // MAIL, RCPT, XCLIENT, XFORWARD; AUTH: {mechanism, initial response}
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view keyword) const;  // no case
};

// Leniencies, each tested: Postfix takes them all, so a refusal here would lose mail that it would take.
enum class Quirk : std::uint8_t {
    space_after_colon,  // MAIL FROM: <a@b>
    missing_brackets,   // MAIL FROM:a@b
    trailing_space,     // "DATA "
    source_route,       // RCPT TO:<@relay:a@b>
    repeated_space,     // MAIL  FROM:<a@b>  SIZE=1
};

// A path beyond this is refused: RFC 5321 §4.5.3.1.3 asks for 256, UTF-8 and encoded (SRS, VERP) paths are
// found beyond it.
inline constexpr std::size_t max_path_octets = 1000;

struct ParsedCommand {
    Command command;
    std::vector<Quirk> quirks;
};

// errc::syntax with a short reason fit for a 501 reply (it repeats nothing of the line); an unknown verb is
// not an error. `line` is without CRLF. Whether an address or a parameter makes sense is the upstream's
// decision: refused is only what two readers could take apart differently.
[[nodiscard]] Result<ParsedCommand> parse_command(std::string_view line);

[[nodiscard]] std::string_view name_of(Verb verb);

// The line of a MAIL command with its SIZE parameter raised by `extra_octets` (RFC 1870 §6.1); as it was
// where it has none or is not a number below 2^63.
[[nodiscard]] std::string with_size_raised(std::string_view line, std::uint64_t extra_octets);

// xtext = *( xchar / "+" HEXDIG HEXDIG )  RFC 3461 §4. Control characters in the result are refused;
// lower-case digits are taken, and "=" as it is, as Postfix does in the attributes of XCLIENT and XFORWARD.
[[nodiscard]] Result<std::string> decode_xtext(std::string_view text);
[[nodiscard]] std::string encode_xtext(std::string_view text);

}  // namespace decorum::smtp
