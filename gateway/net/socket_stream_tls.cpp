// The stream with TLS. OpenSSL reads and writes the descriptor itself and tells when it would block; then
// the reactor waits. Small pieces are put together into records of up to 16 KiB, in a buffer that the
// sessions of a thread share: it is filled anew after each wait (SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER).
//
// Failures: `tls_failed` with OpenSSL's reason; `closed` after the peer's close_notify, or where a client
// ended before the first octet of its handshake; `reset` where the connection ended without one (truncation,
// RFC 8446 §6.1).
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "gateway/net/socket_address.hpp"
#include "gateway/net/socket_stream.hpp"

namespace decorum::net {
namespace {
constexpr std::size_t max_record_octets = SSL3_RT_MAX_PLAIN_LENGTH;
}  // namespace

SocketStream::TlsStep SocketStream::tls_step(int outcome, std::size_t octets, const char* what) {
    const int system_error = errno;
    switch (SSL_get_error(tls_.get(), outcome)) {
        case SSL_ERROR_NONE: return octets;
        case SSL_ERROR_WANT_READ: return Direction::read;
        case SSL_ERROR_WANT_WRITE: return Direction::write;
        case SSL_ERROR_ZERO_RETURN: ended_ = true; return Error{errc::closed, {}};
        case SSL_ERROR_SYSCALL:
            broken_ = true;
            ERR_clear_error();
            return Error{errc::reset, std::string(what) + ": " + text_of_errno(system_error)};
        default: break;
    }
    broken_ = true;
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ended_ = true;
        ERR_clear_error();
        return Error{errc::reset, std::string(what) + ": the peer ended without close_notify"};
    }
    return Error{errc::tls_failed, std::string(what) + ": " + take_tls_faults()};
}

SocketStream::TlsStep SocketStream::tls_read_step(std::span<char> into) {
    std::size_t octets = 0;
    ERR_clear_error();
    const int outcome = SSL_read_ex(tls_.get(), into.data(), into.size(), &octets);
    more_likely_ = octets == into.size();
    return tls_step(outcome, octets, "reading");
}

SocketStream::TlsStep SocketStream::tls_peek_step() {
    char octet;
    std::size_t octets = 0;
    ERR_clear_error();
    return tls_step(SSL_peek_ex(tls_.get(), &octet, 1, &octets), octets, "reading");
}

// 0 octets: nothing is left to write.
SocketStream::TlsStep SocketStream::tls_write_step(std::span<const std::string_view> pieces,
                                                   Position& position) {
    thread_local std::array<char, max_record_octets> scratch;
    while (position.piece < pieces.size() && position.offset == pieces[position.piece].size())
        position = {position.piece + 1, 0};
    if (position.piece == pieces.size()) return std::size_t{0};
    std::string_view record = pieces[position.piece].substr(position.offset, max_record_octets);
    if (record.size() < max_record_octets && position.piece + 1 < pieces.size()) {
        std::size_t filled = 0;
        std::size_t offset = position.offset;
        for (std::size_t i = position.piece; i < pieces.size() && filled < scratch.size(); ++i) {
            const std::string_view part = pieces[i].substr(offset, scratch.size() - filled);
            std::ranges::copy(part, scratch.begin() + static_cast<std::ptrdiff_t>(filled));
            filled += part.size();
            offset = 0;
        }
        record = {scratch.data(), filled};
    }
    std::size_t written = 0;
    ERR_clear_error();
    const int outcome = SSL_write_ex(tls_.get(), record.data(), record.size(), &written);
    TlsStep step = tls_step(outcome, written, "writing");
    if (const auto* error = std::get_if<Error>(&step); error && error->code == errc::reset)
        unwritable_ = true;
    position.offset += written;
    while (position.piece < pieces.size() && position.offset > pieces[position.piece].size())
        position.offset -= pieces[position.piece++].size();
    return step;
}

