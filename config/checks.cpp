// The readers and checks of single values. Invariant: each is total, whatever octets it is given, and linear
// in their number but for `nearest`, which looks at short words only.
#include "config/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <vector>

#include "config/store_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/ip.hpp"

namespace decorum::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array duration_units{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"min", 60'000},
                                    Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array size_units{
    Unit{"B", 1},           Unit{"kB", 1'000},         Unit{"KiB", 1'024},        Unit{"MB", 1'000'000},
    Unit{"MiB", 1'048'576}, Unit{"GB", 1'000'000'000}, Unit{"GiB", 1'073'741'824}};

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{}) return std::nullopt;
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const Unit& unit : units) {
        if (unit.name != name) continue;
        if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit.factor)
            return std::nullopt;
        return count * unit.factor;
    }
    return std::nullopt;
}

// With the largest of the given units that leaves no rest.
std::string render_quantity(std::uint64_t value, std::span<const Unit> units) {
    const Unit* best = &units.front();
    for (const Unit& unit : units)
        if (value % unit.factor == 0 && value >= unit.factor && unit.factor > best->factor) best = &unit;
    return fmt::format("{}{}", value / best->factor, best->name);
}

constexpr std::size_t max_quoted_octets = 80;
constexpr std::size_t max_word_octets = 40;

