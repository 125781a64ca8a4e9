// The access token of a source, from its file.
#pragma once

#include <filesystem>

#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"

namespace decorum::connectors {

// One line of visible ASCII, at most 4 KiB; it goes into a header field as it is. Errors name the file: those
// of read_file(), and syntax.
[[nodiscard]] Result<Secret> read_token(const std::filesystem::path& file);

}  // namespace decorum::connectors
