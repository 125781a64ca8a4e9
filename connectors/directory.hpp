// The directory connector: people known to us, in a local file or a folder of files. What it says are facts
// (tier S).
//
// The files are looked at, at most once a second, when somebody asks; a changed one is read on a thread of
// its own, and the version before serves until then. A fault keeps the last good version of its file and is
// logged once, as directory_fault with FILE:LINE: KEY: what would be right. Pictures become faces off that
// path: the text serves meanwhile, and generation() rises when the faces are there. A changed picture is
// noticed too.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/gallery.hpp"
#include "connectors/people_files.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

class Directory final : public profile::Connector {
public:
    struct Options {
        std::filesystem::path path;
        worker::Worker* worker = nullptr;  // null: only pictures that are faces already are shown
        std::size_t max_picture_octets = std::size_t{1} << 20;
        Milliseconds look_interval{1000};
    };

    // A missing or faulty file is an Error that names file and line.
    [[nodiscard]] static Result<std::shared_ptr<Directory>> open(Options options);

    // The same, but a missing or faulty file is logged and followed: nobody in it is known until it is
    // mended.
    [[nodiscard]] static std::shared_ptr<Directory> open_anyway(Options options);

    ~Directory() override;
    [[nodiscard]] const profile::Traits& traits() const override;
    [[nodiscard]] std::uint64_t generation() const override;  // looks at the files too
    void find(const profile::Query& query, Done done) override;

    // Reads the files now, on the caller's thread. The Error is the first of all faults; those files keep
    // their last good version, and the caller reports it.
    [[nodiscard]] Result<> reload();

    // Waits for the faces of the version that serves, for a command that asks once and ends.
    void await_faces(Milliseconds limit);

    // Of the version that serves now; what the impersonation guard compares with. Sorted, each once. False:
    // some file had no good version yet, so that names are missing.
    [[nodiscard]] bool knows_all_names() const;
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::vector<std::string> organisations() const;

private:
    struct People {
        std::unordered_map<std::string, std::shared_ptr<const profile::Profile>> by_address;
        std::vector<std::string> names;
        std::vector<std::string> organisations;
        std::size_t persons = 0;
        bool all = false;  // every file had a good version once
    };
    struct PictureFile {
        FileSignature signature;
        Gallery::Key key;
    };

    explicit Directory(Options options);
    void check();
    PeopleFiles::News refresh(bool anew);
    bool refresh_pictures();
    void compose(bool tell_doubles);
    void add(const Person& person, const PeopleFiles::File& file, People& people) const;
    [[nodiscard]] std::shared_ptr<const People> people() const;

    const Options options_;
    std::atomic<std::uint64_t> generation_ = 0;

    std::mutex reading_;  // held while reading; guards what follows up to people_
    PeopleFiles files_;
    std::map<std::string, PictureFile> picture_files_;  // by path
    std::atomic<bool> faces_came_ = false;

    mutable std::mutex people_mutex_;  // held for a copy of a pointer
    std::shared_ptr<const People> people_ = std::make_shared<const People>();

    Gallery gallery_;
    mutable Watch watch_;  // last: its check uses all the others; to look changes nothing that a caller sees
};

}  // namespace decorum::connectors
