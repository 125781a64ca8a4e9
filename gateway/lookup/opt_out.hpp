// Who wants to be shown nowhere: addresses and whole domains, in a file that `decorum optout` keeps and a
// running gateway follows.
//
//   entries = ["jane@example.org", "@example.net"]
//
// A file that is absent lists nobody. One that can't be read keeps its last good version; where there never
// was one, everybody counts as listed until it is mended, because showing somebody who asked not to be shown
// can't be taken back. Mail flows either way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::lookup {

class OptOutList {
public:
    static constexpr std::size_t max_octets = std::size_t{16} << 20;

    // "FILE:LINE: entries: what would be right"; `all` takes each fault, the Error is the first.
    [[nodiscard]] static Result<OptOutList> parse(std::string_view toml, const std::filesystem::path& file,
                                                  std::vector<std::string>* all = nullptr);
    [[nodiscard]] std::string to_toml() const;

    // Case apart, and a tagged address ("jane+news@…") is the one without the tag.
    [[nodiscard]] bool contains(std::string_view address) const;

    // An address or "@domain", as OptOutList::entry_of() gives it. False: nothing changed.
    bool add(std::string entry) { return entries_.insert(std::move(entry)).second; }
    bool remove(const std::string& entry) { return entries_.erase(entry) != 0; }
    [[nodiscard]] const std::set<std::string, std::less<>>& entries() const { return entries_; }

    // In lower case; an Error says what would be right.
    [[nodiscard]] static Result<std::string> entry_of(std::string_view text);

private:
    std::set<std::string, std::less<>> entries_;
};

// optout.file, or optout.toml in state_dir.
[[nodiscard]] std::filesystem::path opt_out_path(const config::Settings& settings);

// The list as it is now; without a file: nobody.
[[nodiscard]] Result<OptOutList> read_opt_out(const std::filesystem::path& file,
                                              std::vector<std::string>* all = nullptr);

// The list as a running gateway sees it. Safe on any thread.
class OptOut {
public:
    explicit OptOut(std::filesystem::path path, Milliseconds look_interval = Milliseconds{1000});

    // Looks at the file too, at most once an interval.
    [[nodiscard]] bool contains(std::string_view address);

    // Rises with each version that was read.
    [[nodiscard]] std::uint64_t generation() const { return file_.generation(); }

private:
    WatchedFile<OptOutList> file_;
};

}  // namespace decorum::lookup
