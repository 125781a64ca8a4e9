// An HMAC chain over lines: each line's code covers the line and the code of the line before, so that no line
// can be changed, removed or moved without the key.
//
//   line = `{"v":1,"chain":N,"seq":N,"time":"…","event":"…"` members `,"mac":"` 64 lower-case hex digits `"}`
//   mac  = HMAC-SHA256(key, mac of the line before (32 octets) || the line's octets up to `,"mac":"`)
//
// The first line of a file (event "file") names the key and repeats the code of the line before it, in the
// file before; of the very first line that code is 32 zeros. What a chain can't show is that its end was cut
// off: the anchors in the operational log do.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/audit/event.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"

namespace decorum::audit {

using Moment = std::chrono::sys_time<Milliseconds>;
using Clock = std::function<Moment()>;
[[nodiscard]] Moment clock_now();

struct Key {
    std::string id;  // 8 hex digits that follow from the octets
    Secret octets;
};

// Keys by age: lines are written under the last one, the others are for reading.
class KeyRing {
public:
    static constexpr std::size_t max_file_octets = std::size_t{64} << 10;
    static constexpr std::size_t min_key_octets = 16;

    // One key a line as base64; blank lines and lines that begin with # are passed over.
    [[nodiscard]] static Result<KeyRing> parse(std::string_view octets);
    [[nodiscard]] static Result<KeyRing> read(const std::filesystem::path& file);
    // The same; made with a first key where there is no such file.
    [[nodiscard]] static Result<KeyRing> read_or_make(const std::filesystem::path& file);
    // Appends a new key, and gives its id. A running gateway takes it over at SIGHUP.
    [[nodiscard]] static Result<std::string> renew(const std::filesystem::path& file);

    [[nodiscard]] const Key& current() const { return keys_.back(); }
    [[nodiscard]] const Key* find(std::string_view id) const;

private:
    std::vector<Key> keys_;
};

// The last line of a chain, or of what is known of it.
struct Link {
    std::uint64_t seq = 0;
    Sha256 mac{};
};

class Chain {
public:
    Chain(unsigned number, Link last, Key key);

    // Appends the event's line, with its line end.
    void append(std::string& out, const Event& event, Moment now);

    [[nodiscard]] const Link& last() const { return last_; }
    void rewind(const Link& link) { last_ = link; }  // what came after was not written
    [[nodiscard]] unsigned number() const { return number_; }
    [[nodiscard]] const Key& key() const { return key_; }

private:
    unsigned number_;
    Link last_;
    Key key_;
    HmacSha256 hmac_;
    std::chrono::sys_seconds second_{};
    std::string second_text_;  // "2026-11-23T06:00:00"
};

// What stands in a line, without looking into its members; views into the line.
struct SealedLine {
    unsigned chain = 0;
    std::uint64_t seq = 0;
    std::string_view time;
    std::string_view event;
    std::string_view covered;  // the octets that the code covers
    Sha256 mac{};
};
// `line` without its line end. Nothing: it is none of ours.
[[nodiscard]] std::optional<SealedLine> parse_line(std::string_view line);

[[nodiscard]] Sha256 mac_of(const HmacSha256& key, const Sha256& previous, std::string_view covered);
[[nodiscard]] std::optional<Sha256> mac_from_hex(std::string_view text);

// A member of the line by its name; empty, or nothing: there is none. A text is given up to its first escape,
// which the words that are asked for here don't have. No value can pose as a member: in texts quotation marks
// are escaped.
[[nodiscard]] std::string_view text_member(std::string_view line, std::string_view name);
[[nodiscard]] std::optional<std::uint64_t> number_member(std::string_view line, std::string_view name);

}  // namespace decorum::audit
