// Whose addresses a login writes from: outbound.login_map.
//
//   [logins]
//   jane = ["jane@example.org", "jane.martin@example.org"]
//   "paul@example.org" = ["paul@example.org", "team@example.org"]
//
// Without a map, a login that is an address of ours owns that address and no other. An address that several
// logins own is nobody in person. The file is followed while it is in use; a fault keeps the last good
// version.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::pipeline {

// All in lower case.
struct LoginTable {
    static constexpr std::size_t max_octets = std::size_t{64} << 20;

    std::map<std::string, std::vector<std::string>, std::less<>> addresses;  // by login
    std::set<std::string, std::less<>> shared;                               // that several logins own

    // "FILE:LINE: KEY: what would be right"
    // `all` takes each; the Error is the first.
    [[nodiscard]] static Result<LoginTable> parse(std::string_view toml, const std::filesystem::path& file,
                                                  std::vector<std::string>* all = nullptr);
    [[nodiscard]] static Result<LoginTable> read(const std::filesystem::path& file,
                                                 std::vector<std::string>* all = nullptr);
};

class LoginMap {
public:
    // A faulty or missing file is an Error; later faults are logged as login_map_fault.
    [[nodiscard]] static Result<std::unique_ptr<LoginMap>> open(const config::Outbound& settings);

    // In lower case; of a login in any case. On any thread.
    [[nodiscard]] std::vector<std::string> addresses_of(std::string_view login);
    [[nodiscard]] bool is_shared(std::string_view address);

private:
    explicit LoginMap(const config::Outbound& settings) : settings_(settings) {}

    const config::Outbound& settings_;
    std::unique_ptr<WatchedFile<LoginTable>> file_;  // null: there is no map
};

}  // namespace decorum::pipeline
