// The directory's file, or all files of its folder: people.toml, vCards (.vcf), JSON Resume (.json). Each has
// a last good version of its own, so that a fault in one takes nobody out of the others.
//
// Not safe for threads: whoever watches it asks from one at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "connectors/person.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::connectors {

class PeopleFiles {
public:
    static constexpr std::size_t max_octets = std::size_t{16} << 20;  // of one file
    static constexpr std::size_t max_files = 10'000;                  // of a folder

    struct File {
        std::vector<Person> people;
        Instant read{};           // when the people were; Instant{}: never yet
        FileSignature signature;  // of what was read last, good or not
    };

    struct News {
        bool changed = false;  // of the people
        std::vector<Error>
            faults;  // each tells "FILE:LINE: what would be right"; once for each state of a file
    };

    explicit PeopleFiles(std::filesystem::path path) : path_(std::move(path)) {}

    // All faults of all files as they are now, for whoever mends them.
    [[nodiscard]] std::vector<std::string> all_faults() const;

    // Reads what is new or differs from what was read last; `anew`: everything.
    News refresh(bool anew, Instant now);

    // In the order of their names, so that it is always the same file that wins.
    [[nodiscard]] std::map<std::string, File>& files() { return files_; }

    // False while there is a file of which no version was good yet: there are people whom nobody knows.
    [[nodiscard]] bool all_known() const { return all_known_; }

private:
    Result<std::set<std::string>> list() const;

    const std::filesystem::path path_;
    std::map<std::string, File> files_;
    std::string folder_fault_;  // told already
    bool all_known_ = false;
};

// By the end of its name; what is neither .vcf, .vcard nor .json is people.toml.
// `all` takes each fault where the format has them told one by one; the Error is the first.
[[nodiscard]] Result<std::vector<Person>> parse_people_file(std::string_view octets,
                                                            const std::filesystem::path& file,
                                                            std::vector<std::string>* all = nullptr);

}  // namespace decorum::connectors