void append_printable(std::string& out, std::string_view text) {
    for (char c : text) {
        if (ascii::is_control(c) || static_cast<unsigned char>(c) > 0x7e)
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
        else
            out.push_back(c);
    }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (ascii::to_lower(a[i]) == ascii::to_lower(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

// Fields that others write. A prefix that covers one of them would remove it from every message: all fields
// that begin with the prefix and a hyphen are taken for forged ones.
constexpr auto foreign_fields = std::to_array<std::string_view>({"Accept-Language",
                                                                 "Approved",
                                                                 "Archived-At",
                                                                 "Auto-Submitted",
                                                                 "Autocrypt",
                                                                 "Bcc",
                                                                 "BIMI-Selector",
                                                                 "Bounces-To",
                                                                 "Cc",
                                                                 "Comments",
                                                                 "Date",
                                                                 "Deferred-Delivery",
                                                                 "Delivered-To",
                                                                 "Delivery-Date",
                                                                 "Disposition-Notification-To",
                                                                 "DomainKey-Signature",
                                                                 "Encrypted",
                                                                 "Envelope-To",
                                                                 "Errors-To",
                                                                 "Expires",
                                                                 "Face",
                                                                 "Feedback-ID",
                                                                 "From",
                                                                 "Importance",
                                                                 "In-Reply-To",
                                                                 "Keywords",
                                                                 "Language",
                                                                 "Lines",
                                                                 "Mail-Followup-To",
                                                                 "Mailing-List",
                                                                 "Message-ID",
                                                                 "Newsgroups",
                                                                 "Old-Subject",
                                                                 "Organization",
                                                                 "Original-Recipient",
                                                                 "Path",
                                                                 "PICS-Label",
                                                                 "Precedence",
                                                                 "Priority",
                                                                 "References",
                                                                 "Reply-To",
                                                                 "Require-Recipient-Valid-Since",
                                                                 "Return-Path",
                                                                 "Sender",
                                                                 "Sensitivity",
                                                                 "Sent",
                                                                 "SIO-Label",
                                                                 "Status",
                                                                 "Subject",
                                                                 "Supersedes",
                                                                 "Thread-Topic",
                                                                 "TLS-Required",
                                                                 "To",
                                                                 "User-Agent",
                                                                 "Via",
                                                                 "VBR-Info",
                                                                 "X-Mailer",
                                                                 "X-Message-Flag",
                                                                 "Xref"});
constexpr auto foreign_families = std::to_array<std::string_view>(
    {"ARC", "Authentication", "Content", "DKIM", "List", "MIME", "Received", "Resent"});

// Is `name` the word itself, or does it begin with the word and a hyphen?
bool belongs_to(std::string_view name, std::string_view word) {
    return ascii::starts_with_nocase(name, word) && (name.size() == word.size() || name[word.size()] == '-');
}

bool is_token(std::string_view text, std::string_view punctuation, std::size_t max_octets) {
    return !text.empty() && text.size() <= max_octets &&
           std::ranges::all_of(text, [&](char c) { return ascii::is_alnum(c) || punctuation.contains(c); });
}

// atext = ALPHA / DIGIT / "!" / "#" / …  RFC 5322 §3.2.3; octets above 127 by RFC 6531 §3.3
bool is_dot_atom(std::string_view text) {
    constexpr std::string_view punctuation = ".!#$%&'*+-/=?^_`{|}~";
    return !text.empty() && text.size() <= 64 && text.front() != '.' && text.back() != '.' &&
           std::ranges::all_of(text, [&](char c) {
               return ascii::is_alnum(c) || punctuation.contains(c) || static_cast<unsigned char>(c) > 0x7f;
           });
}

std::string check_url(std::string_view value, std::span<const std::string_view> schemes) {
    for (std::string_view scheme : schemes) {
        if (!value.starts_with(scheme)) continue;
        const std::string_view rest = value.substr(scheme.size());
        const bool clean = std::ranges::none_of(rest, [](char c) {
            return ascii::is_control(c) || c == ' ' || static_cast<unsigned char>(c) > 0x7e;
        });
        if (clean && !rest.empty() && rest.front() != '/' && !rest.substr(0, rest.find('/')).contains('@'))
            return {};
        return fmt::format("a URL such as \"{}host.example\", in ASCII, without a user or password in it",
                           scheme);
    }
    return fmt::format("a URL that begins with {}, not {}", enumerate(schemes), in_quotes(value));
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    const auto milliseconds = parse_quantity(text, duration_units);
    if (!milliseconds) return std::nullopt;
    return Duration(static_cast<Duration::rep>(*milliseconds));
}

std::string render_duration(Duration duration) {
    return render_quantity(static_cast<std::uint64_t>(std::max<Duration::rep>(duration.count(), 0)),
                           duration_units);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_quantity(text, size_units);
}

std::string render_size(std::uint64_t octets) {
    constexpr std::array binary{size_units[0], size_units[2], size_units[4], size_units[6]};
    return render_quantity(octets, binary);
}

std::optional<Rate> parse_rate(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    Rate rate;
    const std::string_view number = text.substr(0, slash);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate.requests);
    if (error != std::errc{} || end != number.data() + number.size() || rate.requests == 0)
        return std::nullopt;
    const std::string_view unit = text.substr(slash + 1);
    if (unit.empty() || !ascii::is_alpha(unit.front())) return std::nullopt;
    const auto per = parse_duration(fmt::format("1{}", unit));
    if (!per || *per < std::chrono::seconds{1}) return std::nullopt;
    rate.per = *per;
    return rate;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    append_printable(out, text.substr(0, max_quoted_octets));
    out.append(text.size() > max_quoted_octets ? "...\"" : "\"");
    return out;
}

std::string printable(std::string_view text) {
    std::string out;
    append_printable(out, text);
    return out;
}

std::string enumerate(std::span<const std::string_view> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out.append(i + 1 == words.size() ? " or " : ", ");
        out.append("\"").append(words[i]).append("\"");
    }
    return out;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.size() > max_word_octets) return {};
    std::string_view best;
    std::size_t best_distance =
        std::min<std::size_t>(word.size() / 3 + 1, 3);  // further away is another word
    for (std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance >= best_distance && !(best.empty() && distance == best_distance)) continue;
        best = candidate;
        best_distance = distance;
    }
    if (!best.empty()) return best;
    // A secret written where the name of its file belongs: token for token_file.
    for (std::string_view candidate : candidates)
        if (!word.empty() && candidate.size() > word.size() + 1 && candidate[word.size()] == '_' &&
            ascii::starts_with_nocase(candidate, word))
            return candidate;
    return {};
}

