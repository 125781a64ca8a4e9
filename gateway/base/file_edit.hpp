// Changes a small file that several processes may change at once, and readers follow meanwhile.
//
// Writers take turns by a lock on FILE.lock, which stays; the new content is written aside, synchronised and
// renamed into place, so that a reader sees the old file or the new one, whole, and a crash loses nothing.
// A file that is there keeps its mode and owner, and one behind a symbolic link is changed where it lies; a
// new one has mode 0600 and, like the lock, the owner of the folder it stands in: what an administrator wrote
// as root, the gateway can read.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum {

// Gives the new content for the present one (empty: there is no file). The same content: nothing is written.
using Edit = std::function<Result<std::string>(std::string_view octets)>;

// Makes the file's folder (mode 0700) where it is missing. An Error of `edit` leaves the file as it was and
// is returned; others begin with the file's name. Waits for other writers at most `lock_limit`: unavailable.
inline constexpr std::chrono::seconds default_lock_limit{10};
[[nodiscard]] Result<> edit_file(const std::filesystem::path& file, std::size_t max_octets, const Edit& edit,
                                 std::chrono::milliseconds lock_limit = default_lock_limit);

// For who makes a file in another way: what root makes belongs to whom the folder belongs to.
void give_to_owner_of(const std::filesystem::path& folder, int descriptor);

}  // namespace decorum
