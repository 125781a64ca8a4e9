// What was read from a stream and is being dealt with: few octets in here while the peer is silent, a
// borrowed buffer as long as it has much to say.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "gateway/net/byte_stream.hpp"
#include "gateway/session/scratch.hpp"

namespace decorum::session {

class StreamInput {
public:
    StreamInput(net::ByteStream& stream, BufferPool& buffers) : stream_(stream), buffers_(buffers) {}

    // The next octets, at least one; valid until the next read. `idle`: none is expected soon, so no buffer
    // is held while waiting.
    [[nodiscard]] net::Task<Result<std::string_view>> read(bool idle, Milliseconds limit);

    // The same in two steps, for who waits for hours and would hold a frame more all the time.
    [[nodiscard]] net::Task<Result<std::size_t>> wait(bool idle, Milliseconds limit);
    [[nodiscard]] Result<std::string_view> take(Result<std::size_t> awaited);

private:
    net::ByteStream& stream_;
    BufferPool& buffers_;
    // Half of what SMTP reads: there are two of these a session, and many sessions are idle for hours.
    std::array<char, small_read_octets / 2> small_;
    std::optional<BufferPool::Lease> lease_;
};

}  // namespace decorum::session