std::string check_host_name(std::string_view value) {
    if (is_host_name(value)) return {};
    return fmt::format("a host or domain name in ASCII such as \"mx.example.org\", not {}", in_quotes(value));
}

std::string check_mail_domain(std::string_view value) {
    if (is_host_name(canonical_domain(value))) return {};
    return fmt::format("a domain name such as \"example.org\", not {}", in_quotes(value));
}

std::string check_section_name(std::string_view value) {
    if (is_token(value, "-_.", 64)) return {};
    return fmt::format("a name of letters, digits, hyphens, underscores and dots, not {}", in_quotes(value));
}

std::string check_log_target(std::string_view value) {
    const bool clean = std::ranges::none_of(value, ascii::is_control);
    return !value.empty() && clean ? std::string{} : "\"stderr\", \"journald\" or the path of a file";
}

std::string check_bind(std::string_view value) {
    const auto endpoint = Endpoint::parse(value);
    if (endpoint && (endpoint->is_unix() || IpAddress::parse(endpoint->host))) return {};
    return fmt::format("\"ADDRESS:PORT\", \"[V6-ADDRESS]:PORT\" or \"unix:/PATH\", not {}{}",
                       in_quotes(value),
                       endpoint ? " (an address, not a name)" : " (" + endpoint.error().detail + ")");
}

std::string check_peer(std::string_view value) {
    if (value == "unix" || IpPrefix::parse(value)) return {};
    return fmt::format("an address, a prefix such as \"192.0.2.0/24\", or \"unix\", not {}",
                       in_quotes(value));
}

std::string check_network(std::string_view value) {
    if (IpPrefix::parse(value)) return {};
    return fmt::format("an address, or a prefix such as \"192.0.2.0/24\", not {}", in_quotes(value));
}

std::string check_upstream_address(std::string_view value) {
    const auto endpoint = Endpoint::parse(value);
    if (endpoint && (endpoint->is_unix() || endpoint->port != 0)) return {};
    return fmt::format("\"HOST:PORT\", \"[V6-ADDRESS]:PORT\" or \"unix:/PATH\", not {}{}", in_quotes(value),
                       endpoint ? " (the port is from 1 to 65535)" : " (" + endpoint.error().detail + ")");
}

std::string check_prefix(std::string_view value) {
    if (!is_token(value, "-", 40) || !ascii::is_alpha(value.front()))
        return fmt::format("a letter, then up to 39 letters, digits and hyphens, not {}", in_quotes(value));
    for (std::string_view field : foreign_fields)
        if (belongs_to(field, value))
            return fmt::format("a name of our own: {} would remove the field {} from every message",
                               in_quotes(value), field);
    for (std::string_view family : foreign_families)
        if (belongs_to(value, family))
            return fmt::format("a name of our own: {} is one of the fields {}-...", in_quotes(value), family);
    return {};
}

std::string check_authserv_id(std::string_view value) {
    // authserv-id = value, a token or quoted string  RFC 8601 §2.2; what servers write is a token
    const bool ok = !value.empty() && value.size() <= 253 && std::ranges::none_of(value, [](char c) {
        return ascii::is_control(c) || std::string_view(" ;,=()<>\"\\").contains(c);
    });
    return ok ? std::string{}
              : fmt::format("the name your mail server writes after \"Authentication-Results:\", not {}",
                            in_quotes(value));
}

std::string check_display_text(std::string_view value) {
    const bool clean = std::ranges::none_of(value, ascii::is_control);
    if (clean && !ascii::trim(value).empty() && value.size() <= 200) return {};
    return fmt::format("a name of at most 200 octets, not {}", in_quotes(value));
}

std::string check_recipient(std::string_view value) {
    const std::size_t at = value.rfind('@');
    if (at != std::string_view::npos && is_host_name(canonical_domain(value.substr(at + 1))) &&
        (at == 0 || is_dot_atom(value.substr(0, at))))
        return {};
    return fmt::format("an address such as \"jane@example.org\" or a domain such as \"@example.org\", not {}",
                       in_quotes(value));
}

