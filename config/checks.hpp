// What a single value of the configuration may look like, and how it is read: durations, sizes, names,
// addresses. Nothing here knows where a value stands or touches a file.
//
// A check gives an empty string for a value that is right, else a phrase that says what would be right; it
// quotes the value at most in a form that is short and printable.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace decorum::config {

using Check = std::string (*)(std::string_view value);

// duration = 1*DIGIT ("ms" / "s" / "min" / "h" / "d")
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
[[nodiscard]] std::string render_duration(Duration duration);
// size = 1*DIGIT ("B" / "kB" / "MB" / "GB" / "KiB" / "MiB" / "GiB")
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string render_size(std::uint64_t octets);
// rate = 1*DIGIT "/" ("s" / "min" / "h" / "d")
struct Rate {
    std::uint64_t requests = 0;
    Duration per{};
};
[[nodiscard]] std::optional<Rate> parse_rate(std::string_view text);

// Whom our own letters are from: [NAME SP] "<" ADDRESS ">", or ADDRESS. The address is in lower case, and its
// local part leaves room for a token behind it ("decorum+TOKEN", RFC 5321 §4.5.3.1.1).
inline constexpr std::size_t max_sender_local_part = 11;
struct Sender {
    std::string name;  // may be empty
    std::string local_part;
    std::string domain;
};
[[nodiscard]] std::optional<Sender> parse_sender(std::string_view text);

// In quotes, with everything escaped that isn't printable ASCII, cut at 80 octets.
[[nodiscard]] std::string in_quotes(std::string_view text);
// Everything escaped that isn't printable ASCII.
[[nodiscard]] std::string printable(std::string_view text);
// "a", "b" or "c"
[[nodiscard]] std::string enumerate(std::span<const std::string_view> words);
// The candidate that `word` was probably meant to be; empty where none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

[[nodiscard]] std::string check_host_name(std::string_view value);
// In either spelling of names beyond ASCII.
[[nodiscard]] std::string check_mail_domain(std::string_view value);
[[nodiscard]] std::string check_section_name(
    std::string_view value);  // of a listener or upstream: shown in logs
[[nodiscard]] std::string check_log_target(std::string_view value);
[[nodiscard]] std::string check_bind(std::string_view value);
[[nodiscard]] std::string check_peer(std::string_view value);     // CIDR or "unix"
[[nodiscard]] std::string check_network(std::string_view value);  // CIDR
[[nodiscard]] std::string check_upstream_address(std::string_view value);
[[nodiscard]] std::string check_prefix(std::string_view value);  // of our header fields
[[nodiscard]] std::string check_authserv_id(std::string_view value);
[[nodiscard]] std::string check_display_text(std::string_view value);  // a person's or organisation's name
[[nodiscard]] std::string check_recipient(std::string_view value);     // mailbox or "@domain"
[[nodiscard]] std::string check_local_part(std::string_view value);
[[nodiscard]] std::string check_store_url(std::string_view value);
[[nodiscard]] std::string check_base_url(std::string_view value);  // https, or ldap
[[nodiscard]] std::string check_web_url(std::string_view value);
[[nodiscard]] std::string check_ldap_filter(std::string_view value);  // with {address} in it
[[nodiscard]] std::string check_proxy_url(std::string_view value);
[[nodiscard]] std::string check_short_text(std::string_view value);  // of a line; may be empty
[[nodiscard]] std::string check_rate(std::string_view value);        // "100/h", or empty
[[nodiscard]] std::string check_tier(std::string_view value);        // "S", "A", "B", "C", or empty
[[nodiscard]] std::string check_dns_server(std::string_view value);
[[nodiscard]] std::string check_sender(std::string_view value);  // parse_sender(), or empty

}  // namespace decorum::config
