// Checks the chains of a log, line by line, and says where the first of them breaks and how.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/audit/reader.hpp"

namespace decorum::audit {

enum class Break : std::uint8_t {
    changed,    // the line is not what was written
    removed,    // lines before it are missing
    reordered,  // it stands in another place than it was written in
    foreign,    // the line is none of ours
    cut_off,    // the file ends within it
    no_key,     // it was written under a key that we don't have
};
inline constexpr auto break_names =
    std::to_array<std::string_view>({"changed", "removed", "reordered", "foreign", "cut off", "no key"});

struct Broken {
    std::filesystem::path file;
    std::uint64_t line = 0;
    Break how{};
    std::string why;
};

struct VerifiedChain {
    unsigned chain = 0;
    std::uint64_t lines = 0;  // up to the break
    std::uint64_t files = 0;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    std::string begins;  // times
    std::string ends;
    std::uint64_t lost = 0;  // events that could not be written, by the chain's own word
    std::optional<Broken> broken;
};

// Where a chain was at some time, by the operational log (event=audit_anchor).
struct Anchor {
    unsigned chain = 0;
    std::uint64_t seq = 0;
    Sha256 mac{};
};
// The anchors in a log of either format; other lines are passed over.
[[nodiscard]] Result<std::vector<Anchor>> read_anchors(const std::filesystem::path& log);

// An Error: the log can't be read. The chains in order; of a chain that breaks nothing is checked after it.
[[nodiscard]] Result<std::vector<VerifiedChain>> verify(const Place& place, const KeyRing& keys,
                                                        const std::vector<Anchor>& anchors,
                                                        const Progress& progress);

}  // namespace decorum::audit
