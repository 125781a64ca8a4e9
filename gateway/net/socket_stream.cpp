// The stream in clear, and what clear and TLS share. Invariants: at most one read and one write wait; a wait
// that comes back aborted was cancelled by its own deadline, by cancel() or close(), or along with the other
// direction (Asio cancels a socket's operations together) and then waits on.
//
// System errors become `reset`, the peer's end `closed`.
#include "gateway/net/socket_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cassert>
#include <cerrno>

#include "gateway/net/socket_address.hpp"

namespace decorum::net {
namespace {
constexpr std::size_t max_gathered_pieces = 64;
constexpr Milliseconds second_look{100};

Error reset_by(const std::string& what, int number) {
    return {errc::reset, what + ": " + text_of_errno(number)};
}

bool would_block(int number) {
    return number == EAGAIN || number == EWOULDBLOCK;
}

// Octets that nobody read would turn close() into a reset, which may overtake our last reply.
void discard_received(int descriptor) noexcept {
    std::array<char, 16384> scratch;
    for (int i = 0; i < 4; ++i) {
        if (recv(descriptor, scratch.data(), scratch.size(), MSG_DONTWAIT) <= 0) return;
    }
}
}  // namespace

SocketStream::SocketStream(const Executor& executor, Descriptor descriptor, int family, const Peer& peer)
    : socket_(executor), wheel_(&DeadlineWheel::of(executor)), peer_(peer) {
    socket_.assign(boost::asio::generic::stream_protocol(family, 0), descriptor.get());
    static_cast<void>(descriptor.release());
}

SocketStream::~SocketStream() {
    close();
    if (owner_) owner_->stream_gone();
}

void SocketStream::cancel() noexcept {
    ++epoch_;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void SocketStream::close() noexcept {
    if (!socket_.is_open()) return;
    ++epoch_;
    if (established_ && !broken_ && !writing_) {
        SSL_shutdown(tls_.get());
        ERR_clear_error();
    }
    if (!ended_) discard_received(socket_.native_handle());
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void SocketStream::refuse(std::string_view line) noexcept {
    if (!socket_.is_open()) return;
    const bool in_handshake = tls_ && !established_;
    if (!line.empty() && !writing_ && !in_handshake && !broken_) {
        if (tls_) {
            SSL_write(tls_.get(), line.data(), static_cast<int>(line.size()));
            SSL_shutdown(tls_.get());
            ERR_clear_error();
            broken_ = true;
        } else {
            static_cast<void>(send(socket_.native_handle(), line.data(), line.size(), MSG_NOSIGNAL));
        }
    }
    ::shutdown(socket_.native_handle(), SHUT_WR);
    close();
}

std::optional<Error> SocketStream::unusable() const {
    if (!socket_.is_open()) return Error{errc::cancelled, "the stream was closed"};
    if (broken_) return Error{errc::tls_failed, "an earlier operation failed"};
    return std::nullopt;
}

std::optional<Error> SocketStream::why_aborted(const Deadline& deadline, unsigned epoch) const {
    if (epoch != epoch_) return Error{errc::cancelled, {}};
    if (deadline.expired()) return Error{errc::timed_out, {}};
    return std::nullopt;
}

Task<Result<>> SocketStream::ready(Direction direction, const Deadline& deadline, unsigned epoch) {
    for (;;) {
        const auto [error] = co_await socket_.async_wait(wait_of(direction), as_result);
        waited();
        if (!error) co_return Result<>();
        if (error != boost::asio::error::operation_aborted) co_return fail(errc::reset, error.message());
        if (auto why = why_aborted(deadline, epoch)) co_return std::unexpected(std::move(*why));
    }
}

Task<Result<>> SocketStream::wait_connected(Milliseconds limit) {
    const Deadline deadline(*wheel_, limit, socket_);
    if (auto waiting = co_await ready(Direction::write, deadline, epoch_); !waiting) co_return waiting;
    int number = 0;
    socklen_t size = sizeof number;
    getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &number, &size);
    if (number == ETIMEDOUT) co_return fail(errc::timed_out, text_of_errno(number));
    if (number != 0) co_return fail(errc::refused, text_of_errno(number));
    co_return Result<>();
}

// 0 octets: would block.
Result<std::size_t> SocketStream::receive(std::span<char> into, int flags) {
    for (;;) {
        const ssize_t octets = recv(socket_.native_handle(), into.data(), into.size(), flags);
        drained_ = octets < 0 && would_block(errno);
        if (drained_) return 0;
        if (octets > 0) return static_cast<std::size_t>(octets);
        if (octets == 0) {
            ended_ = true;
            return fail(errc::closed);
        }
        if (errno != EINTR) return std::unexpected(reset_by("reading", errno));
    }
}

Result<std::size_t> SocketStream::peek(std::span<char> into) {
    if (auto error = unusable()) return std::unexpected(std::move(*error));
    return receive(into, MSG_PEEK);
}

Result<std::size_t> SocketStream::try_read(std::span<char> into) {
    assert(!into.empty());
    if (auto error = unusable(); error && !(unwritable_ && socket_.is_open()))
        return std::unexpected(std::move(*error));
    if (!tls_) {
        auto octets = receive(into, 0);
        more_likely_ = !octets || *octets == into.size();  // an end is told again at once
        return octets;
    }
    TlsStep step = tls_read_step(into);
    if (auto* octets = std::get_if<std::size_t>(&step)) return *octets;
    if (auto* error = std::get_if<Error>(&step)) return std::unexpected(std::move(*error));
    return 0;
}

Task<Result<std::size_t>> SocketStream::read_some(std::span<char> into, Milliseconds limit) {
    assert(!into.empty());
    return tls_ ? read_tls(into, limit) : read_plain(into, limit);
}

Task<Result<std::size_t>> SocketStream::read_plain(std::span<char> into, Milliseconds limit) {
    if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    if (more_likely_) {
        if (direct_left_-- == 0) {
            // A peer that always has more would keep its thread from all others.
            const unsigned epoch = epoch_;
            co_await boost::asio::post(socket_.get_executor(), as_result);
            waited();
            if (epoch != epoch_) co_return fail(errc::cancelled);
        }
        const auto octets = try_read(into);
        if (!octets || *octets > 0) co_return octets;
    }
    // The wait is in this frame and not in one of its own, because many streams are idle for hours.
    const auto until = SteadyClock::now() + bounded(limit);
    const unsigned epoch = epoch_;
    for (;;) {
        // A read that left room in its buffer took all octets there were; but the peer's end, or an error,
        // may have come in with them, and then no news will tell of it. In a dialogue the peer's next octets
        // come before the second look, which therefore costs nothing there.
        const bool look_again = !drained_;
        const Milliseconds left = left_until(until);
        const Deadline deadline(*wheel_, look_again ? std::min(left, second_look) : left, socket_);
        bool overdue = false;
        for (bool waiting = true; waiting;) {
            const auto [error] = co_await socket_.async_wait_news(as_result);
            waited();
            waiting = error.failed();
            if (!waiting) break;
            if (error != boost::asio::error::operation_aborted)
                co_return std::unexpected(reset_by("waiting", error.value()));
            auto why = why_aborted(deadline, epoch);
            if (!why) continue;
            overdue = why->code == errc::timed_out;
            if (!look_again || !overdue) co_return std::unexpected(std::move(*why));
            waiting = false;
        }
        const auto octets = try_read(into);
        if (!octets || *octets > 0) co_return octets;
        if (overdue && left <= second_look) co_return fail(errc::timed_out);
    }
}

Task<Result<>> SocketStream::wait_readable(Milliseconds limit) {
    return tls_ ? wait_readable_tls(limit) : wait_readable_plain(limit);
}

Task<Result<>> SocketStream::wait_readable_plain(Milliseconds limit) {
    if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    const unsigned epoch = epoch_;
    const Deadline deadline(*wheel_, limit, socket_);
    for (;;) {
        const auto [error] = co_await socket_.async_wait(EdgeSocket::wait_read, as_result);
        waited();
        if (!error) co_return Result<>();
        if (error != boost::asio::error::operation_aborted)
            co_return std::unexpected(reset_by("waiting", error.value()));
        if (auto why = why_aborted(deadline, epoch)) co_return std::unexpected(std::move(*why));
    }
}

Task<Result<>> SocketStream::write(std::span<const std::string_view> pieces, Milliseconds limit) {
    return tls_ ? write_tls(pieces, limit) : write_plain(pieces, limit);
}

std::size_t SocketStream::try_write(std::string_view octets) {
    if (octets.empty() || tls_ || unusable()) return 0;
    const ssize_t sent = send(socket_.native_handle(), octets.data(), octets.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

// True: all is sent; false: the rest would block.
Result<bool> SocketStream::send_some(std::span<const std::string_view> pieces, Position& position) {
    for (;;) {
        std::array<iovec, max_gathered_pieces> vectors;
        std::size_t count = 0;
        std::size_t offset = position.offset;
        for (std::size_t i = position.piece; i < pieces.size() && count < vectors.size(); ++i) {
            const std::string_view rest = pieces[i].substr(offset);
            offset = 0;
            if (rest.empty()) continue;
            vectors[count++] = {const_cast<char*>(rest.data()), rest.size()};
        }
        if (count == 0) return true;
        msghdr message{};
        message.msg_iov = vectors.data();
        message.msg_iovlen = count;
        const ssize_t sent = sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (would_block(errno)) return false;
            if (errno == EINTR) continue;
            return std::unexpected(reset_by("writing", errno));
        }
        position.offset += static_cast<std::size_t>(sent);
        while (position.piece < pieces.size() && position.offset >= pieces[position.piece].size())
            position.offset -= pieces[position.piece++].size();
    }
}

Task<Result<>> SocketStream::write_plain(std::span<const std::string_view> pieces, Milliseconds limit) {
    if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    Position position;
    auto done = send_some(pieces, position);
    if (!done) co_return std::unexpected(std::move(done.error()));
    if (*done) co_return Result<>();
    const unsigned epoch = epoch_;
    const Deadline deadline(*wheel_, limit, socket_);
    writing_ = true;
    while (done && !*done) {
        if (auto waiting = co_await ready(Direction::write, deadline, epoch); !waiting)
            done = std::unexpected(std::move(waiting.error()));
        else
            done = send_some(pieces, position);
    }
    writing_ = false;
    if (!done) co_return std::unexpected(std::move(done.error()));
    co_return Result<>();
}

}  // namespace decorum::net
