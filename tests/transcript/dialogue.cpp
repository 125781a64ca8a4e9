// The head is read key by key; a key or word that is not known is an error, so that no dialogue tests less
// than it says.
#include "tests/transcript/dialogue.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>

#include "gateway/base/ascii.hpp"
#include "tests/support/session/world.hpp"

namespace decorum::test {
namespace {

using std::string_view;

constexpr string_view default_extensions =
    "PIPELINING, SIZE 10240000, 8BITMIME, SMTPUTF8, DSN, ENHANCEDSTATUSCODES";

constexpr string_view default_capabilities =
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN AUTH=GSSAPI";

std::vector<std::string> split(string_view text, char separator) {
    std::vector<std::string> parts;
    for (bool more = true; more;) {
        const std::size_t at = text.find(separator);
        more = at != string_view::npos;
        parts.emplace_back(ascii::trim(text.substr(0, at)));
        if (more) text.remove_prefix(at + 1);
    }
    return parts;
}

template <class Word>
Word word(string_view text, std::initializer_list<std::pair<string_view, Word>> words) {
    for (const auto& [name, value] : words)
        if (name == text) return value;
    throw std::runtime_error(fmt::format("unknown word '{}'", text));
}

std::uint64_t number(string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error(fmt::format("'{}' is no number", text));
    return value;
}

Milliseconds milliseconds(string_view text) {
    if (!text.ends_with("ms")) throw std::runtime_error("a time is so many ms");
    return Milliseconds(number(text.substr(0, text.size() - 2)));
}

bool yes(string_view text) {
    return word<bool>(text, {{"yes", true}, {"no", false}});
}

config::Protocol protocol_of(string_view text) {
    return word<config::Protocol>(text, {{"smtp", config::Protocol::smtp},
                                         {"lmtp", config::Protocol::lmtp},
                                         {"imap", config::Protocol::imap}});
}

config::TlsMode tls_of(string_view text) {
    return word<config::TlsMode>(text, {{"none", config::TlsMode::none},
                                        {"starttls", config::TlsMode::starttls},
                                        {"implicit", config::TlsMode::implicit}});
}

void add_person(Dialogue& out, string_view text) {
    const auto parts = split(text, '|');
    if (parts.size() != 5) throw std::runtime_error("a person has five parts");
    const auto tier = profile::tier_from(parts[4]);
    if (!tier) throw std::runtime_error("unknown tier");
    out.people.emplace_back(
        parts[0], Person{.name = parts[1], .headline = parts[2], .organisation = parts[3], .tier = *tier});
}

using Set = std::function<void(Dialogue&, string_view)>;

config::Listener& listener(Dialogue& out) {
    return out.settings.listeners.front();
}
config::Upstream& upstream(Dialogue& out) {
    return out.settings.upstreams.at("out");
}

const std::map<string_view, Set>& keys() {
    using config::Limits;
    using config::Timeouts;
    const auto limit = [](std::uint64_t Limits::* member) -> Set {
        return [member](Dialogue& out, string_view text) { out.settings.limits.*member = number(text); };
    };
    const auto timeout = [](config::Duration Timeouts::* member) -> Set {
        return
            [member](Dialogue& out, string_view text) { out.settings.timeouts.*member = milliseconds(text); };
    };
    static const std::map<string_view, Set> known{
        {"protocol",
         [](Dialogue& out, string_view text) {
             out.settings = session_settings(protocol_of(text));
             if (listener(out).protocol == config::Protocol::imap)
                 out.extensions = split(default_capabilities, ' ');
         }},
        {"annotate", [](Dialogue& out, string_view text) { out.settings.imap.annotate = yes(text); }},
        {"block", [](Dialogue& out, string_view text) { out.settings.imap.block = number(text); }},
        {"epoch",
         [](Dialogue& out, string_view text) { out.imap_epoch = static_cast<std::uint32_t>(number(text)); }},
        {"autologout",
         [](Dialogue& out, string_view text) { out.settings.imap.autologout = milliseconds(text); }},
        {"forward_address",
         [](Dialogue& out, string_view text) { upstream(out).forward_address = yes(text); }},
        {"policy",
         [](Dialogue& out, string_view text) {
             listener(out).policy = word<config::Policy>(text, {{"inbound", config::Policy::inbound},
                                                                {"outbound", config::Policy::outbound},
                                                                {"pass", config::Policy::pass}});
         }},
        {"position",
         [](Dialogue& out, string_view text) {
             listener(out).position =
                 word<config::Position>(text, {{"delivery", config::Position::delivery},
                                               {"filter", config::Position::filter},
                                               {"front", config::Position::front},
                                               {"submission", config::Position::submission}});
         }},
        {"malformed",
         [](Dialogue& out, string_view text) {
             listener(out).malformed =
                 word<config::Malformed>(text, {{"refuse", config::Malformed::refuse},
                                                {"normalize", config::Malformed::normalize},
                                                {"pass", config::Malformed::pass}});
         }},
        {"tls", [](Dialogue& out, string_view text) { listener(out).tls = tls_of(text); }},
        {"trusted", [](Dialogue& out, string_view text) { listener(out).trusted_peers.emplace_back(text); }},
        {"peer", [](Dialogue& out, string_view text) { out.peer.address = IpAddress::parse(text).value(); }},
        {"deadline", [](Dialogue& out, string_view text) { listener(out).deadline = milliseconds(text); }},
        {"require",
         [](Dialogue& out, string_view text) {
             out.settings.annotate.require = word<config::Require>(
                 text, {{"authenticated", config::Require::authenticated}, {"none", config::Require::none}});
         }},
        {"visible",
         [](Dialogue& out, string_view text) {
             out.settings.annotate.visible = word<config::VisibleTag>(
                 text, {{"from", config::VisibleTag::from}, {"subject", config::VisibleTag::subject}});
         }},
        {"outlook_flag",
         [](Dialogue& out, string_view text) { out.settings.annotate.outlook_flag = yes(text); }},
        {"exclude", [](Dialogue& out,
                       string_view text) { out.settings.annotate.exclude_recipients.emplace_back(text); }},
        {"own_name",
         [](Dialogue& out, string_view text) { out.settings.annotate.own_names.emplace_back(text); }},
        {"own_domain",
         [](Dialogue& out, string_view text) { out.settings.outbound.domains.emplace_back(text); }},
        {"charter",
         [](Dialogue& out, string_view text) {
             out.charter = word<string_view>(
                 text, {{"audit", text}, {"notice", text}, {"confirm", text}, {"block", text}});
         }},
        {"person", add_person},
        {"people",
         [](Dialogue& out, string_view text) {
             out.mood = word<People::Mood>(
                 text, {{"silent", People::Mood::silent}, {"failing", People::Mood::failing}});
         }},
        {"upstream",
         [](Dialogue& out, string_view text) {
             out.extensions = text == "none" ? std::vector<std::string>{} : split(text, ',');
         }},
        {"upstream_tls", [](Dialogue& out, string_view text) { upstream(out).tls = tls_of(text); }},
        {"upstream_verify",
         [](Dialogue& out, string_view text) {
             upstream(out).verify =
                 word<config::TlsVerify>(text, {{"none", config::TlsVerify::none},
                                                {"opportunistic", config::TlsVerify::opportunistic},
                                                {"required", config::TlsVerify::required}});
         }},
        {"upstream_verified", [](Dialogue& out, string_view text) { out.upstream_verified = yes(text); }},
        {"send_proxy",
         [](Dialogue& out, string_view text) {
             upstream(out).send_proxy = word<config::SendProxy>(
                 text, {{"v1", config::SendProxy::v1}, {"v2", config::SendProxy::v2}});
         }},
        {"spares", [](Dialogue& out, string_view text) { upstream(out).spares = number(text); }},
        {"max_idle", [](Dialogue& out, string_view text) { upstream(out).max_idle = number(text); }},
        {"handshake", [](Dialogue& out,
                         string_view text) { out.manual_handshake = word<bool>(text, {{"manual", true}}); }},
        {"splits", [](Dialogue& out, string_view text) { out.splits = yes(text); }},
        {"limit.recipients", limit(&Limits::recipients)},
        {"limit.errors", limit(&Limits::errors)},
        {"limit.header", limit(&Limits::header)},
        {"limit.received_fields", limit(&Limits::received_fields)},
        {"limit.message_size", limit(&Limits::message_size)},
        {"limit.command_line", limit(&Limits::command_line)},
        {"limit.auth_line", limit(&Limits::auth_line)},
        {"limit.data_line", limit(&Limits::data_line)},
        {"timeout.command", timeout(&Timeouts::command)},
        {"timeout.greeting", timeout(&Timeouts::greeting)},
        {"timeout.data_block", timeout(&Timeouts::data_block)},
        {"timeout.data_total", timeout(&Timeouts::data_total)},
        {"timeout.data_end", timeout(&Timeouts::data_end)},
    };
    return known;
}

void read_key(Dialogue& out, const std::string& line) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) throw std::runtime_error("expected 'key: value'");
    const auto found = keys().find(string_view(line).substr(0, colon));
    if (found == keys().end()) throw std::runtime_error("unknown key");
    found->second(out, ascii::trim(string_view(line).substr(colon + 2)));
}