Task<Result<>> SocketStream::start_tls(const TlsContext& context, Milliseconds limit) {
    if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    if (tls_) co_return fail(errc::invalid, "TLS was started before");
    tls_ = context.attach(socket_.native_handle());
    if (!tls_) co_return fail(errc::tls_failed, take_tls_faults());
    const unsigned epoch = epoch_;
    const Deadline deadline(*wheel_, limit, socket_);
    for (;;) {
        ERR_clear_error();
        TlsStep step = tls_step(SSL_do_handshake(tls_.get()), 0, "handshake");
        if (std::holds_alternative<std::size_t>(step)) break;
        if (auto* error = std::get_if<Error>(&step)) {
            if (const long verdict = SSL_get_verify_result(tls_.get());
                error->code == errc::tls_failed && verdict != X509_V_OK)
                error->detail += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
            const bool ended = error->code == errc::reset || error->code == errc::closed;
            const bool unheard =
                SSL_is_server(tls_.get()) == 1 && BIO_number_read(SSL_get_rbio(tls_.get())) == 0;
            if (ended) error->code = unheard ? errc::closed : errc::reset;
            co_return std::unexpected(std::move(*error));
        }
        if (auto waiting = co_await ready(std::get<Direction>(step), deadline, epoch); !waiting) {
            broken_ = true;
            co_return std::unexpected(std::move(waiting.error()));
        }
    }
    more_likely_ = false;
    established_ = true;
    verified_ = context.proved(*tls_);
    co_return Result<>();
}

Task<Result<std::size_t>> SocketStream::read_tls(std::span<char> into, Milliseconds limit) {
    if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    bool likely = more_likely_ || SSL_has_pending(tls_.get());
    if (likely && direct_left_-- == 0) {
        // A peer that always has more would keep its thread from all others.
        co_await boost::asio::post(socket_.get_executor(), as_result);
        waited();
        if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    }
    const unsigned epoch = epoch_;
    const Deadline deadline(*wheel_, limit, socket_);
    Direction direction = Direction::read;
    for (;;) {
        if (likely) {
            TlsStep step = tls_read_step(into);
            if (auto* octets = std::get_if<std::size_t>(&step)) co_return *octets;
            if (auto* error = std::get_if<Error>(&step)) co_return std::unexpected(std::move(*error));
            direction = std::get<Direction>(step);
        }
        // As ready() does it, but without a frame of its own: many streams are idle for hours.
        const auto [error] = co_await socket_.async_wait(wait_of(direction), as_result);
        waited();
        likely = !error;
        if (likely) continue;
        if (error != boost::asio::error::operation_aborted) co_return fail(errc::reset, error.message());
        if (auto why = why_aborted(deadline, epoch)) co_return std::unexpected(std::move(*why));
    }
}

Task<Result<>> SocketStream::wait_readable_tls(Milliseconds limit) {
    if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    const unsigned epoch = epoch_;
    const Deadline deadline(*wheel_, limit, socket_);
    Direction direction = Direction::read;
    bool likely = more_likely_ || SSL_has_pending(tls_.get());
    for (;;) {
        if (likely) {
            TlsStep step = tls_peek_step();
            if (std::holds_alternative<std::size_t>(step)) co_return Result<>();
            if (auto* error = std::get_if<Error>(&step)) {
                // try_read tells the end again; of a failure it would not know the reason.
                if (error->code == errc::closed) co_return Result<>();
                co_return std::unexpected(std::move(*error));
            }
            direction = std::get<Direction>(step);
        }
        if (auto waiting = co_await ready(direction, deadline, epoch); !waiting) co_return waiting;
        likely = true;
    }
}

Task<Result<>> SocketStream::write_tls(std::span<const std::string_view> pieces, Milliseconds limit) {
    if (auto error = unusable()) co_return std::unexpected(std::move(*error));
    const unsigned epoch = epoch_;
    std::optional<Deadline> deadline;  // most writes never wait
    Position position;
    writing_ = true;
    Result<> outcome;
    for (;;) {
        TlsStep step = tls_write_step(pieces, position);
        if (auto* error = std::get_if<Error>(&step)) {
            outcome = std::unexpected(std::move(*error));
            break;
        }
        if (auto* octets = std::get_if<std::size_t>(&step)) {
            if (*octets == 0) break;
            continue;
        }
        if (!deadline) deadline.emplace(*wheel_, limit, socket_);
        outcome = co_await ready(std::get<Direction>(step), *deadline, epoch);
        if (!outcome) {
            broken_ = unwritable_ = true;  // part of a record may be out
            break;
        }
    }
    writing_ = false;
    co_return outcome;
}

}  // namespace decorum::net
