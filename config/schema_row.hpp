// How a row of the table of settings is written: row<&Section::member>("key", {traits}, "documentation").
// What follows from the member (its section, its type, the words of an enumeration) is found at compile time.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/schema.hpp"

namespace decorum::config::table {

using std::string_view;

inline constexpr std::uint64_t second = 1'000;
inline constexpr std::uint64_t minute = 60 * second;
inline constexpr std::uint64_t hour = 60 * minute;
inline constexpr std::uint64_t day = 24 * hour;
inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;
inline constexpr std::uint64_t gib = 1024 * mib;

template <class Section>
inline constexpr string_view section_name{};
template <>
inline constexpr string_view section_name<Gateway> = "gateway";
template <>
inline constexpr string_view section_name<Log> = "log";
template <>
inline constexpr string_view section_name<Listener> = "listener";
template <>
inline constexpr string_view section_name<Upstream> = "upstream";
template <>
inline constexpr string_view section_name<Annotate> = "annotate";
template <>
inline constexpr string_view section_name<Limits> = "limits";
template <>
inline constexpr string_view section_name<Timeouts> = "timeouts";
template <>
inline constexpr string_view section_name<Cache> = "cache";
template <>
inline constexpr string_view section_name<Store> = "store";
template <>
inline constexpr string_view section_name<Retention> = "retention";
template <>
inline constexpr string_view section_name<Connector> = "connector";
template <>
inline constexpr string_view section_name<CustomSource> = "connector.custom";
template <>
inline constexpr string_view section_name<Http> = "http";
template <>
inline constexpr string_view section_name<Lookup> = "lookup";
template <>
inline constexpr string_view section_name<Worker> = "worker";
template <>
inline constexpr string_view section_name<Registry> = "registry";
template <>
inline constexpr string_view section_name<OptOut> = "optout";
template <>
inline constexpr string_view section_name<Outbound> = "outbound";
template <>
inline constexpr string_view section_name<Notice> = "notice";
template <>
inline constexpr string_view section_name<Imap> = "imap";
template <>
inline constexpr string_view section_name<Audit> = "audit";
template <>
inline constexpr string_view section_name<Metrics> = "metrics";

// In the order of the enumerators.
template <class Word>
inline constexpr std::array<string_view, 0> words_of{};
template <>
inline constexpr std::array<string_view, 3> words_of<Protocol>{"smtp", "lmtp", "imap"};
template <>
inline constexpr std::array<string_view, 3> words_of<TlsMode>{"none", "starttls", "implicit"};
template <>
inline constexpr std::array<string_view, 3> words_of<TlsVerify>{"none", "opportunistic", "required"};
template <>
inline constexpr std::array<string_view, 3> words_of<Policy>{"inbound", "outbound", "pass"};
template <>
inline constexpr std::array<string_view, 4> words_of<Position>{"delivery", "filter", "front", "submission"};
template <>
inline constexpr std::array<string_view, 3> words_of<Malformed>{"refuse", "normalize", "pass"};
template <>
inline constexpr std::array<string_view, 3> words_of<SendProxy>{"none", "v1", "v2"};
template <>
inline constexpr std::array<string_view, 2> words_of<Require>{"authenticated", "none"};
template <>
inline constexpr std::array<string_view, 3> words_of<Activity>{"clean", "off", "all"};
template <>
inline constexpr std::array<string_view, 3> words_of<VisibleTag>{"none", "from", "subject"};
template <>
inline constexpr std::array<string_view, 3> words_of<AuditSync>{"off", "interval", "message"};
template <>
inline constexpr std::array<string_view, 2> words_of<AuditAddresses>{"pseudonym", "clear"};
template <>
inline constexpr std::array<string_view, 4> words_of<LogLevel>{"debug", "info", "warning", "error"};
template <>
inline constexpr std::array<string_view, 2> words_of<LogFormat>{"json", "text"};

template <class>
struct Parts;
template <class S, class V>
struct Parts<V S::*> {
    using Section = S;
    using Value = V;
};

template <class Value>
consteval Type type_of() {
    if constexpr (std::same_as<Value, bool>)
        return Type::boolean;
    else if constexpr (std::same_as<Value, std::uint64_t>)
        return Type::integer;
    else if constexpr (std::same_as<Value, Duration>)
        return Type::duration;
    else if constexpr (std::same_as<Value, std::string>)
        return Type::text;
    else if constexpr (std::same_as<Value, std::filesystem::path>)
        return Type::path;
    else if constexpr (std::same_as<Value, std::vector<std::string>>)
        return Type::texts;
    else
        return Type::word;
}

// Sections whose settings are taken over at SIGHUP, all but those that say at_start; in other sections, none
// but those that say at_hangup.
template <class Section>
inline constexpr bool reloads = false;
template <>
inline constexpr bool reloads<Log> = true;
template <>
inline constexpr bool reloads<Listener> = true;
template <>
inline constexpr bool reloads<Upstream> = true;
template <>
inline constexpr bool reloads<Annotate> = true;
template <>
inline constexpr bool reloads<Limits> = true;
template <>
inline constexpr bool reloads<Timeouts> = true;

enum class Reload : std::uint8_t { as_section, at_hangup, at_start };

struct Traits {
    Type type{};  // where it is set, overrides what follows from the member: size, file, secret_file, folder
    // Without the braces each row that leaves one out would be a warning.
    // NOLINTBEGIN(readability-redundant-member-init)
    string_view default_text{};
    string_view derived{};
    string_view example{};
    // NOLINTEND(readability-redundant-member-init)
    std::uint64_t minimum = 0;
    std::uint64_t maximum = std::numeric_limits<std::int64_t>::max();
    Check check = nullptr;
    Reload reloadable = Reload::as_section;
    bool effective = true;
};

inline constexpr Reload at_hangup = Reload::at_hangup;  // .reloadable
inline constexpr Reload at_start = Reload::at_start;    // likewise
inline constexpr bool later = false;                    // .effective

template <auto Member>
consteval Setting row(string_view key, Traits traits, string_view doc) {
    using Section = typename Parts<decltype(Member)>::Section;
    using Value = typename Parts<decltype(Member)>::Value;
    static_assert(!section_name<Section>.empty());
    Setting out{};
    out.section = section_name<Section>;
    out.key = key;
    out.type = traits.type == Type::boolean ? type_of<Value>() : traits.type;
    if constexpr (type_of<Value>() == Type::word) {
        static_assert(std::same_as<std::underlying_type_t<Value>, std::uint8_t> && !words_of<Value>.empty());
        out.words = words_of<Value>;
        // An enumeration over an octet may be read and written as that octet.
        out.slot = [](Target target) -> Slot {
            return reinterpret_cast<std::uint8_t*>(&(std::get<Section*>(target)->*Member));
        };
    } else {
        out.slot = [](Target target) -> Slot { return &(std::get<Section*>(target)->*Member); };
    }
    out.default_text = traits.default_text;
    out.derived = traits.derived;
    out.example = traits.example;
    out.required = traits.default_text.empty() && traits.derived.empty();
    out.minimum = traits.minimum;
    out.maximum = traits.maximum;
    out.check = traits.check;
    out.reloadable =
        traits.reloadable == Reload::as_section ? reloads<Section> : traits.reloadable == Reload::at_hangup;
    out.effective = traits.effective;
    out.doc = doc;
    return out;
}

}  // namespace decorum::config::table
