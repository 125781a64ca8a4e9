// One event of the audit log: its kind and its members, as JSON. What each kind holds:
// config/audit.schema.json.
//
// Texts come from anywhere: they are escaped, cut off at max_text_octets, and what is no UTF-8 in them is
// replaced. An event never holds message text, an excerpt, a credential or looked-up content.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace decorum::audit {

enum class Kind : std::uint8_t {
    file,        // the first line of each file
    key,         // the last line under a key
    start,       // a gateway begins to write
    stop,        // and ends
    reload,      // SIGHUP
    lost,        // so many events could not be written before this one
    retention,   // files that were removed because of their age
    intent,      // a message is about to be handed over
    annotation,  // what was said about its author
    outcome,     // what became of it
    finding,     // in the public profile of one of our people
    verdict,     // that a message met
    notice,      // a letter of ours
    override_,   // what people said to it
    erasure,     // somebody is forgotten
};
inline constexpr auto kind_names = std::to_array<std::string_view>(
    {"file", "key", "start", "stop", "reload", "lost", "retention", "intent", "annotation", "outcome",
     "finding", "verdict", "notice", "override", "erasure"});

[[nodiscard]] constexpr std::string_view name_of(Kind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}
[[nodiscard]] std::optional<Kind> kind_named(std::string_view name);

inline constexpr std::size_t max_text_octets = 512;
inline constexpr std::size_t max_listed = 100;  // texts of a list; the rest is left out
inline constexpr int schema_version = 1;        // "v" of each line

class Event {
public:
    explicit Event(Kind kind) : kind_(kind) { members_.reserve(usual_octets); }

    Event& text(std::string_view name, std::string_view value);
    Event& text_unless_empty(std::string_view name, std::string_view value) {
        return value.empty() ? *this : text(name, value);
    }
    Event& number(std::string_view name, std::uint64_t value);
    Event& flag(std::string_view name, bool value);
    Event& texts(std::string_view name, std::span<const std::string> values);
    // `json` is a whole JSON value, on one line.
    Event& value(std::string_view name, std::string_view json);

    [[nodiscard]] Kind kind() const { return kind_; }
    // `,"name":value` for each member.
    [[nodiscard]] std::string_view members() const { return members_; }

private:
    static constexpr std::size_t usual_octets = 384;

    void name(std::string_view name);

    Kind kind_;
    std::string members_;
};

// RFC 8259 §7, with quotation marks.
void append_json_text(std::string& out, std::string_view text);

}  // namespace decorum::audit
