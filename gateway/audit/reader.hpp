// Reads the audit log: lines in constant memory, a chain's files as one stream, all chains by time.
//
// Nothing here trusts a line: lengths are bounded, and what is none of ours is said to be so.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/audit/files.hpp"
#include "gateway/base/descriptor.hpp"
#include "gateway/base/result.hpp"

namespace decorum::audit {

// How far a long reading is.
using Progress = std::function<void(std::uint64_t octets, std::uint64_t of_octets)>;
inline constexpr std::uint64_t progress_every = 4096;  // lines

// The lines of one file. Views hold until the next call.
class LineReader {
public:
    explicit LineReader(Descriptor file) : file_(std::move(file)) {}
    [[nodiscard]] static Result<LineReader> open(const std::filesystem::path& path);

    struct Line {
        std::string_view text;  // without its line end
        std::uint64_t number = 0;
        bool ended = true;      // by a line end; else the file ends here
        bool too_long = false;  // text is its beginning
    };
    // Nothing: the end.
    [[nodiscard]] Result<std::optional<Line>> next();
    [[nodiscard]] std::uint64_t octets() const { return octets_; }
    [[nodiscard]] int descriptor() const { return file_.get(); }

private:
    [[nodiscard]] Result<bool> fill();

    Descriptor file_;
    std::string buffer_;
    std::size_t at_ = 0;  // what of the buffer was given out
    std::uint64_t number_ = 0;
    std::uint64_t octets_ = 0;
    bool ended_ = false;
};

// The files of a log as they were at one time: what is put aside meanwhile is read once all the same.
struct OpenedChain {
    unsigned chain = 0;
    struct File {
        std::filesystem::path path;
        Descriptor current;  // open already, where it is the one that is being written
        std::uint64_t octets = 0;
    };
    std::vector<File> files;
};
[[nodiscard]] Result<std::vector<OpenedChain>> open_log(const Place& place);

// All events of a log in the order of their time, as far as each chain is in that order.
class LogReader {
public:
    LogReader(std::vector<OpenedChain> chains, Progress progress);
    ~LogReader();
    LogReader(const LogReader&) = delete;
    LogReader& operator=(const LogReader&) = delete;

    struct Entry {
        SealedLine sealed;
        std::string_view line;
    };
    // Nothing: the end. Lines that are none of ours are counted and passed over. Views hold until the next
    // call.
    [[nodiscard]] Result<std::optional<Entry>> next();
    [[nodiscard]] std::uint64_t foreign_lines() const { return foreign_lines_; }

private:
    class Stream;
    std::vector<std::unique_ptr<Stream>> streams_;
    Stream* given_ = nullptr;  // whose line the caller has
    Progress progress_;
    std::uint64_t foreign_lines_ = 0;
    std::uint64_t octets_ = 0;
    std::uint64_t of_octets_ = 0;
    std::uint64_t entries_ = 0;
};

}  // namespace decorum::audit
