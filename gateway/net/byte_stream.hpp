// A connection, as sessions see it: octets in, octets out, each step with a limit of its own.
//
// Sessions never see a socket: the same session runs over TCP, a unix socket, TLS, and the in-memory stream
// of the tests. All members are called on the thread that owns the stream; at most one read and one write
// are under way at a time.
//
// Errors: closed (orderly end of the peer), timed_out (the limit passed; where it was a write or a handshake,
// nothing more can be said on the stream), reset, tls_failed, cancelled.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/base/ip.hpp"
#include "gateway/base/result.hpp"
#include "gateway/net/task.hpp"

namespace decorum::net {

class TlsContext;

// Who is at the other end; after a PROXY header, whom it names.
struct Peer {
    IpAddress address;  // :: where `local`
    std::uint16_t port = 0;
    bool local = false;  // a unix socket
    // A PROXY header (UNKNOWN, LOCAL, AF_UNIX) or XCLIENT named nobody we could know: never trusted, and what
    // stands above is not the client's.
    bool anonymous = false;
    [[nodiscard]] std::string text() const;  // "192.0.2.1:4711", "[2001:db8::1]:4711", "unix"
};

class ByteStream {
public:
    virtual ~ByteStream() = default;

    // At least one octet, as much as is there and fits. An empty `into` is a bug.
    virtual Task<Result<std::size_t>> read_some(std::span<char> into, Milliseconds limit) = 0;

    // The same without waiting: 0 octets where nothing is there yet. Also after a
    // write that failed, by `reset` or `timed_out`, for the peer's last words.
    virtual Result<std::size_t> try_read(std::span<char> into) = 0;

    // Returns once try_read would give something (octets, the end, or an error); needs no buffer, so an
    // idle session holds none.
    virtual Task<Result<>> wait_readable(Milliseconds limit) = 0;

    // All octets of all pieces, gathered into as few system calls and TLS records as possible.
    virtual Task<Result<>> write(std::span<const std::string_view> pieces, Milliseconds limit) = 0;
    Task<Result<>> write(std::string_view octets, Milliseconds limit) { return write_one(octets, limit); }

    // How many of the octets went at once, without waiting; 0 may always be the answer (it is under TLS). No
    // coroutine, so it is worth a try before write() takes the rest, which also tells an error. Not while a
    // write is under way.
    [[nodiscard]] virtual std::size_t try_write(std::string_view octets) = 0;

    // Upgrade in place (STARTTLS) or at the start (implicit). The server or client role, names and
    // verification are the context's. Octets that were read from this stream before belong to the caller,
    // who must have discarded them. `closed`: a client ended before the first octet of its handshake.
    virtual Task<Result<>> start_tls(const TlsContext& context, Milliseconds limit) = 0;

    [[nodiscard]] virtual bool encrypted() const noexcept = 0;
    [[nodiscard]] virtual bool verified() const noexcept = 0;  // the peer's certificate and name were proved
    [[nodiscard]] virtual const Peer& peer() const noexcept = 0;

    // Ends every operation under way with `cancelled`; idempotent. A TLS stream sends close_notify where
    // that needs no waiting.
    virtual void close() noexcept = 0;

    // Ends operations under way with `cancelled`, leaves the stream open (used to drain).
    virtual void cancel() noexcept = 0;

private:
    Task<Result<>> write_one(std::string_view octets, Milliseconds limit) {
        const std::string_view pieces[] = {octets};
        co_return co_await write(pieces, limit);
    }
};

using StreamPtr = std::unique_ptr<ByteStream>;

}  // namespace decorum::net
