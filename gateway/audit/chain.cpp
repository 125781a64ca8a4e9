#include "gateway/audit/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::audit {
namespace {

constexpr std::size_t new_key_octets = 32;
constexpr std::size_t id_digits = 8;
constexpr std::size_t mac_digits = 64;
constexpr std::string_view mac_name = R"(,"mac":")";

Key named(std::string octets) {
    std::string id = to_hex(view_of(sha256({"decorum audit key id", octets}))).substr(0, id_digits);
    return {std::move(id), Secret(std::move(octets))};
}

std::string new_key_line() {
    return to_base64(random_octets(new_key_octets)) + "\n";
}

// Takes `text` off the front.
bool skip(std::string_view& rest, std::string_view text) {
    if (!rest.starts_with(text)) return false;
    rest.remove_prefix(text.size());
    return true;
}

template <class Number>
bool skip_number(std::string_view& rest, Number& value) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc{}) return false;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
}

bool skip_text(std::string_view& rest, std::string_view& text) {
    const std::size_t end = rest.find_first_of("\"\\");
    if (end == std::string_view::npos || rest[end] != '"') return false;
    text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
}

}  // namespace

Moment clock_now() {
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

// ---------------------------------------------------------------------------------------------- keys

Result<KeyRing> KeyRing::parse(std::string_view octets) {
    KeyRing ring;
    while (!octets.empty()) {
        const std::size_t end = std::min(octets.find('\n'), octets.size());
        const std::string_view line = ascii::trim(octets.substr(0, end));
        octets.remove_prefix(std::min(end + 1, octets.size()));
        if (line.empty() || line.starts_with('#')) continue;
        auto key = from_base64(line);
        if (!key || key->size() < min_key_octets)
            return fail(errc::invalid, "not a key: at least 16 octets as base64 on each line");
        ring.keys_.push_back(named(std::move(*key)));
    }
    if (ring.keys_.empty()) return fail(errc::invalid, "there is no key in it");
    return ring;
}

Result<KeyRing> KeyRing::read(const std::filesystem::path& file) {
    const auto octets = read_file(file, max_file_octets);
    if (!octets) return std::unexpected(octets.error());
    auto ring = parse(*octets);
    if (!ring) return fail(ring.error().code, fmt::format("{}: {}", file.string(), ring.error().detail));
    return ring;
}

Result<KeyRing> KeyRing::read_or_make(const std::filesystem::path& file) {
    auto ring = read(file);
    if (ring || ring.error().code != errc::not_found) return ring;
    const auto made = edit_file(file, max_file_octets, [](std::string_view octets) -> Result<std::string> {
        return octets.empty() ? new_key_line() : std::string(octets);  // another process was faster
    });
    if (!made) return std::unexpected(made.error());
    return read(file);
}

Result<std::string> KeyRing::renew(const std::filesystem::path& file) {
    const auto edited = edit_file(file, max_file_octets, [](std::string_view octets) -> Result<std::string> {
        std::string text(octets);
        if (!text.empty() && !text.ends_with('\n')) text.push_back('\n');
        return text + new_key_line();
    });
    if (!edited) return std::unexpected(edited.error());
    const auto ring = read(file);
    if (!ring) return std::unexpected(ring.error());
    return ring->current().id;
}

const Key* KeyRing::find(std::string_view id) const {
    const auto at = std::ranges::find(keys_, id, &Key::id);
    return at == keys_.end() ? nullptr : &*at;
}

// ---------------------------------------------------------------------------------------------- lines

Sha256 mac_of(const HmacSha256& key, const Sha256& previous, std::string_view covered) {
    return key({view_of(previous), covered});
}

std::optional<Sha256> mac_from_hex(std::string_view text) {
    if (text.size() != mac_digits) return std::nullopt;
    Sha256 mac;
    for (std::size_t i = 0; i < mac.size(); ++i) {
        const auto high = ascii::hex_value(text[2 * i]);
        const auto low = ascii::hex_value(text[2 * i + 1]);
        // One text for one value: lower case alone.
        if (!high || !low || ascii::is_upper(text[2 * i]) || ascii::is_upper(text[2 * i + 1]))
            return std::nullopt;
        mac[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return mac;
}

Chain::Chain(unsigned number, Link last, Key key)
    : number_(number), last_(last), key_(std::move(key)), hmac_(key_.octets.reveal()) {}

void Chain::append(std::string& out, const Event& event, Moment now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != second_ || second_text_.empty()) {
        second_ = second;
        second_text_ = to_rfc3339(second);
        second_text_.pop_back();  // Z
    }
    const std::size_t begin = out.size();
    const std::string_view event_name = name_of(event.kind());
    out.append(R"({"v":)");
    ascii::append_decimal(out, schema_version);
    out.append(R"(,"chain":)");
    ascii::append_decimal(out, number_);
    out.append(R"(,"seq":)");
    ascii::append_decimal(out, last_.seq + 1);
    out.append(R"(,"time":")").append(second_text_).push_back('.');
    ascii::append_decimal(out, static_cast<std::uint64_t>((now - second).count()), 3);
    out.append(R"(Z","event":")").append(event_name).push_back('"');
    out.append(event.members());
    last_.mac = mac_of(hmac_, last_.mac, std::string_view(out).substr(begin));
    ++last_.seq;
    out.append(mac_name);
    append_hex(out, view_of(last_.mac));
    out.append("\"}\n");
}

std::optional<SealedLine> parse_line(std::string_view line) {
    constexpr std::size_t tail_octets = mac_name.size() + mac_digits + 2;
    if (line.size() <= tail_octets || !line.ends_with("\"}")) return std::nullopt;
    SealedLine out;
    out.covered = line.substr(0, line.size() - tail_octets);
    std::string_view tail = line.substr(out.covered.size());
    if (!skip(tail, mac_name)) return std::nullopt;
    const auto mac = mac_from_hex(tail.substr(0, mac_digits));
    if (!mac) return std::nullopt;
    out.mac = *mac;
    std::string_view head = out.covered;
    int version = 0;
    if (!skip(head, R"({"v":)") || !skip_number(head, version) || version != schema_version ||
        !skip(head, R"(,"chain":)") || !skip_number(head, out.chain) || !skip(head, R"(,"seq":)") ||
        !skip_number(head, out.seq) || !skip(head, R"(,"time":")") || !skip_text(head, out.time) ||
        !skip(head, R"(,"event":")") || !skip_text(head, out.event))
        return std::nullopt;
    return out;
}

namespace {

// What follows `"name":`; empty: there is no such member.
std::string_view value_of(std::string_view line, std::string_view name) {
    for (std::size_t at = 0; (at = line.find(name, at)) != std::string_view::npos; at += name.size()) {
        const std::size_t end = at + name.size();
        const bool begins = at >= 2 && line[at - 1] == '"' && (line[at - 2] == ',' || line[at - 2] == '{');
        if (begins && line.substr(end).starts_with("\":")) return line.substr(end + 2);
    }
    return {};
}

}  // namespace

std::string_view text_member(std::string_view line, std::string_view name) {
    const std::string_view value = value_of(line, name);
    if (!value.starts_with('"')) return {};
    return value.substr(1, value.find_first_of("\"\\", 1) - 1);
}

std::optional<std::uint64_t> number_member(std::string_view line, std::string_view name) {
    const std::string_view value = value_of(line, name);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || error != std::errc{}) return std::nullopt;
    return number;
}

}  // namespace decorum::audit
