// One end of a dialogue in lines: what a test reads and writes where it plays a client or a mail server.
// Only CRLF ends a line; a bare CR or LF stays inside it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/memory_stream.hpp"

namespace decorum::test {

// How long a test waits for what must come.
inline constexpr Milliseconds patience{10000};

class Wire {
public:
    explicit Wire(MemoryStream& stream) : stream_(stream) {}

    // The next line, with its CRLF. Errors: what the stream says; `closed` with the rest in unread().
    [[nodiscard]] net::Task<Result<std::string>> line(Milliseconds limit);
    // All lines of a reply; its code.
    [[nodiscard]] net::Task<Result<int>> reply(Milliseconds limit);
    [[nodiscard]] net::Task<Result<>> send(std::string octets, Milliseconds limit);
    // The end of the stream, with nothing before it: `closed`. Octets: a `syntax` error that quotes them.
    [[nodiscard]] net::Task<Error> end(Milliseconds limit);

    // What is there, without waiting.
    [[nodiscard]] const std::string& unread();
    void forget() { read_.clear(); }
    [[nodiscard]] MemoryStream& stream() { return stream_; }

private:
    MemoryStream& stream_;
    std::string read_;
};

// For messages: CR, LF and everything else that can't be seen, escaped.
[[nodiscard]] std::string visible(std::string_view octets);

}  // namespace decorum::test
