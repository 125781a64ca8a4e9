// The directory connector: people known to us, in a local file. What it says are facts (tier S).
//
// The file is looked at, at most once a second, when somebody asks; a changed one is read on a thread of its
// own, and the version before serves until then. A fault in it keeps the last good version and is logged
// once, as FILE:LINE: KEY: what would be right. Pictures are read together with the file: who changes one
// touches it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

class Directory final : public profile::Connector {
public:
    // A missing or faulty file is an Error that names file and line.
    static constexpr Milliseconds default_look_interval{1000};
    [[nodiscard]] static Result<std::shared_ptr<Directory>> open(
        std::filesystem::path path, Milliseconds look_interval = default_look_interval);

    // The same, but a missing or faulty file is logged and followed: nobody is known until it is mended.
    [[nodiscard]] static std::shared_ptr<Directory> open_anyway(std::filesystem::path path);

    ~Directory() override;
    [[nodiscard]] std::string_view name() const override { return "directory"; }
    [[nodiscard]] bool local() const override { return true; }
    [[nodiscard]] std::uint64_t generation() const override;  // looks at the file too
    void find(const profile::Query& query, Done done) override;

    // Reads the file now, on the caller's thread. An Error keeps the last good version; the caller reports
    // it.
    [[nodiscard]] Result<> reload();

    // Of the version that serves now; what the impersonation guard compares with.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::vector<std::string> organisations() const;

private:
    class File;
    explicit Directory(std::unique_ptr<File> file);

    std::unique_ptr<File> file_;
};

}  // namespace decorum::connectors
