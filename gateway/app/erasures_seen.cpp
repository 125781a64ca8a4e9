#include "gateway/app/erasures_seen.hpp"

#include <charconv>
#include <string>

#include "gateway/base/ascii.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t max_cursor_octets = 64;

std::filesystem::path file_of(const config::Settings& settings) {
    return settings.gateway.state_dir / "erasures-seen";
}

}  // namespace

std::uint64_t erasures_seen(const config::Settings& settings) {
    const auto octets = read_file(file_of(settings), max_cursor_octets);
    if (!octets) return 0;
    const std::string_view text = ascii::trim(*octets);
    std::uint64_t cursor = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cursor);
    return error == std::errc{} && end == text.data() + text.size() ? cursor : 0;
}

Result<> note_erasures_seen(const config::Settings& settings, std::uint64_t cursor) {
    return edit_file(file_of(settings), max_cursor_octets, [cursor](std::string_view) -> Result<std::string> {
        return std::to_string(cursor) + "\n";
    });
}

}  // namespace decorum::app
