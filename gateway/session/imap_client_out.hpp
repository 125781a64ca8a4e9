// The client's side of an IMAP session, to write to: responses of the upstream, and between them those of our
// own. IMAP lets responses come in any order, but never one within another.
//
// Two coroutines write here. relay() is for the one that reads the upstream: it waits until the client has
// taken the octets, so that a client that doesn't read stops the upstream, and says whether a response is
// complete with them. interject() is for the other: what it says goes out at the next gap between two
// responses, at once where there is one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/event.hpp"
#include "gateway/net/task.hpp"

namespace decorum::session {

class ImapClientOut {
public:
    // What a client may leave unread of our own responses.
    static constexpr std::size_t max_interjected_octets = 64 * 1024;

    ImapClientOut(net::ByteStream& stream, Milliseconds limit) : stream_(stream), limit_(limit) {}

    // `ends`: the last octet ends a response.
    [[nodiscard]] net::Task<Result<>> relay(std::span<const std::string_view> pieces, bool ends);
    // Whole responses, with their line ends. errc::limit: the client doesn't read what it asks for.
    [[nodiscard]] net::Task<Result<>> interject(std::string_view responses);

private:
    [[nodiscard]] net::Task<Result<>> write(std::span<const std::string_view> pieces);
    [[nodiscard]] net::Task<Result<>> send_interjected();

    net::ByteStream& stream_;
    Milliseconds limit_;
    std::string interjected_;
    bool writing_ = false;
    bool within_ = false;              // a response is under way
    std::optional<net::Event> relay_;  // waits for the end of a write
};

}  // namespace decorum::session
