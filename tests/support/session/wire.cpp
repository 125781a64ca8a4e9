// Nothing is limited here: the tests' peers are honest about sizes.
#include "tests/support/session/wire.hpp"

#include <fmt/format.h>

#include <array>

namespace decorum::test {

net::Task<Result<std::string>> Wire::line(Milliseconds limit) {
    std::size_t looked_at = 0;
    for (;;) {
        const auto end = read_.find("\r\n", looked_at);
        if (end != std::string::npos) {
            std::string line = read_.substr(0, end + 2);
            read_.erase(0, end + 2);
            co_return line;
        }
        looked_at = read_.empty() ? 0 : read_.size() - 1;
        std::array<char, 16384> buffer;
        const auto octets = co_await stream_.read_some(buffer, limit);
        if (!octets) co_return std::unexpected(octets.error());
        read_.append(buffer.data(), *octets);
    }
}

net::Task<Result<int>> Wire::reply(Milliseconds limit) {
    for (;;) {
        const auto text = co_await line(limit);
        if (!text) co_return std::unexpected(text.error());
        if (text->size() < 5) co_return fail(errc::syntax, visible(*text));
        if ((*text)[3] != '-') co_return std::stoi(text->substr(0, 3));
    }
}

net::Task<Result<>> Wire::send(std::string octets, Milliseconds limit) {
    const std::string_view pieces[] = {octets};
    co_return co_await stream_.write(pieces, limit);
}

net::Task<Error> Wire::end(Milliseconds limit) {
    if (read_.empty()) {
        std::array<char, 1024> buffer;
        const auto octets = co_await stream_.read_some(buffer, limit);
        if (!octets) co_return octets.error();
        read_.append(buffer.data(), *octets);
    }
    co_return Error{errc::syntax, visible(read_)};
}

const std::string& Wire::unread() {
    std::array<char, 16384> buffer;
    for (;;) {
        const auto octets = stream_.try_read(buffer);
        if (!octets || *octets == 0) return read_;
        read_.append(buffer.data(), *octets);
    }
}

std::string visible(std::string_view octets) {
    std::string out;
    for (char c : octets) {
        if (c == '\r')
            out += "\\r";
        else if (c == '\n')
            out += "\\n";
        else if (c == '\\')
            out += "\\\\";
        else if (c >= ' ' && c <= '~')
            out += c;
        else
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace decorum::test
