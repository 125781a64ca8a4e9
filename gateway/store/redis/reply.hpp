// The wire form of Redis (RESP 2): commands out, replies in. hiredis reads and formats; sockets are ours.
//
// Invariant: a reply is bounded in octets and elements, whatever the peer sends; beyond that, or where it is
// not the protocol, next() is an Error and the reader is of no more use: the connection is to be closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

struct redisReader;

namespace decorum::store::redis {

struct Reply {
    enum class Kind : std::uint8_t { nil, number, text, error, list };

    Kind kind = Kind::nil;
    std::int64_t number = 0;
    std::string text;  // of a text, a status, or an error: "WRONGPASS invalid username-password pair"
    std::vector<Reply> list;

    [[nodiscard]] bool is_error() const { return kind == Kind::error; }
    // An error's first word: "NOSCRIPT". Redis 6 wraps those of a script's commands: theirs, then.
    [[nodiscard]] std::string_view error_word() const;
    // A number, also where it is written as text; nothing: it is none.
    [[nodiscard]] std::optional<std::int64_t> as_number() const;

    bool operator==(const Reply&) const = default;
};

// A reply that is not what was asked for.
[[nodiscard]] inline std::unexpected<Error> corrupt(std::string_view what) {
    return fail(errc::corrupt, "Redis: " + std::string(what));
}

struct ReplyLimits {
    std::size_t octets = std::size_t{64} << 20;  // of a reply on the wire
    std::size_t elements = 100'000;              // in all its lists
};

class ReplyReader {
public:
    explicit ReplyReader(ReplyLimits limits = {});
    ~ReplyReader();
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;

    // Octets from the wire. Errors as next().
    [[nodiscard]] Result<> feed(std::string_view octets);
    // The next whole reply; nothing: more octets are needed. Errors: syntax, limit.
    [[nodiscard]] Result<std::optional<Reply>> next();

private:
    struct Budget;

    [[nodiscard]] Error fault() const;

    const ReplyLimits limits_;
    std::unique_ptr<Budget> budget_;
    redisReader* reader_;
    std::size_t fed_ = 0;  // octets since the last whole reply, and those that came with it
    bool failed_ = false;
};

// Appends a command with its arguments, which may hold any octets.
void append_command(std::string& out, const std::vector<std::string>& arguments);

}  // namespace decorum::store::redis
