#include "gateway/app/standard_streams.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "gateway/message/header_section.hpp"

namespace decorum::app {

Result<std::string> read_input() {
    constexpr std::size_t piece_octets = 64 * 1024;
    std::string buffer(piece_octets, '\0');
    ssize_t count = 0;
    do {
        count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return fail(errc::io, std::string("standard input: ") + std::strerror(errno));
    buffer.resize(static_cast<std::size_t>(count));
    return buffer;
}

Result<std::string> read_header(std::size_t max_octets, bool& header_ended) {
    message::HeaderEndFinder finder;
    std::string octets;
    header_ended = false;
    while (!header_ended && octets.size() <= max_octets) {
        auto piece = read_input();
        if (!piece) return piece;
        if (piece->empty()) {
            header_ended = true;
            break;
        }
        header_ended = finder.feed(*piece) != message::HeaderEndFinder::npos;
        octets.append(*piece);
    }
    return octets;
}

Result<> write_output(std::string_view octets) {
    while (!octets.empty()) {
        const auto count = ::write(STDOUT_FILENO, octets.data(), octets.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(errc::io, std::string("standard output: ") + std::strerror(errno));
        octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<> flush_printed() {
    errno = 0;
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
    if (errno == 0) return fail(errc::io, "standard output can't be written");  // it was so earlier
    return fail(errc::io, std::string("standard output: ") + std::strerror(errno));
}

}  // namespace decorum::app
