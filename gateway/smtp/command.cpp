// The grammar of commands. See command.hpp for the contract.
//
// Each function takes what it recognises off the front of its argument and leaves the rest; a failure is
// errc::syntax with a fixed text, which a 501 reply may show.
#include "gateway/smtp/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::smtp {
namespace {

constexpr auto verbs = std::to_array<std::pair<Verb, std::string_view>>({
    {Verb::mail, "MAIL"},
    {Verb::rcpt, "RCPT"},
    {Verb::data, "DATA"},
    {Verb::ehlo, "EHLO"},
    {Verb::lhlo, "LHLO"},
    {Verb::helo, "HELO"},
    {Verb::rset, "RSET"},
    {Verb::quit, "QUIT"},
    {Verb::noop, "NOOP"},
    {Verb::starttls, "STARTTLS"},
    {Verb::auth, "AUTH"},
    {Verb::xclient, "XCLIENT"},
    {Verb::xforward, "XFORWARD"},
    {Verb::bdat, "BDAT"},
    {Verb::vrfy, "VRFY"},
    {Verb::expn, "EXPN"},
    {Verb::help, "HELP"},
});

// esmtp-value = 1*(%d33-60 / %d62-126)  RFC 5321 §4.1.2, and UTF8-non-ascii, RFC 6531 §3.3
constexpr auto esmtp_value_octets =
    ascii::OctetSet("").add_range(33, 60).add_range(62, 126).add_range(128, 255);
// xchar: %d33-126 without "+" and "="  RFC 3461 §4
constexpr auto xchars = ascii::OctetSet("").add_range(33, 42).add_range(44, 60).add_range(62, 126);
// sasl-mech = 1*20mech-char: upper case, digits, hyphen, underscore  RFC 4422 §3.1; lower case as RFC 4954
// has it
constexpr auto mechanism_octets =
    ascii::OctetSet("-_").add_range('A', 'Z').add_range('a', 'z').add_range('0', '9');
constexpr auto base64_octets =
    ascii::OctetSet("+/=").add_range('A', 'Z').add_range('a', 'z').add_range('0', '9');

bool all_in(const ascii::OctetSet& set, std::string_view text) {
    return std::ranges::all_of(text, [&set](char c) { return set.contains(c); });
}

void note(std::vector<Quirk>& quirks, Quirk quirk) {
    if (std::ranges::find(quirks, quirk) == quirks.end()) quirks.push_back(quirk);
}

std::size_t take_spaces(std::string_view& rest) {
    const auto count = std::min(rest.find_first_not_of(' '), rest.size());
    rest.remove_prefix(count);
    return count;
}

// The octets up to `stop` outside of quoted strings, or to the end.
// Local-part = Dot-string / Quoted-string  RFC 5321 §4.1.2, with UTF8-non-ascii, RFC 6531 §3.3. Which other
// octets an atom may hold is left to the upstream; here it only has to be certain where the path ends.
Result<std::string_view> take_mailbox(std::string_view& rest, char stop) {
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest.size() && (quoted || rest[i] != stop); ++i) {
        const char c = rest[i];
        if (c == '"') {
            quoted = !quoted;
        } else if (c == '\\') {
            // quoted-pairSMTP = %d92 %d32-126
            if (!quoted || ++i == rest.size()) return fail(errc::syntax, "stray backslash in the address");
        } else if (!quoted && (c == '<' || c == '>' || c == ' ')) {
            return fail(errc::syntax, "malformed address");
        }
    }
    if (quoted) return fail(errc::syntax, "unbalanced quotes in the address");
    const auto mailbox = rest.substr(0, i);
    rest.remove_prefix(i);
    return mailbox;
}

// A-d-l = At-domain *( "," At-domain ); Path = "<" [ A-d-l ":" ] Mailbox ">"  RFC 5321 §4.1.2
// Takes the route and its colon, where there is one.
Result<bool> take_source_route(std::string_view& rest) {
    if (!rest.starts_with('@')) return false;
    while (rest.starts_with('@')) {
        rest.remove_prefix(1);
        if (rest.starts_with('[')) {
            const auto close = rest.find(']');
            if (close == std::string_view::npos) break;
            rest.remove_prefix(close + 1);
        } else {
            const auto end = rest.find_first_of(",:<>\"\\ ");
            if (end == 0 || end == std::string_view::npos) break;
            rest.remove_prefix(end);
        }
        if (rest.starts_with(':')) {
            rest.remove_prefix(1);
            return true;
        }
        if (!rest.starts_with(',')) break;
        rest.remove_prefix(1);
    }
    return fail(errc::syntax, "malformed source route");
}

