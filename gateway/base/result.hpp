// Errors as values: Result<T> carries a T or an Error, never an exception.
//
// `code` says what a caller may branch on; `detail` is for the operational log and for the
// administrator, never for a mail client (it may quote what a peer sent).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace decorum {

enum class errc : std::uint8_t {
    // Streams.
    closed,         // the peer ended the stream in an orderly way
    timed_out,      // the limit for this step has passed
    reset,          // the connection broke
    refused,        // the peer could not be reached
    tls_failed,     // handshake, certificate or record error
    cancelled,      // we are shutting down or gave the step up
    // Input.
    syntax,         // not the grammar
    limit,          // a limit of ours was reached
    unsupported,    // understood, and not offered
    not_found,      // a named thing does not exist
    // Ours.
    io,             // file system or database
    corrupt,        // stored data that can't be read back
    unavailable,    // a part is down for now
    invalid,        // configuration or argument
};

[[nodiscard]] std::string_view name_of(errc code) noexcept;

struct Error {
    errc code;
    std::string detail;

    [[nodiscard]] std::string text() const;  // "timed_out: reading the greeting"
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(errc code, std::string detail = {}) {
    return std::unexpected<Error>(Error{code, std::move(detail)});
}

}  // namespace decorum
