#include "gateway/audit/files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>

namespace decorum::audit {
namespace {

constexpr std::string_view suffix = ".jsonl";
constexpr int seq_digits = 12;  // so that names sort as they follow each other

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// All of it, or as much as there is.
Result<std::string> read_at(int file, std::uint64_t offset, std::size_t octets) {
    std::string out(octets, '\0');
    std::size_t have = 0;
    while (have < octets) {
        const auto count = ::pread(file, out.data() + have, octets - have, static_cast<off_t>(offset + have));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(errc::io, std::strerror(errno));
        if (count == 0) break;
        have += static_cast<std::size_t>(count);
    }
    out.resize(have);
    return out;
}

}  // namespace

std::filesystem::path Place::current(unsigned chain) const {
    return folder / fmt::format("{}-{}{}", stem, chain, suffix);
}

std::filesystem::path Place::full(unsigned chain, std::uint64_t first_seq) const {
    return folder / fmt::format("{}-{}.{:0{}}{}", stem, chain, first_seq, seq_digits, suffix);
}

Place place_of(const config::Settings& settings) {
    const auto& file = settings.audit.file;
    if (file.empty()) return {settings.gateway.state_dir, "audit"};
    return {file.has_parent_path() ? file.parent_path() : std::filesystem::path("."),
            file.filename().string()};
}

std::filesystem::path key_file_of(const config::Settings& settings) {
    const auto& file = settings.audit.key_file;
    return file.empty() ? settings.gateway.state_dir / "chain.key" : file;
}

Result<std::vector<ChainFiles>> find_files(const Place& place) {
    std::error_code error;
    std::filesystem::directory_iterator entries(place.folder, error);
    if (error)
        return fail(error == std::errc::no_such_file_or_directory ? errc::not_found : errc::io,
                    fmt::format("{}: {}", place.folder.string(), error.message()));
    std::map<unsigned, ChainFiles> chains;
    for (const auto end = std::filesystem::directory_iterator(); entries != end; entries.increment(error)) {
        if (error) return fail(errc::io, fmt::format("{}: {}", place.folder.string(), error.message()));
        const std::string name = entries->path().filename().string();
        std::string_view rest = name;
        if (!rest.starts_with(place.stem) || !rest.ends_with(suffix)) continue;
        rest.remove_prefix(place.stem.size());
        rest.remove_suffix(suffix.size());
        if (!rest.starts_with('-')) continue;
        rest.remove_prefix(1);
        const std::size_t dot = rest.find('.');
        const auto chain = number_in<unsigned>(rest.substr(0, dot));
        if (!chain || *chain > max_chain) continue;
        LogFile file{.path = entries->path(), .current = dot == std::string_view::npos};
        if (!file.current) {
            const auto seq = number_in<std::uint64_t>(rest.substr(dot + 1));
            if (!seq) continue;
            file.first_seq = *seq;
        }
        ChainFiles& found = chains[*chain];
        found.chain = *chain;
        found.files.push_back(std::move(file));
    }
    std::vector<ChainFiles> out;
    for (auto& [number, chain] : chains) {
        std::ranges::sort(chain.files, [](const LogFile& a, const LogFile& b) {
            return std::pair(a.current, a.first_seq) < std::pair(b.current, b.first_seq);
        });
        out.push_back(std::move(chain));
    }
    return out;
}

Result<Tail> read_tail(int file) {
    struct stat state{};
    if (::fstat(file, &state) != 0) return fail(errc::io, std::strerror(errno));
    const auto size = static_cast<std::uint64_t>(state.st_size);
    const std::uint64_t span = std::min<std::uint64_t>(size, 2 * max_line_octets);
    const auto octets = read_at(file, size - span, span);
    if (!octets) return std::unexpected(octets.error());
    Tail out;
    std::string_view text = *octets;
    const std::size_t end = text.rfind('\n');
    const std::size_t whole = end == std::string_view::npos ? 0 : end + 1;
    out.torn_octets = text.size() - whole;
    out.whole_octets = size - out.torn_octets;
    text = text.substr(0, whole);
    for (bool last = true; !text.empty(); last = false) {
        text.remove_suffix(1);
        const std::size_t before = text.rfind('\n');
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        if (const auto line = parse_line(text.substr(begin))) {
            out.last = Link{line->seq, line->mac};
            out.sound = last;
            break;
        }
        text = text.substr(0, begin);
    }
    return out;
}

std::optional<Heading> heading_of(std::string_view first_line) {
    const auto line = parse_line(first_line);
    if (!line || line->event != name_of(Kind::file)) return std::nullopt;
    const auto previous = mac_from_hex(text_member(line->covered, "previous"));
    if (!previous) return std::nullopt;
    return Heading{.seq = line->seq,
                   .key = std::string(text_member(line->covered, "key")),
                   .time = std::string(line->time),
                   .previous = *previous};
}

std::optional<Heading> read_heading(int file) {
    constexpr std::size_t enough = 4096;
    const auto octets = read_at(file, 0, enough);
    if (!octets) return std::nullopt;
    const std::size_t end = octets->find('\n');
    if (end == std::string::npos) return std::nullopt;
    return heading_of(std::string_view(*octets).substr(0, end));
}

}  // namespace decorum::audit
