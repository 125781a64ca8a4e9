// Where the audit log lives: FOLDER/STEM-N.jsonl is what chain N writes, FOLDER/STEM-N.SEQ.jsonl is a file of
// it that is full, beginning with line SEQ.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/audit/chain.hpp"
#include "gateway/base/result.hpp"

namespace decorum::audit {

// Chains of a gateway: 0 is of all threads together (what does not come from a session), N + 1 of thread N.
// What commands record (decorum forget) is a chain of its own.
inline constexpr unsigned service_chain = 0;
inline constexpr unsigned command_chain = 999;
inline constexpr unsigned max_chain = 999;

inline constexpr std::size_t max_line_octets = std::size_t{256} << 10;

struct Place {
    std::filesystem::path folder;
    std::string stem;

    [[nodiscard]] std::filesystem::path current(unsigned chain) const;
    [[nodiscard]] std::filesystem::path full(unsigned chain, std::uint64_t first_seq) const;
};
// audit.file, or "audit" in the state directory.
[[nodiscard]] Place place_of(const config::Settings& settings);
// audit.key_file, or chain.key in the state directory.
[[nodiscard]] std::filesystem::path key_file_of(const config::Settings& settings);

struct LogFile {
    std::filesystem::path path;
    std::uint64_t first_seq = 0;  // by its name; of the current one not known
    bool current = false;
};
struct ChainFiles {
    unsigned chain = 0;
    std::vector<LogFile> files;  // as they follow each other, the current one last
};
// By chain. not_found: there is no such folder; an empty list: there is nothing in it.
[[nodiscard]] Result<std::vector<ChainFiles>> find_files(const Place& place);

// What a file ends with.
struct Tail {
    std::optional<Link> last;        // of the last whole line of ours; nothing: there is none
    std::uint64_t whole_octets = 0;  // up to the end of the last line that has one
    std::uint64_t torn_octets = 0;   // after it
    bool sound = false;              // the last line that has an end is one of ours
};
[[nodiscard]] Result<Tail> read_tail(int file);

// What a file's first line says of itself; nothing: it is none of ours.
struct Heading {
    std::uint64_t seq = 0;
    std::string key;
    std::string time;
    Sha256 previous{};
};
[[nodiscard]] std::optional<Heading> read_heading(int file);
[[nodiscard]] std::optional<Heading> heading_of(std::string_view first_line);

}  // namespace decorum::audit