// The text of a line as octets, with its CRLF unless a backslash ends it.
std::string unescape(string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out.push_back(text[i]);
            continue;
        }
        if (++i == text.size()) return out;
        switch (text[i]) {
            case 'r': out.push_back('\r'); break;
            case 'n': out.push_back('\n'); break;
            case '0': out.push_back('\0'); break;
            case '\\': out.push_back('\\'); break;
            case 'x': {
                int octet = 0;
                const string_view digits = text.substr(i + 1, 2);
                if (std::from_chars(digits.data(), digits.data() + digits.size(), octet, 16).ec !=
                    std::errc{})
                    throw std::runtime_error("\\x wants two digits");
                out.push_back(static_cast<char>(octet));
                i += 2;
                break;
            }
            default: throw std::runtime_error("unknown escape");
        }
    }
    return out.append("\r\n");
}

// "C2*5000: text", "U-block PATTERN", "drain".
Step read_step(string_view line) {
    Step step;
    const auto take_number = [&line] {
        const std::size_t end = std::min(line.find_first_not_of("0123456789"), line.size());
        const std::uint64_t value = number(line.substr(0, end));
        line.remove_prefix(end);
        return static_cast<std::size_t>(value);
    };
    const bool sided = line.size() > 1 && string_view("CSUR").contains(line[0]) && !ascii::is_lower(line[1]);
    if (sided) {
        step.side = line[0];
        line.remove_prefix(1);
        if (ascii::is_digit(line.front())) step.number = take_number();
        if (line.starts_with('*')) {
            line.remove_prefix(1);
            step.times = take_number();
        }
        if (line.starts_with(':')) {
            line.remove_prefix(1);
            if (line.starts_with(' ')) line.remove_prefix(1);
            step.text = unescape(line);
            return step;
        }
        if (!line.starts_with('-')) throw std::runtime_error("expected ':' or '-'");
        line.remove_prefix(1);
    }
    const std::size_t space = std::min(line.find(' '), line.size());
    step.directive = line.substr(0, space);
    step.text = ascii::trim(line.substr(space));
    return step;
}

