#include "gateway/audit/reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace decorum::audit {
namespace {

constexpr std::size_t read_octets = std::size_t{256} << 10;
constexpr int listing_tries = 5;

Result<Descriptor> open_file(const std::filesystem::path& path) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return fail(errno == ENOENT ? errc::not_found : errc::io,
                    fmt::format("{}: {}", path.string(), std::strerror(errno)));
    (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return file;
}

std::uint64_t size_of(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : size;
}

// Nothing: a file went while we looked.
Result<std::optional<std::vector<OpenedChain>>> try_open(const Place& place) {
    auto found = find_files(place);
    if (!found) return std::unexpected(std::move(found.error()));
    std::vector<OpenedChain> out;
    for (ChainFiles& chain : *found) {
        OpenedChain opened{.chain = chain.chain, .files = {}};
        for (LogFile& file : chain.files) {
            OpenedChain::File one{.path = std::move(file.path), .current = {}, .octets = 0};
            one.octets = size_of(one.path);
            if (file.current) {
                auto current = open_file(one.path);
                if (!current && current.error().code == errc::not_found) return std::nullopt;
                if (!current) return std::unexpected(std::move(current.error()));
                one.current = std::move(*current);
            }
            opened.files.push_back(std::move(one));
        }
        out.push_back(std::move(opened));
    }
    return out;
}

}  // namespace

// ---------------------------------------------------------------------------------------------- lines

Result<LineReader> LineReader::open(const std::filesystem::path& path) {
    auto file = open_file(path);
    if (!file) return std::unexpected(std::move(file.error()));
    return LineReader(std::move(*file));
}

// False: the end.
Result<bool> LineReader::fill() {
    if (ended_) return false;
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + read_octets);
    for (;;) {
        const auto count = ::read(file_.get(), buffer_.data() + before, read_octets);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(errc::io, std::strerror(errno));
        buffer_.resize(before + static_cast<std::size_t>(count));
        ended_ = count == 0;
        return !ended_;
    }
}

Result<std::optional<LineReader::Line>> LineReader::next() {
    Line line;
    for (std::size_t searched = 0;;) {
        const std::string_view rest = std::string_view(buffer_).substr(at_);
        const std::size_t end = rest.find('\n', searched);
        if (end != std::string_view::npos) {
            line.text = rest.substr(0, end);
            at_ += end + 1;
            octets_ += end + 1;
            break;
        }
        searched = rest.size();
        if (searched > max_line_octets) {
            // The rest of it is passed over, a buffer at a time.
            line.too_long = true;
            octets_ += searched - max_line_octets;
            buffer_.resize(at_ + max_line_octets);
            searched = max_line_octets;
        }
        const auto filled = fill();
        if (!filled) return std::unexpected(filled.error());
        if (*filled) continue;
        line.text = std::string_view(buffer_).substr(at_);
        at_ = buffer_.size();
        octets_ += line.text.size();
        if (line.text.empty()) return std::nullopt;
        line.ended = false;
        break;
    }
    if (line.text.size() > max_line_octets) {
        line.too_long = true;
        line.text = line.text.substr(0, max_line_octets);
    }
    line.number = ++number_;
    return line;
}

// ---------------------------------------------------------------------------------------------- logs

Result<std::vector<OpenedChain>> open_log(const Place& place) {
    for (int tries = 0; tries < listing_tries; ++tries) {
        auto first = try_open(place);
        if (!first) return std::unexpected(std::move(first.error()));
        if (!*first) continue;
        // A file that was put aside between listing and opening would be missing, and the next there instead.
        const auto again = find_files(place);
        if (!again) return std::unexpected(again.error());
        const auto count = [](const auto& chains) {
            std::size_t files = 0;
            for (const auto& chain : chains) files += chain.files.size();
            return files;
        };
        if (count(**first) == count(*again)) return std::move(**first);
    }
    return fail(errc::unavailable, fmt::format("{}: its files keep changing", place.folder.string()));
}

class LogReader::Stream {
public:
    explicit Stream(OpenedChain chain) : chain_(std::move(chain)) {}

    // To the next line of ours; false: the end.
    Result<bool> advance(std::uint64_t& foreign, std::uint64_t& octets) {
        for (;;) {
            if (!reader_) {
                if (next_file_ == chain_.files.size()) return false;
                OpenedChain::File& file = chain_.files[next_file_++];
                if (file.current) {
                    reader_.emplace(std::move(file.current));
                } else {
                    auto opened = LineReader::open(file.path);
                    if (!opened && opened.error().code == errc::not_found) continue;  // it grew too old
                    if (!opened) return std::unexpected(std::move(opened.error()));
                    reader_.emplace(std::move(*opened));
                }
            }
            const std::uint64_t before = reader_->octets();
            const auto line = reader_->next();
            if (!line) return std::unexpected(line.error());
            octets += reader_->octets() - before;
            if (!*line) {
                reader_.reset();
                continue;
            }
            const auto sealed = (*line)->too_long ? std::nullopt : parse_line((*line)->text);
            if (!sealed) {
                ++foreign;
                continue;
            }
            entry_ = {*sealed, (*line)->text};
            return true;
        }
    }
    [[nodiscard]] const Entry& entry() const { return entry_; }

private:
    OpenedChain chain_;
    std::size_t next_file_ = 0;
    std::optional<LineReader> reader_;
    Entry entry_;
};

LogReader::LogReader(std::vector<OpenedChain> chains, Progress progress) : progress_(std::move(progress)) {
    for (OpenedChain& chain : chains) {
        for (const auto& file : chain.files) of_octets_ += file.octets;
        streams_.push_back(std::make_unique<Stream>(std::move(chain)));
    }
}

LogReader::~LogReader() = default;

Result<std::optional<LogReader::Entry>> LogReader::next() {
    const bool first = entries_ == 0 && given_ == nullptr;
    const auto advance = [this](Stream* stream) -> Result<bool> {
        return stream->advance(foreign_lines_, octets_);
    };
    for (std::size_t i = 0; i < streams_.size();) {
        Stream* stream = streams_[i].get();
        if (!first && stream != given_) {
            ++i;
            continue;
        }
        const auto more = advance(stream);
        if (!more) return std::unexpected(more.error());
        if (*more) {
            ++i;
        } else {
            streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(i));
            if (!first) break;
        }
    }
    given_ = nullptr;
    if (progress_ && entries_ % progress_every == 0) progress_(octets_, of_octets_);
    ++entries_;
    for (const auto& stream : streams_)
        // RFC 3339 in UTC with the same number of digits: the order of texts is the order of times.
        if (given_ == nullptr || stream->entry().sealed.time < given_->entry().sealed.time)
            given_ = stream.get();
    if (given_ == nullptr) return std::nullopt;
    return given_->entry();
}

}  // namespace decorum::audit
