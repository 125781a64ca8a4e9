// THE table of settings: every key with its type, default, range, allowed words and meaning. The loader, the
// reference that `decorum config` prints and the shipped decorum.toml all come from it; nothing else knows a
// key by its name.
//
// A row is bound to a member of settings.hpp at compile time, and its section follows from the member's
// class: a row can't stand in the wrong section, nor have the wrong type. Tests walk the table and prove that
// each default reads back as the member's value and that no key stands twice.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "config/checks.hpp"
#include "config/settings.hpp"

namespace decorum::config {

enum class Type : std::uint8_t {
    boolean,
    integer,
    duration,
    size,  // octets: an integer, or a text such as "256KiB"
    text,
    word,            // one of a few
    texts,           // a list
    path,            // made by us where it is absent
    folder,          // must exist where it is named
    file,            // must exist and be readable where it is named
    file_or_folder,  // must exist and be readable where it is named
    secret_file,     // as a file, and nobody else should read it
};

// A section of Settings, and a member of it.
using Target = std::variant<Gateway*, Log*, Listener*, Upstream*, Annotate*, Limits*, Timeouts*, Cache*,
                            Store*, Retention*, Connector*, CustomSource*, Http*, Lookup*, Worker*, Registry*,
                            OptOut*, Outbound*, Notice*, Imap*, Audit*, Metrics*>;
// A word is its index among the allowed ones, which is its enumerator's value.
using Slot = std::variant<bool*, std::uint64_t*, Duration*, std::string*, std::filesystem::path*,
                          std::vector<std::string>*, std::uint8_t*>;

struct Setting {
    std::string_view section;
    std::string_view key;
    Slot (*slot)(Target);
    Type type;
    std::string_view default_text;  // as TOML; empty: none, then `required` or `derived`
    std::string_view derived;       // how the default follows from other settings
    std::string_view example;       // as TOML, where there is no default
    bool required;
    std::uint64_t minimum;  // of integers, of durations in milliseconds, of sizes in octets
    std::uint64_t maximum;
    std::span<const std::string_view> words;
    Check check;      // of a text, of each text of a list, of a path; may be null
    bool reloadable;  // taken over at SIGHUP; else at the next start
    bool effective;   // false: read and checked, but no part of this version uses it
    std::string_view doc;
};

enum class Shape : std::uint8_t { table, list, named };  // [name], [[name]], [name.NAME]

struct SectionInfo {
    std::string_view name;
    Shape shape;
    Target (*of)(Settings&);        // of a table, which every Settings holds once; else null
    std::string_view example_name;  // of a named one
    std::string_view doc;
};

[[nodiscard]] std::span<const Setting> all_settings();
[[nodiscard]] std::span<const SectionInfo> all_sections();
[[nodiscard]] const SectionInfo* find_section(std::string_view name);
[[nodiscard]] const Setting* find_setting(std::string_view section, std::string_view key);

// Every connector there may be.
[[nodiscard]] std::span<const std::string_view> known_connectors();

}  // namespace decorum::config
