// Reads a token: see the header. What the file holds is never part of an error.
#include "connectors/token_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::connectors {

Result<Secret> read_token(const std::filesystem::path& file) {
    constexpr std::size_t max_octets = 4096;
    auto octets = read_file(file, max_octets);
    if (!octets) return std::unexpected(std::move(octets.error()));
    const Secret whole(std::move(*octets));  // wiped with the rest of the file
    const std::string_view token = ascii::trim(whole.reveal());
    const bool visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
    if (token.empty() || !visible)
        return fail(errc::syntax, fmt::format("{}: not a token: one line of visible ASCII", file.native()));
    return Secret(std::string(token));
}

}  // namespace decorum::connectors