// Reverse-path = Path / "<>"; Forward-path = Path; "<Postmaster>" without a domain too  RFC 5321 §4.1.1.3
Result<> take_path(std::string_view& rest, ParsedCommand& parsed) {
    std::string_view& path = parsed.command.path;
    const bool bracketed = rest.starts_with('<');
    if (bracketed) {
        rest.remove_prefix(1);
        if (parsed.command.verb == Verb::mail && rest.starts_with('>')) {
            path = rest.substr(0, 0);
            rest.remove_prefix(1);
            return {};
        }
        const auto routed = take_source_route(rest);
        if (!routed) return std::unexpected(routed.error());
        if (*routed) note(parsed.quirks, Quirk::source_route);
    } else {
        note(parsed.quirks, Quirk::missing_brackets);
    }
    const auto mailbox = take_mailbox(rest, bracketed ? '>' : ' ');
    if (!mailbox) return std::unexpected(mailbox.error());
    if (bracketed) {
        if (rest.empty()) return fail(errc::syntax, "unbalanced angle brackets");
        rest.remove_prefix(1);
    }
    if (mailbox->empty() || mailbox->starts_with('@')) return fail(errc::syntax, "empty address");
    if (mailbox->size() > max_path_octets) return fail(errc::syntax, "address too long");
    if (!is_valid_utf8(*mailbox)) return fail(errc::syntax, "address is not UTF-8");
    path = *mailbox;
    return {};
}

// esmtp-param = esmtp-keyword ["=" esmtp-value]; esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
// RFC 5321 §4.1.2
Result<Parameter> esmtp_parameter(std::string_view text) {
    const auto equals = text.find('=');
    Parameter parameter{.keyword = text.substr(0, equals), .value = std::nullopt};
    if (parameter.keyword.empty() || !ascii::is_alnum(parameter.keyword.front()) ||
        !std::ranges::all_of(parameter.keyword, [](char c) { return ascii::is_alnum(c) || c == '-'; }))
        return fail(errc::syntax, "malformed parameter");
    if (equals == std::string_view::npos) return parameter;
    parameter.value = text.substr(equals + 1);
    if (parameter.value->empty() || !all_in(esmtp_value_octets, *parameter.value))
        return fail(errc::syntax, "malformed parameter value");
    return parameter;
}

// xclient-command = XCLIENT 1*( SP attribute-name "=" attribute-value ), values in xtext  Postfix XCLIENT
// Postfix lets "=" stand in a value as it is.
Result<Parameter> attribute(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return fail(errc::syntax, "attribute without value");
    auto parameter = esmtp_parameter(text.substr(0, equals));
    if (!parameter) return parameter;
    parameter->value = text.substr(equals + 1);
    if (parameter->value->empty()) return fail(errc::syntax, "attribute without value");
    if (!decode_xtext(*parameter->value)) return fail(errc::syntax, "attribute value is not xtext");
    return parameter;
}

template <class Parse>
Result<> take_parameters(std::string_view rest, ParsedCommand& parsed, Parse parse) {
    while (!rest.empty()) {
        const auto spaces = take_spaces(rest);
        if (spaces == 0) return fail(errc::syntax, "no space after the address");
        if (spaces > 1) note(parsed.quirks, Quirk::repeated_space);
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(word.size());
        auto parameter = parse(word);
        if (!parameter) return std::unexpected(std::move(parameter.error()));
        parsed.command.parameters.push_back(*parameter);
    }
    return {};
}

// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]; rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters]
// RFC 5321 §4.1.1.2, §4.1.1.3
Result<> parse_envelope(std::string_view rest, ParsedCommand& parsed) {
    const bool mail = parsed.command.verb == Verb::mail;
    const std::string_view prefix = mail ? "FROM:" : "TO:";
    if (take_spaces(rest) > 0) note(parsed.quirks, Quirk::repeated_space);
    if (!ascii::starts_with_nocase(rest, prefix))
        return fail(errc::syntax, mail ? "expected MAIL FROM:<address>" : "expected RCPT TO:<address>");
    rest.remove_prefix(prefix.size());
    if (take_spaces(rest) > 0) note(parsed.quirks, Quirk::space_after_colon);
    if (auto taken = take_path(rest, parsed); !taken) return taken;
    return take_parameters(rest, parsed, esmtp_parameter);
}

// xclient, xforward: the first attribute has no space before it here, the verb's own was taken.
Result<> parse_attributes(std::string_view rest, ParsedCommand& parsed) {
    if (rest.empty()) return fail(errc::syntax, "expected attribute=value");
    if (take_spaces(rest) > 0) note(parsed.quirks, Quirk::repeated_space);
    const auto first = rest.substr(0, rest.find(' '));
    auto parameter = attribute(first);
    if (!parameter) return std::unexpected(std::move(parameter.error()));
    parsed.command.parameters.push_back(*parameter);
    return take_parameters(rest.substr(first.size()), parsed, attribute);
}