std::string check_local_part(std::string_view value) {
    if (is_dot_atom(value)) return {};
    return fmt::format("what stands before the @ of an address, such as \"postmaster\", not {}",
                       in_quotes(value));
}

std::string check_store_url(std::string_view value) {
    if (value == "memory:") return {};
    if (value.starts_with("sqlite:") && std::ranges::none_of(value, ascii::is_control)) return {};
    if (!is_redis_url(value))
        return fmt::format(
            "\"sqlite:\" (in state_dir), \"sqlite:PATH\", \"memory:\" or \"redis://HOST\", not {}",
            value.contains('@') ? std::string("this") : in_quotes(value));
    const auto redis = parse_redis_url(value);
    return redis ? std::string{} : redis.error().detail;
}

std::string check_base_url(std::string_view value) {
    constexpr std::array<std::string_view, 5> schemes{"https://", "http://", "ldaps://", "ldap://",
                                                      "ldapi://"};
    return check_url(value, schemes);
}

std::string check_web_url(std::string_view value) {
    constexpr std::array<std::string_view, 1> schemes{"https://"};
    return check_url(value, schemes);
}

std::string check_proxy_url(std::string_view value) {
    constexpr std::array<std::string_view, 1> schemes{"http://"};
    return check_url(value, schemes);
}

std::string check_short_text(std::string_view value) {
    if (value.size() <= 200 && std::ranges::none_of(value, ascii::is_control)) return {};
    return fmt::format("a text of one line and at most 200 octets, not {}", in_quotes(value));
}

std::optional<Sender> parse_sender(std::string_view text) {
    Sender sender;
    std::string_view address = ascii::trim(text);
    if (address.ends_with('>')) {
        const std::size_t open = address.rfind('<');
        if (open == std::string_view::npos) return std::nullopt;
        std::string_view name = ascii::trim(address.substr(0, open));
        if (name.size() > 1 && name.starts_with('"') && name.ends_with('"'))
            name = name.substr(1, name.size() - 2);
        if (!name.empty() && !check_display_text(name).empty()) return std::nullopt;
        sender.name = name;
        address = address.substr(open + 1, address.size() - open - 2);
    }
    const std::size_t at = address.find('@');
    if (at == std::string_view::npos || at == 0 || at > max_sender_local_part) return std::nullopt;
    sender.local_part = ascii::lower(address.substr(0, at));
    sender.domain = ascii::lower(address.substr(at + 1));
    const bool plain = std::ranges::all_of(
        sender.local_part, [](char c) { return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.'; });
    if (!plain || sender.local_part.starts_with('.') || sender.local_part.ends_with('.') ||
        sender.local_part.find("..") != std::string::npos || sender.domain.empty() ||
        !check_host_name(sender.domain).empty())
        return std::nullopt;
    return sender;
}

std::string check_sender(std::string_view value) {
    if (value.empty() || parse_sender(value)) return {};
    return fmt::format(
        "\"NAME <ADDRESS>\" or \"ADDRESS\", with at most {} letters, digits, dots or hyphens before the @, "
        "not "
        "{}",
        max_sender_local_part, in_quotes(value));
}

std::string check_rate(std::string_view value) {
    if (value.empty() || parse_rate(value)) return {};
    return fmt::format("a number of requests for a time, such as \"100/h\" (s, min, h, d), not {}",
                       in_quotes(value));
}

std::string check_tier(std::string_view value) {
    if (value.empty() || value == "S" || value == "A" || value == "B" || value == "C") return {};
    return fmt::format("\"S\", \"A\", \"B\" or \"C\", not {}", in_quotes(value));
}

std::string check_dns_server(std::string_view value) {
    const auto with_port = Endpoint::parse(value);
    if (IpAddress::parse(value) || (with_port && with_port->port != 0 && IpAddress::parse(with_port->host)))
        return {};
    return fmt::format("\"ADDRESS\" or \"ADDRESS:PORT\", not {}", in_quotes(value));
}

}  // namespace decorum::config
