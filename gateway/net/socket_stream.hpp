// The ByteStream over a TCP or unix socket, in clear or with TLS on the same descriptor.
//
// A write first tries the system call itself, and goes to the reactor only where that would block; a read
// waits for news first (edge_socket.hpp), unless the last one left octets behind. One class holds both
// states, so that STARTTLS upgrades in place and an idle connection costs little: no buffer is kept, and with
// TLS OpenSSL gives its buffers back while idle (SSL_MODE_RELEASE_BUFFERS). A TLS write or handshake that
// failed, ran out of time or was cancelled leaves the stream unusable: further operations are `tls_failed`. A
// read that did so does not: the session can still say good-bye. After close() every operation is
// `cancelled`.
//
// OpenSSL writes to the descriptor without MSG_NOSIGNAL: see ignore_sigpipe().
#pragma once

#include <optional>
#include <variant>

#include "gateway/base/descriptor.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/edge_socket.hpp"
#include "gateway/net/tls.hpp"

namespace decorum::net {

// Told when the stream goes away; see listener.cpp.
class StreamOwner {
public:
    virtual void stream_gone() noexcept = 0;

protected:
    ~StreamOwner() = default;
};

class SocketStream final : public ByteStream {
public:
    // A connected (or connecting), non-blocking stream socket.
    SocketStream(const Executor& executor, Descriptor descriptor, int family, const Peer& peer);
    ~SocketStream() override;
    SocketStream(const SocketStream&) = delete;
    SocketStream& operator=(const SocketStream&) = delete;

    Task<Result<std::size_t>> read_some(std::span<char> into, Milliseconds limit) override;
    Result<std::size_t> try_read(std::span<char> into) override;
    Task<Result<>> wait_readable(Milliseconds limit) override;
    Task<Result<>> write(std::span<const std::string_view> pieces, Milliseconds limit) override;
    using ByteStream::write;
    [[nodiscard]] std::size_t try_write(std::string_view octets) override;
    Task<Result<>> start_tls(const TlsContext& context, Milliseconds limit) override;
    [[nodiscard]] bool encrypted() const noexcept override { return established_; }
    [[nodiscard]] bool verified() const noexcept override { return verified_; }
    [[nodiscard]] const Peer& peer() const noexcept override { return peer_; }
    void close() noexcept override;
    void cancel() noexcept override;

    void set_peer(const Peer& peer) { peer_ = peer; }
    void set_owner(StreamOwner* owner) noexcept { owner_ = owner; }

    [[nodiscard]] int descriptor() noexcept { return socket_.native_handle(); }

    // What is there, left there; 0 octets where nothing is yet. In clear only.
    Result<std::size_t> peek(std::span<char> into);

    // Writes as much of a last line as goes without waiting, ends our side, and closes.
    void refuse(std::string_view line) noexcept;

    // The end of a connect() that was under way: refused where it failed.
    Task<Result<>> wait_connected(Milliseconds limit);

private:
    enum class Direction : std::uint8_t { read, write };
    // One step of a TLS operation: its octets, the direction to wait for, or the end.
    using TlsStep = std::variant<std::size_t, Direction, Error>;
    struct Position {
        std::size_t piece = 0;
        std::size_t offset = 0;
    };

    [[nodiscard]] static EdgeSocket::wait_type wait_of(Direction direction) {
        return direction == Direction::read ? EdgeSocket::wait_read : EdgeSocket::wait_write;
    }
    // Waits for the descriptor; the deadline is the caller's, as one operation may wait several times.
    Task<Result<>> ready(Direction direction, const Deadline& deadline, unsigned epoch);
    // Of an aborted wait: none where it was another operation's deadline that cancelled it along.
    [[nodiscard]] std::optional<Error> why_aborted(const Deadline& deadline, unsigned epoch) const;
    [[nodiscard]] std::optional<Error> unusable() const;
    void waited() noexcept { direct_left_ = 8; }

    Task<Result<std::size_t>> read_plain(std::span<char> into, Milliseconds limit);
    Task<Result<>> wait_readable_plain(Milliseconds limit);
    Task<Result<>> write_plain(std::span<const std::string_view> pieces, Milliseconds limit);
    Result<std::size_t> receive(std::span<char> into, int flags);
    Result<bool> send_some(std::span<const std::string_view> pieces, Position& position);

    Task<Result<std::size_t>> read_tls(std::span<char> into, Milliseconds limit);
    Task<Result<>> wait_readable_tls(Milliseconds limit);
    Task<Result<>> write_tls(std::span<const std::string_view> pieces, Milliseconds limit);
    TlsStep tls_step(int outcome, std::size_t octets, const char* what);
    TlsStep tls_read_step(std::span<char> into);
    TlsStep tls_peek_step();
    TlsStep tls_write_step(std::span<const std::string_view> pieces, Position& position);

    EdgeSocket socket_;
    DeadlineWheel* wheel_;
    SslPtr tls_;
    StreamOwner* owner_ = nullptr;
    Peer peer_;
    unsigned epoch_ = 0;            // counts cancel() and close(): a wait compares it with its own start
    std::uint8_t direct_left_ = 8;  // reads that may still be served without giving way to other sessions
    bool more_likely_ = false;      // the last read filled its buffer, or met the end
    bool drained_ = false;          // the last recv() found neither octets nor an end
    bool ended_ = false;            // the peer's end was seen
    bool established_ = false;      // the handshake is done
    bool verified_ = false;
    bool broken_ = false;      // TLS can't go on
    bool unwritable_ = false;  // it is broken for writing alone: what the peer said may be read
    bool writing_ = false;     // a write is under way
};

}  // namespace decorum::net