// The greeting, and a LOGIN that succeeds, on either side.
std::vector<std::string> login_of(std::string_view client, std::string_view connection) {
    return {fmt::format("S{}: * OK [CAPABILITY {{*}}] mx.example.org ready", client),
            fmt::format("C{}: l LOGIN paul@example.org secret", client),
            fmt::format("U{}: l LOGIN \"paul@example.org\" \"secret\"", connection),
            fmt::format("R{}: l OK [CAPABILITY IMAP4rev1 LITERAL+ IDLE UIDPLUS ENABLE COMPRESS=DEFLATE] in",
                        connection),
            fmt::format("S{}: l OK [CAPABILITY {{*}}] Logged in", client)};
}

// What most dialogues begin with, as the steps that it stands for; empty: `line` is a step of its own.
std::vector<std::string> expanded(const std::string& line, bool lmtp) {
    const auto words = split(line, ' ');
    if (words.front() != "hello" && words.front() != "envelope" && words.front() != "login") return {};
    const std::string client = words.size() > 1 ? words[1] : "1";
    const std::string connection = words.size() > 2 ? words[2] : client;
    if (words.front() == "login") return login_of(client, connection);
    if (words.front() == "hello")
        return {fmt::format("S{}-reply 220", client),
                fmt::format("C{}: {} client.example.net", client, lmtp ? "LHLO" : "EHLO"),
                fmt::format("S{}-reply 250", client)};
    std::vector<std::string> steps;
    const auto exchange = [&](string_view command, string_view reply) {
        steps.push_back(fmt::format("C{}: {}", client, command));
        steps.push_back(fmt::format("U{}: {}", connection, command));
        steps.push_back(fmt::format("R{}: {}", connection, reply));
        steps.push_back(fmt::format("S{}: {}", client, reply));
    };
    exchange("MAIL FROM:<jane@example.net>", "250 2.1.0 Sender Ok");
    exchange("RCPT TO:<paul@example.org>", "250 2.1.5 Recipient Ok");
    exchange("DATA", "354 Go on");
    return steps;
}

}  // namespace

Dialogue read_dialogue(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(fmt::format("{}: can't be read", file.string()));
    Dialogue out;
    out.file = file;
    out.settings = session_settings(config::Protocol::smtp);
    out.peer = outside_peer();
    out.extensions = split(default_extensions, ',');
    bool head = true;
    std::size_t line_number = 0;
    for (std::string line; std::getline(in, line);) {
        ++line_number;
        try {
            if (line.starts_with('#')) continue;
            if (line.empty()) {
                head = false;
            } else if (head) {
                read_key(out, line);
            } else {
                auto lines = expanded(line, listener(out).protocol == config::Protocol::lmtp);
                if (lines.empty()) lines.push_back(line);
                for (const auto& one : lines) {
                    out.steps.push_back(read_step(one));
                    out.steps.back().line = line_number;
                }
            }
        } catch (const std::exception& fault) {
            throw std::runtime_error(
                fmt::format("{}:{}: {}: {}", file.filename().string(), line_number, fault.what(), line));
        }
    }
    if (out.steps.empty()) throw std::runtime_error(fmt::format("{}: no steps", file.string()));
    return out;
}

bool matches(string_view pattern, string_view octets) {
    constexpr string_view any = "{*}";
    const std::size_t at = pattern.find(any);
    if (at == string_view::npos) return pattern == octets;
    if (!octets.starts_with(pattern.substr(0, at))) return false;
    const string_view rest = pattern.substr(at + any.size());
    for (std::size_t skip = at; skip <= octets.size(); ++skip)
        if (matches(rest, octets.substr(skip))) return true;
    return false;
}

}  // namespace decorum::test
