// Decoding and encoding of PROXY headers. The specification's names and sections are those of HAProxy's
// doc/proxy-protocol.txt, version 2.
//
// proxy1  = "PROXY" SP ("TCP4" SP ip4 SP ip4 SP port SP port / "TCP6" SP ip6 SP ip6 SP port SP port
//           / "UNKNOWN" *OCTET) CRLF                                      ; at most 107 octets, §2.1
// proxy2  = signature ver_cmd fam len *OCTET                              ; §2.2
#include "gateway/net/proxy_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "gateway/base/ascii.hpp"
#include "gateway/net/socket_stream.hpp"

namespace decorum::net {
namespace {
constexpr std::size_t max_v1_octets = 107;
constexpr std::string_view v1_start = "PROXY ";
constexpr std::string_view v2_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v2_fixed_octets = 16;

constexpr std::uint8_t v2_local = 0x20;  // version 2, command LOCAL
constexpr std::uint8_t v2_proxy = 0x21;
constexpr std::uint8_t family_unspec = 0x0, family_inet = 0x1, family_inet6 = 0x2, family_unix = 0x3;
constexpr std::uint8_t transport_unspec = 0x0, transport_stream = 0x1;
constexpr std::size_t inet_octets = 12, inet6_octets = 36, unix_octets = 216;

std::uint8_t octet_at(std::string_view octets, std::size_t index) {
    return static_cast<std::uint8_t>(octets[index]);
}
std::uint16_t number_at(std::string_view octets, std::size_t index) {
    return static_cast<std::uint16_t>(octet_at(octets, index) << 8 | octet_at(octets, index + 1));
}

// port = "0" / %x31-39 *4DIGIT ; no leading zero, at most 65535
bool parse_port(std::string_view digits, std::uint16_t& port) {
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return false;
    if (!std::ranges::all_of(digits, ascii::is_digit)) return false;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return error == std::errc() && end == digits.data() + digits.size();
}

bool parse_address(std::string_view text, bool v4, IpAddress& address) {
    // The notation is what the family says: "::ffff:192.0.2.1" stands under TCP6.
    if (text.contains(':') == v4) return false;
    const auto parsed = IpAddress::parse(text);
    if (parsed) address = *parsed;
    return parsed.has_value();
}

std::string_view next_word(std::string_view& rest) {
    const std::size_t space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    return word;
}

ProxyOutcome parse_v1(std::string_view octets) {
    const std::size_t common = std::min(octets.size(), v1_start.size());
    if (octets.substr(0, common) != v1_start.substr(0, common)) return ProxyFault{"not a PROXY header"};
    const std::string_view window = octets.substr(0, max_v1_octets);
    const std::size_t lf = window.find('\n');
    if (lf == std::string_view::npos) {
        if (octets.size() >= max_v1_octets) return ProxyFault{"version 1: the line is too long"};
        // Whoever does not end the line with CRLF is told at once, not when the time is up.
        const std::size_t cr = window.find('\r');
        if (cr != std::string_view::npos && cr + 1 < window.size())
            return ProxyFault{"version 1: CR without LF"};
        return ProxyNeedInput{};
    }
    if (lf == 0 || window[lf - 1] != '\r') return ProxyFault{"version 1: LF without CR"};
    std::string_view line = window.substr(0, lf - 1);
    if (line.contains('\r')) return ProxyFault{"version 1: CR without LF"};
    if (line.size() < v1_start.size()) return ProxyFault{"version 1: no family"};
    line.remove_prefix(v1_start.size());
    ProxyHeader header{.consumed = lf + 1, .client = std::nullopt};
    const std::string_view family = next_word(line);
    if (family == "UNKNOWN") return header;
    if (family != "TCP4" && family != "TCP6") return ProxyFault{"version 1: unknown family"};
    const bool v4 = family == "TCP4";
    Peer client;
    IpAddress destination;
    std::uint16_t destination_port = 0;
    const std::string_view source_text = next_word(line), destination_text = next_word(line);
    const std::string_view source_port_text = next_word(line);
    if (!parse_address(source_text, v4, client.address) || !parse_address(destination_text, v4, destination))
        return ProxyFault{"version 1: not an address"};
    if (!parse_port(source_port_text, client.port) || !parse_port(line, destination_port))
        return ProxyFault{"version 1: not a port"};
    header.client = client;
    return header;
}

ProxyOutcome parse_v2(std::string_view octets) {
    const std::size_t common = std::min(octets.size(), v2_signature.size());
    if (octets.substr(0, common) != v2_signature.substr(0, common)) return ProxyFault{"not a PROXY header"};
    if (octets.size() <= v2_signature.size()) return ProxyNeedInput{};
    const std::uint8_t command = octet_at(octets, 12);
    if (command != v2_local && command != v2_proxy)
        return ProxyFault{"version 2: unknown version or command"};
    if (octets.size() < v2_fixed_octets) return ProxyNeedInput{};
    const std::size_t body_octets = number_at(octets, 14);
    if (v2_fixed_octets + body_octets > max_proxy_header_octets)
        return ProxyFault{"version 2: the header is too long"};
    ProxyHeader header{.consumed = v2_fixed_octets + body_octets, .client = std::nullopt};
    const std::uint8_t family = octet_at(octets, 13) >> 4, transport = octet_at(octets, 13) & 0x0f;
    if (command == v2_proxy) {
        if (family > family_unix || transport > 0x2) return ProxyFault{"version 2: unknown family"};
        const std::size_t needed = family == family_inet    ? inet_octets
                                   : family == family_inet6 ? inet6_octets
                                   : family == family_unix  ? unix_octets
                                                            : 0;
        if (body_octets < needed) return ProxyFault{"version 2: the addresses are cut short"};
    }
    if (octets.size() < header.consumed) return ProxyNeedInput{};
    // UNSPEC, and datagrams, which we could not have been sent: the connection stands for itself.
    if (command == v2_local || family == family_unspec || transport != transport_stream) return header;
    const std::string_view body = octets.substr(v2_fixed_octets, body_octets);
    Peer client;
    if (family == family_inet) {
        std::array<std::uint8_t, 4> v4;
        for (std::size_t i = 0; i < v4.size(); ++i) v4[i] = octet_at(body, i);
        client.address = IpAddress::from_v4(v4);
        client.port = number_at(body, 8);
    } else if (family == family_inet6) {
        std::array<std::uint8_t, 16> v6;
        for (std::size_t i = 0; i < v6.size(); ++i) v6[i] = octet_at(body, i);
        client.address = IpAddress(v6);
        client.port = number_at(body, 32);
    } else {
        client.local = true;  // on the proxy's machine, which tells us nothing of whom to trust
        client.anonymous = true;
    }
    header.client = client;
    return header;
}

bool one_family(const Peer& client, const Peer& server) {
    return !client.anonymous && !client.local && !server.local &&
           client.address.is_v4() == server.address.is_v4();
}

void append_number(std::string& out, std::uint16_t number) {
    out += static_cast<char>(number >> 8);
    out += static_cast<char>(number & 0xff);
}

void append_address(std::string& out, const IpAddress& address) {
    const auto& octets = address.octets();
    out.append(octets.begin() + (address.is_v4() ? 12 : 0), octets.end());
}
}  // namespace

ProxyOutcome parse_proxy_header(std::string_view octets) {
    if (octets.empty()) return ProxyNeedInput{};
    return octets.front() == v1_start.front() ? parse_v1(octets) : parse_v2(octets);
}

std::string proxy_header_v1(const Peer& client, const Peer& server) {
    if (!one_family(client, server)) return "PROXY UNKNOWN\r\n";
    return fmt::format("PROXY {} {} {} {} {}\r\n", client.address.is_v4() ? "TCP4" : "TCP6",
                       client.address.text(), server.address.text(), client.port, server.port);
}

std::string proxy_header_v2(const Peer& client, const Peer& server) {
    std::string out(v2_signature);
    if (!one_family(client, server)) {
        out += static_cast<char>(v2_local);
        out += static_cast<char>(family_unspec << 4 | transport_unspec);
        append_number(out, 0);
        return out;
    }
    const bool v4 = client.address.is_v4();
    out += static_cast<char>(v2_proxy);
    out += static_cast<char>((v4 ? family_inet : family_inet6) << 4 | transport_stream);
    append_number(out, v4 ? inet_octets : inet6_octets);
    append_address(out, client.address);
    append_address(out, server.address);
    append_number(out, client.port);
    append_number(out, server.port);
    return out;
}

Task<Result<>> read_proxy_header(SocketStream& stream, Milliseconds limit) {
    const auto until = SteadyClock::now() + bounded(limit);
    std::string header;
    std::string scratch(max_proxy_header_octets, '\0');
    for (;;) {
        const auto left = std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
        if (auto waiting = co_await stream.wait_readable(left); !waiting) co_return waiting;
        const auto seen = stream.peek(scratch);
        if (!seen) co_return std::unexpected(seen.error());
        const std::size_t before = header.size();
        header.append(scratch, 0, *seen);
        const ProxyOutcome outcome = parse_proxy_header(header);
        if (const auto* fault = std::get_if<ProxyFault>(&outcome))
            co_return fail(errc::syntax, std::string(fault->reason));
        const auto* found = std::get_if<ProxyHeader>(&outcome);
        // Takes out of the socket what belongs to the header, and nothing else.
        const std::size_t ours = found ? found->consumed - before : *seen;
        if (ours > 0) {
            const auto taken = stream.try_read(std::span(scratch).first(ours));
            if (!taken) co_return std::unexpected(taken.error());
            if (*taken != ours) co_return fail(errc::reset, "octets that were there are gone");
        }
        if (found) {
            Peer client = stream.peer();
            client.anonymous = true;
            if (found->client) client = *found->client;
            stream.set_peer(client);
            co_return Result<>();
        }
    }
}

}  // namespace decorum::net