// auth-command = "AUTH" SP sasl-mech [SP initial-response]; initial-response = base64 / "="  RFC 4954 §8
Result<> parse_auth(std::string_view rest, ParsedCommand& parsed) {
    if (take_spaces(rest) > 0) note(parsed.quirks, Quirk::repeated_space);
    Parameter auth{.keyword = rest.substr(0, rest.find(' ')), .value = std::nullopt};
    rest.remove_prefix(auth.keyword.size());
    if (auth.keyword.empty() || auth.keyword.size() > 20 || !all_in(mechanism_octets, auth.keyword))
        return fail(errc::syntax, "expected AUTH mechanism");
    if (const auto spaces = take_spaces(rest); spaces > 0) {
        if (spaces > 1) note(parsed.quirks, Quirk::repeated_space);
        if (!all_in(base64_octets, rest)) return fail(errc::syntax, "initial response is not base64");
        auth.value = rest;
    }
    parsed.command.parameters.push_back(auth);
    return {};
}

Result<> parse_argument(ParsedCommand& parsed) {
    const std::string_view argument = parsed.command.argument;
    switch (parsed.command.verb) {
        case Verb::mail:
        case Verb::rcpt: return parse_envelope(argument, parsed);
        case Verb::xclient:
        case Verb::xforward: return parse_attributes(argument, parsed);
        case Verb::auth: return parse_auth(argument, parsed);
        case Verb::helo:
        case Verb::ehlo:
        case Verb::lhlo:
            // Names that are none ("my pc", an address without brackets) are common; the upstream never sees
            // them as ours.
            if (argument.empty()) return fail(errc::syntax, "expected a host name");
            return {};
        case Verb::data:
        case Verb::rset:
        case Verb::quit:
        case Verb::starttls:
            if (!argument.empty()) return fail(errc::syntax, "this command takes no argument");
            return {};
        case Verb::bdat:
        case Verb::noop:
        case Verb::vrfy:
        case Verb::expn:
        case Verb::help:
        case Verb::unknown: break;
    }
    return {};
}

int hex_value(char c) {
    if (ascii::is_digit(c)) return c - '0';
    const char lower = ascii::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<std::string_view> Command::parameter(std::string_view wanted) const {
    for (const Parameter& candidate : parameters)
        if (ascii::equals_nocase(candidate.keyword, wanted)) return candidate.value.value_or("");
    return std::nullopt;
}

Result<ParsedCommand> parse_command(std::string_view line) {
    ParsedCommand parsed;
    Command& command = parsed.command;
    const auto whole = line;
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (line.size() < whole.size()) note(parsed.quirks, Quirk::trailing_space);
    command.keyword = line.substr(0, line.find(' '));
    line.remove_prefix(command.keyword.size());
    if (!line.empty()) line.remove_prefix(1);
    command.argument = line;
    for (const auto& [verb, name] : verbs) {
        if (!ascii::equals_nocase(command.keyword, name)) continue;
        command.verb = verb;
        break;
    }
    if (command.verb == Verb::unknown) return parsed;
    if (std::ranges::any_of(command.argument, ascii::is_control))
        return fail(errc::syntax, "control character in the command");
    if (auto result = parse_argument(parsed); !result) return std::unexpected(std::move(result.error()));
    return parsed;
}

std::string_view name_of(Verb verb) {
    for (const auto& [known, name] : verbs)
        if (known == verb) return name;
    return "unknown";
}

std::string with_size_raised(std::string_view line, std::uint64_t extra_octets) {
    const auto parsed = parse_command(line);
    if (!parsed || parsed->command.verb != Verb::mail) return std::string(line);
    const auto value = parsed->command.parameter("SIZE").value_or("");
    std::uint64_t octets = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), octets);
    if (value.empty() || error != std::errc{} || end != value.data() + value.size() || octets >> 63 != 0)
        return std::string(line);
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t raised = extra_octets > most - octets ? most : octets + extra_octets;
    const auto offset = static_cast<std::size_t>(value.data() - line.data());
    std::string out(line.substr(0, offset));
    out += std::to_string(raised);
    out += line.substr(offset + value.size());
    return out;
}

Result<std::string> decode_xtext(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char octet = text[i];
        if (octet == '+') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
            if (low < 0) return fail(errc::syntax, "malformed xtext");
            octet = static_cast<char>(high * 16 + low);
            i += 2;
            if (ascii::is_control(octet)) return fail(errc::syntax, "control character in xtext");
        } else if (!xchars.contains(octet) && octet != '=') {
            return fail(errc::syntax, "malformed xtext");
        }
        out += octet;
    }
    return out;
}

std::string encode_xtext(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (xchars.contains(c)) {
            out += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        out += '+';
        out += digits[octet >> 4];
        out += digits[octet & 0x0f];
    }
    return out;
}

}  // namespace decorum::smtp
